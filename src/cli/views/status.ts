import type { RunState } from '../../attempts/run-state.ts';

type Status = NonNullable<RunState['finished']>['status'];

/** How a run ended, in words. */
export function statusWord(status: Status | 'unfinished'): string {
  return status === 'not-verified' ? 'not verified' : status === 'limit-reached' ? 'limit reached' : status;
}
