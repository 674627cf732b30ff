/**
 * Speed as people feel it, against a floor measured in the same run: `npm run bench`. Prints a table of medians and
 * ratios; the clock times belong to this machine, the ratios travel.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { runProcess } from '../src/system/process.ts';
import { type SeenRequest, startScriptedModel } from './scripted-model.ts';

const root = join(import.meta.dirname, '..');
/** Parlay as a package: without the sources, which a checkout compares with the bundle at each start. */
const installed = installedCopy();
const rounds = Number(process.env.ROUNDS ?? 5);

interface Measured {
  startMs: number;
  turnMs: number;
  peakMb: number;
  firstKb: number;
  prefixShare: number;
  totalMs: number;
}

interface Contender {
  name: string;
  command: (model: string) => string[];
}

const parlay = (name: string, more: string[]): Contender => ({
  name,
  command: () => [
    join(installed, 'bin/parlay.js'),
    'run',
    'go',
    '--model',
    'openai-chat/scripted',
    '--no-verify',
    '--json',
    ...more,
  ],
});
const floor: Contender = { name: 'floor', command: () => [join(root, 'bench/floor.mjs')] };
const plain = parlay('parlay', ['--no-sandbox']);
const sandboxed = parlay('parlay, sandbox', []);
const eight = parlay('parlay, 8 attempts', ['--attempts', '8', '--parallel', '8']);

function installedCopy(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parlay-installed-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['bin', 'dist', 'package.json']) cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

async function measure(contender: Contender, turns: number): Promise<Measured> {
  const model = await startScriptedModel(turns, 'true');
  const folder = mkdtempSync(join(tmpdir(), 'parlay-bench-'));
  const repository = join(folder, 'repository');
  await runProcess('git', ['init', '-q', repository]);
  const git = ['-C', repository, '-c', 'user.name=bench', '-c', 'user.email=bench@example.invalid'];
  await runProcess('git', [...git, 'commit', '-q', '--allow-empty', '-m', 'start']);
  try {
    const started = performance.now();
    const child = spawn(process.execPath, contender.command(model.url), {
      cwd: repository,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        PARLAY_HOME: join(folder, 'state'),
        OPENAI_BASE_URL: model.url,
        OPENAI_API_KEY: 'dummy',
        NODE_COMPILE_CACHE: join(tmpdir(), 'parlay-bench-compile-cache'),
      },
    });
    let peakMb = 0;
    const sampler = setInterval(() => {
      peakMb = Math.max(peakMb, peakOf(child.pid!));
    }, 5);
    let errors = '';
    child.stdout.resume();
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    await new Promise((resolve) => child.on('close', resolve));
    clearInterval(sampler);
    const { seen } = model;
    if (seen.length < turns + 1)
      throw new Error(`${contender.name} made ${seen.length} requests of ${turns + 1}: ${errors}`);
    return {
      startMs: seen[0]!.at - started,
      turnMs: median(seen.slice(1).map((request, index) => request.at - seen[index]!.at)),
      peakMb,
      firstKb: seen[0]!.bytes / 1024,
      prefixShare: prefixShare(seen),
      totalMs: performance.now() - started,
    };
  } finally {
    await model.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Peak resident memory of a process so far, MB, from the kernel's own high-water mark. */
function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Share of each request's messages that is an exact prefix of the next request's, 1 when all of it is. */
function prefixShare(seen: readonly SeenRequest[]): number {
  const messages = seen.map(({ body }) => JSON.stringify(JSON.parse(body).messages).slice(0, -1));
  const shares = messages.slice(1).map((next, index) => (next.startsWith(messages[index]!) ? 1 : 0));
  return shares.length === 0 ? 1 : shares.reduce<number>((sum, share) => sum + share, 0) / shares.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function medianOf(contender: Contender, turns: number): Promise<Measured> {
  await measure(contender, turns);
  const all: Measured[] = [];
  for (let round = 0; round < rounds; round += 1) all.push(await measure(contender, turns));
  const keys = Object.keys(all[0]!) as (keyof Measured)[];
  return Object.fromEntries(keys.map((key) => [key, median(all.map((one) => one[key]))])) as unknown as Measured;
}

console.log(
  `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, node ${process.version}; median of ${rounds}, ratio to the floor in brackets\n`,
);
console.log(row('', 'turns', 'start ms', 'per turn ms', 'peak MB', 'first KB', 'prefix'));
for (const turns of [1, 50, 200]) {
  let base: Measured | undefined;
  for (const contender of [floor, plain, sandboxed]) {
    const result = await medianOf(contender, turns);
    base ??= result;
    const ratio = (key: keyof Measured) => `${result[key].toFixed(1)} (${(result[key] / base![key]).toFixed(2)})`;
    console.log(
      row(
        contender.name,
        turns,
        ratio('startMs'),
        ratio('turnMs'),
        result.peakMb.toFixed(0),
        result.firstKb.toFixed(1),
        result.prefixShare.toFixed(2),
      ),
    );
  }
}
const one = await medianOf(sandboxed, 20);
const many = await measure(eight, 20);
console.log(
  `\neight attempts of 20 turns take ${(many.totalMs / one.totalMs).toFixed(2)} times as long as one, with ${(many.peakMb / one.peakMb).toFixed(2)} times its memory`,
);

function row(...cells: (string | number)[]): string {
  return cells.map((cell, index) => (index === 0 ? String(cell).padEnd(20) : String(cell).padStart(16))).join('');
}
