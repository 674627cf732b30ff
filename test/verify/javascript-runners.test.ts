import { describe, expect, test } from 'vitest';
import { project, verify, withRunners } from './plain-shell.ts';

interface Kind {
  name: string;
  script: string;
  /** Other ways people write it. */
  others: string[];
  header: string;
  module: 'module' | 'commonjs';
}

const kinds: Kind[] = [
  {
    name: 'vitest',
    script: 'vitest',
    others: [
      'vitest run --coverage',
      'npx vitest --watch',
      './node_modules/.bin/vitest run --reporter=dot',
      'A=1 vitest --bail=1',
    ],
    header: `import { describe, expect, it, test } from 'vitest';\n`,
    module: 'module',
  },
  {
    name: 'jest',
    script: 'jest',
    others: [
      'jest --coverage -- a.test',
      'npx jest --watchAll',
      'NODE_OPTIONS=--experimental-vm-modules node node_modules/jest/bin/jest.js',
      'jest --verbose -i --bail',
    ],
    header: '',
    module: 'commonjs',
  },
  {
    name: 'mocha',
    script: 'mocha "*.test.js"',
    others: [
      'mocha --reporter dot "*.test.js"',
      './node_modules/.bin/mocha a.test.js -R=min',
      'mocha --bail --parallel "*.test.js"',
      'node -e 0 && mocha *.test.js',
    ],
    header: `const assert = require('node:assert'); const test = it; test.skip = it.skip;
      const expect = (actual) => ({ toBe: (expected) => assert.strictEqual(actual, expected) });\n`,
    module: 'commonjs',
  },
];

const body = `
test('passes', () => {});
describe('outer', () => {
  describe('inner größe', () => {
    test('fails', () => { expect(1).toBe(2); });
    it('same name', () => {});
    it('same name', () => {});
  });
  test.skip('is skipped', () => {});
});
`;

const expected = {
  'a.test.js › passes': 'passed',
  'a.test.js › outer › inner größe › fails': 'failed',
  'a.test.js › outer › inner größe › same name': 'passed',
  'a.test.js › outer › inner größe › same name #2': 'passed',
  'a.test.js › outer › is skipped': 'skipped',
};

async function projectFor(kind: Kind, files: Record<string, string>, script = kind.script): Promise<string> {
  const manifest = { name: 'sample', type: kind.module, scripts: { test: script } };
  return withRunners(await project({ 'package.json': JSON.stringify(manifest), ...files }));
}

