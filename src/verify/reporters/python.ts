/**
 * The reporters Parlay puts into Python test runners, as source text: they run in the project's own Python from the
 * exchange folder and use the standard library only (3.8 and later). Like the JavaScript ones they take the key away
 * when they are loaded and sign the report when the run is over.
 */
import { reportName } from '../signed-report.ts';

const writer = (folder: string) => `
import hashlib
import hmac
import io
import json
import os
import sys


def _writer():
    folder = ${pythonString(folder)}
    key = b""
    try:
        with open(os.path.join(folder, "key"), "rb") as handle:
            key = handle.read()
        os.unlink(os.path.join(folder, "key"))
    except OSError:
        pass
    path = os.path.join(folder, ${pythonString(reportName)})
    lines = []
    dumps, new, sha256, opener = json.dumps, hmac.new, hashlib.sha256, io.open

    def record(**line):
        text = dumps(line) + "\\n"
        lines.append(text)
        try:
            with opener(path, "a", encoding="utf-8") as handle:
                handle.write(text)
        except OSError:
            pass

    def finish():
        if not key:
            record(problem="the command started more than one test run: only one of them can be read")
        body = "".join(lines).encode("utf-8")
        mac = new(key, body, sha256).hexdigest()
        with opener(path, "wb") as handle:
            handle.write(body + (dumps({"end": True, "mac": mac}) + "\\n").encode("utf-8"))

    return record, finish


record, finish = _writer()
`;

/** Name of the plugin's module; pytest imports it by this name through \`-p\`. */
export const pytestModule = 'parlay_pytest_report';

/**
 * A pytest plugin. Ids are pytest's own node ids (relative to its root folder, parameters included).
 * Hooks: https://docs.pytest.org/en/stable/reference/reference.html#hooks
 */
export const pytestPlugin = (folder: string) => `${writer(folder)}
if os.environ.get("PYTEST_ADDOPTS", "").endswith("-p ${pytestModule}"):
    os.environ["PYTEST_ADDOPTS"] = os.environ["PYTEST_ADDOPTS"][: -len("-p ${pytestModule}")].strip()
    if not os.environ["PYTEST_ADDOPTS"]:
        del os.environ["PYTEST_ADDOPTS"]
_own = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != _own]
_rest = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry and os.path.abspath(entry) != _own]
os.environ.pop("PYTHONPATH", None)
if _rest:
    os.environ["PYTHONPATH"] = os.pathsep.join(_rest)


class _Report:
    def __init__(self, config):
        self.root = str(getattr(config, "rootpath", None) or config.rootdir)
        self.phases = {}

    def _name(self, nodeid):
        path, _, rest = nodeid.partition("::")
        return os.path.join(self.root, path), ([rest] if rest else [])

    def pytest_collectreport(self, report):
        if report.outcome == "failed":
            file, path = self._name(report.nodeid)
            record(file=file, path=path, loading=True, state="failed", message=str(report.longrepr)[:4000])
        elif report.outcome == "skipped":
            file, path = self._name(report.nodeid)
            record(file=file, path=path + ["(whole file)"], state="skipped", message=str(report.longrepr)[:4000])

    def pytest_runtest_logreport(self, report):
        # setup, call and teardown come one by one; a test has passed only when all three did.
        state, message, duration = self.phases.get(report.nodeid, ("passed", "", 0.0))
        if report.outcome == "failed":
            state, message = "failed", str(report.longrepr)[:4000]
        elif report.outcome == "skipped" and state == "passed":
            state, message = "skipped", str(report.longrepr)[:4000]
        duration += getattr(report, "duration", 0.0) or 0.0
        if report.when != "teardown":
            self.phases[report.nodeid] = (state, message, duration)
            return
        self.phases.pop(report.nodeid, None)
        file, path = self._name(report.nodeid)
        record(file=file, path=path, state=state, durationMs=duration * 1000, message=message)

    def pytest_keyboard_interrupt(self, excinfo):
        record(problem="the test run was interrupted: " + str(excinfo.value)[:300])

    def pytest_internalerror(self, excrepr):
        record(problem="pytest itself failed: " + str(excrepr)[-500:])

    def pytest_sessionfinish(self, session, exitstatus):
        for nodeid in self.phases:
            record(problem="a test was started and never ended: " + nodeid)
        if int(exitstatus) == 2 and not getattr(session, "testsfailed", 0):
            record(problem="the test run was interrupted")

    def pytest_unconfigure(self):
        finish()


def pytest_configure(config):
    # A worker of pytest-xdist reports to its controller, which records it.
    # Stopping at the first failure would leave the other tests unknown.
    config.option.maxfail = 0
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Report(config), "parlay-report")
`;

