import type { Effects } from '../system/effects.ts';
import type { TryFailure } from './failures.ts';

const firstBackoffMs = 500;
const longestBackoffMs = 30_000;
/** A provider that asks for longer than this is not going to serve this run. */
const longestRetryAfterMs = 3_600_000;

/**
 * Decides how long to wait before another try. A wait the provider names is kept exactly; otherwise exponential backoff
 * with full jitter (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/). All waiting
 * together is bounded, and starts over when other requests to the same provider get through meanwhile.
 */
export class Patience {
  readonly #effects: Effects;
  readonly #allowedMs: number;
  #tries = 0;
  #since: number | undefined;
  #progress = 0;
  waitedMs = 0;
  /** How often a stream of this request fell silent. */
  silences = 0;

  constructor(deps: { effects: Effects }) {
    this.#effects = deps.effects;
    this.#allowedMs = seconds(deps.effects.environment.PARLAY_RETRY_SECONDS, 60) * 1000;
  }

  /** `progress` counts the requests that this provider has answered so far. */
  next(
    failure: TryFailure,
    progress: number,
  ): { stop: string; waitMs?: undefined } | { stop?: undefined; waitMs: number } {
    if (failure.silent) this.silences += 1;
    if (!failure.retry) return { stop: 'not tried again' };
    const now = this.#effects.elapsed();
    if (this.#since === undefined || progress > this.#progress) {
      this.#since = now;
      this.#tries = 0;
    }
    this.#progress = progress;
    const spent = now - this.#since;
    if (spent >= this.#allowedMs) return { stop: `gave up after ${Math.round(spent / 1000)} s of trying` };
    this.#tries += 1;
    if (failure.retryAfterMs !== undefined) {
      if (failure.retryAfterMs > longestRetryAfterMs)
        return { stop: `the provider asks to wait ${Math.round(failure.retryAfterMs / 60_000)} minutes` };
      return this.#wait(failure.retryAfterMs);
    }
    const ceiling = Math.min(longestBackoffMs, firstBackoffMs * 2 ** (this.#tries - 1));
    // Not past the end of the patience: the last try is made when it runs out.
    return this.#wait(Math.min(this.#effects.random() * ceiling, this.#allowedMs - spent));
  }

  #wait(waitMs: number) {
    this.waitedMs += waitMs;
    return { waitMs };
  }
}

/** A positive number of seconds from the environment, or the default. */
export function seconds(text: string | undefined, otherwise: number): number {
  const value = Number.parseFloat(text ?? '');
  return value > 0 ? value : otherwise;
}
