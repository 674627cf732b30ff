import { backoff } from './backoff.js';

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Runs `operation` until it succeeds, at most `attempts` times.
 * Errors for which `retryable` says no are passed on at once.
 */
export async function retry(operation, { attempts = 3, retryable = () => true, wait = pause, ...timing } = {}) {
  let failure;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    try {
      return operation(attempt);
    } catch (error) {
      failure = error;
      if (!retryable(error)) {
        throw error;
      }
      if (attempt < attempts) {
        await wait(backoff(attempt, timing));
      }
    }
  }
  throw failure;
}
