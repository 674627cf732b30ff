import { describe, expect, test } from 'vitest';
import { project, verify } from './plain-shell.ts';

const one = `import test from 'node:test'; test('one', () => {});`;

describe('a command with only an exit code', () => {
  test.each([
    ['true', 'passed', true],
    ['false', 'failed', true],
    ['echo all good; exit 0', 'passed', true],
  ] as const)('%s', async (command, state, complete) => {
    const { plan, report, states } = await verify(await project({}), command);
    expect(plan.strength).toBe('exit-code');
    expect(report).toMatchObject({ runner: 'command', strength: 'exit-code', complete });
    expect(states).toEqual({ command: state });
  });

  test('a missing program', async () => {
    const { report } = await verify(await project({}), 'no-such-program --all');
    expect(report).toMatchObject({ complete: false, exitCode: 127 });
    expect(report.problem).toMatch(/missing.*no-such-program/);
  });

  test.each(['', 'cd nowhere', 'cd nowhere && npm test', '((', '"'])('nothing that can be run: %j', async (command) => {
    const { report } = await verify(await project({}), command);
    expect(report.tests.filter((entry) => entry.state === 'passed' && command !== '')).toEqual([]);
  });

  test('one that hangs', async () => {
    const { report } = await verify(await project({}), 'echo started; sleep 100', { timeoutMs: 1000 });
    expect(report).toMatchObject({ complete: false, timedOut: true });
    expect(report.output).toContain('started');
    expect(report.problem).toContain('within 1 seconds');
  });

  test('one that kills itself', async () => {
    expect((await verify(await project({}), 'kill -9 $$')).report.complete).toBe(false);
  });

  test('100 MB of output', async () => {
    const { report } = await verify(await project({}), 'head -c 100000000 /dev/zero | tr "\\0" "x"; echo the end');
    expect(report).toMatchObject({ complete: true, exitCode: 0 });
    expect(report.output.length).toBeLessThan(100_000);
    expect(report.output).toContain('the end');
  });
});

test('a flood of output does not hurt a report', async () => {
  const flood = `import test from 'node:test'; test('loud', () => { for (let n = 0; n < 200; n += 1) console.log('x'.repeat(100_000)); });`;
  const { report, states } = await verify(await project({ 'a.test.mjs': flood }), 'node --test');
  expect(report.problem).toBeUndefined();
  expect(states).toEqual({ 'a.test.mjs › loud': 'passed' });
});

test('a step before the tests that fails leaves no report, and says so', async () => {
  const root = await project({
    'package.json': JSON.stringify({ scripts: { pretest: 'echo no build >&2; exit 3', test: 'node --test' } }),
    'a.test.mjs': one,
  });
  const { report } = await verify(root, 'npm test');
  expect(report).toMatchObject({ complete: false, exitCode: 3 });
  expect(report.problem).toContain('no build');
});

test('several runners of one command, and a step after them, are all reported', async () => {
  const root = await project({
    'package.json': JSON.stringify({
      scripts: {
        test: 'npm run js && npm run py',
        js: 'node --test',
        py: 'python3 -m unittest',
        posttest: 'node -e "process.exit(4)"',
      },
    }),
    'a.test.mjs': `${one} test('two', () => { throw new Error('no'); });`,
    'test_a.py': 'import unittest\nclass T(unittest.TestCase):\n    def test_x(self): pass\n',
  });
  const { plan, report, states } = await verify(root, 'npm test');
  expect(plan.runner).toBe('node:test + unittest');
  expect(report).toMatchObject({ complete: true, exitCode: 1 });
  expect(states).toEqual({
    'a.test.mjs › one': 'passed',
    'a.test.mjs › two': 'failed',
    'test_a.py › T › test_x': 'passed',
    'command › node -e "process.exit(4)"': 'failed',
  });
});

test('tests in folders below keep ids from the top', async () => {
  const root = await project({
    'package.json': JSON.stringify({ workspaces: ['packages/*'], scripts: { test: 'npm test --workspaces' } }),
    'packages/a/package.json': JSON.stringify({ scripts: { test: 'node --test' } }),
    'packages/a/a.test.mjs': one,
    'packages/b c/package.json': JSON.stringify({ scripts: { test: 'node --test' } }),
    'packages/b c/b.test.mjs': one,
  });
  const { states } = await verify(root, 'npm test');
  expect(states).toEqual({ 'packages/a/a.test.mjs › one': 'passed', 'packages/b c/b.test.mjs › one': 'passed' });
});

test('an exit code that disagrees with the report', async () => {
  const files = { 'a.test.mjs': `${one} test('two', () => { throw new Error('no'); });`, 'b.test.mjs': one };
  const hidden = await verify(await project(files), 'for f in a b; do node --test $f.test.mjs; done');
  expect(hidden.report).toMatchObject({ complete: false });
  const script = JSON.stringify({ scripts: { test: 'node run.mjs' } });
  const run = `import { spawnSync } from 'node:child_process'; spawnSync('node', ['--test', 'b.test.mjs']); process.exit(1);`;
  const { report } = await verify(await project({ ...files, 'package.json': script, 'run.mjs': run }), 'npm test');
  expect(report).toMatchObject({ complete: false, exitCode: 1 });
  expect(report.problem).toContain('no test failed');
});

test('a run that is stopped by hand', async () => {
  const { report } = await verify(await project({ 'a.test.mjs': one }), 'node --test', { signal: AbortSignal.abort() });
  expect(report.complete).toBe(false);
  expect(report.problem).toContain('stopped');
});

test('running again, elsewhere, gives the same ids', async () => {
  const files = { 'a.test.mjs': `import test from 'node:test'; for (const n of [1, 2]) test('case ' + n, () => {});` };
  const first = await verify(await project(files), 'node --test');
  const second = await verify(await project(files), 'node --test');
  expect(second.report.tests.map((entry) => entry.id)).toEqual(first.report.tests.map((entry) => entry.id));
  expect(first.report.tests).toHaveLength(2);
});
