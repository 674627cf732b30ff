import { beforeAll, describe, expect, test } from 'vitest';
import { readFailures } from '../../src/models/repair/failing.ts';
import { loadParsers, type Parsers } from '../../src/models/repair/grammars.ts';
import { ochiai, suspect } from '../../src/models/repair/localise.ts';
import { commandFor, isSourcePath, isTestPath, understand } from '../../src/models/repair/project.ts';
import { parseFile } from '../../src/models/repair/tree.ts';
import { linePatch } from '../../src/models/repair/trials.ts';

let parsers: Parsers;
beforeAll(async () => {
  parsers = await loadParsers();
});

describe('localisation', () => {
  test("Ochiai's coefficient", () => {
    expect(ochiai(2, 2, 0)).toBe(1);
    expect(ochiai(0, 2, 5)).toBe(0);
    expect(ochiai(1, 1, 3)).toBe(0.5);
  });

  test('covered lines, functions that tests name and lines of stack traces are more suspicious', () => {
    const source = 'def near(a):\n    b = a\n    return b\n\ndef far(a):\n    c = a\n    return c\n';
    const file = parseFile('m.py', 'python', source, parsers.get('python')!);
    const coverage = new Map([
      [
        'm.py',
        new Map([
          [2, 0.5],
          [3, 0.5],
          [6, 0.5],
        ]),
      ],
    ]);
    const scores = suspect(file, { coverage, frames: new Map([['m.py:3', 1]]), words: 'test_near calls near' });
    expect(scores.get(2)!).toBeGreaterThan(scores.get(1)!);
    expect(scores.get(1)!).toBeGreaterThan(scores.get(5)!);
    expect(scores.has(6)).toBe(false);
    expect(suspect({ ...file, path: 'other.py' }, { coverage, frames: new Map(), words: '' }).size).toBe(0);
  });
});

const project = (opened: string, manifest = '', files = 'a.js\ntest/a.test.js') =>
  understand(`${files}\n@@package${manifest}\n@@make\n`, `Mend it.\n\nThe change will be checked with: ${opened}`);

describe('projects', () => {
  test.each([
    [
      'npm test',
      '{"scripts":{"test":"npm run lint && npm run unit","unit":"mocha --timeout 500 test/*.js","lint":"x"}}',
      'mocha',
    ],
    ['npx jest', '', 'jest'],
    ['pnpm run check', '{"scripts":{"check":"vitest run"}}', 'vitest'],
    ['python -m pytest -q tests', '', 'pytest'],
    ['python3 -m unittest', '', 'unittest'],
    ['python3 test_it.py', '', 'script'],
    ['node --test', '', 'node-test'],
    ['./check.sh', '', 'command'],
  ])('%s is run by %s', (command, manifest, runner) => {
    expect(project(command, manifest).runner).toBe(runner);
  });

  test('a runner is asked for single files with its own flags', () => {
    const mocha = project('npm test', '{"scripts":{"test":"mocha --timeout 500 -r ./setup.js test/*.js"}}');
    expect(commandFor(mocha, ['test/a.test.js'])).toBe('mocha --timeout 500 -r ./setup.js test/a.test.js');
    expect(commandFor(project('node --import tsx --test'), ['test/a.test.js'])).toContain(
      'node --import tsx --test-reporter=tap test/a.test.js',
    );
  });

  test('tests are never taken for sources', () => {
    for (const path of [
      'test/a.js',
      'a.test.ts',
      'tests/x.py',
      'test_x.py',
      'x_test.py',
      'src/__tests__/a.js',
      'conftest.py',
    ]) {
      expect(isTestPath(path), path).toBe(true);
      expect(isSourcePath(path), path).toBe(false);
    }
    expect(isSourcePath('src/contest.js')).toBe(true);
  });

  test.each([
    [
      'pytest',
      'exit code 1\nFAILED tests/test_a.py::test_x[1-2] - assert 1 == 2\n',
      ['tests/test_a.py::test_x[1-2]'],
      ['tests/test_a.py'],
    ],
    [
      'python3 -m unittest',
      'exit code 1\nFAIL: test_x (tests.test_a.Case.test_x)\n  File "/w/tests/test_a.py", line 3\n',
      ['tests.test_a.Case.test_x'],
      ['tests/test_a.py'],
    ],
    [
      'node --test',
      "exit code 1\nnot ok 1 - adds\n  location: '/w/test/a.test.js:3:1'\n",
      ['adds'],
      ['test/a.test.js'],
    ],
    ['npx jest', 'exit code 1\nFAIL test/a.test.js\n  ● sums › adds\n', ['sums adds'], ['test/a.test.js']],
    ['npx vitest run', 'exit code 1\n FAIL  test/a.test.js > sums > adds\n', ['sums adds'], ['test/a.test.js']],
    [
      'npx mocha',
      'exit code 1\n  1) sums adds:\n     at Context.<anonymous> (test/a.test.js:4:3)\n',
      ['sums adds'],
      ['test/a.test.js'],
    ],
  ])('failures are read from %s', (command, output, tests, files) => {
    const read = readFailures(output, project(command, '', 'a.js\ntest/a.test.js\ntests/test_a.py'));
    expect(read.tests).toEqual(tests);
    expect(read.files).toEqual(files);
  });

  test('a patch is the smallest run of lines', () => {
    expect(linePatch('p', 'a\nb\nc\n', 'a\nx\ny\nc\n')).toEqual({ path: 'p', line: 1, old: ['b'], new: ['x', 'y'] });
    expect(linePatch('p', 'a\nb\n', 'a\nb\nb\n').new).toEqual(['b']);
  });
});
