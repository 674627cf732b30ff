import { expect, test } from 'vitest';
import { RepetitionWatch } from '../../src/agent/repetition.ts';

function verdicts(turns: [string, string][]): string[] {
  const watch = new RepetitionWatch();
  return turns.map(([calls, results]) => watch.add(calls, results));
}

test('the same turn with the same result is warned of and then stopped', () => {
  const turns = Array.from({ length: 5 }, (): [string, string] => ['run ls', 'a']);
  expect(verdicts(turns)).toEqual(['fine', 'fine', 'warn', 'warn', 'stop']);
});

test('durations in results do not hide a repetition', () => {
  const turns = [1, 2, 3, 4, 5].map((n): [string, string] => ['run test', `exit code 1, ${n}.${n} s\nfailed`]);
  expect(verdicts(turns).at(-1)).toBe('stop');
});

test('a cycle of two turns is noticed', () => {
  const turns = Array.from({ length: 10 }, (_, n): [string, string] => [n % 2 ? 'read a' : 'read b', 'x']);
  expect(verdicts(turns).at(-1)).toBe('stop');
  expect(verdicts(turns.slice(0, 4)).at(-1)).toBe('fine');
});

test('repeating a call whose result changes is progress', () => {
  const turns = Array.from({ length: 20 }, (_, n): [string, string] => ['run test', `failed: case ${n}`]);
  expect(new Set(verdicts(turns))).toEqual(new Set(['fine']));
});
