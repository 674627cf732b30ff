import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { holdRun } from '../../src/attempts/lease.ts';
import { Ledger } from '../../src/ledger/ledger.ts';

const leaseFile = new URL('../../src/attempts/lease.ts', import.meta.url).href;
const ledgerFile = new URL('../../src/ledger/ledger.ts', import.meta.url).href;

function openLedger(): { ledger: Ledger; file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'parlay-lease-'));
  const file = join(folder, 'ledger.sqlite');
  const ledger = new Ledger(file, { now: Date.now });
  onTestFinished(() => {
    ledger.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { ledger, file };
}

test('a run is free as soon as its process was killed, also while nobody collects the zombie', async () => {
  const { ledger, file } = openLedger();
  const script = `
    const { holdRun } = await import(${JSON.stringify(leaseFile)});
    const { Ledger } = await import(${JSON.stringify(ledgerFile)});
    holdRun(new Ledger(${JSON.stringify(file)}, { now: Date.now }), 'r1');
    console.log(process.pid);
    setInterval(() => {}, 1000);`;
  // The shell becomes `sleep`, which never collects its child.
  const parent = spawn('bash', ['-c', '"$0" --input-type=module -e "$1" & exec sleep 60', process.execPath, script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [text] = await once(parent.stdout, 'data');
  const holder = Number(String(text));
  expect(() => holdRun(ledger, 'r1')).toThrow('being worked on');
  process.kill(holder, 'SIGKILL');
  await expect.poll(() => readFileSync(`/proc/${holder}/stat`, 'utf8')).toContain(') Z ');
  holdRun(ledger, 'r1')();
});

test('a process that got the id of one that is gone does not hold its run', () => {
  const { ledger } = openLedger();
  expect(ledger.takeLease('run:r2', `${process.pid}:another boot:1`, () => true)).toBe(true);
  holdRun(ledger, 'r2')();
});
