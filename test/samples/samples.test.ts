import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const root = join(import.meta.dirname, '../../samples');
const names = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

const Sample = z.strictObject({
  name: z.string(),
  language: z.enum(['javascript', 'typescript', 'python']),
  /** What a person would ask for: the symptom, never the fix. */
  task: z.string().min(30),
  /** The kind of bug; no two samples share one. */
  bug: z.string().min(1),
  verify: z.enum(['node --test', 'python3 -m unittest']),
  /** Every test that fails before the fix, sorted. */
  failing: z.array(z.string()).min(1).max(4),
});
type Sample = z.infer<typeof Sample>;

const samples = names.map((name) => Sample.parse(JSON.parse(readFileSync(join(root, name, 'sample.json'), 'utf8'))));
let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'parlay-samples-'));
});
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

interface Output {
  stdout: string;
  stderr: string;
}

/** Runs a program with this Node first in the path; the exit code of a failed test run is expected. */
function run(program: string, args: string[], folder: string): Promise<Output> {
  const { NODE_TEST_CONTEXT: _context, NODE_OPTIONS: _options, ...inherited } = process.env;
  const environment = {
    ...inherited,
    PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
    PYTHONDONTWRITEBYTECODE: '1',
  };
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd: folder, env: environment, timeout: 50_000 }, (error, stdout, stderr) => {
      if (error && (error.killed || typeof error.code === 'string')) {
        reject(error);
      } else {
        resolve({ stdout, stderr });
      }
    });
  });
}

/** Test id to whether it passed, from a complete report. */
async function testResults(sample: Sample, folder: string): Promise<Map<string, boolean>> {
  const results =
    sample.language === 'python'
      ? readUnittest(await run('python3', ['-m', 'unittest', '-v'], folder))
      : readJunit(await run('node', ['--test', '--test-reporter=junit'], folder));
  expect(results.size, `no test was reported in ${sample.name}`).toBeGreaterThan(0);
  return results;
}

function readUnittest({ stderr }: Output): Map<string, boolean> {
  const results = new Map<string, boolean>();
  for (const [, name, owner, state] of stderr.matchAll(/^(\w+) \(([\w.]+)\) \.\.\. (ok|FAIL|ERROR)$/gm)) {
    // Before Python 3.11 the part in brackets leaves out the name of the test.
    results.set(owner!.endsWith(`.${name}`) ? owner! : `${owner}.${name}`, state === 'ok');
  }
  expect(stderr).toContain(`Ran ${results.size} test`);
  return results;
}

type Node = { testcase?: (Node & { '@name': string })[]; testsuite?: Node[]; failure?: unknown };

function readJunit({ stdout }: Output): Map<string, boolean> {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    isArray: (name) => name === 'testcase' || name === 'testsuite',
  });
  const results = new Map<string, boolean>();
  const collect = (node: Node): void => {
    for (const test of node.testcase ?? []) {
      expect(results.has(test['@name']), `two tests are called ${test['@name']}`).toBe(false);
      results.set(test['@name'], test.failure === undefined);
    }
    node.testsuite?.forEach(collect);
  };
  collect(parser.parse(stdout).testsuites);
  return results;
}

const failures = (results: Map<string, boolean>): string[] =>
  [...results]
    .filter(([, passed]) => !passed)
    .map(([id]) => id)
    .sort();

/** A copy of the sample's repository under version control, as a person would have it. */
async function repositoryOf(sample: Sample, purpose: string): Promise<string> {
  const folder = join(scratch, `${sample.name}-${purpose}`);
  cpSync(join(root, sample.name, 'repository'), folder, { recursive: true });
  await run('git', ['init', '--quiet'], folder);
  return folder;
}

function addHiddenTests(sample: Sample, folder: string): void {
  cpSync(join(root, sample.name, 'hidden'), folder, { recursive: true });
}

describe('the set of samples', () => {
  it('covers the three languages', () => {
    const count = (language: string) => samples.filter((sample) => sample.language === language).length;
    expect(count('javascript')).toBeGreaterThanOrEqual(5);
    expect(count('typescript')).toBeGreaterThanOrEqual(4);
    expect(count('python')).toBeGreaterThanOrEqual(5);
  });

  it('shows no kind of bug twice', () => {
    const kinds = samples.map((sample) => sample.bug);
    expect(new Set(kinds).size).toBe(kinds.length);
  });

  it.each(samples)('$name needs nothing installed', (sample) => {
    const manifest = join(root, sample.name, 'repository', 'package.json');
    if (sample.language === 'python') {
      expect(existsSync(manifest)).toBe(false);
    } else {
      const { dependencies, devDependencies } = JSON.parse(readFileSync(manifest, 'utf8'));
      expect([dependencies, devDependencies]).toEqual([undefined, undefined]);
    }
  });
});

describe.each(samples)('$name', (sample) => {
  it('is named after its folder', () => {
    expect(names).toContain(sample.name);
  });

  it('fails exactly the stated tests before the fix', async () => {
    const results = await testResults(sample, await repositoryOf(sample, 'base'));
    expect(failures(results)).toEqual(sample.failing);
    expect(results.size).toBeGreaterThan(sample.failing.length);
  });

  it('has hidden tests that see the bug', async () => {
    const folder = await repositoryOf(sample, 'hidden');
    addHiddenTests(sample, folder);
    const seen = failures(await testResults(sample, folder)).filter((id) => !sample.failing.includes(id));
    expect(seen).not.toEqual([]);
  });

  it('passes every test, the hidden ones too, with the fix', async () => {
    const folder = await repositoryOf(sample, 'fixed');
    const applied = await run('git', ['apply', join(root, sample.name, 'fix.patch')], folder);
    expect(applied.stderr).toBe('');
    const before = await testResults(sample, folder);
    addHiddenTests(sample, folder);
    const after = await testResults(sample, folder);
    expect(failures(after)).toEqual([]);
    expect(after.size).toBeGreaterThan(before.size);
  });
});