describe.each(kinds)('$name', (kind) => {
  test('reads states, suites and repeated names through npm test', async () => {
    const root = await projectFor(kind, { 'a.test.js': kind.header + body });
    const { plan, report, states } = await verify(root, 'npm test');
    expect(plan).toMatchObject({ runner: kind.name, strength: 'report' });
    expect(report.problem).toBeUndefined();
    expect(report).toMatchObject({ complete: true, exitCode: kind.name === 'mocha' ? expect.any(Number) : 1 });
    expect(states).toEqual(expected);
    expect(report.tests.find((entry) => entry.state === 'failed')?.message).toBeTruthy();
  });

  test.each(kind.others)('%s', async (script) => {
    const root = await projectFor(kind, { 'a.test.js': kind.header + body }, script);
    const { report, states } = await verify(root, 'npm test');
    expect(report.problem).toBeUndefined();
    expect(states).toEqual(expected);
  });

  test('CRLF files and passing runs', async () => {
    const text = `${kind.header}test('one', () => {});\ntest('two', () => {});\n`.replaceAll('\n', '\r\n');
    const root = await projectFor(
      kind,
      { 'deep folder/a.test.js': text },
      `${kind.script.split(' ')[0]} "deep folder/a.test.js"`,
    );
    const { report, states } = await verify(root, 'npm test');
    expect(report).toMatchObject({ complete: true, exitCode: 0 });
    expect(states).toEqual({ 'deep folder/a.test.js › one': 'passed', 'deep folder/a.test.js › two': 'passed' });
  });

  test('a file that cannot be loaded is never silently missing', async () => {
    const broken = `${kind.header}${kind.module === 'module' ? "import './absent.js';" : "require('./absent.js');"} test('one', () => {});`;
    const root = await projectFor(kind, { 'a.test.js': broken, 'b.test.js': `${kind.header}test('two', () => {});` });
    const { report, states } = await verify(root, 'npm test');
    // mocha gives up on the first file it cannot load; the others name the file and go on.
    if (kind.name === 'mocha') expect(report.complete).toBe(false);
    else expect(states).toEqual({ 'a.test.js › (loading)': 'failed', 'b.test.js › two': 'passed' });
  });

  test('a failing hook is a failed entry', async () => {
    const before = kind.name === 'mocha' ? 'before' : 'beforeAll';
    const header = kind.header.replace('{ describe', '{ beforeAll, describe');
    const root = await projectFor(kind, {
      'a.test.js': `${header}describe('s', () => { ${before}(() => { throw new Error('no'); }); test('one', () => {}); });`,
    });
    const { report } = await verify(root, 'npm test');
    expect(report.tests.filter((entry) => entry.state === 'failed').length).toBeGreaterThan(0);
    expect(report.tests.filter((entry) => entry.state === 'passed')).toEqual([]);
  });

  test('process.exit(0) in the middle is found out', async () => {
    const root = await projectFor(kind, {
      'a.test.js': `${kind.header}test('one', () => {}); test('two', () => { process.exit(0); }); test('three', () => {});`,
    });
    const { report, states } = await verify(root, 'npm test');
    expect(report.complete && report.exitCode === 0).toBe(false);
    expect(states['a.test.js › three'] === 'passed' && report.complete && states['a.test.js › two'] === 'passed').toBe(
      false,
    );
  });

  test('no tests at all is not a pass', async () => {
    const root = await projectFor(
      kind,
      { 'a.js': '' },
      `${kind.script} ${kind.name === 'mocha' ? '' : '--passWithNoTests'}`,
    );
    expect((await verify(root, 'npm test')).report.complete).toBe(false);
  });

  test('a hanging test is stopped and said so', async () => {
    const root = await projectFor(kind, {
      'a.test.js': `${kind.header}test('hangs', () => { for (;;); });`,
    });
    const { report } = await verify(root, 'npm test', { timeoutMs: 6000 });
    expect(report).toMatchObject({ complete: false, timedOut: true });
    expect(report.problem).toContain('within 6 seconds');
  });
});

test('mocha: a report that the code under test writes is refused', async () => {
  const root = await projectFor(kinds[2]!, {
    'a.test.js': `const fs = require('node:fs');
      const folder = /--reporter\\0(.*)\\/mocha-reporter/.exec(fs.readFileSync('/proc/self/cmdline', 'utf8'))[1];
      if (fs.existsSync(folder + '/key')) console.log('key is there');
      fs.writeFileSync(folder + '/report.jsonl', JSON.stringify({ file: 'a.test.js', path: ['one'], state: 'passed' }) + '\\n' + JSON.stringify({ end: true, mac: '00'.repeat(32) }) + '\\n');
      process.exit(0);`,
  });
  const { report } = await verify(root, 'npm test');
  expect(report).toMatchObject({ complete: false, exitCode: 0 });
  expect(report.problem).toContain('not signed');
  expect(report.output).not.toContain('key is there');
});

test('vitest: parametrised tests, errors outside tests, and TypeScript', async () => {
  const root = await projectFor(kinds[0]!, {
    'a.test.ts': `import { expect, test } from 'vitest';
      test.each([[1, 'a'], [2, 'b']])('case %i %s', (n: number) => { expect(n).toBeLessThan(3); });
      test('leaves a rejection', () => { void Promise.reject(new Error('nobody waits')); });`,
  });
  const { report, states } = await verify(root, 'npm test');
  expect(states).toMatchObject({
    'a.test.ts › case 1 a': 'passed',
    'a.test.ts › case 2 b': 'passed',
    '(errors outside tests)': 'failed',
  });
  expect(report).toMatchObject({ complete: true, exitCode: 1 });
});
