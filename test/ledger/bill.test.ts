import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BillRow, billGroups, billOf, noModel } from '../../src/ledger/bill.ts';
import type { LedgerEvent, Usage } from '../../src/ledger/events.ts';
import { totalTokens } from '../../src/ledger/limits.ts';

const stage = fc.constantFrom('baseline', 'attempt', 'grade', 'judge', 'compaction' as const);
const whole = fc.integer({ min: 0, max: 1_000_000 });
const usage: fc.Arbitrary<Usage> = fc.record(
  { input: whole, cacheRead: whole, cacheWrite: whole, output: whole, reasoning: whole },
  { requiredKeys: [] },
);

/** A request or process with its events; `ended` says whether its end was recorded. */
const request = fc.record({
  stage,
  model: fc.constantFrom('a/one', 'b/two'),
  run: fc.constantFrom('r1', 'r2'),
  ended: fc.boolean(),
  status: fc.constantFrom('ok', 'failed', 'cancelled' as const),
  usage,
  // Sums of whole cents are exact, so totals can be compared exactly.
  usd: fc.option(fc.integer({ min: 0, max: 1000 })),
  flops: fc.option(whole),
  wallMs: whole,
  twice: fc.boolean(),
});
const process = fc.record({
  stage,
  run: fc.constantFrom('r1', 'r2'),
  ended: fc.boolean(),
  wallMs: whole,
  cpuMs: fc.option(whole),
});

const world = fc
  .record({ requests: fc.array(request, { maxLength: 20 }), processes: fc.array(process, { maxLength: 10 }) })
  .chain((things) => {
    const events: LedgerEvent[] = [];
    const add = (run: string, kind: LedgerEvent['kind'], data: unknown) => {
      const sequence = events.length + 1;
      events.push({ sequence, run, attempt: 1, at: 1_790_000_000_000 + sequence * 5e6, kind, data } as LedgerEvent);
    };
    things.requests.forEach((one, index) => {
      const { stage, model } = one;
      const id = `request-${index}`;
      const start = {
        request: id,
        stage,
        model,
        effort: { requested: 'off', sent: {} },
        step: 1,
        messages: 1,
        maxOutputTokens: 1,
      };
      add(one.run, 'request.started', start);
      const end = {
        request: id,
        stage,
        model,
        status: one.status,
        usage: one.usage,
        cost: {
          usd: one.usd,
          source: 'test',
          ...(one.flops !== null && { flops: { low: one.flops, high: one.flops * 2 } }),
        },
        tries: 1,
        wallMs: one.wallMs,
      };
      if (one.ended) add(one.run, 'request.finished', end);
      if (one.ended && one.twice) add(one.run, 'request.finished', end);
    });
    things.processes.forEach((one, index) => {
      const id = `process-${index}`;
      add(one.run, 'process.started', { process: id, stage: one.stage, command: 'true' });
      if (!one.ended) return;
      add(one.run, 'process.finished', {
        process: id,
        stage: one.stage,
        exitCode: 0,
        wallMs: one.wallMs,
        cpuMs: one.cpuMs ?? undefined,
      });
    });
    return fc.record({
      things: fc.constant(things),
      events: fc.constant(events),
      shuffled: fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length }),
    });
  });

const sums = [
  'requests',
  'failed',
  'cancelled',
  'unfinished',
  'unpriced',
  'usd',
  'requestMs',
  'processes',
  'processMs',
  'cpuMs',
] as const;

test('totals are the sums of the rows, count everything once, and do not depend on order or grouping', () => {
  fc.assert(
    fc.property(world, ({ things, events, shuffled }) => {
      const totals = billGroups.map((by) => {
        const bill = billOf(shuffled, { by });
        expect(bill).toEqual(billOf(events, { by }));
        for (const field of sums) {
          expect(bill.rows.reduce((sum, row) => sum + row[field], 0)).toBe(bill.total[field]);
        }
        expect(bill.rows.reduce((sum, row) => sum + totalTokens(row.usage), 0)).toBe(totalTokens(bill.total.usage));
        return bill.total;
      });
      for (const total of totals) expect(total).toEqual(totals[0]);
      const ended = things.requests.filter((one) => one.ended);
      const total = totals[0] as BillRow;
      expect(total.requests).toBe(things.requests.length);
      expect(total.processes).toBe(things.processes.length);
      expect(total.unfinished).toBe(things.requests.length - ended.length);
      expect(total.usd).toBe(ended.reduce((sum, one) => sum + (one.usd ?? 0), 0));
      expect(total.unpriced).toBe(things.requests.filter((one) => !one.ended || one.usd === null).length);
      expect(totalTokens(total.usage)).toBe(ended.reduce((sum, one) => sum + totalTokens(one.usage), 0));
      const counted = ended.filter((one) => one.flops !== null);
      expect(total.flops?.counted ?? 0).toBe(counted.length);
      expect(total.flops?.high ?? 0).toBe(counted.reduce((sum, one) => sum + one.flops! * 2, 0));
    }),
  );
});

test('processes have a row of their own where rows are models, and `since` leaves earlier things out', () => {
  const at = (sequence: number) => sequence * 1000;
  const events = [
    {
      sequence: 1,
      run: 'r',
      attempt: null,
      at: at(1),
      kind: 'process.started',
      data: { process: 'p', stage: 'grade', command: 'x' },
    },
    {
      sequence: 2,
      run: 'r',
      attempt: null,
      at: at(9),
      kind: 'process.finished',
      data: { process: 'p', stage: 'grade', exitCode: 0, wallMs: 8 },
    },
  ] as LedgerEvent[];
  expect(billOf(events, { by: 'model' }).rows).toMatchObject([
    { key: noModel, requests: 0, processes: 1, processMs: 8, cpuCounted: 0 },
  ]);
  expect(billOf(events, { by: 'model', since: at(5) }).rows).toEqual([]);
});
