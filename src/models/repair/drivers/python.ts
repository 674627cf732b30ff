/**
 * The program that tries candidates in a Python repository: it keeps pytest loaded and forks for every candidate, in
 * private copies of the working tree, so that a candidate costs tens of milliseconds and cannot leave a trace.
 * Written to a temporary folder by the `run` tool; called as `python3 driver.py job.json`; prints lines that begin with @@.
 */
export const pythonDriver = String.raw`
import json, os, re, resource, select, shutil, signal, subprocess, sys, time
sys.dont_write_bytecode = True
job = json.load(open(sys.argv[1], encoding='utf-8'))
root = os.path.realpath(os.getcwd())
base = os.path.dirname(os.path.abspath(sys.argv[1]))
mode = job['mode']
started = time.monotonic()
before = set(sys.modules)
SKIP = {'.git', '__pycache__', '.tox', '.mypy_cache', '.pytest_cache', '.ruff_cache', '.nox', '.hypothesis'}
LINK = {'node_modules', '.venv', 'venv', 'env'}

def say(**record):
    sys.stdout.write('@@' + json.dumps(record, separators=(',', ':')) + '\n')
    sys.stdout.flush()

def copy(target):
    done = target + '.done'
    if os.path.exists(done):
        return
    shutil.rmtree(target, ignore_errors=True)
    count = 0
    for folder, folders, files in os.walk(root):
        relative = os.path.relpath(folder, root)
        if os.path.commonpath([os.path.realpath(folder), os.path.realpath(base)]) == os.path.realpath(base):
            folders[:] = []
            continue
        os.makedirs(os.path.join(target, relative), exist_ok=True)
        for name in list(folders):
            path = os.path.join(folder, name)
            if name in SKIP:
                folders.remove(name)
            elif os.path.islink(path):
                folders.remove(name)
                os.symlink(os.readlink(path), os.path.join(target, relative, name))
            elif name in LINK:
                folders.remove(name)
                os.symlink(path, os.path.join(target, relative, name))
        for name in files:
            path = os.path.join(folder, name)
            if name.endswith('.pyc') or not (os.path.isfile(path) or os.path.islink(path)):
                continue
            count += 1
            if count > 30000:
                raise SystemExit('the working tree is too large to copy')
            shutil.copy2(path, os.path.join(target, relative, name), follow_symlinks=False)
    open(done, 'w').close()

def place(tree):
    os.chdir(tree)
    os.environ['PWD'] = tree
    for key in [key for key in os.environ if key.startswith('PYTEST_')]:
        del os.environ[key]
    extra = [path for path in (tree, os.path.join(tree, 'src'), os.path.join(tree, 'lib')) if os.path.isdir(path)]
    sys.path[:] = [path for path in sys.path if path not in ('', base) and not path.startswith(root + os.sep) and path != root]
    if mode != 'script':
        sys.path[:0] = extra[:1] if mode == 'unittest' else []
        sys.path += extra[1:]
    os.environ['PYTHONPATH'] = os.pathsep.join(extra)
    os.environ['PYTHONDONTWRITEBYTECODE'] = '1'

class Outcome:
    def __init__(self):
        self.failed, self.passed, self.text, self.frames = [], 0, [], []

def lines_of(report):
    return str(getattr(report, 'longrepr', '') or '')

class Watch:
    """A pytest plugin: outcomes by test, and with a tracer the lines each test reached."""
    def __init__(self, outcome, tracer=None, limit=0, skip=()):
        self.outcome, self.tracer, self.limit, self.skip, self.bad = outcome, tracer, limit, skip, {}
    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.note(report.nodeid, lines_of(report))
        elif report.when == 'call' and report.passed:
            self.outcome.passed += 1
    def pytest_collectreport(self, report):
        if report.failed:
            self.note(report.nodeid, lines_of(report))
    def note(self, name, text):
        if name not in self.outcome.failed:
            self.outcome.failed.append(name)
        self.outcome.text.append(text)
    def pytest_runtest_setup(self, item):
        if self.limit:
            signal.signal(signal.SIGPROF, overdue)
            signal.setitimer(signal.ITIMER_PROF, self.limit)
        if self.tracer:
            self.tracer.start(item.nodeid)
    def pytest_runtest_teardown(self, item):
        if self.tracer:
            self.tracer.stop()
        if self.limit:
            signal.setitimer(signal.ITIMER_PROF, 0)

def overdue(*_):
    raise TimeoutError('the test took too long')

class Tracer:
    def __init__(self, tree):
        self.tree, self.tests, self.now, self.known = tree + os.sep, {}, None, {}
    def start(self, name):
        self.now = self.tests.setdefault(name, set())
        sys.settrace(self.enter)
    def stop(self):
        sys.settrace(None)
    def enter(self, frame, event, argument):
        name = frame.f_code.co_filename
        short = self.known.get(name)
        if short is None:
            path = os.path.realpath(name)
            short = path[len(self.tree):] if path.startswith(self.tree) and path.endswith('.py') else ''
            self.known[name] = short
        if not short or is_test(short):
            return None if not short else self.enter_only
        now = self.now
        now.add((short, frame.f_lineno))
        def line(frame, event, argument):
            now.add((short, frame.f_lineno))
            return line
        return line
    def enter_only(self, frame, event, argument):
        return self.enter_only

def is_test(path):
    return bool(re.search(r'(^|/)(tests?|testing|__tests__)/|(^|/)(test_[^/]*|[^/]*_tests?|conftest|tests?)\.py$', path))

def run_pytest(arguments, watch, gate=None):
    import pytest
    extra = ['-p', 'no:cacheprovider', '-p', 'no:unraisableexception', '-p', 'no:threadexception', '-p', 'no:faulthandler', '-q', '--tb=no' if gate else '--tb=short', '--assert=plain'] + (['-s'] if gate else [])
    if hasattr(pytest, 'PytestAssertRewriteWarning'):
        extra += ['-W', 'ignore::pytest.PytestAssertRewriteWarning']
    try:
        import pytest_cov
        extra.append('--no-cov')
    except ImportError:
        pass
    try:
        import xdist
        extra.append('-n0')
    except ImportError:
        pass
    code = int(pytest.main(extra + arguments, plugins=[watch] + ([gate] if gate else [])))
    if code not in (0, 1) and not watch.outcome.failed:
        watch.outcome.failed.append('(pytest ended with %d)' % code)

def run_unittest(targets, outcome, tracer, limit):
    import unittest
    wanted = set(target for target in targets if not target.endswith('.py'))
    if wanted:
        targets = job['wide']
    class Result(unittest.TestResult):
        def startTest(self, test):
            super().startTest(test)
            if limit:
                signal.signal(signal.SIGPROF, overdue)
                signal.setitimer(signal.ITIMER_PROF, limit)
            if tracer:
                tracer.start(test.id())
        def stopTest(self, test):
            if tracer:
                tracer.stop()
            if limit:
                signal.setitimer(signal.ITIMER_PROF, 0)
        def addSuccess(self, test):
            outcome.passed += 1
        def bad(self, test, error):
            if test.id() not in outcome.failed:
                outcome.failed.append(test.id())
            outcome.text.append(self._exc_info_to_string(error, test))
        def addFailure(self, test, error):
            self.bad(test, error)
        def addError(self, test, error):
            self.bad(test, error)
        def addSubTest(self, test, subtest, error):
            if error:
                self.bad(test, error)
    loader = unittest.TestLoader()
    suite = unittest.TestSuite()
    for target in targets:
        if target.endswith('.py'):
            folder = os.path.dirname(target) or '.'
            top = '.' if all(os.path.exists(os.path.join(*target.split('/')[:depth], '__init__.py')) for depth in range(1, target.count('/') + 1)) else folder
            suite.addTests(loader.discover(folder, pattern=os.path.basename(target), top_level_dir=top))
        else:
            suite.addTests(loader.loadTestsFromName(target))
    def flat(node):
        for part in node:
            if isinstance(part, unittest.TestSuite):
                yield from flat(part)
            else:
                yield part
    if wanted:
        suite = unittest.TestSuite(test for test in flat(suite) if test.id() in wanted or '_FailedTest' in test.id())
    suite.run(Result())

def run_script(path, outcome, tracer, limit):
    import runpy, traceback
    sys.argv = [path]
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    if tracer:
        tracer.start(path)
    try:
        if limit:
            signal.signal(signal.SIGPROF, overdue)
            signal.setitimer(signal.ITIMER_PROF, limit)
        runpy.run_path(path, run_name='__main__')
        outcome.passed += 1
    except SystemExit as end:
        if end.code in (None, 0, False):
            outcome.passed += 1
        else:
            outcome.failed.append(path)
    except BaseException:
        outcome.failed.append(path)
        outcome.text.append(traceback.format_exc())
    finally:
        if tracer:
            tracer.stop()
        if limit:
            signal.setitimer(signal.ITIMER_PROF, 0)

def run_command(command, outcome, limit):
    try:
        done = subprocess.Popen(['bash', '-c', command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        text = done.communicate(timeout=max(limit, job['timeout']))[0].decode('utf-8', 'replace')
        outcome.text.append(text[-20000:])
        if done.returncode == 0:
            outcome.passed += 1
        else:
            found = re.findall(r'(\d+) (?:failed|failing)|failures=(\d+)|errors=(\d+)|# fail +(\d+)', text)
            count = sum(int(number) for match in found for number in match if number) or 1
            outcome.failed += ['%s#%d' % (command, index) for index in range(count)]
    except subprocess.TimeoutExpired:
        # The whole group goes, this process with it: the parent takes that for a late candidate.
        if job['op'] == 'try':
            os.killpg(os.getpgrp(), signal.SIGKILL)
        outcome.failed.append(command)

def execute(targets, tracer=None, limit=0):
    outcome = Outcome()
    try:
        run_targets(outcome, targets, tracer, limit)
    except Exception:
        import traceback
        outcome.failed.append('(the tests cannot be loaded)')
        outcome.text.append(traceback.format_exc())
    return outcome

def run_targets(outcome, targets, tracer, limit):
    if mode == 'pytest':
        run_pytest(targets, Watch(outcome, tracer, limit))
    elif mode == 'unittest':
        run_unittest(targets, outcome, tracer, limit)
    elif mode == 'script':
        for target in targets:
            run_script(target, outcome, tracer, limit)
    else:
        for target in targets:
            run_command(target, outcome, limit)

def orphaned():
    """Nothing outlives the driver: the child dies with it, and what the child starts runs out of processor time."""
    limit = int(max(job['timeout'], job['wideTimeout'], job['deadline'])) + 5
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
    try:
        import ctypes
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    except (OSError, AttributeError):
        pass

class Job:
    """One forked child with its pipe and its time limit."""
    def __init__(self, tree, action, seconds, processor=0):
        reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setsid()
                orphaned()
                os.close(reading)
                sink = os.open(os.devnull, os.O_RDWR)
                for descriptor in (0, 1, 2):
                    os.dup2(sink, descriptor)
                resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
                place(tree)
                if processor:
                    # Time of this process alone: a loaded machine does not make a candidate late, an endless loop does.
                    signal.setitimer(signal.ITIMER_PROF, processor)
                body = json.dumps(action())
            except BaseException as error:
                body = json.dumps({'crash': repr(error)[:300]})
            with os.fdopen(writing, 'w') as out:
                out.write(body)
            os._exit(0)
        os.close(writing)
        self.reading, self.parts, self.end = reading, [], time.monotonic() + seconds
    def reap(self):
        os.waitpid(self.pid, 0)
    def finish(self, late):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except OSError:
            pass
        os.close(self.reading)
        self.reap()
        if late:
            return {'late': True}
        try:
            return json.loads(b''.join(self.parts))
        except ValueError:
            return {'late': True}

def wait(jobs):
    """The first job that ends, with its result."""
    while True:
        now = time.monotonic()
        for job_ in jobs:
            if now >= job_.end:
                return job_, job_.finish(True)
        ready, _, _ = select.select([job_.reading for job_ in jobs], [], [], max(0, min(job_.end for job_ in jobs) - now))
        for job_ in jobs:
            if job_.reading in ready:
                chunk = os.read(job_.reading, 1 << 20)
                if not chunk:
                    return job_, job_.finish(False)
                job_.parts.append(chunk)

def once(tree, action, seconds):
    return wait([Job(tree, action, seconds)])[1]

def patched(tree, candidate):
    """Writes a candidate's lines into a tree; the bytes that were there, or None when the lines are not as expected."""
    before = {}
    for name, first, gone, added in candidate['parts']:
        path = os.path.join(tree, name)
        raw = before.get(path)
        with open(path, 'rb') as file:
            raw_now = file.read()
        before.setdefault(path, raw_now)
        mark = b'\xef\xbb\xbf' if raw_now.startswith(b'\xef\xbb\xbf') else b''
        text = raw_now[len(mark):].decode('utf-8')
        windows = '\r\n' in text
        lines = text.replace('\r\n', '\n').split('\n')
        if len(lines) < first + gone:
            restore(before)
            return None
        lines[first:first + gone] = added
        with open(path, 'wb') as file:
            file.write(mark + ('\r\n' if windows else '\n').join(lines).encode('utf-8'))
    return before

def restore(before):
    for path, raw in before.items():
        with open(path, 'wb') as file:
            file.write(raw)

def attempt(candidate):
    """Failing tests first; the whole files only when those pass."""
    def action():
        first = execute(job['targets'])
        left = [name for name in first.failed]
        if left or not job.get('wide'):
            return {'f': len(left)}
        return {'f': 0}
    return action

def widely():
    known = set(job['failing'])
    def action():
        outcome = execute(job['wide'])
        return {'f': len([name for name in outcome.failed if name in known]), 'b': len([name for name in outcome.failed if name not in known])}
    return action

def gauge():
    began = time.process_time()
    outcome = execute(job['targets'] or job['wide'], None, job['testLimit'])
    hung = '\n'.join(outcome.text).count('TimeoutError: the test took too long')
    names = getattr(sys, 'stdlib_module_names', ())
    loaded = [name for name in sys.modules if name.split('.')[0] in names and name not in before]
    return {'processor': round(max(0, time.process_time() - began - hung * job['testLimit']), 3), 'modules': loaded}

def probe():
    """What fails in the copies, where it goes, and what it reaches."""
    def action():
        tracer = None if mode == 'command' else Tracer(os.getcwd())
        outcome = execute(job['targets'] or job['wide'], tracer, job['testLimit'])
        text = '\n'.join(outcome.text)
        lines, frames = {}, {}
        bad = set(outcome.failed)
        total = len([name for name in (tracer.tests if tracer else {}) if name in bad])
        for name, reached in (tracer.tests if tracer else {}).items():
            for key in reached:
                count = lines.setdefault(key, [0, 0])
                count[0 if name in bad else 1] += 1
        for path, number in re.findall(r'^(?:  File ")?([^\s":]+\.py)(?::|", line )(\d+)', text, re.M):
            path = os.path.relpath(os.path.realpath(path), os.getcwd())
            frames['%s:%s' % (path, number)] = frames.get('%s:%s' % (path, number), 0) + 1
        scores = {}
        for (path, number), (failing, passing) in lines.items():
            if failing:
                scores.setdefault(path, []).append((number, failing / ((total or 1) * (failing + passing)) ** 0.5))
        return {'failed': outcome.failed, 'passed': outcome.passed, 'lines': scores, 'frames': frames, 'text': text[:900]}
    return action

def spans(numbers):
    out = []
    for number in numbers:
        if out and out[-1][1] == number - 1:
            out[-1][1] = number
        else:
            out.append([number, number])
    return ','.join(str(a) if a == b else '%d-%d' % (a, b) for a, b in out)

def poisoned(tree, path):
    full = os.path.join(tree, path)
    with open(full, 'rb') as file:
        raw = file.read()
    try:
        with open(full, 'wb') as file:
            file.write(b'raise RuntimeError("repair_poison_check")\n')
        outcome = once(tree, lambda: {'text': '\n'.join(execute(job['wide'] or job['targets'], None, job['testLimit']).text)[-100000:]}, job['timeout'] + 5)
        return 'repair_poison_check' in outcome.get('text', '')
    finally:
        restore({full: raw})

def trees():
    if job.get('inPlace'):
        return [root]
    found = []
    for index in range(job['workers']):
        target = os.path.join(base, 'copy%d' % index)
        copy(target)
        found.append(target)
    return found

def leave(*_):
    raise SystemExit(3)

def warm():
    """Loads pytest and its plugins once; some load half of themselves only at the end of a run."""
    import contextlib, gc, io, pytest
    empty = os.path.join(base, 'empty')
    os.makedirs(empty, exist_ok=True)
    with open(os.path.join(empty, 'test_nothing.py'), 'w') as file:
        file.write('def test_nothing():\n    pass\n')
    with open(os.path.join(empty, 'pytest.ini'), 'w') as file:
        file.write('[pytest]\n')
    here = os.getcwd()
    os.chdir(empty)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        pytest.main(['-q', '-p', 'no:cacheprovider', '--assert=plain', '-c', 'pytest.ini', 'test_nothing.py'])
    os.chdir(here)
    sys.modules.pop('test_nothing', None)
    sys.path[:] = [path for path in sys.path if path != empty]
    gc.collect()
    gc.freeze()

class Gate:
    """Holds a pytest session before it collects, and forks there for every candidate: the start is paid once."""
    def __init__(self, socket):
        self.socket, self.out = socket, None
    def pytest_collection(self, session):
        here = os.getcwd() + os.sep
        own = [getattr(module, '__file__', None) or '' for module in list(sys.modules.values())]
        if any(name.startswith(here) and not os.path.basename(name).startswith('conftest') for name in own if isinstance(name, str)):
            os._exit(0)
        import socket
        self.socket.send(b'ready')
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True:
            message, descriptors, _, _ = socket.recv_fds(self.socket, 64, 1)
            if not message:
                os._exit(0)
            pid = os.fork()
            if pid == 0:
                os.setsid()
                orphaned()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
                self.out = descriptors[0]
                self.socket.close()
                if job.get('processor'):
                    signal.setitimer(signal.ITIMER_PROF, job['processor'])
                return None
            os.close(descriptors[0])
            self.socket.send(str(pid).encode())

class Session:
    def __init__(self, tree):
        import socket
        self.socket, other = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setsid()
                orphaned()
                self.socket.close()
                sink = os.open(os.devnull, os.O_RDWR)
                for descriptor in (0, 1, 2):
                    os.dup2(sink, descriptor)
                place(tree)
                import pytest
                Gate.pytest_collection = pytest.hookimpl(tryfirst=True)(Gate.pytest_collection)
                gate, outcome = Gate(other), Outcome()
                try:
                    run_pytest(job['targets'], Watch(outcome), gate)
                    body = json.dumps({'f': len(outcome.failed)})
                except BaseException as error:
                    body = json.dumps({'crash': repr(error)[:300]})
                if gate.out is not None:
                    with os.fdopen(gate.out, 'w') as out:
                        out.write(body)
            finally:
                os._exit(0)
        other.close()
        self.socket.settimeout(20)
        try:
            self.usable = self.socket.recv(16) == b'ready'
        except OSError:
            self.usable = False
    def end(self):
        self.socket.close()
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except OSError:
            pass
        os.waitpid(self.pid, 0)

class Served(Job):
    """A candidate's run, forked by a session."""
    def __init__(self, session, seconds):
        import socket
        self.reading, writing = os.pipe()
        socket.send_fds(session.socket, [b'go'], [writing])
        os.close(writing)
        self.pid = int(session.socket.recv(16))
        self.parts, self.end = [], time.monotonic() + seconds
    def reap(self):
        pass

def main():
    signal.signal(signal.SIGTERM, leave)
    import traceback
    listing = os.path.join(base, 'modules.json')
    for name in json.load(open(listing)) if os.path.exists(listing) else []:
        try:
            __import__(name)
        except Exception:
            pass
    if mode == 'pytest':
        warm()
    elif mode == 'unittest':
        import unittest
    places = trees()
    if job['op'] == 'probe':
        began = time.monotonic()
        plain = once(places[0], gauge, job['deadline'])
        took = round(time.monotonic() - began, 2)
        found = once(places[0], probe(), job['deadline'])
        found['seconds'], found['processor'] = took, plain.get('processor', 0)
        with open(os.path.join(base, 'modules.json'), 'w') as file:
            json.dump(plain.get('modules', []), file)
        lines, room = found.pop('lines', {}), 9000
        for path, scored in sorted(lines.items(), key=lambda item: -max(score for _, score in item[1]))[:25]:
            grouped = {}
            for number, score in sorted(scored):
                grouped.setdefault('%.2f' % score, []).append(number)
            text = ';'.join('%s:%s' % (score, spans(numbers)) for score, numbers in grouped.items())
            room -= len(text) + len(path)
            if room < 0:
                break
            say(path=path, lines=text)
        failed = found.get('failed', [])
        found['failed'], found['count'] = failed[:25], len(failed)
        say(probe=found)
    if job['op'] == 'poison':
        say(reached=[path for path in job['paths'] if os.path.exists(os.path.join(places[0], path)) and poisoned(places[0], path)])
    if job['op'] == 'try':
        free, running, queue = list(places), {}, list(job['candidates'])
        solved, left, fixed, partial, answered = False, job['enough'], [], {}, []
        sessions = {}
        if mode == 'pytest' and not job.get('inPlace') and sys.version_info >= (3, 9):
            sessions = {tree: Session(tree) for tree in places}
        try:
            while queue or running:
                while queue and free and left > 0 and time.monotonic() - started < job['deadline']:
                    if solved:
                        left -= 1
                    candidate, tree = queue.pop(0), free.pop()
                    before = patched(tree, candidate)
                    if before is None:
                        answered.append(candidate['i'])
                        free.append(tree)
                        continue
                    try:
                        if not sessions or not sessions[tree].usable:
                            raise OSError
                        child = Served(sessions[tree], job['timeout'])
                    except (OSError, ValueError):
                        child = Job(tree, attempt(candidate), job['timeout'], job.get('processor', 0))
                    running[child] = [candidate, tree, before, False, None]
                if not running:
                    break
                done, result = wait(list(running))
                candidate, tree, before, wide, first = running.pop(done)
                if not wide and result.get('f') == 0 and job.get('wide'):
                    running[Job(tree, widely(), job['wideTimeout'])] = [candidate, tree, before, True, result]
                    continue
                restore(before)
                free.append(tree)
                answered.append(candidate['i'])
                left_failing = result.get('f')
                if left_failing == 0 and not result.get('b'):
                    solved = True
                    fixed.append(candidate['i'])
                elif left_failing is not None and not result.get('b') and left_failing < job['baseline']:
                    partial[candidate['i']] = left_failing
            say(fixed=fixed, partial=partial, skipped=spans(sorted({candidate['i'] for candidate in job['candidates']} - set(answered))))
        finally:
            for candidate, tree, before, *_ in running.values():
                restore(before)
            for child in running:
                child.finish(True)
            for session in sessions.values():
                session.end()
    say(end=True, seconds=round(time.monotonic() - started, 2))

main()
`.trimStart();
