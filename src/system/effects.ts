/**
 * The one seam between Parlay and the machine. Rooms receive `Effects` as an argument instead of reaching for the
 * clock, randomness, the network or the environment, so that a test can stop the world at any step.
 * Processes go through `process.ts` and `workspace/`, files of an attempt through `workspace/`.
 */
export interface Effects {
  /** Milliseconds since the epoch, for what is recorded. */
  now(): number;
  /** Milliseconds from an arbitrary start that never goes back, for durations. */
  elapsed(): number;
  /** A number in [0, 1), for retry jitter and identifiers. Attempts take their own seed instead. */
  random(): number;
  /** Resolves after `milliseconds`; rejects with the signal's reason when it is aborted first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  fetch: typeof globalThis.fetch;
  environment: Readonly<Record<string, string | undefined>>;
}

export function realEffects(environment: Readonly<Record<string, string | undefined>> = process.env): Effects {
  return {
    now: () => Date.now(),
    elapsed: () => performance.now(),
    random: () => Math.random(),
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const stop = () => {
          clearTimeout(timer);
          reject(signal?.reason);
        };
        const timer = setTimeout(() => {
          signal?.removeEventListener('abort', stop);
          resolve();
        }, milliseconds);
        signal?.addEventListener('abort', stop, { once: true });
      }),
    fetch: (input, init) => globalThis.fetch(input, init),
    environment,
  };
}
