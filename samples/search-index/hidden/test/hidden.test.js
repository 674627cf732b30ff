import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SearchIndex } from '../src/index.js';

test('three words must all be there', () => {
  const index = new SearchIndex();
  index.add('x', 'red', 'green');
  index.add('y', 'red', 'green blue');
  index.add('z', 'blue', 'red');
  assert.deepEqual(index.search('red green blue').map((result) => result.id), ['y']);
  assert.deepEqual(index.search('red blue').map((result) => [result.id, result.score]), [['z', 4], ['y', 4]]);
});
