import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBucket } from '../src/bucket.ts';

test('over ten minutes the rate is the rate', () => {
  let time = 0;
  const bucket = new TokenBucket({ capacity: 5, perSecond: 4, now: () => time });
  let allowed = 0;
  for (time = 0; time < 600_000; time += 50) {
    allowed += bucket.take() ? 1 : 0;
  }
  assert.ok(Math.abs(allowed - 2405) <= 6, String(allowed));
});

test('waiting as long as told is enough', () => {
  let time = 0;
  const bucket = new TokenBucket({ capacity: 2, perSecond: 3, now: () => time });
  bucket.take();
  bucket.take();
  const wait = bucket.wait();
  assert.ok(wait > 300 && wait <= 334, String(wait));
  time += wait - 2;
  assert.equal(bucket.take(), false);
  time += 2;
  assert.equal(bucket.take(), true);
});
