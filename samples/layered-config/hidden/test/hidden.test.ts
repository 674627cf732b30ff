import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULTS, resolve } from '../src/config.ts';
import { merge, type Settings } from '../src/merge.ts';

function freeze(settings: Settings): Settings {
  for (const value of Object.values(settings)) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      freeze(value);
    }
  }
  return Object.freeze(settings);
}

test('works on frozen arguments at any depth', () => {
  const under = freeze({ a: { b: { c: { d: 1 } } }, e: 1 });
  const over = freeze({ a: { b: { c: { f: 2 } } }, g: { h: 3 } });
  assert.deepEqual(merge(under, over), { a: { b: { c: { d: 1, f: 2 } } }, e: 1, g: { h: 3 } });
});

test('the defaults stay as they are', () => {
  const before = structuredClone(DEFAULTS);
  resolve({ port: 1, added: true }, { log: { level: 'x' }, database: { pool: { min: 3 } } });
  assert.deepEqual(DEFAULTS, before);
});
