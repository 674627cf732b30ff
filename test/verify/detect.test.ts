import { expect, test } from 'vitest';
import { checkRunnable, programsOnPath } from '../../src/verify/check.ts';
import { detectVerify, planFromCommand } from '../../src/verify/detect.ts';
import { viewOfFolder } from '../../src/verify/views.ts';
import { project } from './plain-shell.ts';

const manifest = (value: object) => JSON.stringify(value);
const caseTest = 'import unittest\nclass T(unittest.TestCase):\n    def test_x(self): pass\n';

test.each<[string, Record<string, string>, object | null]>([
  [
    'npm and vitest',
    { 'package.json': manifest({ scripts: { test: 'vitest run' } }) },
    { command: 'npm test', runner: 'vitest', strength: 'report', source: 'package.json script "test"', folder: '' },
  ],
  [
    'pnpm by lock file',
    { 'package.json': manifest({ scripts: { test: 'jest' } }), 'pnpm-lock.yaml': '' },
    { command: 'pnpm test', runner: 'jest' },
  ],
  [
    'yarn by packageManager',
    { 'package.json': manifest({ packageManager: 'yarn@4.1.0', scripts: { test: 'mocha' } }) },
    { command: 'yarn test', runner: 'mocha' },
  ],
  [
    'bun by lock file',
    { 'package.json': manifest({ scripts: { test: 'vitest' } }), 'bun.lock': '' },
    { command: 'bun run test', runner: 'vitest' },
  ],
  [
    'a script through another',
    {
      'package.json': manifest({
        scripts: {
          test: 'npm run lint && npm run test:unit -- --bail',
          lint: 'eslint .',
          'test:unit': 'cross-env A=1 c8 mocha',
        },
      }),
    },
    { runner: 'mocha', strength: 'report' },
  ],
  [
    'two runners',
    {
      'package.json': manifest({ scripts: { test: 'run-s test:*', 'test:js': 'node --test', 'test:py': 'pytest -q' } }),
    },
    { runner: 'node:test + pytest' },
  ],
  [
    'scripts that call each other for ever',
    { 'package.json': manifest({ scripts: { test: 'npm run a', a: 'npm test' } }) },
    { runner: 'command', strength: 'exit-code' },
  ],
  [
    'the placeholder and test:unit',
    {
      'package.json': manifest({ scripts: { test: 'echo "Error: no test specified" && exit 1', 'test:unit': 'ava' } }),
    },
    { command: 'npm run test:unit', runner: 'command', strength: 'exit-code' },
  ],
  [
    'the placeholder and a dependency',
    {
      'package.json': manifest({
        scripts: { test: 'echo "Error: no test specified" && exit 1' },
        devDependencies: { vitest: '1' },
      }),
    },
    { command: 'npx vitest run', runner: 'vitest' },
  ],
  [
    'packages of a monorepo',
    {
      'package.json': manifest({ workspaces: ['packages/*'], scripts: { test: 'npm test --workspaces --if-present' } }),
      'packages/a/package.json': manifest({ scripts: { test: 'vitest' } }),
      'packages/b/package.json': manifest({}),
    },
    { command: 'npm test', runner: 'vitest' },
  ],
  [
    'tests for node:test alone',
    { 'sum.js': '', 'sum.test.js': `import test from 'node:test';` },
    { command: 'node --test', runner: 'node:test' },
  ],
  [
    'pytest by its configuration',
    { 'pyproject.toml': '[tool.pytest.ini_options]\n', 'tests/test_a.py': caseTest },
    { command: 'python3 -m pytest', runner: 'pytest', source: 'pyproject.toml' },
  ],
  [
    'pytest by its tests',
    { 'tests/test_a.py': 'def test_x(): pass\n' },
    { command: 'python3 -m pytest', runner: 'pytest' },
  ],
  [
    'unittest in a package',
    { 'tests/__init__.py': '', 'tests/test_a.py': caseTest },
    { command: 'python3 -m unittest', runner: 'unittest' },
  ],
  [
    'unittest in a folder',
    { 'tests/test_a.py': caseTest },
    { command: 'python3 -m unittest discover -s tests', runner: 'unittest' },
  ],
  [
    'the repository’s own Python',
    { '.venv/bin/python': '', 'test_a.py': caseTest },
    { command: '.venv/bin/python -m unittest', runner: 'unittest' },
  ],
  ['go', { 'go.mod': 'module m' }, { command: 'go test ./...', runner: 'go test', strength: 'report' }],
  ['cargo', { 'Cargo.toml': '' }, { command: 'cargo test', runner: 'cargo test', strength: 'report' }],
  [
    'maven with its wrapper',
    { 'pom.xml': '', mvnw: '' },
    { command: './mvnw test', runner: 'maven', strength: 'report' },
  ],
  [
    'gradle',
    { 'build.gradle.kts': '', gradlew: '' },
    { command: './gradlew test', runner: 'gradle', strength: 'report' },
  ],
  [
    'make',
    { Makefile: 'test: build\n\t./run-checks.sh\nbuild:\n\tcc -o a a.c\n' },
    { command: 'make test', runner: 'command', strength: 'exit-code' },
  ],
  [
    'a folder below',
    { 'README.md': '', 'backend/go.mod': 'module m', 'docs/package.json': '{}' },
    { command: 'go test ./...', folder: 'backend' },
  ],
  ['two folders below', { 'a/go.mod': '', 'b/go.mod': '' }, null],
  ['a package.json that is not JSON', { 'package.json': '{ not json' }, null],
  ['nothing', { 'README.md': 'hello' }, null],
])('detects %s', async (_name, files, expected) => {
  const found = await detectVerify(viewOfFolder(await project(files)));
  if (expected === null) expect(found).toBeNull();
  else expect(found).toMatchObject(expected);
});

