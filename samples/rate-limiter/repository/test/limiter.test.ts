import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { TokenBucket } from '../src/bucket.ts';
import { Limiter } from '../src/limiter.ts';

let time = 0;
const now = () => time;

beforeEach(() => {
  time = 1_000_000;
});

describe('TokenBucket', () => {
  it('lets a burst through up to its capacity', () => {
    const bucket = new TokenBucket({ capacity: 3, perSecond: 1, now });
    assert.deepEqual([bucket.take(), bucket.take(), bucket.take(), bucket.take()], [true, true, true, false]);
  });

  it('gives a token back after a second', () => {
    const bucket = new TokenBucket({ capacity: 1, perSecond: 1, now });
    bucket.take();
    time += 1000;
    assert.equal(bucket.take(), true);
  });

  it('gives no token back after a tenth of a second', () => {
    const bucket = new TokenBucket({ capacity: 1, perSecond: 1, now });
    bucket.take();
    time += 100;
    assert.equal(bucket.take(), false);
  });

  it('never holds more than its capacity', () => {
    const bucket = new TokenBucket({ capacity: 2, perSecond: 10, now });
    time += 60_000;
    assert.deepEqual([bucket.take(), bucket.take(), bucket.take()], [true, true, false]);
  });

  it('says how long to wait', () => {
    const bucket = new TokenBucket({ capacity: 1, perSecond: 2, now });
    assert.equal(bucket.wait(), 0);
    bucket.take();
    assert.equal(bucket.wait(), 500);
  });

  it('says to wait less when some time has passed', () => {
    const bucket = new TokenBucket({ capacity: 1, perSecond: 2, now });
    bucket.take();
    time += 200;
    assert.equal(bucket.wait(), 300);
  });
});

describe('Limiter', () => {
  it('counts clients apart', () => {
    const limiter = new Limiter({ capacity: 1, perSecond: 1, now });
    assert.equal(limiter.check('ada').allowed, true);
    assert.equal(limiter.check('bob').allowed, true);
    assert.equal(limiter.check('ada').allowed, false);
  });

  it('tells a client when to come back', () => {
    const limiter = new Limiter({ capacity: 1, perSecond: 0.1, now });
    limiter.check('ada');
    assert.deepEqual(limiter.check('ada'), { allowed: false, retryAfterSeconds: 10 });
  });
});
