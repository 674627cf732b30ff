import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { EventData, EventKind } from '../../src/ledger/events.ts';
import { Ledger } from '../../src/ledger/ledger.ts';

export const parlay = join(import.meta.dirname, '..', '..', 'bin', 'parlay.js');

/** A temporary folder with a repository and a home for Parlay in it, gone after the test. */
export function makePlace(): { folder: string; repository: string; home: string; environment: NodeJS.ProcessEnv } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'parlay-cli-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const repository = join(folder, 'dates');
  mkdirSync(join(repository, '.git'), { recursive: true });
  const home = join(folder, 'state');
  const { PATH, HOME } = process.env;
  return {
    folder,
    repository,
    home,
    environment: { PATH, HOME, XDG_CONFIG_HOME: join(folder, 'config'), PARLAY_HOME: home, LANG: 'C.UTF-8' },
  };
}

export interface Ran {
  code: number | null;
  out: string;
  err: string;
}

/** Runs the real program as a person's shell would, without a terminal. */
export function run(
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; input?: string; program?: string },
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(options.program ?? process.execPath, [parlay, ...args], { cwd: options.cwd, env: options.env });
    const output = { out: '', err: '' };
    child.stdout.on('data', (chunk) => {
      output.out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output.err += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...output }));
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
  });
}

export const patch = `diff --git a/src/parse.js b/src/parse.js
index 83db48f..bf2c1a1 100644
--- a/src/parse.js
+++ b/src/parse.js
@@ -3,4 +3,4 @@ export function parse(text) {
   const date = read(text);
-  return new Date(date.time);
+  return new Date(date.time - date.offset * 60_000);
 }
`;

/** Opens the ledger of a place with a clock that moves 500 ms an event. */
export function openLedger(home: string, start = Date.now() - 60_000): Ledger {
  let now = start;
  return new Ledger(join(home, 'ledger.sqlite'), {
    now: () => {
      now += 500;
      return now;
    },
  });
}

/**
 * Records a run of three attempts as the flow would: the second is kept, the first left the same patch, the third failed
 * while a request was under way, and one price is unknown.
 */
export function recordRun(
  ledger: Ledger,
  id: string,
  repository: string,
  prompt = 'the date parser drops the time zone',
): void {
  const run = <Kind extends EventKind>(kind: Kind, data: EventData[Kind]) => ledger.append(id, null, kind, data);
  const model = 'anthropic/claude-test';
  run('run.created', {
    task: { prompt, repository, verify: 'npm test' },
    settings: [
      { agent: 'parlay', model, effort: 'high' },
      { agent: 'parlay', model: 'parlay/repair', effort: 'high' },
    ],
    attempts: 3,
    parallel: 2,
    verifyTimeout: 600,
    limits: { maxUsd: 2 },
    head: '3fa2b1c0d4e5f60718293a4b5c6d7e8f90a1b2c3',
    branch: 'main',
    seed: 1,
    sandbox: 'bubblewrap',
    network: false,
    version: '0.1.0',
  });
  run('verify.found', {
    command: 'npm test',
    runner: 'vitest',
    strength: 'report',
    source: 'package.json script "test"',
    folder: '',
  });
  run('run.frozen', {
    folder: '/tmp/base',
    files: 42,
    bytes: 1000,
    wallMs: 12,
    dirty: true,
    shared: ['node_modules'],
    hidden: [],
  });
  for (const repetition of [1, 2]) {
    run('process.started', { process: `base-${repetition}`, stage: 'baseline', command: 'npm test' });
    run('process.finished', {
      process: `base-${repetition}`,
      stage: 'baseline',
      exitCode: 1,
      wallMs: 1500,
      cpuMs: 900,
    });
  }
  run('baseline.settled', {
    passing: ['a', 'b', 'c'],
    failing: ['parse.test.js > keeps the zone'],
    flaky: [],
    usable: true,
  });
  for (const number of [1, 2, 3]) recordAttempt(ledger, id, number, number === 2 ? 'parlay/repair' : model);
  run('selection.made', {
    kept: 2,
    offered: null,
    reason: 'fixes 1 failing test and breaks none; the smallest of 2 equal verified patches',
    candidates: [{ attempts: [1, 2], verified: true, fixed: 1, lines: 2, reason: 'verified' }],
  });
  run('run.finished', { status: 'solved', exitCode: 0, summary: 'Attempt 2 was verified.' });
}

function recordAttempt(ledger: Ledger, id: string, number: number, model: string): void {
  const add = <Kind extends EventKind>(kind: Kind, data: EventData[Kind]) => ledger.append(id, number, kind, data);
  add('attempt.started', {
    setting: { agent: 'parlay', model, effort: 'high' },
    seed: number,
  });
  add('attempt.phase', { phase: 'working' });
  const request = `${id}-${number}-1`;
  add('request.started', {
    request,
    stage: 'attempt',
    model,
    effort: { requested: 'high', sent: { effort: 'high' } },
    step: 1,
    messages: 2,
    maxOutputTokens: 8000,
  });
  if (number === 3) {
    add('request.finished', {
      request,
      stage: 'attempt',
      model,
      status: 'failed',
      usage: {},
      cost: { usd: null, source: 'unknown: the stream broke before usage was reported' },
      tries: 2,
      wallMs: 4000,
      error: 'the connection was reset',
    });
    add('attempt.finished', { reason: 'failed', message: 'The model could not be reached.', outcome: null, steps: 1 });
    return;
  }
  add('request.finished', {
    request,
    stage: 'attempt',
    model,
    status: 'ok',
    usage: { input: 1200, cacheRead: 5400, output: 310, reasoning: 900 },
    cost: { usd: number === 1 ? 0.0123 : 0, source: 'price table of 2026-11-01' },
    finishReason: 'tool-calls',
    tries: 1,
    firstTokenMs: 400,
    thinkingMs: 900,
    wallMs: 2400,
  });
  add('message.added', {
    message: { role: 'assistant', content: [{ type: 'text', text: 'The offset is read but never used.' }] },
  });
  add('tool.started', {
    call: `call-${number}`,
    tool: 'edit',
    input: { path: 'src/parse.js', old: 'date.time', new: 'x' },
  });
  add('tool.finished', {
    call: `call-${number}`,
    tool: 'edit',
    ok: true,
    summary: 'src/parse.js, 1 line',
    wallMs: 3,
    result: ledger.putBlob('{}'),
  });
  const key = ledger.putBlob(patch);
  add('attempt.finished', {
    reason: 'finished',
    message: 'The offset is now taken off.',
    steps: 1,
    outcome: {
      changes: [
        {
          path: 'src/parse.js',
          kind: 'modified',
          modeBefore: '100644',
          modeAfter: '100644',
          before: ledger.putBlob('old'),
          after: ledger.putBlob('new'),
        },
      ],
      patch: key,
      insertions: 1,
      deletions: 1,
      answer: 'The offset is now taken off.',
    },
  });
  add('tests.finished', {
    stage: 'grade',
    repetition: 1,
    report: ledger.putBlob('{}'),
    passed: 4,
    failed: 0,
    skipped: 0,
    complete: true,
    wallMs: 1400,
  });
  add('evidence.recorded', {
    verified: true,
    reason: 'fixes 1 failing test and breaks none',
    strength: 'report',
    fixed: ['parse.test.js > keeps the zone'],
    broken: [],
    stillFailing: [],
    restored: [],
  });
}
