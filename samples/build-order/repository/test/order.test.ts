import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CycleError, targets } from '../src/graph.ts';
import { buildOrder } from '../src/order.ts';
import { stages } from '../src/stages.ts';

describe('targets', () => {
  it('names dependencies too', () => {
    assert.deepEqual(targets({ app: ['lib'], lib: ['core'] }), ['app', 'core', 'lib']);
  });
});

describe('buildOrder', () => {
  it('is empty for nothing', () => {
    assert.deepEqual(buildOrder({}), []);
  });

  it('keeps unrelated targets in alphabetical order', () => {
    assert.deepEqual(buildOrder({ b: [], a: [] }), ['a', 'b']);
  });

  it('puts dependencies first', () => {
    assert.deepEqual(buildOrder({ app: ['lib'], lib: ['core'], core: [] }, ['app']), ['core', 'lib', 'app']);
  });

  it('accepts two targets that share a dependency', () => {
    assert.deepEqual(buildOrder({ app: ['left', 'right'], left: ['core'], right: ['core'] }, ['app']), [
      'core',
      'left',
      'right',
      'app',
    ]);
  });

  it('refuses a target that needs itself', () => {
    assert.throws(() => buildOrder({ a: ['a'] }), CycleError);
  });

  it('names the members of a cycle', () => {
    assert.throws(() => buildOrder({ a: ['b'], b: ['c'], c: ['a'] }), /a -> b -> c -> a/);
  });
});

describe('stages', () => {
  it('groups what can be built at the same time', () => {
    assert.deepEqual(stages({ app: ['left', 'right'], left: ['core'], right: ['core'] }), [
      ['core'],
      ['left', 'right'],
      ['app'],
    ]);
  });

  it('needs one stage for unrelated targets', () => {
    assert.deepEqual(stages({ a: [], b: [] }), [['a', 'b']]);
  });
});
