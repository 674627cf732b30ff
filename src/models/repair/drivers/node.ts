/**
 * The program that tries candidates in a JavaScript repository: it runs the failing tests' command in private copies of
 * the working tree, one candidate in each copy at a time. Same job file and same answers as the Python driver.
 */
export const nodeDriver = String.raw`
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
const job = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const root = fs.realpathSync(process.cwd());
const base = fs.realpathSync(path.dirname(process.argv[2]));
const started = performance.now();
const seconds = (from = started) => Math.round((performance.now() - from) / 10) / 100;
const say = (record) => fs.writeSync(1, '@@' + JSON.stringify(record) + '\n');
const skip = new Set(['.git', '.nyc_output', '.cache', '.turbo', '__pycache__']);

function copy(target) {
  if (fs.existsSync(target + '.done')) return;
  fs.rmSync(target, { recursive: true, force: true });
  let count = 0;
  const walk = (from, to) => {
    fs.mkdirSync(to, { recursive: true });
    for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
      const source = path.join(from, entry.name);
      const goal = path.join(to, entry.name);
      if (source === base || skip.has(entry.name)) continue;
      if (entry.isSymbolicLink()) fs.symlinkSync(fs.readlinkSync(source), goal);
      else if (entry.name === 'node_modules') fs.symlinkSync(source, goal);
      else if (entry.isDirectory()) walk(source, goal);
      else if (entry.isFile()) {
        if (++count > 30000) throw new Error('the working tree is too large to copy');
        fs.copyFileSync(source, goal);
      }
    }
  };
  walk(root, target);
  fs.writeFileSync(target + '.done', '');
}

function trees() {
  if (job.inPlace) return [root];
  return Array.from({ length: job.workers }, (_, index) => {
    const target = path.join(base, 'copy' + index);
    copy(target);
    return target;
  });
}

const alive = new Set();
function run(command, tree, limit, env = {}) {
  return new Promise((resolve) => {
    const binaries = [path.join(tree, 'node_modules/.bin'), process.env.PATH].join(':');
    // Should this program be killed, what it started runs out of processor time.
    const child = spawn('bash', ['-c', 'ulimit -t ' + Math.ceil(limit + 5) + '; ' + command], {
      cwd: tree, detached: true, stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, CI: '1', FORCE_COLOR: '0', NO_COLOR: '1', PATH: binaries, PWD: tree, ...env },
    });
    alive.add(child);
    let text = '';
    let late = false;
    const add = (chunk) => { if (text.length < 400000) text += chunk; };
    child.stdout.on('data', add);
    child.stderr.on('data', add);
    const end = () => { try { process.kill(-child.pid, 'SIGKILL'); } catch {} };
    const timer = setTimeout(() => { late = true; end(); }, limit * 1000);
    child.on('error', () => { clearTimeout(timer); alive.delete(child); resolve({ code: 127, text, late }); });
    child.on('exit', () => { if (!late) setTimeout(end, 20).unref(); });
    child.on('close', (code) => { clearTimeout(timer); alive.delete(child); resolve({ code: code ?? 1, text, late }); });
  });
}

/** How many tests failed, by what the runners print last; null when it cannot be told. */
function failures(text) {
  const plain = text.replace(/\x1b\[[0-9;]*m/g, '');
  let count = null;
  for (const pattern of [/^# fail +(\d+)/gm, /^ℹ fail (\d+)/gm, /^\s*(\d+) failing/gm, /^Tests:?\s+(\d+) failed/gm, /^\s*Tests\s+(?:.*\| *)?(\d+) failed/gm, /(\d+) tests? failed/g, /^# not ok (\d+)/gm, /failures: (\d+)/gm]) {
    for (const match of plain.matchAll(pattern)) count = Math.max(count ?? 0, Number(match[1]));
    if (count !== null) return count;
  }
  const marks = plain.match(/^ *not ok |^FAIL:? |^\s*[✗✖×✕] /gm);
  return marks ? marks.length : null;
}

function patched(tree, candidate) {
  const before = new Map();
  for (const [name, first, gone, added] of candidate.parts) {
    const file = path.join(tree, name);
    const raw = fs.readFileSync(file, 'utf8');
    if (!before.has(file)) before.set(file, raw);
    const mark = raw.startsWith('\uFEFF') ? '\uFEFF' : '';
    const windows = raw.includes('\r\n');
    const lines = raw.slice(mark.length).replaceAll('\r\n', '\n').split('\n');
    if (lines.length < first + gone) { restore(before); return null; }
    lines.splice(first, gone, ...added);
    fs.writeFileSync(file, mark + lines.join(windows ? '\r\n' : '\n'));
  }
  return before;
}
const restore = (before) => { for (const [file, raw] of before) fs.writeFileSync(file, raw); };

/** Lines of the repository's own files that ran, from a folder of V8 coverage reports. */
function reached(folder, tree) {
  const found = new Map();
  for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
    let report;
    try { report = JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')); } catch { continue; }
    for (const script of report.result ?? []) {
      let file;
      try { file = script.url.startsWith('file:') ? new URL(script.url).pathname : script.url; } catch { continue; }
      file = decodeURIComponent(file).replace(/\?.*$/, '');
      if (!file.startsWith(tree + '/') || file.includes('/node_modules/') || !fs.existsSync(file)) continue;
      const relative = file.slice(tree.length + 1);
      const source = fs.readFileSync(file, 'utf8');
      const counts = new Int32Array(source.length).fill(-1);
      const ranges = script.functions.flatMap((item) => item.ranges);
      ranges.sort((one, two) => one.startOffset - two.startOffset || two.endOffset - one.endOffset);
      for (const range of ranges) counts.fill(range.count, Math.min(range.startOffset, source.length), Math.min(range.endOffset, source.length));
      const lines = found.get(relative) ?? new Map();
      let line = 0;
      for (let index = 0; index < source.length; index++) {
        if (source[index] === '\n') line++;
        else if (/\S/.test(source[index]) && !/[{}()\];,]/.test(source[index])) lines.set(line + 1, Math.max(lines.get(line + 1) ?? 0, counts[index]));
      }
      const inside = new Set();
      for (const item of script.functions) {
        if (item.functionName === '' && item.ranges[0].startOffset === 0) continue;
        const from = source.slice(0, item.ranges[0].startOffset).split('\n').length;
        const to = source.slice(0, item.ranges[0].endOffset).split('\n').length;
        for (let at = from; at <= to; at++) inside.add(at);
      }
      found.set(relative, lines);
      lines.inside = new Set([...(lines.inside ?? []), ...inside]);
    }
  }
  return found;
}

function spans(numbers) {
  const out = [];
  for (const number of numbers) {
    if (out.length && out.at(-1)[1] === number - 1) out.at(-1)[1] = number;
    else out.push([number, number]);
  }
  return out.map(([from, to]) => (from === to ? String(from) : from + '-' + to)).join(',');
}

async function probe(tree) {
  const folders = { bad: path.join(base, 'coverage-bad'), good: path.join(base, 'coverage-good') };
  for (const folder of Object.values(folders)) fs.rmSync(folder, { recursive: true, force: true });
  const command = (job.targets.length ? job.targets : job.wide).join(' && ');
  const from = performance.now();
  const plain = await run(command, tree, job.deadline);
  const took = seconds(from);
  if (job.cover && !plain.late) await run(job.cover, tree, job.deadline, { NODE_V8_COVERAGE: folders.bad });
  if (job.coverPassing && !plain.late) await run(job.coverPassing, tree, job.deadline, { NODE_V8_COVERAGE: folders.good });
  const bad = reached(folders.bad, tree);
  const good = reached(folders.good, tree);
  let room = 9000;
  const own = [...bad].filter(([file]) => !/(^|\/)(tests?|__tests__|spec)\/|[._-](test|spec)\.[cm]?[jt]sx?$/.test(file));
  for (const [file, lines] of own.slice(0, 40)) {
    const list = [];
    const only = [];
    for (const [line, count] of [...lines].sort((one, two) => one[0] - two[0])) {
      if (count < 1 || (!lines.inside.has(line) && count === 1)) continue;
      const other = good.get(file)?.get(line) ?? 0;
      (other > 0 ? list : only).push(line);
    }
    const text = [['1', only], ['0.5', list]].filter(([, numbers]) => numbers.length).map(([score, numbers]) => score + ':' + spans(numbers)).join(';');
    room -= text.length + file.length;
    if (text && room > 0) say({ path: file, lines: text });
  }
  const frames = {};
  for (const match of plain.text.matchAll(/(?:file:\/\/)?(\/[^\s():]+\.[cm]?[jt]sx?):(\d+)/g)) {
    if (!match[1].startsWith(tree + '/')) continue;
    const key = match[1].slice(tree.length + 1) + ':' + match[2];
    frames[key] = (frames[key] ?? 0) + 1;
  }
  say({ probe: { code: plain.code, late: plain.late, seconds: took, count: plain.code === 0 ? 0 : (failures(plain.text) ?? 1), frames: Object.fromEntries(Object.entries(frames).slice(0, 30)), text: plain.text.slice(-1200) } });
}

async function poison(tree) {
  const reachedFiles = [];
  for (const name of job.paths) {
    const file = path.join(tree, name);
    if (!fs.existsSync(file)) continue;
    const raw = fs.readFileSync(file);
    try {
      fs.writeFileSync(file, 'throw new Error("repair_poison_check");\n');
      const { text } = await run((job.targets.length ? job.targets : job.wide).join(' && '), tree, job.timeout + 10);
      if (/repair_poison_check/.test(text) || /does not provide an export|is not a function|is not a constructor/.test(text)) reachedFiles.push(name);
    } finally {
      fs.writeFileSync(file, raw);
    }
  }
  say({ reached: reachedFiles });
}

let solved = false;
const fixed = [];
const partial = {};
const answered = new Set();
const close = (candidate, left) => { if (left < job.baseline) partial[candidate.i] = left; };
async function attempt(candidate, tree) {
  const before = patched(tree, candidate);
  answered.add(candidate.i);
  if (!before) return;
  try {
    let left = 0;
    for (const command of job.targets) {
      const { code, text, late } = await run((job.processor ? 'ulimit -t ' + job.processor + '; ' : '') + command, tree, job.timeout);
      if (late || /CPU time limit exceeded/.test(text)) return;
      if (code !== 0) {
        left += Math.max(1, failures(text) ?? job.failing.length ?? 1);
        if (job.targets.length === 1 || left >= job.baseline) return close(candidate, left);
      }
    }
    if (left) return close(candidate, left);
    for (const command of job.wide) {
      const { code, text, late } = await run(command, tree, job.wideTimeout);
      if (code !== 0 || late) return;
    }
    solved = true;
    fixed.push(candidate.i);
  } finally {
    restore(before);
  }
}

process.on('SIGTERM', () => { for (const child of alive) try { process.kill(-child.pid, 'SIGKILL'); } catch {} });
const places = trees();
if (job.op === 'probe') await probe(places[0]);
if (job.op === 'poison') await poison(places[0]);
if (job.op === 'try') {
  const queue = [...job.candidates];
  let left = job.enough;
  await Promise.all(places.map(async (tree) => {
    while (queue.length && left > 0 && seconds() < job.deadline) {
      if (solved) left -= 1;
      await attempt(queue.shift(), tree);
    }
  }));
}
if (job.op === 'try') say({ fixed, partial, skipped: spans(job.candidates.map(({ i }) => i).filter((i) => !answered.has(i))) });
say({ end: true, seconds: seconds() });
`.trimStart();
