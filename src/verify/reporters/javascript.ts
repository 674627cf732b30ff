/**
 * The reporters Parlay puts into JavaScript test runners, as source text: they run inside the project's own Node, from
 * the exchange folder, and may use nothing but Node. Each takes the key away as soon as it is loaded, which is before any
 * code under test, keeps its own references to what it calls, and signs the report when the run is over.
 */
import { reportName } from '../signed-report.ts';

const writer = (folder: string) => `
const { appendFileSync, readFileSync, unlinkSync, writeFileSync } = fs;
const { createHmac } = crypto;
const stringify = JSON.stringify;
const folder = ${JSON.stringify(folder)};
const reportFile = folder + ${JSON.stringify(`/${reportName}`)};
let key = '';
try {
  key = readFileSync(folder + '/key', 'utf8');
  unlinkSync(folder + '/key');
} catch {}
let body = '';
function record(line) {
  const text = stringify(line) + '\\n';
  body += text;
  try { appendFileSync(reportFile, text); } catch {}
}
function finish() {
  if (key === '') record({ problem: 'the command started more than one test run: only one of them can be read' });
  writeFileSync(reportFile, body + stringify({ end: true, mac: createHmac('sha256', key).update(body).digest('hex') }) + '\\n');
}
function messageOf(error) {
  if (!error) return undefined;
  if (typeof error === 'string') return error.slice(0, 4000);
  return String(error.stack || error.message || error).slice(0, 4000);
}
`;

const modules = `import fs from 'node:fs';\nimport crypto from 'node:crypto';\n`;
const commonModules = `const fs = require('node:fs');\nconst crypto = require('node:crypto');\n`;

/**
 * For Node's own runner. A test file that calls process.exit() loses all its results and yet counts as passed
 * (seen with Node 20 and 26), so a passed file without tests is looked into: when it imports node:test, its tests are
 * missing. Events: https://nodejs.org/api/test.html#class-testsstream
 */
export const nodeReporter = (folder: string) => `${modules}import { resolve } from 'node:path';
${writer(folder)}
delete process.env.NODE_OPTIONS;
const start = process.cwd();
const stacks = new Map();
const counts = new Map();
function count(file, what) {
  const entry = counts.get(file) || { enqueued: 0, completed: 0, reported: 0 };
  entry[what] += 1;
  counts.set(file, entry);
}
export default async function* (source) {
  for await (const { type, data } of source) {
    const file = data.file || '';
    const whole = data.nesting === 0 && file !== '' && (data.name === file || resolve(start, data.name || '') === file);
    if (type === 'test:enqueue' && !whole) count(file, 'enqueued');
    if (type === 'test:complete' && !whole) count(file, 'completed');
    if (type === 'test:start') {
      const stack = stacks.get(file) || [];
      stack.length = data.nesting;
      stack[data.nesting] = data.name;
      stacks.set(file, stack);
    }
    if (type === 'test:interrupted') record({ problem: 'the test run was interrupted' });
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const details = data.details || {};
    const error = details.error;
    const entry = counts.get(file) || { enqueued: 0, completed: 0, reported: 0 };
    if (whole) {
      if (type === 'test:fail') {
        if (entry.reported === 0) record({ file, loading: true, state: 'failed', message: messageOf(error) });
        else if (!error || error.failureType !== 'subtestsFailed') {
          record({ file, path: ['(whole file)'], state: 'failed', message: messageOf(error) });
        }
      } else if (entry.reported === 0) {
        let text = '';
        try { text = readFileSync(file, 'utf8'); } catch {}
        if (/['"](node:)?test['"]/.test(text)) {
          record({ problem: 'a test file ended before it reported its tests, as process.exit() makes it: ' + data.name });
        } else record({ file, state: 'passed', durationMs: details.duration_ms });
      }
      continue;
    }
    count(file, 'reported');
    const failedItself = type === 'test:fail' && (!error || error.failureType !== 'subtestsFailed');
    if (details.type === 'suite' && !failedItself) continue;
    const todo = data.todo !== undefined && data.todo !== false;
    const skip = data.skip !== undefined && data.skip !== false;
    const path = (stacks.get(file) || []).slice(0, data.nesting).concat(data.name);
    if (details.type === 'suite') {
      if (!todo) record({ file, path: path.concat('(suite)'), state: 'failed', message: messageOf(error) });
      continue;
    }
    record({
      file,
      path,
      state: skip || todo ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed',
      durationMs: details.duration_ms,
      message: type === 'test:fail' ? messageOf(error && error.cause) || messageOf(error) : undefined,
    });
  }
  for (const [file, entry] of counts) {
    if (entry.completed < entry.enqueued) {
      record({ file, problem: 'a test file ended before all its tests did: ' + file.split('/').pop() });
    }
  }
  finish();
}
`;