test.each([
  ['npm run unit -- --bail', 'vitest'],
  ['yarn unit', 'vitest'],
  ['pnpm -s run unit', 'vitest'],
  ['./node_modules/.bin/vitest', 'vitest'],
  ['npx --yes jest src', 'jest'],
  ['yarn jest', 'jest'],
  ['node --experimental-vm-modules node_modules/jest/bin/jest.js', 'jest'],
  ['python -m pytest -q tests/x.py', 'pytest'],
  ['uv run pytest', 'pytest'],
  ['coverage run -m unittest', 'unittest'],
  ['cd sub && npm test', 'mocha'],
  ['npm --prefix sub test', 'mocha'],
  ['tsc && node --test dist', 'node:test'],
  ['for f in a b; do pytest $f; done', 'pytest'],
  ['cargo +nightly test --workspace', 'cargo test'],
  ['go test -run X ./pkg', 'go test'],
  ['mvn -q -pl core verify', 'maven'],
  ['./gradlew :app:test', 'gradle'],
  ['bash check.sh', 'command'],
  ['vitest run | tee log', 'command'],
  ['bun test', 'command'],
  ['echo npm test', 'command'],
])('%s ends in %s', async (command, runner) => {
  const root = await project({
    'package.json': manifest({ scripts: { unit: 'vitest', test: 'jest' } }),
    'sub/package.json': manifest({ scripts: { test: 'mocha' } }),
  });
  expect(await planFromCommand(command, viewOfFolder(root))).toMatchObject({
    command,
    runner,
    source: '--verify',
    strength: runner === 'command' ? 'exit-code' : 'report',
  });
});

test.each<[string, string, Record<string, string>, RegExp | null]>([
  [
    'a missing script',
    'npm run tset',
    { 'package.json': manifest({ scripts: { test: 'node --test' } }) },
    /no script "tset".*test/,
  ],
  ['a missing package.json', 'npm test', {}, /needs a package.json/],
  ['a missing program', 'no-such-program --all', {}, /no-such-program, which is not installed/],
  ['a program behind an assignment', 'A=1 no-such-program', {}, /no-such-program/],
  ['a missing path', './scripts/check.sh', {}, /scripts\/check.sh, which does not exist/],
  [
    'missing node_modules',
    'npm test',
    { 'package.json': manifest({ scripts: { test: 'vitest' }, devDependencies: { vitest: '5' } }) },
    /node_modules is missing.*npm install/,
  ],
  ['a missing make target', 'make tset', { Makefile: 'test:\n\ttrue\n' }, /no target "tset".*test/],
  ['a missing Makefile', 'make test', {}, /needs a Makefile/],
  ['a command that can run', 'npm test', { 'package.json': manifest({ scripts: { test: 'node --test' } }) }, null],
  ['a program that the packages bring', 'mocha', { 'package.json': '{}', 'node_modules/.bin/mocha': '' }, null],
  ['shell of its own', 'if true; then node --test; fi', {}, null],
])('before a run: %s', async (_name, command, files, problem) => {
  const view = viewOfFolder(await project(files));
  const found = await checkRunnable(await planFromCommand(command, view), view, programsOnPath(process.env.PATH));
  if (problem === null) expect(found).toEqual({ ok: true });
  else {
    expect(found.ok).toBe(false);
    expect(`${found.problem} ${found.next}`).toMatch(problem);
  }
});
