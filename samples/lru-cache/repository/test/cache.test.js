import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RecentCache } from '../src/cache.js';
import { memoise } from '../src/memoise.js';

describe('RecentCache', () => {
  it('returns what was stored', () => {
    const cache = new RecentCache(2);
    cache.set('a', 1);
    assert.equal(cache.get('a'), 1);
    assert.equal(cache.get('b'), undefined);
  });

  it('drops the oldest entry when full', () => {
    const cache = new RecentCache(2);
    cache.set('a', 1).set('b', 2).set('c', 3);
    assert.deepEqual(cache.keys(), ['b', 'c']);
  });

  it('keeps an entry that was read lately', () => {
    const cache = new RecentCache(2);
    cache.set('a', 1).set('b', 2);
    cache.get('a');
    cache.set('c', 3);
    assert.equal(cache.has('a'), true);
    assert.equal(cache.has('b'), false);
  });

  it('keeps an entry that was written lately', () => {
    const cache = new RecentCache(2);
    cache.set('a', 1).set('b', 2).set('a', 9).set('c', 3);
    assert.deepEqual(cache.keys(), ['a', 'c']);
    assert.equal(cache.get('a'), 9);
  });

  it('tells who was evicted', () => {
    const evicted = [];
    const cache = new RecentCache(1, (key, value) => evicted.push([key, value]));
    cache.set('a', 1).set('b', 2);
    assert.deepEqual(evicted, [['a', 1]]);
  });

  it('refuses a limit that makes no sense', () => {
    assert.throws(() => new RecentCache(0), RangeError);
    assert.throws(() => new RecentCache(1.5), RangeError);
  });
});

describe('memoise', () => {
  it('computes each argument once', () => {
    let calls = 0;
    const square = memoise((n) => {
      calls += 1;
      return n * n;
    });
    assert.equal(square(4) + square(4), 32);
    assert.equal(calls, 1);
  });

  it('does not compute a popular argument again', () => {
    const computed = [];
    const identity = memoise((n) => {
      computed.push(n);
      return n;
    }, 2);
    for (const n of [1, 2, 1, 3, 1]) {
      identity(n);
    }
    assert.deepEqual(computed, [1, 2, 3]);
  });
});