/** For vitest, from 3 (https://vitest.dev/api/advanced/reporters) and, through onFinished, before. */
export const vitestReporter = (folder: string) => `${modules}${writer(folder)}
const errorText = (errors) => (errors || []).map((error) => messageOf(error)).filter(Boolean).join('\\n');
const states = { pass: 'passed', passed: 'passed', fail: 'failed', failed: 'failed', skip: 'skipped', skipped: 'skipped', todo: 'skipped' };
function unhandled(errors) {
  if (errors && errors.length > 0) record({ path: ['(errors outside tests)'], state: 'failed', message: errorText(errors) });
}
function names(test) {
  const path = [];
  for (let node = test; node && node.type !== 'module'; node = node.parent) path.unshift(node.name);
  return path;
}
// Several projects of one workspace may run the same file.
const projectOf = (name) => (name ? ['[' + name + ']'] : []);
let ended = false;
let modern = false;
export default class Reporter {
  onInit(vitest) { this.vitest = vitest; }
  onTestRunStart() { modern = true; }
  onTestRunEnd(modules, errors, reason) {
    if (ended) return;
    ended = true;
    if (reason === 'interrupted') record({ problem: 'the test run was interrupted' });
    for (const module of modules) {
      const file = module.moduleId;
      const project = projectOf(module.project && module.project.name);
      const tests = [...module.children.allTests()];
      const moduleErrors = module.errors();
      if (tests.length === 0 && moduleErrors.length > 0) {
        record({ file, loading: true, state: 'failed', message: errorText(moduleErrors) });
      } else if (moduleErrors.length > 0) {
        record({ file, path: project.concat('(whole file)'), state: 'failed', message: errorText(moduleErrors) });
      } else if (tests.length === 0 && module.state() === 'failed') {
        record({ file, loading: true, state: 'failed', message: 'no tests' });
      }
      for (const suite of module.children.allSuites()) {
        const suiteErrors = suite.errors ? suite.errors() : [];
        if (suiteErrors.length > 0) {
          record({ file, path: project.concat(names(suite), '(suite)'), state: 'failed', message: errorText(suiteErrors) });
        }
      }
      for (const test of tests) {
        const result = test.result();
        const diagnostic = test.diagnostic && test.diagnostic();
        const state = states[result && result.state];
        if (!state) record({ problem: 'a test was started and never ended: ' + names(test).join(' ') });
        else record({ file, path: project.concat(names(test)), state, durationMs: diagnostic && diagnostic.duration, message: errorText(result.errors) });
      }
    }
    unhandled(errors);
    finish();
  }
  onFinished(files, errors) {
    if (modern || ended) return;
    ended = true;
    for (const module of files || []) {
      const file = module.filepath;
      const project = projectOf(module.projectName);
      const own = (module.result && module.result.errors) || [];
      if (module.tasks.length === 0 && module.result && module.result.state === 'fail') {
        record({ file, loading: true, state: 'failed', message: errorText(own) || 'no tests' });
      } else if (own.length > 0) record({ file, path: project.concat('(whole file)'), state: 'failed', message: errorText(own) });
      const walk = (task, path) => {
        if (task.tasks) {
          const failed = (task.result && task.result.errors) || [];
          if (failed.length > 0) record({ file, path: path.concat('(suite)'), state: 'failed', message: errorText(failed) });
          for (const child of task.tasks) walk(child, path.concat(child.name));
          return;
        }
        const state = states[task.result ? task.result.state : task.mode];
        if (!state) record({ problem: 'a test was started and never ended: ' + path.join(' ') });
        else record({ file, path, state, durationMs: task.result && task.result.duration, message: errorText(task.result && task.result.errors) });
      };
      for (const task of module.tasks) walk(task, project.concat(task.name));
    }
    unhandled(errors || (this.vitest && this.vitest.state.getUnhandledErrors()));
    finish();
  }
}
`;

