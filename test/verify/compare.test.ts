import { describe, expect, test } from 'vitest';
import type { TestReport } from '../../src/ledger/events.ts';
import { judge, settleBaseline } from '../../src/verify/compare.ts';

type States = Record<string, 'passed' | 'failed' | 'skipped'>;

function report(states: States, changes: Partial<TestReport> = {}): TestReport {
  const tests = Object.entries(states).map(([id, state]) => ({ id, state }));
  const failed = tests.some((entry) => entry.state === 'failed');
  return {
    runner: 'node:test',
    strength: 'report',
    complete: true,
    exitCode: failed ? 1 : 0,
    timedOut: false,
    wallMs: 1,
    tests,
    output: '',
    ...changes,
  };
}

const twice = (states: States) => settleBaseline([report(states), report(states)]);

describe('the base', () => {
  test('sorts tests and sets those aside that differ or come and go', () => {
    const first = report({ a: 'passed', b: 'failed', c: 'passed', d: 'skipped', e: 'passed' });
    const second = report({ a: 'passed', b: 'failed', c: 'failed', d: 'skipped' });
    expect(settleBaseline([first, second])).toEqual({
      passing: ['a'],
      failing: ['b'],
      flaky: ['c', 'e'],
      usable: true,
    });
  });

  test('with no whole report is not usable, and with one is, with a remark', () => {
    const cut = report({ a: 'passed' }, { complete: false, problem: 'it hung' });
    expect(settleBaseline([cut, cut])).toMatchObject({ usable: false, passing: [], problem: 'it hung' });
    const settled = settleBaseline([cut, report({ a: 'passed' })]);
    expect(settled).toMatchObject({ usable: true, passing: ['a'] });
    expect(settled.problem).toContain('it hung');
  });
});

describe('an attempt', () => {
  const base = twice({ a: 'passed', b: 'failed', c: 'failed' });

  test('that fixes some is verified, and the rest is named', () => {
    const evidence = judge(base, report({ a: 'passed', b: 'passed', c: 'failed' }), ['test/a.test.js']);
    expect(evidence).toEqual({
      verified: true,
      reason:
        '1 test fixed, none broken, 1 still fails as before; what it did to 1 test or configuration file was left out of the check',
      strength: 'report',
      fixed: ['b'],
      broken: [],
      stillFailing: ['c'],
      restored: ['test/a.test.js'],
    });
  });

  test.each<[string, States]>([
    ['fails', { a: 'failed', b: 'passed', c: 'passed' }],
    ['is skipped', { a: 'skipped', b: 'passed', c: 'passed' }],
    ['is missing', { b: 'passed', c: 'passed' }],
  ])('is out when a test that passed %s', (_name, states) => {
    const evidence = judge(base, report(states), []);
    expect(evidence).toMatchObject({ verified: false, broken: ['a'] });
    expect(evidence.reason).toContain('a (');
  });

  test('that fixes nothing is not verified', () => {
    expect(judge(base, report({ a: 'passed', b: 'failed', c: 'skipped' }), [])).toMatchObject({
      verified: false,
      fixed: [],
      stillFailing: ['b', 'c'],
    });
  });

  test('with an unfinished report is not verified, whatever passed', () => {
    const cut = report({ a: 'passed', b: 'passed', c: 'passed' }, { complete: false, problem: 'ended early' });
    const evidence = judge(base, cut, []);
    expect(evidence).toMatchObject({ verified: false, fixed: [], broken: [] });
    expect(evidence.reason).toContain('ended early');
  });

  test('on a base without failures is checked for regressions only', () => {
    const evidence = judge(twice({ a: 'passed' }), report({ a: 'passed', b: 'failed' }), []);
    expect(evidence.verified).toBe(true);
    expect(evidence.reason).toContain('only regressions were checked');
  });

  test('is not held to flaky tests', () => {
    const flaky = settleBaseline([report({ a: 'passed', f: 'passed' }), report({ a: 'passed', f: 'failed' })]);
    const evidence = judge(flaky, report({ a: 'passed', f: 'failed' }), []);
    expect(evidence.verified).toBe(true);
    expect(evidence.reason).toContain('set aside as flaky');
    const onlyFlaky = settleBaseline([report({ f: 'passed' }), report({ f: 'failed' })]);
    expect(judge(onlyFlaky, report({ f: 'passed' }), []).verified).toBe(false);
  });

  test('without a base it is verified only by a whole report in which everything passes', () => {
    const none = settleBaseline([report({}, { complete: false, timedOut: true, problem: 'the tests hang' })]);
    expect(judge(none, report({ a: 'passed' }), [])).toMatchObject({ verified: true, strength: 'report' });
    expect(judge(none, report({ a: 'passed' }), []).reason).toContain('the tests hang');
    const weak = { strength: 'exit-code', runner: 'command' } as const;
    for (const short of [
      report({ a: 'passed', b: 'failed' }),
      report({ a: 'skipped' }),
      report({}),
      report({ a: 'passed' }, { complete: false, problem: 'cut off' }),
      report({ command: 'passed' }, weak),
    ]) {
      expect(judge(none, short, [])).toMatchObject({ verified: false, strength: 'none' });
    }
  });

  test('by exit code alone is labelled as weaker', () => {
    const weak = { strength: 'exit-code', runner: 'command' } as const;
    const failing = settleBaseline([report({ command: 'failed' }, weak)]);
    const fixed = judge(failing, report({ command: 'passed' }, weak), []);
    expect(fixed).toMatchObject({ verified: true, strength: 'exit-code', fixed: ['command'] });
    expect(fixed.reason).toContain('weaker');
    const passing = settleBaseline([report({ command: 'passed' }, weak)]);
    expect(judge(passing, report({ command: 'passed' }, weak), []).reason).toMatch(/regressions.*weaker/);
    expect(judge(passing, report({ command: 'failed' }, weak), []).verified).toBe(false);
  });
});

describe('a file that could not be loaded', () => {
  const base = twice({ 'b.js › x': 'passed', 'a.js › (loading)': 'failed' });

  test.each<[string, States, boolean]>([
    ['loads and passes', { 'a.js › one': 'passed', 'a.js › two': 'skipped' }, true],
    ['loads and fails in part', { 'a.js › one': 'passed', 'a.js › two': 'failed' }, false],
    ['loads and is skipped', { 'a.js › one': 'skipped' }, false],
    ['is gone', {}, false],
    ['still cannot', { 'a.js › (loading)': 'failed' }, false],
  ])('%s', (_name, states, verified) => {
    expect(judge(base, report({ 'b.js › x': 'passed', ...states }), []).verified).toBe(verified);
  });

  test('stands for everything where the build failed', () => {
    const build = twice({ '(loading)': 'failed' });
    expect(judge(build, report({ 'crate › a': 'passed' }), []).verified).toBe(true);
    expect(judge(build, report({ 'crate › a': 'passed', 'crate › b': 'failed' }), []).verified).toBe(false);
  });
});
