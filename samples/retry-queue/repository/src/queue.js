import { retry } from './retry.js';

/** Runs jobs one after the other with retries; returns one `{ id, status, value | error }` for each. */
export async function drain(jobs, options) {
  const results = [];
  for (const { id, run } of jobs) {
    try {
      results.push({ id, status: 'done', value: await retry(run, options) });
    } catch (error) {
      results.push({ id, status: 'failed', error: error.message });
    }
  }
  return results;
}
