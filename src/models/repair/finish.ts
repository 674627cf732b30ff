import type { Candidate } from './candidates.ts';
import { type Policy, run } from './conversation.ts';
import { type Failing, readFailures } from './failing.ts';
import type { Project } from './project.ts';
import type { Found } from './search.ts';
import { folderOf, linePatch } from './trials.ts';
import { verifyCommand } from './verify.ts';

/** Puts the best survivor in place and checks it with the real command; the next one if that fails; then tidies up. */
export function* finish(found: Found, project: Project, baseline: Failing, key: string): Policy {
  let explanation = '';
  for (const candidate of found.survivors.slice(0, 4)) {
    const source = found.sources.get(candidate.path)!;
    const cleaned = `${folderOf(key)}; rm -rf "$D"`;
    const [, checked = ''] = yield {
      thinking: `With this change the failing tests pass: ${candidate.note}. I make it, run the whole check, and clear away my scratch folder.`,
      calls: [
        edit(candidate.path, source, candidate.result),
        { tool: 'run', input: { command: verifyCommand(project.verify, 240, cleaned), timeout: 250 } },
      ],
    };
    const after = readFailures(checked, project);
    if (after.exitCode === 0 || improved(baseline, after)) {
      const others = found.survivors.length - 1;
      explanation = `${describe(candidate, source)} I tried ${found.tried} changes; ${others === 0 ? 'no other' : `${others} other${others === 1 ? '' : 's'}`} made the failing tests pass${others === 0 ? '' : ', and this one is the most natural of them'}. `;
      explanation +=
        after.exitCode === 0
          ? `\`${project.verify}\` passes after the change.`
          : `Of the tests of \`${project.verify}\` that failed before, ${after.tests.length} still fail, for reasons outside this change.`;
      if (after.exitCode === 0) return explanation;
      break;
    }
    yield {
      thinking: 'The whole test command does not agree; I take the change back.',
      calls: [edit(candidate.path, candidate.result, source)],
    };
  }
  yield* run(
    'I clear away my scratch folder and look at what is left.',
    `${folderOf(key)}; rm -rf "$D"; git status --short 2>/dev/null | head -10`,
    60,
  );
  if (explanation) return explanation;
  const near = found.partial[0]
    ? ` The closest, ${found.partial[0].candidate.note}, mended some of the failing tests but not all, so I did not keep it.`
    : '';
  return `I have no repair: of ${found.tried} changes that I tried, none makes the failing tests pass.${near} I have left the code unchanged.`;
}

/** Whether some of what failed passes now and nothing else fails, where runs name their tests. */
function improved(before: Failing, after: Failing): boolean {
  if (after.late || after.tests.length === 0 || after.tests.length >= before.tests.length) return false;
  const known = new Set(before.tests);
  return after.tests.every((test) => known.has(test));
}

/** An `edit` call that turns one text of a file into another, with enough lines around to be unique. */
function edit(path: string, source: string, result: string) {
  const patch = linePatch(path, source, result);
  const lines = source.split('\n');
  let first = patch.line;
  let last = patch.line + patch.old.length;
  const text = () => lines.slice(first, last).join('\n');
  while (
    (text() === '' || source.indexOf(text()) !== source.lastIndexOf(text())) &&
    (first > 0 || last < lines.length)
  ) {
    if (first > 0) first -= 1;
    if (last < lines.length) last += 1;
  }
  const replaced = [
    ...lines.slice(first, patch.line),
    ...patch.new,
    ...lines.slice(patch.line + patch.old.length, last),
  ].join('\n');
  return { tool: 'edit', input: { path, old: text(), new: replaced } };
}

function describe(candidate: Candidate, source: string): string {
  const line = source.slice(0, candidate.edits[0]!.start).split('\n').length;
  return `The fault was in ${candidate.path}, line ${line}: ${candidate.note}.`;
}
