import type { Rule } from '../types.ts';
import { runsTests } from './runner-configuration.ts';

export const rule: Rule = {
  name: 'stale-test-run',
  finds: 'The last test run of the trajectory is older than its last edit.',
  why: 'Your last test run predates your last edit.',
  fine: 'The edit cannot matter to any test, such as one of a comment.',
  check({ input }) {
    const steps = input.trajectory ?? [];
    const isRun = (command: string) =>
      runsTests(command) || (input.testCommand !== undefined && command.includes(input.testCommand));
    const lastRun = steps.findLastIndex((step) => step.kind === 'command' && isRun(step.command));
    const lastEdit = steps.findLastIndex((step) => step.kind === 'edit');
    if (lastRun < 0 || lastEdit < lastRun) return [];
    const edited = steps[lastEdit]!;
    return [
      {
        severity: 'note',
        path: edited.kind === 'edit' ? edited.path : '(trajectory)',
        line: 1,
        before: null,
        after: null,
      },
    ];
  },
};
