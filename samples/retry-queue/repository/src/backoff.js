/** Milliseconds to wait before attempt `attempt` (the first retry is 1), doubling each time up to `cap`. */
export function backoff(attempt, { base = 100, cap = 10_000 } = {}) {
  return Math.min(cap, base * 2 ** (attempt - 1));
}
