import type { Effects } from '../system/effects.ts';
import type { TryFailure } from './failures.ts';

/** What one try taught about the provider's limits. */
export interface Feedback {
  ok: boolean;
  headers?: Headers;
  failure: TryFailure | undefined;
}

export interface Scheduler {
  /** Takes a place among the requests in flight, or says how long to wait before asking again. */
  enter(): 'go' | { waitMs: number; reason: string };
  /** Gives the place back. */
  leave(feedback: Feedback): void;
  /** Requests answered so far, by which a caller sees that others get through. */
  progress(): number;
}

const schedulers = new Map<string, Scheduler>();

/** The scheduler of everything in this process that counts against one rate limit. */
export function schedulerFor(rateKey: string, _effects: Effects): Scheduler {
  let scheduler = schedulers.get(rateKey);
  if (!scheduler) {
    let answered = 0;
    scheduler = {
      enter: () => 'go',
      leave: (feedback) => {
        if (feedback.ok) answered += 1;
      },
      progress: () => answered,
    };
    schedulers.set(rateKey, scheduler);
  }
  return scheduler;
}
