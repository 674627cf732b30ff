import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { eventsSchemaText } from '../../scripts/events-schema.ts';
import { makePlace, openLedger, patch, recordRun, run } from './rig.ts';

const home = join(import.meta.dirname, '..', '..');

function placeWithRuns() {
  const place = makePlace();
  const ledger = openLedger(place.home);
  recordRun(ledger, '4f2aaaaa', place.repository);
  recordRun(ledger, '4f2bbbbb', place.repository, 'ein schöner Auftrag 漢字 👩‍👩‍👧\nmit zwei Zeilen');
  recordRun(ledger, '9c000000', join(place.folder, 'elsewhere'));
  ledger.close();
  const parlay = (...args: string[]) => run(args, { cwd: place.repository, env: place.environment });
  return { ...place, parlay };
}

test('runs lists those of this repository, newest first, and all with --all', async () => {
  const { parlay } = placeWithRuns();
  const here = await parlay('runs');
  expect(here.code).toBe(0);
  const ids = here.out
    .split('\n')
    .slice(1, -1)
    .map((line) => line.split(' ')[0]);
  expect(ids).toEqual(['4f2bbbbb', '4f2aaaaa']);
  expect(here.out).toContain('漢字');
  expect(here.out).toContain('≥ $0.0123');
  const all = JSON.parse((await parlay('runs', '--all', '--json')).out);
  expect(all.map((entry: { run: string }) => entry.run)).toEqual(['9c000000', '4f2bbbbb', '4f2aaaaa']);
  expect(all[0]).toMatchObject({ status: 'solved', kept: 2, attempts: 3, unpricedRequests: 1, applied: false });
});

test('show tells what was kept, why, on what evidence, and what it cost with the losers in it', async () => {
  const { parlay } = placeWithRuns();
  const { out, code } = await parlay('show', '4f2a');
  expect(code).toBe(0);
  expect(out).toContain('attempt 2 of 3: fixes 1 failing test and breaks none');
  expect(out).toContain('3 passed, 1 failed → 4 passed');
  expect(out).toContain('npm test (from package.json script "test"; read by vitest)');
  expect(out).toContain('src/parse.js  +1 −1');
  expect(out).toMatch(/In it: 2 attempts that were not kept, 7\.8k tokens, ≥ \$0\.0123\./);
  expect(out).toContain('Next: parlay apply 4f2aaaaa');
  expect(out).not.toContain('\x1b');
});

test('show --attempt tells the steps, and --json is the whole state', async () => {
  const { parlay } = placeWithRuns();
  const { out } = await parlay('show', '--attempt', '1');
  expect(out).toContain('“The offset is read but never used.”');
  expect(out).toMatch(/✓ edit src\/parse\.js .* → src\/parse\.js, 1 line/);
  const state = JSON.parse((await parlay('show', '4f2a', '--json')).out);
  expect(state.attempts.map((attempt: { number: number }) => attempt.number)).toEqual([1, 2, 3]);
  expect(state.bill.total).toMatchObject({ requests: 3, failed: 1, unpriced: 1, processes: 2 });
});

test('diff prints the patch byte for byte', async () => {
  const { parlay } = placeWithRuns();
  expect((await parlay('diff')).out).toBe(patch);
  expect((await parlay('diff', '--attempt', '1')).out).toBe(patch);
  const without = await parlay('diff', '4f2a', '--attempt', '3');
  expect(without).toMatchObject({ code: 2, out: '' });
  expect(without.err).toContain('left no change');
});

test('a prefix that several runs share, an unknown run and a missing attempt are explained', async () => {
  const { parlay } = placeWithRuns();
  const shared = await parlay('show', '4f2');
  expect(shared.code).toBe(2);
  expect(shared.err).toMatch(/^2 runs begin with "4f2"\.\nWhy: Among them .*4f2aaaaa.*\nNext: /);
  expect((await parlay('show', 'nope')).err).toContain('There is no run "nope".');
  expect((await parlay('show', '--attempt', '7')).err).toContain('Why: It has 1, 2, 3.');
});

test('bill groups by each kind and its total is the sum of its rows', async () => {
  const { parlay } = placeWithRuns();
  for (const by of ['stage', 'model', 'run', 'day']) {
    const { rows, total } = JSON.parse((await parlay('bill', '--by', by, '--json')).out);
    const sum = (field: string) => rows.reduce((all: number, row: Record<string, number>) => all + row[field]!, 0);
    expect(sum('requests')).toBe(9);
    expect(total.requests).toBe(9);
    expect(total.processes).toBe(sum('processes'));
    expect(total.usd).toBeCloseTo(0.0369, 10);
  }
  const text = (await parlay('bill', '--by', 'model')).out;
  expect(text).toContain('anthropic/claude-test');
  expect(text).toContain('3 requests without a known price are not in the money.');
  const none = JSON.parse((await parlay('bill', '--since', '2999-01-01', '--json')).out);
  expect(none.total.requests).toBe(0);
});

test('in an empty home nothing is made and every command says what to do', async () => {
  const place = makePlace();
  const parlay = (...args: string[]) => run(args, { cwd: place.repository, env: place.environment });
  expect((await parlay('runs')).out).toContain('No runs of');
  expect((await parlay('bill')).out).toContain('Nothing has been spent');
  const show = await parlay('show');
  expect(show.code).toBe(2);
  expect(show.err).toContain('Next: Start one with `parlay run');
});

test('the published schema is current, and events of a real ledger are valid by it', () => {
  const text = readFileSync(join(home, 'docs', 'events.schema.json'), 'utf8');
  expect(text, 'run `npm run docs`').toBe(eventsSchemaText());
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(text));
  const place = makePlace();
  const ledger = openLedger(place.home);
  recordRun(ledger, '4f2aaaaa', place.repository);
  for (const event of ledger.events()) {
    expect(validate(event), `${event.kind}: ${JSON.stringify(validate.errors)}`).toBe(true);
  }
  expect(validate({ ...ledger.events()[0]!, kind: 'run.invented' })).toBe(false);
  ledger.close();
});
