import { protectionOf } from '../../protected.ts';
import type { Remark, Rule } from '../types.ts';

export const rule: Rule = {
  name: 'unlike-others',
  finds: 'Tests, fixtures or configuration that this attempt changed and no other attempt at the same task needed to.',
  why: 'What one attempt does and the others do not need is worth a look.',
  fine: 'The others missed something.',
  check({ input }) {
    const siblings = input.siblings ?? [];
    if (siblings.length === 0) return [];
    const remarks: Remark[] = [];
    for (const { path, before } of input.changes) {
      if (protectionOf(path) === null || siblings.some((changes) => changes.some((change) => change.path === path)))
        continue;
      // A new test of one's own is no anomaly.
      if (before === null && protectionOf(path) === 'test') continue;
      remarks.push({
        severity: 'note',
        path,
        line: 1,
        before: null,
        after: null,
        why: `None of the ${siblings.length} other attempts changed this ${protectionOf(path)} file.`,
      });
    }
    return remarks;
  },
};
