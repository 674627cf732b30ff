import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULTS, lookup, resolve } from '../src/config.ts';
import { fromEnvironment } from '../src/environment.ts';
import { merge } from '../src/merge.ts';

describe('merge', () => {
  it('merges objects key by key', () => {
    assert.deepEqual(merge({ a: { x: 1, y: 2 } }, { a: { y: 3 }, b: 4 }), { a: { x: 1, y: 3 }, b: 4 });
  });

  it('replaces lists and scalars', () => {
    assert.deepEqual(merge({ a: [1, 2], b: { c: 1 } }, { a: [3], b: null }), { a: [3], b: null });
  });

  it('leaves its arguments alone', () => {
    const under = { a: 1, b: { c: 2 } };
    merge(under, { a: 9, b: { c: 9 } });
    assert.deepEqual(under, { a: 1, b: { c: 2 } });
  });
});

describe('resolve', () => {
  it('puts later layers on top', () => {
    const settings = resolve({ log: { level: 'warn' } }, { log: { level: 'error' } });
    assert.equal(lookup(settings, 'log.level'), 'error');
    assert.equal(lookup(settings, 'log.colour'), true);
  });

  it('starts from the defaults each time', () => {
    resolve({ database: { pool: { max: 50 } } });
    assert.equal(lookup(resolve(), 'database.pool.max'), 10);
    assert.equal(lookup(DEFAULTS, 'database.pool.max'), 10);
  });
});

describe('lookup', () => {
  it('is undefined where there is nothing', () => {
    assert.equal(lookup({ a: { b: 1 } }, 'a.c'), undefined);
    assert.equal(lookup({ a: [1] }, 'a.0'), undefined);
  });
});

describe('fromEnvironment', () => {
  it('reads nested names and scalars', () => {
    const environment = { APP_PORT: '9000', APP_LOG__LEVEL: 'debug', APP_LOG__COLOUR: 'false', HOME: '/root' };
    assert.deepEqual(fromEnvironment(environment), { port: 9000, log: { level: 'debug', colour: false } });
  });

  it('keeps what only looks like a number', () => {
    assert.deepEqual(fromEnvironment({ APP_VERSION: '1.2.3' }), { version: '1.2.3' });
  });
});
