import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventBus } from '../src/bus.js';
import { nextEvent } from '../src/wait.js';

describe('EventBus', () => {
  it('delivers to listeners in order', () => {
    const bus = new EventBus();
    const seen = [];
    bus.on('tick', (n) => seen.push(`a${n}`));
    bus.on('tick', (n) => seen.push(`b${n}`));
    assert.equal(bus.emit('tick', 1), 2);
    assert.deepEqual(seen, ['a1', 'b1']);
  });

  it('reports zero when nobody listens', () => {
    assert.equal(new EventBus().emit('tick'), 0);
  });

  it('stops delivering after unsubscribing', () => {
    const bus = new EventBus();
    const seen = [];
    const unsubscribe = bus.on('tick', (n) => seen.push(n));
    bus.emit('tick', 1);
    unsubscribe();
    bus.emit('tick', 2);
    assert.deepEqual(seen, [1]);
    assert.equal(bus.count('tick'), 0);
  });

  it('calls the others when a one-time listener comes first', () => {
    const bus = new EventBus();
    const seen = [];
    bus.once('ready', () => seen.push('once'));
    bus.on('ready', () => seen.push('always'));
    bus.emit('ready');
    bus.emit('ready');
    assert.deepEqual(seen, ['once', 'always', 'always']);
  });

  it('calls every one of several one-time listeners', () => {
    const bus = new EventBus();
    const seen = [];
    for (const name of ['a', 'b', 'c']) {
      bus.once('ready', () => seen.push(name));
    }
    assert.equal(bus.emit('ready'), 3);
    assert.deepEqual(seen, ['a', 'b', 'c']);
  });

  it('off says whether there was something to remove', () => {
    const bus = new EventBus();
    const listener = () => {};
    bus.on('tick', listener);
    assert.equal(bus.off('tick', listener), true);
    assert.equal(bus.off('tick', listener), false);
  });
});

describe('nextEvent', () => {
  it('resolves with the payload', async () => {
    const bus = new EventBus();
    const waiting = nextEvent(bus, 'done');
    bus.emit('done', 42);
    assert.equal(await waiting, 42);
  });

  it('rejects when aborted and leaves no listener', async () => {
    const bus = new EventBus();
    const controller = new AbortController();
    const waiting = nextEvent(bus, 'done', controller.signal);
    controller.abort(new Error('stop'));
    await assert.rejects(waiting, /stop/);
    assert.equal(bus.count('done'), 0);
  });
});
