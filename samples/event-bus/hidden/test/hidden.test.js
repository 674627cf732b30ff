import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventBus } from '../src/bus.js';

test('a listener added during delivery waits for the next payload', () => {
  const bus = new EventBus();
  const seen = [];
  bus.on('tick', (n) => {
    seen.push(n);
    if (n === 1) {
      bus.on('tick', (m) => seen.push(`late ${m}`));
    }
  });
  assert.equal(bus.emit('tick', 1), 1);
  bus.emit('tick', 2);
  assert.deepEqual(seen, [1, 2, 'late 2']);
});

test('a listener that removes an earlier one does not make a later one miss out', () => {
  const bus = new EventBus();
  const seen = [];
  const first = () => seen.push('first');
  bus.on('tick', first);
  bus.on('tick', () => bus.off('tick', first));
  bus.on('tick', () => seen.push('third'));
  bus.emit('tick');
  bus.emit('tick');
  assert.deepEqual(seen, ['first', 'third', 'third']);
});
