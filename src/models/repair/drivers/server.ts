/**
 * The program that stays loaded beside the JavaScript driver, one in each copy of the working tree: it runs test files
 * in its own process, with a fresh module graph for every candidate and small stand-ins for the runners' functions, so
 * that a candidate costs milliseconds. What passes here is run again with the real command.
 * Talks to the driver over IPC; ends with it, and ends itself when a candidate takes too much processor time.
 */
export const nodeServer = String.raw`
import fs from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import realAssert from 'node:assert';
import { mock } from 'node:test';
import { Session } from 'node:inspector';
const { files, kind, progress } = JSON.parse(process.argv[2]);
const tree = process.cwd();
const base = pathToFileURL(tree).href + '/';
const { setTimeout, setImmediate, clearTimeout } = globalThis;
const testFile = (name) => /(^|\/)(tests?|__tests__|specs?)\/|[._-](test|spec)\.[cm]?[jt]sx?$/.test(name);

// What ends a run that takes too long, even when it never yields: a thread that looks at the processor time.
const shared = new Float64Array(new SharedArrayBuffer(16));
const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
const guard = new Worker([
  'const { workerData: [shared, parent, file, base] } = require("node:worker_threads");',
  'const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };',
  'let ending = false; const end = () => process.kill(process.pid, "SIGKILL");',
  'setInterval(() => {',
  '  if (process.ppid !== parent || process.memoryUsage.rss() > 1.5e9) end();',
  '  if (ending || shared[0] === 0 || cpu() < shared[0]) return;',
  '  ending = true; if (!shared[1]) return end(); setTimeout(end, 1500);',
  '  try { const { Session } = require("node:inspector"); const s = new Session(); s.connectToMainThread(); const urls = {};',
  '    s.on("Debugger.scriptParsed", ({ params }) => { urls[params.scriptId] = params.url; });',
  '    s.on("Debugger.paused", ({ params }) => { require("node:fs").writeFileSync(file + ".stack", JSON.stringify(params.callFrames.slice(0, 12).map((f) => [urls[f.location.scriptId] ?? f.url, f.location.lineNumber + 1]))); end(); });',
  '    s.post("Debugger.enable", () => s.post("Debugger.pause"));',
  '  } catch { end(); }',
  '}, 20);',
].join('\n'), { eval: true, workerData: [shared, process.ppid, progress, base] });
guard.unref();

// Fresh copies of the repository's own modules: the number of the run goes along in the query.
let run = 0;
let mixed = false;
let graph = [];
const stub = (name) => 'data:text/javascript,' + encodeURIComponent('const m = globalThis[Symbol.for("repair")][' + JSON.stringify(name) + ']; export default m; export const { ' + Object.keys(stubs[name]).filter((key) => /^[a-z]\w*$/i.test(key) && key !== 'default').join(', ') + ' } = m;');
const stubs = {};
globalThis[Symbol.for('repair')] = stubs;
const fresh = (url) => url.startsWith(base) && !url.includes('/node_modules/');
function resolve(specifier, context, next) {
  if (specifier in stubs) return context.conditions.includes('import') ? { url: stub(specifier), format: 'module', shortCircuit: true } : next(specifier, context);
  const own = specifier.startsWith('repair:');
  if (own) return next(specifier.slice(7), { ...context, parentURL: pathToFileURL(createRequire(tree + '/x.js').resolve('vitest/package.json')).href });
  let found;
  try { found = next(specifier, context); } catch (error) {
    if (kind === 'node' || !/^\.{0,2}\//.test(specifier)) throw error;
    const stem = specifier.replace(/\.[cm]?js$/, '');
    for (const tail of ['.js', '.ts', '.mjs', '.cjs', '/index.js', '/index.ts']) {
      try { found = next((tail.endsWith('ts') && !tail.includes('index') ? stem : specifier) + tail, context); break; } catch {}
    }
    if (!found) throw error;
  }
  if (!fresh(found.url)) return found;
  // A module of the other system that require() loads stays loaded; such a graph is not ours to run.
  if (context.conditions.includes('require') && found.format?.startsWith('module')) mixed = true;
  return context.conditions.includes('import') && !found.url.endsWith('.json') ? { ...found, url: found.url.split('?')[0] + '?' + run } : found;
}
Module.registerHooks({ resolve });
const load = Module._load;
Module._load = function (request, ...rest) { return request in stubs ? stubs[request] : load.call(this, request, ...rest); };
const require = createRequire(tree + '/x.js');

// The tests.
let suite;
let failures;
let current = null;
class Skip extends Error {}
class Exit extends Error { constructor(code) { super('process.exit(' + code + ')'); this.code = code; } }
let exitCode;
process.exit = (code = process.exitCode ?? 0) => { exitCode = Number(code); throw new Exit(Number(code)); };
const newSuite = (name, parent, skip = false) => ({ name, parent, skip: skip || parent?.skip, tests: [], before: [], after: [], beforeEach: [], afterEach: [], pending: [] });
const parse = (args) => {
  const name = typeof args[0] === 'string' || typeof args[0] === 'number' ? String(args[0]) : args[0]?.name ?? '<anonymous>';
  const body = args.find((part) => typeof part === 'function');
  const options = args.find((part) => part !== null && typeof part === 'object') ?? {};
  return { name, body, options };
};
function describe(...args) { return describing(suite, args); }
function describing(parent, args, skip) {
  const { name, body, options } = parse(args);
  const outer = suite;
  const mine = newSuite(name, parent, skip || options.skip || options.todo);
  parent.tests.push(mine);
  suite = mine;
  try {
    const result = body?.call(context, context);
    if (result?.then) { mine.pending.push(result); return result; }
  } finally { suite = outer; }
  return Promise.resolve();
}
function it(...args) {
  const { name, body, options } = parse(args);
  suite.tests.push({ name, body, skip: !body || options.skip || options.todo || suite.skip, parent: suite });
  return Promise.resolve();
}
const context = { timeout() { return this; }, slow() { return this; }, retries() { return this; }, skip() { throw new Skip(); }, currentTest: {} };
const named = (name, row, index) => name.replace(/%[sdifjoOp#%]|\$\w+/g, (mark) => mark === '%#' ? index : mark[0] === '$' ? (row?.[mark.slice(1)] ?? mark) : String(Array.isArray(row) ? row[0] : row)) + ' [' + index + ']';
const rows = (table, values) => {
  if (!table.raw) return table;
  const keys = table.raw[0].split('|').map((key) => key.trim());
  return Array.from({ length: values.length / keys.length }, (_, row) => Object.fromEntries(keys.map((key, column) => [key, values[row * keys.length + column]])));
};
const withEach = (own) => (table, ...values) => (name, ...rest) => {
  const body = rest.find((part) => typeof part === 'function');
  for (const [index, row] of rows(table, values).entries()) own(named(String(name), row, index), () => (Array.isArray(row) ? body(...row) : body(row)));
};
for (const own of [describe, it]) {
  own.skip = (...args) => { if (own === it) it(args[0], { skip: true }, () => {}); };
  own.todo = own.skip;
  own.only = own;
  own.each = withEach(own);
  own.concurrent = own.sequential = own;
  own.skip.each = () => () => {};
  own.skipIf = (no) => (no ? own.skip : own);
  own.runIf = (yes) => (yes ? own : own.skip);
}
it.failing = it.fails = it.skip;
const hook = (place) => (...args) => { suite[place].push(args.find((part) => typeof part === 'function')); };
const hooks = { before: hook('before'), after: hook('after'), beforeEach: hook('beforeEach'), afterEach: hook('afterEach') };
hooks.beforeAll = hooks.before;
hooks.afterAll = hooks.after;

const quiet = () => process.getActiveResourcesInfo().filter((name) => !/^(PipeWrap|TTYWrap|MessagePort|Immediate|FSReq)/.test(name)).length;
let calm = 0;
let stray = null;
process.on('uncaughtException', (error) => { if (!(error instanceof Exit)) stray?.(error); });
process.on('unhandledRejection', (error) => { if (!(error instanceof Exit)) stray?.(error); });

/** Waits for a test; one that waits for what never comes fails as soon as nothing is under way. */
async function settle(promise, most) {
  const ends = performance.now() + most;
  let idle = 0;
  let timer;
  const stuck = new Promise((_, reject) => {
    stray = reject;
    const look = () => {
      idle = quiet() - 1 <= calm ? idle + 1 : 0;
      if (idle > 4 || performance.now() > ends) reject(new Error('the test never ends'));
      else timer = setTimeout(look, 15);
    };
    timer = setTimeout(look, 15);
  });
  try { return await Promise.race([promise, stuck]); } finally { clearTimeout(timer); stray = null; }
}
function call(body, first, callback) {
  if (!callback) return body.call(context, first);
  return new Promise((resolve, reject) => {
    const done = (error) => (error ? reject(error instanceof Error ? error : new Error(String(error))) : resolve());
    done.fail = reject;
    const result = kind === 'node' ? body.call(context, first, done) : body.call(context, done);
    if (result?.then) result.then(null, reject);
  });
}
async function step(body, first) {
  const callback = kind === 'node' ? body.length > 1 : kind !== 'vitest' && body.length > 0;
  const result = call(body, first, callback);
  if (result?.then) await settle(result, 4000);
}
const chain = (node) => (node ? [...chain(node.parent), node] : []);
function nodeContext(test, problems) {
  const own = { after: [], afterEach: [], beforeEach: [] };
  const t = {
    name: test.name, fullName: test.name, mock, signal: new AbortController().signal, diagnostic() {}, plan() {}, runOnly() {},
    skip() { throw new Skip(); }, todo() {}, assert: realAssert, before() {}, own,
    after: (body) => own.after.push(body), beforeEach: (body) => own.beforeEach.push(body), afterEach: (body) => own.afterEach.push(body),
    async test(...args) {
      const { name, body, options } = parse(args);
      if (!body || options.skip || options.todo) return;
      try {
        for (const before of own.beforeEach) await before(t);
        await step(body, nodeContext({ name }, problems));
        for (const after of own.afterEach) await after(t);
      } catch (error) { if (!(error instanceof Skip)) problems.push(error); }
    },
    async waitFor(condition) { for (;;) { try { return await condition(); } catch (error) { await new Promise((go) => setTimeout(go, 10)); } } },
  };
  t.it = t.test;
  t.describe = t.test;
  return t;
}
async function runTest(test, id) {
  const parents = chain(test.parent);
  const problems = [];
  current = id;
  fs.writeFileSync(progress, id);
  const t = kind === 'node' ? nodeContext(test, problems) : { expect: stubs.vitest?.expect, task: { name: test.name }, skip() { throw new Skip(); }, onTestFinished() {} };
  try {
    for (const parent of parents) for (const body of parent.beforeEach) await step(body, t);
    await step(test.body, t);
    for (const body of t.own?.after ?? []) await step(body, t);
    const lost = stubs.expect?.extractExpectedAssertionsErrors?.() ?? [];
    if (lost.length) problems.push(lost[0].error);
  } catch (error) {
    if (!(error instanceof Skip)) problems.push(error);
  }
  try { for (const parent of parents.reverse()) for (const body of parent.afterEach) await step(body, t); } catch (error) { problems.push(error); }
  if (kind === 'node') mock.reset();
  return problems[0] ?? null;
}

/** Runs what a suite holds; ids are given in the order of the tests, so they stay the same when the names do. */
async function runSuite(node, wanted, report, names, stop) {
  const mine = node.tests.filter((test) => test.tests || !test.skip);
  const order = [];
  for (const test of mine) {
    if (test.tests) { order.push([test, null]); continue; }
    let id = [...chain(test.parent), test].map(({ name }) => name).join(' > ');
    while (names.has(id)) id += "'";
    names.add(id);
    order.push([test, id]);
  }
  let opened = false;
  let broken = null;
  const open = async () => {
    if (opened) return;
    opened = true;
    try { for (const body of node.before) await step(body, context); } catch (error) { broken = error; }
  };
  for (const [test, id] of order) {
    if (stop()) break;
    if (id === null) {
      if (some(test, wanted, names)) await open();
      await runSuite(test, wanted, report, names, stop);
      continue;
    }
    if (!wanted(id)) continue;
    await open();
    report(id, broken ?? (await runTest(test, id)));
  }
  if (opened) try { for (const body of node.after) await step(body, context); } catch {}
}
const some = (node, wanted, names) => node.tests.some((test) => (test.tests ? some(test, wanted, names) : !test.skip && wanted([...chain(test.parent), test].map(({ name }) => name).join(' > '))));

async function collect(list) {
  run += 1;
  mixed = false;
  exitCode = undefined;
  process.exitCode = undefined;
  for (const key of Object.keys(Module._cache)) if (key.startsWith(tree + '/') && !key.includes('/node_modules/')) delete Module._cache[key];
  const roots = [];
  for (const file of list) {
    const root = newSuite(file, null);
    suite = root;
    process.argv[1] = path.join(tree, file);
    fs.writeFileSync(progress, file);
    let problem = null;
    try {
      const loading = import(base + file + '?' + run);
      await settle(loading, 5000);
      const pending = [];
      const gather = (node) => { pending.push(...node.pending); for (const test of node.tests) if (test.tests) gather(test); };
      gather(root);
      if (pending.length) await settle(Promise.all(pending), 3000);
      if (root.tests.length === 0) await drained();
      if (root.tests.length === 0 && (exitCode || process.exitCode)) problem = new Error('exit code');
    } catch (error) { problem = error instanceof Exit && !error.code ? null : error; }
    roots.push({ root, problem });
  }
  return roots;
}
/** A script without tests has ended when nothing is under way. */
async function drained() {
  let failed;
  stray = (error) => { failed ??= error; };
  for (let quietly = 0, ends = performance.now() + 4000; quietly < 3 && performance.now() < ends; ) {
    await new Promise((go) => setTimeout(go, 5));
    quietly = quiet() <= calm ? quietly + 1 : 0;
  }
  stray = null;
  if (failed) throw failed;
}
async function execute(list, wanted, report, stop = () => false) {
  const names = new Set();
  for (const { root, problem } of await collect(list)) {
    if (stop()) break;
    const alone = root.tests.length === 0;
    if ((problem || alone) && wanted(root.name)) report(root.name, problem);
    if (!problem && !alone) await runSuite(root, wanted, report, names, stop);
  }
}

const session = new Session();
const post = (method, parameters) => { let answer; session.post(method, parameters, (error, result) => { answer = result; }); return answer; };
function coverage(layouts) {
  const out = new Map();
  for (const script of post('Profiler.takePreciseCoverage').result) {
    if (!fresh(script.url)) continue;
    const file = decodeURIComponent(script.url.slice(base.length).split('?')[0]);
    if (testFile(file)) continue;
    let layout = layouts.get(file);
    if (!layout) {
      const source = fs.readFileSync(path.join(tree, file), 'utf8');
      const marks = [];
      for (let index = 0, line = 1; index < source.length; index++) {
        if (source[index] === '\n') line++;
        else if (/[\w'"$]/.test(source[index]) && !/\w/.test(source[index - 1] ?? '')) marks.push([index, line]);
      }
      layouts.set(file, (layout = { length: source.length, marks, known: new Map() }));
    }
    const ranges = [];
    const now = new Set();
    for (const item of script.functions) {
      const [outer] = item.ranges;
      const key = outer.startOffset + ',' + outer.endOffset;
      now.add(key);
      layout.known.set(key, outer);
      ranges.push(...item.ranges);
    }
    for (const [key, outer] of layout.known) if (!now.has(key)) ranges.push({ ...outer, count: 0 });
    ranges.sort((one, two) => one.startOffset - two.startOffset || two.endOffset - one.endOffset);
    const counts = new Uint8Array(layout.length);
    for (const range of ranges) counts.fill(range.count > 0 ? 1 : 0, range.startOffset, range.endOffset);
    const lines = new Set();
    for (const [index, line] of layout.marks) if (counts[index]) lines.add(line);
    if (lines.size) out.set(file, lines);
  }
  return out;
}
async function probe({ wide, hung }) {
  session.connect();
  post('Profiler.enable');
  post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const layouts = new Map();
  const table = new Map();
  const text = [];
  const failed = [...hung];
  const broken = [];
  const cell = (file, line, place) => {
    const lines = table.get(file) ?? table.set(file, new Map()).get(file);
    const count = lines.get(line) ?? lines.set(line, [0, 0, 0]).get(line);
    count[place] += 1;
  };
  const list = [...files, ...wide];
  const ends = performance.now() + 12000;
  let passed = 0;
  let mine = true;
  let first = true;
  const from = cpu();
  let own = 0;
  for (const group of [files, wide]) {
    mine = group === files;
    if (group.length === 0) continue;
    const roots = [];
    await execute(group, (id) => !hung.includes(id), (id, problem) => {
      (problem ? (mine ? failed : broken) : []).push(id);
      if (!problem) passed += 1;
      if (problem && mine) text.push(String(problem?.stack ?? problem).slice(0, 1500));
      if (passed > 600) return;
      for (const [file, lines] of coverage(layouts)) for (const line of lines) cell(file, line, first ? 2 : problem && mine ? 0 : 1);
      first = false;
    }, () => performance.now() > ends);
    if (mine) own = cpu() - from;
  }
  post('Profiler.stopPreciseCoverage');
  session.disconnect();
  if (performance.now() < ends) {
    const warm = cpu();
    await execute(files, (id) => !hung.includes(id), () => {}, () => performance.now() > ends);
    own = cpu() - warm;
  }
  return { failed, broken, passed, cpu: own, text, mixed, lines: [...table].map(([file, lines]) => [file, [...lines].map(([line, counts]) => [line, ...counts])]) };
}
async function tryOne({ known, broken, wide }) {
  const failed = [];
  const report = (id, problem) => { if (problem) failed.push(id); };
  const wanted = new Set(known);
  await execute(files, (id) => wanted.has(id), report);
  const seen = failed.length;
  if (seen >= known.length) return { left: seen };
  await execute(files, (id) => !wanted.has(id), report, () => failed.length > seen);
  if (failed.length > 0) return { left: failed.length > seen ? known.length : seen };
  const old = new Set(broken);
  if (wide.length) await execute(wide, (id) => !old.has(id), report, () => failed.length > 0);
  return { left: 0, broke: failed.length };
}

async function prepare() {
  const test = Object.assign((...args) => it(...args), it, hooks, { describe, it, suite: describe, test: it, mock });
  stubs['node:test'] = Object.assign(test, { default: test });
  if (kind === 'mocha') Object.assign(globalThis, { describe, context: describe, it, specify: it, suite: describe, test: it, xit: it.skip, xdescribe: describe.skip, ...hooks });
  if (kind === 'jest') {
    const from = createRequire(require.resolve('jest/package.json'));
    const find = (name) => { for (const start of [require, from]) try { return start(name); } catch {} return createRequire(from.resolve('@jest/core'))(name); };
    const { expect } = find('expect');
    const mocker = new (find('jest-mock').ModuleMocker)(globalThis);
    const jest = {};
    for (const name of ['fn', 'spyOn', 'mocked', 'restoreAllMocks', 'clearAllMocks', 'resetAllMocks', 'replaceProperty']) if (mocker[name]) jest[name] = mocker[name].bind(mocker);
    jest.setTimeout = () => jest;
    const all = { describe, it, test: it, xit: it.skip, xtest: it.skip, xdescribe: describe.skip, fit: it, fdescribe: describe, expect, jest, ...hooks };
    Object.assign(globalThis, all);
    stubs['@jest/globals'] = all;
    stubs.expect = expect;
  }
  if (kind === 'vitest') {
    const found = await import('repair:@vitest/expect');
    const spies = await import('repair:@vitest/spy');
    const chai = found.chai ?? (await import('repair:chai'));
    for (const plugin of ['JestExtend', 'JestChaiExpect', 'JestAsymmetricMatchers']) if (found[plugin]) chai.use(found[plugin]);
    const expect = (value, message) => chai.expect(value, message);
    Object.assign(expect, chai.expect, globalThis[found.ASYMMETRIC_MATCHERS_OBJECT], { assert: chai.assert });
    expect.getState = () => found.getState(expect);
    expect.setState = (state) => found.setState(state, expect);
    expect.extend = (matchers) => chai.expect.extend(expect, matchers);
    expect.assertions = expect.hasAssertions = () => {};
    found.setState({ assertionCalls: 0, isExpectingAssertions: false, expectedAssertionsNumber: null }, expect);
    if (found.GLOBAL_EXPECT) globalThis[found.GLOBAL_EXPECT] ??= expect;
    const vi = { fn: spies.fn, spyOn: spies.spyOn, mocked: (value) => value };
    for (const name of ['restoreAllMocks', 'clearAllMocks', 'resetAllMocks']) vi[name] = () => { spies[name]?.(); return vi; };
    const all = { describe, it, test: it, suite: describe, expect, vi, vitest: vi, assert: chai.assert, ...hooks };
    Object.assign(globalThis, all);
    stubs.vitest = all;
  }
}

const environment = { ...process.env };
let ready;
process.on('disconnect', () => process.reallyExit(0));
process.on('message', async (message) => {
  let answer;
  try {
    ready ??= prepare();
    await ready;
    calm ||= quiet();
    shared[1] = message.op === 'probe' ? 1 : 0;
    // The first run of a process also loads and compiles what later ones find ready.
    shared[0] = cpu() + message.limit + (run === 0 ? 400 : 0);
    answer = message.op === 'probe' ? await probe(message) : await tryOne(message);
  } catch (error) {
    answer = { error: String(error?.stack ?? error).slice(0, 600) };
  }
  shared[0] = 0;
  for (const key of Object.keys(process.env)) if (!(key in environment)) delete process.env[key];
  Object.assign(process.env, environment);
  await new Promise((go) => setImmediate(go));
  // What a candidate left under way could disturb the next; a new process starts clean.
  answer.again = quiet() <= calm && run < 3000 && process.memoryUsage.rss() < 7e8;
  process.send(answer);
});
`.trimStart();