/** For jest: https://jestjs.io/docs/configuration#custom-reporters and the `TestResult` type of @jest/test-result. */
export const jestReporter = (folder: string) => `${commonModules}${writer(folder)}
const states = { passed: 'passed', failed: 'failed', pending: 'skipped', skipped: 'skipped', todo: 'skipped', disabled: 'skipped', focused: 'passed' };
module.exports = class Reporter {
  onTestResult(test, result) {
    const file = result.testFilePath || test.path;
    const name = test.context && test.context.config && test.context.config.displayName && test.context.config.displayName.name;
    const project = name ? ['[' + name + ']'] : [];
    if (result.testExecError || (result.failureMessage && result.testResults.length === 0)) {
      record({ file, loading: true, state: 'failed', message: result.failureMessage || messageOf(result.testExecError) });
    }
    for (const entry of result.testResults) {
      record({
        file,
        path: project.concat(entry.ancestorTitles, entry.title),
        state: states[entry.status] || 'failed',
        durationMs: typeof entry.duration === 'number' ? entry.duration : undefined,
        message: entry.failureMessages && entry.failureMessages.join('\\n').slice(0, 4000),
      });
    }
  }
  onRunComplete(contexts, results) {
    if (results.wasInterrupted) record({ problem: 'the test run was interrupted' });
    if (results.runExecError) record({ path: ['(errors outside tests)'], state: 'failed', message: messageOf(results.runExecError) });
    if (results.snapshot && results.snapshot.failure && results.numFailedTests === 0 && results.snapshot.unchecked > 0) {
      record({ path: ['(obsolete snapshots)'], state: 'failed' });
    }
    finish();
  }
};
`;

/** For mocha: https://mochajs.org/api/runner, the constants of `Runner.constants`. */
export const mochaReporter = (folder: string) => `${commonModules}${writer(folder)}
module.exports = class Reporter {
  constructor(runner) {
    const file = (test) => {
      for (let node = test; node; node = node.parent) if (node.file) return node.file;
      return '';
    };
    const log = console.log;
    const add = (test, state, error) => {
      const hook = test.type === 'hook';
      // Tests that ran in parallel come without their parents, but know their titles.
      const path = test.titlePath().filter((title) => title !== '');
      // A hook's title names the test it ran for; which one that is depends on what failed before.
      if (hook) path.splice(-1, 1, '(' + String(test.title).split(' for "')[0].replace(/"/g, '') + ')');
      log((state === 'passed' ? '  ok ' : state === 'failed' ? '  FAILED ' : '  skipped ') + path.join(' > '));
      if (error) log('    ' + (messageOf(error) || '').split('\\n').join('\\n    '));
      record({ file: file(test), path, state, durationMs: test.duration, message: messageOf(error) });
    };
    runner.on('pass', (test) => add(test, 'passed'));
    runner.on('pending', (test) => add(test, 'skipped'));
    runner.on('fail', (test, error) => add(test, 'failed', error));
    runner.once('end', () => {
      const stats = runner.stats || {};
      if (stats.failures || stats.passes) log(stats.passes + ' passing, ' + stats.failures + ' failing, ' + stats.pending + ' pending');
      finish();
    });
  }
};
`;
