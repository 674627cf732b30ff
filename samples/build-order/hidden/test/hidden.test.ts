import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CycleError } from '../src/graph.ts';
import { buildOrder } from '../src/order.ts';

test('each target comes once and after what it needs', () => {
  const dependencies = { a: ['d', 'b', 'c'], b: ['d'], c: ['b', 'e'], d: ['f'], e: ['f', 'd'], f: [], g: ['a', 'f'] };
  const order = buildOrder(dependencies);
  assert.equal(new Set(order).size, 7);
  assert.equal(order.length, 7);
  for (const [target, needs] of Object.entries(dependencies)) {
    for (const need of needs) {
      assert.ok(order.indexOf(need) < order.indexOf(target), `${need} before ${target}`);
    }
  }
});

test('a cycle behind a shared dependency is still found, without its tail', () => {
  assert.throws(
    () => buildOrder({ a: ['b', 'c'], b: ['x'], c: ['x', 'y'], y: ['z'], z: ['y'] }),
    (error: unknown) => error instanceof CycleError && error.path.join() === 'y,z,y',
  );
});
