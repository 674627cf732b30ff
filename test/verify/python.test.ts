import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { project, verify } from './plain-shell.ts';

const unittestFile = `import unittest
class TestSum(unittest.TestCase):
    def test_right(self): self.assertEqual(1 + 1, 2)
    def test_wrong(self): self.assertEqual(1 + 1, 3)
    @unittest.skip("later")
    def test_later(self): pass
    @unittest.expectedFailure
    def test_expected(self): self.fail()
    def test_many(self):
        for n in (1, 2):
            with self.subTest(n=n): self.assertEqual(n, 1)
    def test_größe(self): pass
`;

const expected = {
  'tests/test_a.py › TestSum › test_right': 'passed',
  'tests/test_a.py › TestSum › test_wrong': 'failed',
  'tests/test_a.py › TestSum › test_later': 'skipped',
  'tests/test_a.py › TestSum › test_expected': 'passed',
  'tests/test_a.py › TestSum › test_many': 'failed',
  'tests/test_a.py › TestSum › test_größe': 'passed',
};

test.each([
  'python3 -m unittest',
  'python3 -m unittest discover -s tests -t .',
  'python3 -m unittest tests.test_a',
  'python3 -m unittest -v -f tests/test_a.py',
  'python3 -W ignore -m unittest discover tests',
])('unittest: %s', async (command) => {
  const root = await project({ 'tests/__init__.py': '', 'tests/test_a.py': unittestFile });
  const { plan, report, states } = await verify(root, command);
  expect(plan).toMatchObject({ runner: 'unittest', strength: 'report' });
  expect(report.problem).toBeUndefined();
  expect(states).toEqual(expected);
});

test('unittest: a module that cannot be imported is a failed entry, named after its file', async () => {
  const root = await project({
    'test_a.py': 'import absent_module\n',
    'test_b.py': 'import unittest\nclass T(unittest.TestCase):\n    def test_x(self): pass\n',
    'test_c.py':
      'import unittest\nclass T(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls): raise ValueError("no")\n    def test_x(self): pass\n',
  });
  const { report, states } = await verify(root, 'python3 -m unittest');
  expect(report.problem).toBeUndefined();
  expect(states).toEqual({
    'test_a.py › (loading)': 'failed',
    'test_b.py › T › test_x': 'passed',
    'test_c.py › T › (setUpClass)': 'failed',
  });
});

const ends = ['import os; os._exit(0)', 'import os, sys; sys.stdout.flush(); os.kill(os.getpid(), 9)'];

test.each(ends)('unittest: %s in the middle is found out', async (end) => {
  const root = await project({
    'test_a.py': `import unittest\nclass T(unittest.TestCase):\n    def test_a(self): pass\n    def test_b(self):\n        ${end}\n    def test_c(self): pass\n`,
  });
  const { report } = await verify(root, 'python3 -m unittest');
  expect(report.complete).toBe(false);
  expect(report.problem).toMatch(/ended early|killed|exit code/);
});

test('unittest: sys.exit(0) while loading does not pass', async () => {
  const root = await project({ 'test_a.py': 'import sys\nsys.exit(0)\n' });
  const { report } = await verify(root, 'python3 -m unittest');
  expect(report.tests.filter((entry) => entry.state === 'passed')).toEqual([]);
  expect(report.exitCode).not.toBe(0);
});

const hasPytest = spawnSync('python3', ['-m', 'pytest', '--version']).status === 0;
const withPytest = test.skipIf(!hasPytest);
if (!hasPytest) console.log('pytest is not installed: its live tests are skipped.');

const pytestFile = `import pytest
def test_right(): pass
def test_wrong(): assert [1, 2] == [1, 3]
@pytest.mark.parametrize("n,name", [(1, "a b"), (2, "größe")])
def test_many(n, name): assert n == 1
@pytest.mark.skip(reason="later")
def test_later(): pass
@pytest.mark.xfail
def test_expected(): assert False
@pytest.fixture
def broken(): raise ValueError("no")
def test_setup(broken): pass
class TestGroup:
    def test_inner(self, tmp_path): pass
`;

