import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextEvent, sortEvents } from '../src/agenda.js';
import { parseTimestamp } from '../src/parse.js';
import { formatZone, parseZone } from '../src/zone.js';

test('reads a plain date as midnight UTC', () => {
  assert.equal(parseTimestamp('2024-05-01'), Date.UTC(2024, 4, 1));
});

test('reads a UTC timestamp with fractions', () => {
  assert.equal(parseTimestamp('2024-05-01T09:30:15.5Z'), Date.UTC(2024, 4, 1, 9, 30, 15, 500));
});

test('honours a zone east of Greenwich', () => {
  assert.equal(parseTimestamp('2024-05-01T09:30:00+02:00'), Date.UTC(2024, 4, 1, 7, 30));
});

test('honours a zone west of Greenwich across midnight', () => {
  assert.equal(parseTimestamp('2024-12-31T22:00:00-05:30'), Date.UTC(2025, 0, 1, 3, 30));
});

test('refuses what is not a timestamp', () => {
  assert.throws(() => parseTimestamp('yesterday'), SyntaxError);
  assert.throws(() => parseTimestamp('2024-13-01'), RangeError);
});

test('zones are read and written', () => {
  assert.equal(parseZone('-0530'), -330);
  assert.equal(formatZone(-330), '-05:30');
  assert.equal(formatZone(0), 'Z');
});

test('events are sorted by the moment they happen', () => {
  const events = [
    { title: 'London', at: '2024-05-01T09:00:00+01:00' },
    { title: 'Tokyo', at: '2024-05-01T10:00:00+09:00' },
    { title: 'New York', at: '2024-05-01T08:30:00-04:00' },
  ];
  assert.deepEqual(sortEvents(events).map((event) => event.title), ['Tokyo', 'London', 'New York']);
});

test('the next event is null after the last one', () => {
  assert.equal(nextEvent([{ title: 'past', at: '2020-01-01' }], '2024-01-01'), null);
});