/**
 * Takes the place of \`python -m unittest\` with the same arguments.
 * https://docs.python.org/3/library/unittest.html#command-line-interface
 */
export const unittestRunner = (folder: string) => `${writer(folder)}
import time
import unittest

sys.path[0] = os.getcwd()
_clock = time.perf_counter
_root = os.getcwd()
_TextTestResult = unittest.TextTestResult


def _names(test):
    identifier = test.id()
    subject = getattr(test, "test_case", test)
    name = type(subject).__name__
    if name in ("_FailedTest", "ModuleImportFailure", "LoadTestsFailure"):
        missing = getattr(subject, "_testMethodName", identifier.rsplit(".", 1)[-1])
        return _file_of(missing), [], True
    if name == "_ErrorHolder":
        # "setUpClass (tests.test_a.TestA)", "setUpModule (tests.test_a)"
        what, _, owner = identifier.partition(" (")
        owner = owner.rstrip(")")
        module = owner if what.endswith("Module") else owner.rpartition(".")[0]
        return _file_of(module), [owner[len(module):].lstrip("."), "(" + what + ")"], False
    module = type(subject).__module__
    rest = identifier[len(module) + 1 :] if identifier.startswith(module + ".") else identifier
    class_name = type(subject).__qualname__
    if rest.startswith(class_name + "."):
        return _file_of(module), [class_name, rest[len(class_name) + 1 :]], False
    return _file_of(module), [rest], False


def _file_of(module):
    loaded = sys.modules.get(module)
    path = getattr(loaded, "__file__", None)
    if path:
        return os.path.abspath(path)
    guess = os.path.join(_root, *module.split("."))
    for candidate in (guess + ".py", os.path.join(guess, "__init__.py")):
        if os.path.exists(candidate):
            return candidate
    for folder in sys.path:
        candidate = os.path.join(os.path.abspath(folder or "."), *module.split(".")) + ".py"
        if candidate.startswith(_root) and os.path.exists(candidate):
            return candidate
    return module


class _Result(_TextTestResult):
    def startTest(self, test):
        self._parlay = {"at": _clock(), "state": None, "message": ""}
        super().startTest(test)

    def _note(self, test, state, message=""):
        current = getattr(self, "_parlay", None)
        if current is None:
            file, path, loading = _names(test)
            record(file=file, path=path, loading=loading, state=state, message=message[:4000])
        elif current["state"] != "failed":
            current["state"], current["message"] = state, message

    def stopTest(self, test):
        current, self._parlay = self._parlay, None
        file, path, loading = _names(test)
        record(
            file=file,
            path=path,
            loading=loading,
            state=current["state"] or "failed",
            durationMs=(_clock() - current["at"]) * 1000,
            message=(current["message"] or "")[:4000],
        )
        super().stopTest(test)

    def addSuccess(self, test):
        self._note(test, "passed")
        super().addSuccess(test)

    def addError(self, test, err):
        self._note(test, "failed", self._exc_info_to_string(err, test))
        super().addError(test, err)

    def addFailure(self, test, err):
        self._note(test, "failed", self._exc_info_to_string(err, test))
        super().addFailure(test, err)

    def addSkip(self, test, reason):
        self._note(test, "skipped", reason)
        super().addSkip(test, reason)

    def addExpectedFailure(self, test, err):
        self._note(test, "passed")
        super().addExpectedFailure(test, err)

    def addUnexpectedSuccess(self, test):
        self._note(test, "failed", "unexpected success")
        super().addUnexpectedSuccess(test)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self._note(test, "failed", str(subtest) + "\\n" + self._exc_info_to_string(err, test))
        super().addSubTest(test, subtest, err)


class _Runner(unittest.TextTestRunner):
    resultclass = _Result

    def __init__(self, *args, **options):
        options["resultclass"] = _Result
        options["failfast"] = False
        super().__init__(*args, **options)


unittest.TextTestRunner = unittest.runner.TextTestRunner = _Runner
program = unittest.main(module=None, argv=["python -m unittest"] + sys.argv[1:], testRunner=_Runner, exit=False)
finish()
_result = program.result
if _result.wasSuccessful():
    sys.exit(5 if _result.testsRun == 0 and not _result.skipped and sys.version_info >= (3, 12) else 0)
sys.exit(1)
`;

function pythonString(text: string): string {
  return JSON.stringify(text);
}
