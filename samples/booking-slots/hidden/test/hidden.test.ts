import assert from 'node:assert/strict';
import { test } from 'node:test';
import { merge } from '../src/interval.ts';

test('covers exactly the minutes its parts cover', () => {
  let state = 7;
  const next = (below: number) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
  for (let round = 0; round < 200; round += 1) {
    const parts = Array.from({ length: 1 + next(6) }, () => {
      const start = next(30);
      return { start, end: start + 1 + next(12) };
    });
    const merged = merge(parts);
    for (let minute = 0; minute < 45; minute += 1) {
      const inside = ({ start, end }: { start: number; end: number }) => minute >= start && minute < end;
      assert.equal(merged.some(inside), parts.some(inside), JSON.stringify(parts));
    }
    for (let index = 1; index < merged.length; index += 1) {
      assert.ok(merged[index]!.start > merged[index - 1]!.end, JSON.stringify(parts));
    }
  }
});
