import type { FileView } from './types.ts';

/** The repository's own interpreter where it has one, else `python3`. */
async function pythonOf(files: FileView): Promise<string> {
  for (const path of ['.venv/bin/python', 'venv/bin/python', 'env/bin/python']) {
    if (await files.exists(path)) return path;
  }
  return 'python3';
}

const testFile = /^(test_.*|.*_test|tests?)\.py$/;

/**
 * The command for a Python project's tests, or null where there are none. pytest where the project says so (its
 * configuration, its requirements, its tests); plain `unittest.TestCase` files go to unittest, which every Python has.
 */
export async function pythonCommand(files: FileView): Promise<{ command: string; source: string } | null> {
  const python = await pythonOf(files);
  const tests = await findTests(files);
  const configured = await pytestConfiguration(files);
  if (tests.length === 0) {
    if (configured?.strong) return { command: `${python} -m pytest`, source: configured.source };
    return null;
  }
  const texts = await Promise.all(tests.slice(0, 40).map(async (path) => (await files.read(path)) ?? ''));
  const fromTests = texts.some(
    (text) =>
      /^\s*(import pytest|from pytest\b)/m.test(text) ||
      (/^(async )?def test_/m.test(text) && !/\bTestCase\b/.test(text)),
  );
  if (configured || fromTests) {
    return { command: `${python} -m pytest`, source: configured?.source ?? `tests written for pytest (${tests[0]})` };
  }
  if (!texts.some((text) => /\bunittest\b/.test(text))) return null;
  return { command: await unittestCommand(python, tests, files), source: `unittest test cases (${tests[0]})` };
}

async function unittestCommand(python: string, tests: readonly string[], files: FileView): Promise<string> {
  const first = tests[0]!;
  const pattern = tests.every((path) => path.endsWith('_test.py')) ? " -p '*_test.py'" : '';
  const folder = first.includes('/') ? first.slice(0, first.lastIndexOf('/')) : '';
  if (folder === '') return pattern === '' ? `${python} -m unittest` : `${python} -m unittest discover${pattern}`;
  const top = folder.split('/')[0]!;
  // Discovery from the top finds tests in packages only.
  if ((await files.exists(`${top}/__init__.py`)) && pattern === '') return `${python} -m unittest`;
  if (await files.exists(`${top}/__init__.py`)) return `${python} -m unittest discover${pattern}`;
  return `${python} -m unittest discover -s ${top}${pattern}`;
}

async function findTests(files: FileView): Promise<string[]> {
  const found: string[] = [];
  const walk = async (folder: string, depth: number): Promise<void> => {
    const names = (await files.list(folder)).sort();
    for (const name of names) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (testFile.test(name)) found.push(path);
    }
    if (depth === 0) return;
    for (const name of names) {
      if (/^(\.|node_modules$|venv$|env$|build$|dist$|target$|__pycache__$)/.test(name) || name.includes('.')) continue;
      await walk(folder === '' ? name : `${folder}/${name}`, depth - 1);
    }
  };
  await walk('', 3);
  return found.filter((path) => !/(^|\/)tests?\.py$/.test(path) || found.length === 1);
}

/** `strong` is a configuration of pytest itself; a mention among the requirements only counts where tests exist. */
async function pytestConfiguration(files: FileView): Promise<{ source: string; strong: boolean } | null> {
  if (await files.exists('pytest.ini')) return { source: 'pytest.ini', strong: true };
  const marks: readonly (readonly [string, RegExp, boolean])[] = [
    ['pyproject.toml', /^\s*\[tool\.pytest/m, true],
    ['setup.cfg', /^\s*\[tool:pytest\]/m, true],
    ['tox.ini', /^\s*\[pytest\]/m, true],
    ['conftest.py', /./, false],
    ['tests/conftest.py', /./, false],
    ['test/conftest.py', /./, false],
    ['pyproject.toml', /\bpytest\b/, false],
    ['tox.ini', /\bpytest\b/, false],
    ['setup.py', /\bpytest\b/, false],
    ['setup.cfg', /\bpytest\b/, false],
    ['requirements.txt', /^pytest\b/m, false],
    ['requirements-dev.txt', /^pytest\b/m, false],
    ['requirements-test.txt', /^pytest\b/m, false],
    ['dev-requirements.txt', /^pytest\b/m, false],
    ['requirements/dev.txt', /^pytest\b/m, false],
    ['requirements/test.txt', /^pytest\b/m, false],
    ['Pipfile', /\bpytest\b/, false],
  ];
  for (const [path, mark, strong] of marks) {
    if (mark.test((await files.read(path)) ?? '')) return { source: path, strong };
  }
  return null;
}
