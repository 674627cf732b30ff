import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { test } from 'node:test';
import { normalise } from '../src/normalise.ts';

test('agrees with the platform', () => {
  const parts = ['', '.', '..', 'a', 'b'];
  for (const first of parts) {
    for (const second of parts) {
      for (const third of parts) {
        for (const fourth of parts) {
          const path = [first, second, third, fourth].join('/');
          const expected = posix.normalize(path);
          const trimmed = expected.length > 1 && expected.endsWith('/') ? expected.slice(0, -1) : expected;
          assert.equal(normalise(path), trimmed, path);
        }
      }
    }
  }
});
