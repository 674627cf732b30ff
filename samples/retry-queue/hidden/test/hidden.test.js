import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retry } from '../src/retry.js';

test('waits between attempts and not after the last', async () => {
  const waits = [];
  let calls = 0;
  const failing = async () => {
    calls += 1;
    throw new Error(`failure ${calls}`);
  };
  await assert.rejects(retry(failing, { attempts: 4, base: 10, wait: async (ms) => waits.push(ms) }), /failure 4/);
  assert.deepEqual(waits, [10, 20, 40]);
});

test('the operation learns which attempt it is', async () => {
  const seen = [];
  await retry(async (attempt) => {
    seen.push(attempt);
    if (attempt < 3) {
      throw new Error('again');
    }
  }, { wait: async () => {} });
  assert.deepEqual(seen, [1, 2, 3]);
});
