import { expect, test } from 'vitest';
import { project, verify } from './plain-shell.ts';

const script = (text: string) => JSON.stringify({ name: 'sample', type: 'module', scripts: { test: text } });

const mixed = `import test, { describe, it } from 'node:test';
import assert from 'node:assert';
test('passes', () => {});
test('parent', async (t) => { await t.test('child', () => {}); });
describe('a suite', () => {
  it('fails', () => assert.equal(1, 2));
  it.skip('is skipped', () => {});
  it.todo('is planned');
  for (const n of [1, 2]) it('same name', () => {});
  it('größe ✓ 漢字', () => {});
});
`;

test('reads states, suites, children, repeated and non-ASCII names through npm test', async () => {
  const root = await project({ 'package.json': script('node --test'), 'test/a.test.js': mixed });
  const { plan, report, states } = await verify(root, 'npm test');
  expect(plan).toMatchObject({ runner: 'node:test', strength: 'report' });
  expect(report.problem).toBeUndefined();
  expect(report).toMatchObject({ complete: true, exitCode: 1, timedOut: false });
  expect(states).toEqual({
    'test/a.test.js › passes': 'passed',
    'test/a.test.js › parent › child': 'passed',
    'test/a.test.js › parent': 'passed',
    'test/a.test.js › a suite › fails': 'failed',
    'test/a.test.js › a suite › is skipped': 'skipped',
    'test/a.test.js › a suite › is planned': 'skipped',
    'test/a.test.js › a suite › same name': 'passed',
    'test/a.test.js › a suite › same name #2': 'passed',
    'test/a.test.js › a suite › größe ✓ 漢字': 'passed',
  });
  expect(report.tests.find((entry) => entry.state === 'failed')?.message).toMatch(/1 (==|!==) 2/);
});

test.each([
  ['a reporter of its own', 'node --test --test-reporter=dot'],
  ['arguments and files', 'node --test --test-reporter tap "test/a.test.js"'],
  ['an assignment before it', 'NODE_OPTIONS=--no-warnings node --test'],
  ['a script that starts it', 'node run.js'],
  ['plain node', 'node test/a.test.js'],
  ['a step before it', 'node -e 0 && node --test'],
])('works with %s', async (_name, text) => {
  const root = await project({
    'package.json': script(text),
    'test/a.test.js': mixed,
    'run.js': `import { spawnSync } from 'node:child_process';
      process.exit(spawnSync(process.execPath, ['--test'], { stdio: 'inherit' }).status);`,
  });
  const { report } = await verify(root, 'npm test');
  expect(report.problem).toBeUndefined();
  expect(report.tests).toHaveLength(9);
});

test('a file that cannot be loaded is a failed entry', async () => {
  const root = await project({
    'package.json': script('node --test'),
    'a.test.js': `import './absent.js'; import test from 'node:test'; test('one', () => {});`,
    'b.test.js': `import test from 'node:test'; test('two', () => {});`,
  });
  const { report, states } = await verify(root, 'npm test');
  expect(report.complete).toBe(true);
  expect(states).toEqual({ 'a.test.js › (loading)': 'failed', 'b.test.js › two': 'passed' });
});

test.each([
  ['while loading', `process.exit(0);`],
  ['in a test', `test('two', () => process.exit(0));`],
  ['after a wait', `test('two', async () => { await new Promise((r) => setTimeout(r, 300)); process.exit(0); });`],
])('process.exit(0) %s is found out', async (_name, cheat) => {
  const text = `import test from 'node:test'; test('one', () => {}); ${cheat} test('three', () => {});`;
  const root = await project({ 'package.json': script('node --test'), 'a.test.js': text });
  for (const command of ['node --test', 'node a.test.js']) {
    const { report } = await verify(root, command);
    expect(report).toMatchObject({ complete: false, exitCode: 0 });
    expect(report.problem).toMatch(/ended/);
  }
});

test('a report written by the code under test is refused', async () => {
  const forge = `import fs from 'node:fs'; import test from 'node:test';
    const line = fs.readFileSync('/proc/' + process.ppid + '/cmdline', 'utf8') + (process.env.NODE_OPTIONS ?? '');
    const folder = /--test-reporter=([^\\0 ]*)\\/node-reporter/.exec(line + fs.readFileSync('/proc/self/cmdline', 'utf8'))[1];
    const key = fs.existsSync(folder + '/key') ? 'key is there' : 'no key';
    fs.writeFileSync(folder + '/report.jsonl', JSON.stringify({ file: 'a.test.js', path: ['one'], state: 'passed' }) + '\\n' + JSON.stringify({ end: true, mac: 'ab'.repeat(32) }) + '\\n');
    console.log(key);
    process.exit(0);`;
  const root = await project({ 'package.json': script('node --test'), 'a.test.js': `${forge}` });
  for (const command of ['node --test', 'node a.test.js']) {
    const { report } = await verify(root, command);
    expect(report.complete).toBe(false);
    expect(report.output).not.toContain('key is there');
  }
});

test('a hanging test is stopped and said so', async () => {
  const root = await project({
    'a.test.js': `import test from 'node:test'; test('fine', () => {}); test('hangs', () => new Promise((r) => setTimeout(r, 1e6)));`,
  });
  const { report } = await verify(root, 'node --test', { timeoutMs: 3000 });
  expect(report).toMatchObject({ complete: false, timedOut: true });
  expect(report.problem).toContain('within 3 seconds');
});

test('no test files is not a pass', async () => {
  const root = await project({ 'package.json': script('node --test'), 'a.js': '' });
  const { report } = await verify(root, 'npm test');
  expect(report.complete).toBe(false);
});

test('a file of plain assertions counts as one test', async () => {
  const root = await project({
    'a.test.cjs': `require('node:assert').equal(1, 1);`,
    'b.test.cjs': `throw new Error('x')`,
  });
  const { states } = await verify(root, 'node --test');
  expect(states).toEqual({ 'a.test.cjs': 'passed', 'b.test.cjs › (loading)': 'failed' });
});