withPytest.each([
  'python3 -m pytest',
  'pytest -q tests',
  'PYTEST_ADDOPTS="-x" python3 -m pytest -q tests/test_a.py',
  'PYTHONPATH=src python3 -m pytest',
])('pytest: %s', async (command) => {
  const root = await project({ 'tests/test_a.py': pytestFile, 'src/helper.py': '' });
  const { plan, report, states } = await verify(root, command);
  expect(plan).toMatchObject({ runner: 'pytest', strength: 'report' });
  expect(report.problem).toBeUndefined();
  expect(states).toMatchObject({
    'tests/test_a.py › test_right': 'passed',
    'tests/test_a.py › test_wrong': 'failed',
    'tests/test_a.py › test_many[1-a b]': 'passed',
    'tests/test_a.py › test_later': 'skipped',
    'tests/test_a.py › test_expected': 'skipped',
    'tests/test_a.py › test_setup': 'failed',
    'tests/test_a.py › TestGroup::test_inner': 'passed',
  });
  expect(report.tests).toHaveLength(8);
  const again = await verify(root, command);
  expect(again.report.tests.map((entry) => entry.id)).toEqual(report.tests.map((entry) => entry.id));
});

withPytest('pytest: through make and a recipe that cannot be taken apart', async () => {
  const root = await project({
    Makefile:
      'PYTHON ?= python3\r\nPY = $(shell command -v python3)\r\n.PHONY: test loop\r\ntest:\r\n\t@$(PYTHON) -m pytest -q\r\nloop:\r\n\t@for part in tests; do $(PY) -m pytest -q $$part; done\r\n'
        .replaceAll('\r\nP', '\nP')
        .replaceAll('\r', ''),
    'tests/test_a.py': 'def test_one(): pass\n',
  });
  for (const command of ['make test', 'make loop']) {
    const { plan, report, states } = await verify(root, command);
    expect(plan.runner).toBe('pytest');
    expect(report.problem).toBeUndefined();
    expect(states).toEqual({ 'tests/test_a.py › test_one': 'passed' });
  }
});

withPytest('pytest: a file that cannot be imported is a failed entry', async () => {
  const root = await project({ 'test_a.py': 'import absent_module\n', 'test_b.py': 'def test_x(): pass\n' });
  const { report, states } = await verify(root, 'python3 -m pytest');
  expect(states['test_a.py › (loading)']).toBe('failed');
  expect(report.exitCode).not.toBe(0);
});

withPytest.each(ends)('pytest: %s in the middle is found out', async (end) => {
  const root = await project({ 'test_a.py': `def test_a(): pass\ndef test_b():\n    ${end}\ndef test_c(): pass\n` });
  const { report } = await verify(root, 'python3 -m pytest');
  expect(report.complete).toBe(false);
});

withPytest('pytest: pytest.exit in the middle is found out', async () => {
  const root = await project({
    'test_a.py':
      'import pytest\ndef test_a(): pass\ndef test_b(): pytest.exit("enough", returncode=0)\ndef test_c(): pass\n',
  });
  const { report } = await verify(root, 'python3 -m pytest');
  expect(report).toMatchObject({ complete: false, exitCode: 0 });
  expect(report.problem).toMatch(/interrupted/);
});

withPytest('pytest: a report that the code under test writes is refused', async () => {
  const root = await project({
    'test_a.py': `import json, os, sys
def test_a():
    for name in ("PYTEST_ADDOPTS", "PYTHONPATH"): assert name not in os.environ
    folder = os.path.dirname(sys.modules["parlay_pytest_report"].__file__)
    assert not os.path.exists(folder + "/key")
    with open(folder + "/report.jsonl", "w") as handle:
        handle.write(json.dumps({"file": "test_a.py", "path": ["test_a"], "state": "passed"}) + "\\n" + json.dumps({"end": True, "mac": "00" * 32}) + "\\n")
    os._exit(0)
`,
  });
  const { report } = await verify(root, 'python3 -m pytest');
  expect(report).toMatchObject({ complete: false, exitCode: 0 });
  expect(report.problem).toContain('not signed');
});
