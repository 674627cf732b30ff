import type { LimitGuard } from '../ledger/limits.ts';
import type { ModelFailure } from './types.ts';

export function cancelled(): ModelFailure {
  return { kind: 'cancelled', message: 'The request was cancelled.', next: 'Run `parlay resume` to go on.' };
}

/** `why` completes "is reached (…)". */
export function outOfTime(limits: LimitGuard, why: string): ModelFailure {
  return {
    kind: 'limit-reached',
    message: `Stopped: --max-time ${limits.limits.maxTime} seconds is reached (${why}).`,
    next: 'Raise --max-time and run `parlay resume`.',
  };
}
