import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backoff } from '../src/backoff.js';
import { drain } from '../src/queue.js';
import { retry } from '../src/retry.js';

/** An operation that fails `failures` times before it succeeds. */
function flaky(failures, message = 'busy') {
  let calls = 0;
  const operation = async () => {
    calls += 1;
    if (calls <= failures) {
      throw new Error(message);
    }
    return calls;
  };
  operation.calls = () => calls;
  return operation;
}

const wait = async () => {};

describe('backoff', () => {
  it('doubles', () => assert.deepEqual([1, 2, 3].map((n) => backoff(n)), [100, 200, 400]));
  it('is capped', () => assert.equal(backoff(20, { cap: 5_000 }), 5_000));
});

describe('retry', () => {
  it('returns the first success', async () => {
    assert.equal(await retry(flaky(0), { wait }), 1);
  });

  it('tries again after a failure', async () => {
    assert.equal(await retry(flaky(2), { wait }), 3);
  });

  it('passes the last failure on', async () => {
    const operation = flaky(5, 'down for good');
    await assert.rejects(retry(operation, { wait, attempts: 3 }), /down for good/);
    assert.equal(operation.calls(), 3);
  });

  it('does not retry what cannot be helped', async () => {
    const operation = flaky(1, 'forbidden');
    await assert.rejects(retry(operation, { wait, retryable: (error) => error.message !== 'forbidden' }), /forbidden/);
    assert.equal(operation.calls(), 1);
  });

  it('retries an operation that throws before its first await', async () => {
    let calls = 0;
    const value = await retry(() => {
      calls += 1;
      if (calls === 1) {
        throw new Error('not yet');
      }
      return calls;
    }, { wait });
    assert.equal(value, 2);
  });
});

describe('drain', () => {
  it('reports jobs that succeed and jobs that fail', async () => {
    const results = await drain([
      { id: 'a', run: flaky(0) },
      { id: 'b', run: flaky(9, 'broken') },
    ], { wait });
    assert.deepEqual(results, [
      { id: 'a', status: 'done', value: 1 },
      { id: 'b', status: 'failed', error: 'broken' },
    ]);
  });
});
