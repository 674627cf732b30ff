import assert from 'node:assert/strict';
import { test } from 'node:test';
import { minutes, timeOfDay } from '../src/clock.ts';
import { type Interval, merge, overlaps } from '../src/interval.ts';
import { freeTime, slots } from '../src/slots.ts';

const between = (from: string, to: string): Interval => ({ start: minutes(from), end: minutes(to) });
const shown = (intervals: Interval[]) => intervals.map(({ start, end }) => `${timeOfDay(start)}-${timeOfDay(end)}`);

test('times of day are read and written', () => {
  assert.equal(minutes('09:30'), 570);
  assert.equal(timeOfDay(570), '09:30');
  assert.throws(() => minutes('half past nine'), SyntaxError);
});

test('intervals that touch do not overlap', () => {
  assert.equal(overlaps(between('09:00', '10:00'), between('10:00', '11:00')), false);
  assert.equal(overlaps(between('09:00', '10:01'), between('10:00', '11:00')), true);
});

test('joins intervals that overlap or touch', () => {
  const merged = merge([between('10:00', '11:00'), between('09:00', '10:00'), between('10:30', '12:00')]);
  assert.deepEqual(shown(merged), ['09:00-12:00']);
});

test('keeps intervals with a gap apart', () => {
  assert.deepEqual(shown(merge([between('13:00', '14:00'), between('09:00', '10:00')])), ['09:00-10:00', '13:00-14:00']);
});

test('a short meeting inside a long one does not cut the long one', () => {
  assert.deepEqual(shown(merge([between('09:00', '12:00'), between('10:00', '10:30')])), ['09:00-12:00']);
});

test('leaves its input alone', () => {
  const input = [between('09:00', '10:00'), between('09:30', '11:00')];
  merge(input);
  assert.equal(input[0]?.end, minutes('10:00'));
});

test('offers the time around bookings', () => {
  const free = freeTime(between('09:00', '17:00'), [between('12:00', '13:00'), between('08:00', '09:30')]);
  assert.deepEqual(shown(free), ['09:30-12:00', '13:00-17:00']);
});

test('does not offer a slot during an all-morning booking', () => {
  const bookings = [between('09:00', '12:00'), between('09:30', '10:00')];
  assert.deepEqual(slots(between('09:00', '13:00'), bookings, 30).map(timeOfDay), ['12:00', '12:30']);
});

test('slots may start more often than they are long', () => {
  assert.deepEqual(slots(between('09:00', '10:30'), [], 60, 15).map(timeOfDay), ['09:00', '09:15', '09:30']);
});
