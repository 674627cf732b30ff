import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextEvent } from '../src/agenda.js';
import { parseTimestamp } from '../src/parse.js';

test('agrees with the platform on many zones', () => {
  for (const zone of ['Z', '+00:00', '+05:45', '-09:30', '+14:00', '-11:00', '+01:00']) {
    for (const time of ['2023-01-01T00:00:00', '2024-02-29T23:59:59.250', '1969-12-31T12:00:00.5']) {
      assert.equal(parseTimestamp(time + zone), Date.parse(time + zone), time + zone);
    }
  }
});

test('the next event is found across zones', () => {
  const events = [
    { title: 'gone', at: '2024-05-01T12:00:00+03:00' },
    { title: 'coming', at: '2024-05-01T08:00:00-03:00' },
  ];
  assert.equal(nextEvent(events, '2024-05-01T10:00:00Z').title, 'coming');
});
