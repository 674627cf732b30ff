import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentCache } from '../src/cache.js';

test('reads put entries at the young end, in order', () => {
  const cache = new RecentCache(4);
  cache.set('a', 1).set('b', 2).set('c', 3).set('d', 4);
  cache.get('b');
  cache.get('a');
  cache.get('missing');
  assert.deepEqual(cache.keys(), ['c', 'd', 'b', 'a']);
  cache.set('e', 5);
  assert.deepEqual(cache.keys(), ['d', 'b', 'a', 'e']);
  assert.equal(cache.size, 4);
});

test('has() does not count as use', () => {
  const cache = new RecentCache(2);
  cache.set('a', undefined).set('b', 2);
  assert.equal(cache.has('a'), true);
  cache.set('c', 3);
  assert.deepEqual(cache.keys(), ['b', 'c']);
});
