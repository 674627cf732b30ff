import { hasReason, hasReference, remarkOn } from '../differences.ts';
import { matchTests } from '../matching.ts';
import type { Evidence, FilePair, Remark, Rule, Test } from '../types.ts';

export const rule: Rule = {
  name: 'test-skipped',
  finds: 'A test or suite that ran before and is now skipped, marked as to do, or expected to fail.',
  why: 'A skipped test is counted as neither passed nor failed, and hides what it would have found.',
  fine: 'The reason and an issue are written beside it, or it depends on a platform the test cannot run on.',
  check(evidence) {
    const remarks: Remark[] = [];
    for (const { file, before, after } of matchTests(evidence).pairs) {
      if (after.skip && !before.skip) remarks.push(remark(file, after));
    }
    for (const { file, test } of matchTests(evidence).fresh) {
      if (!test.skip || !file.after) continue;
      const reason = explained(test) ? 'A new test is skipped, and says why.' : 'A new test is skipped from the start.';
      remarks.push(remarkOn({ file, source: file.after, node: test.skip.node }, 'note', reason));
    }
    return [...remarks, ...suites(evidence)];
  },
};

const explained = (test: Test): boolean => hasReference(test.skip!.reason) || test.skip!.conditional;

function remark(file: FilePair, test: Test): Remark {
  const skip = test.skip!;
  const place = { file, source: file.after!, node: skip.node };
  const referenced = hasReference(skip.reason);
  if (referenced) return remarkOn(place, 'note', `"${test.name}" is skipped, with a reference to follow.`);
  if (skip.conditional) return remarkOn(place, 'note', `"${test.name}" is skipped under a condition.`);
  return remarkOn(
    place,
    'hard',
    `"${test.name}" ran before and is now skipped${hasReason(skip.reason) ? ', with a reason but no issue to follow' : ''}.`,
  );
}

function suites(evidence: Evidence): Remark[] {
  const remarks: Remark[] = [];
  for (const file of evidence.files) {
    if (!file.after || !file.before) continue;
    const old = file.before.tests.filter((test) => test.kind === 'suite');
    for (const suite of file.after.tests) {
      if (suite.kind !== 'suite' || !suite.skip) continue;
      const same = old.find((other) => other.name === suite.name);
      if (suite.name === '(module)' ? same : !same || same.skip) continue;
      remarks.push(remark(file, suite));
    }
  }
  return remarks;
}
