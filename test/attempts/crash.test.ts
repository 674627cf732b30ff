import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readRun } from '../../src/attempts/run-state.ts';
import type { Reply, ScriptedRequest } from '../models/scripted-server.ts';
import { Fixture, fix, sandbox, turnOf } from './fixture.ts';

const program = join(import.meta.dirname, '../../bin/parlay.js');

function parlay(fixture: Fixture, ...args: string[]) {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: fixture.repository,
    env: fixture.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output, errors }));
  return { child, ended };
}

/** Processes whose command line or working folder is in `folder`. */
function processesIn(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((id) => {
      try {
        return [readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        return [];
      }
    })
    .filter((line) => line.includes(folder));
}

/** Turns of the one scripted conversation: some commands, the fix (again where it was cut off), more commands, the end. */
function script(request: ScriptedRequest): Reply {
  const turn = turnOf(request);
  const cutOff = JSON.stringify(request.body.messages.at(-1)).includes('Interrupted');
  if (turn === 2 || (turn === 3 && cutOff)) return { calls: [fix] };
  if (turn < 5) {
    const command = `echo ${turn} >> /tmp/turns; sleep 0.1; cat sum.js | head -${turn + 1}`;
    return { calls: [{ name: 'run', input: { command } }] };
  }
  return { text: 'Fixed.' };
}

// Each moment is an event of the run: the whole program is killed as soon as that many have been printed.
test.each([2, 6, 11, 17, 24, 31])(
  'killed after %i events, a run is finished by resume and nothing is asked twice',
  { timeout: 120_000 },
  async (moment) => {
    await using fixture = await Fixture.open(script);
    const more = sandbox ? [] : ['--no-sandbox'];
    const first = parlay(
      fixture,
      'run',
      'fix the sum',
      '--model',
      'openai-compatible/scripted',
      '--effort',
      'off',
      '--json',
      ...more,
    );
    let lines = 0;
    first.child.stdout.on('data', (chunk: Buffer) => {
      lines += chunk.toString().split('\n').length - 1;
      if (lines >= moment) first.child.kill('SIGKILL');
    });
    const { output } = await first.ended;
    const run = JSON.parse(output.split('\n')[0]!).run as string;
    await delay(300);
    expect(processesIn(fixture.stateFolder)).toEqual([]);

    const asked = fixture.server.requests.length;
    const second = await parlay(fixture, 'resume', run, '--json').ended;
    if (readRun(fixture.ledger, run).finished && second.code === 2) return; // It had finished before the signal arrived.
    expect(second).toMatchObject({ code: 0 });
    expect(readRun(fixture.ledger, run).finished?.status).toBe('solved');

    // Only the request that was in flight when it was killed may be asked again.
    const turns = fixture.server.requests.map(turnOf);
    expect(turns.length).toBeLessThanOrEqual(7);
    expect([...new Set(turns)]).toEqual([0, 1, 2, 3, 4, 5]);
    const repeated = turns.filter((turn, index) => turns.indexOf(turn) !== index);
    expect(repeated.every((turn) => turn === turns[asked])).toBe(true);

    // Every request is on the bill exactly once.
    const started = fixture.ledger.events({ run, kinds: ['request.started'] }).map(({ data }) => data.request);
    const finished = fixture.ledger.events({ run, kinds: ['request.finished'] }).map(({ data }) => data.request);
    expect(finished.toSorted()).toEqual(started.toSorted());
    const left = join(fixture.stateFolder, 'workspaces');
    expect(existsSync(left) ? readdirSync(left) : []).toEqual([]);
  },
);

test('Ctrl-C once stops kindly, keeps what attempts had, and says how to go on', async () => {
  await using fixture = await Fixture.open((request) =>
    turnOf(request) === 0 ? { calls: [fix] } : { text: 'late', waitMs: 30_000 },
  );
  const more = sandbox ? [] : ['--no-sandbox'];
  const { child, ended } = parlay(fixture, 'run', 'fix the sum', '--model', 'openai-compatible/scripted', ...more);
  while (fixture.server.requests.length < 2) await delay(20);
  child.kill('SIGINT');
  const { code, output, errors } = await ended;
  expect(code).toBe(130);
  expect(output + errors).toContain('parlay resume');
});
