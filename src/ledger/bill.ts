import type { EventData, LedgerEvent, Stage, Usage } from './events.ts';
import type { Ledger } from './ledger.ts';

export const billGroups = ['stage', 'model', 'run', 'day'] as const;
export type BillGroup = (typeof billGroups)[number];

/** What one group of requests and processes came to. Durations are milliseconds, money US dollars. */
export interface BillRow {
  /** The stage, model, run or day. */
  key: string;
  /** Every request that was started, whatever became of it. */
  requests: number;
  /** Of those: ended in a failure. */
  failed: number;
  /** Of those: stopped by a person or a limit. */
  cancelled: number;
  /** Of those: no end is recorded (under way, or lost in a crash). */
  unfinished: number;
  /** Requests whose price is not known. `usd` is then a lower bound. */
  unpriced: number;
  /** Requests to models that are not paid by the token. */
  local: number;
  usage: Usage;
  usd: number;
  /** Over the `counted` requests whose model declares its active parameters; null when there is none. */
  flops: { low: number; high: number; counted: number } | null;
  /** Time spent waiting for models, summed over requests that may have run side by side. */
  requestMs: number;
  thinkingMs: number;
  /** Sum over the `firstTokens` requests that told when their first token came. */
  firstTokenMs: number;
  firstTokens: number;
  processes: number;
  processMs: number;
  /** Over the `cpuCounted` processes for which the system told. */
  cpuMs: number;
  cpuCounted: number;
}

export interface Bill {
  by: BillGroup;
  /** Dearest first; days oldest first. */
  rows: BillRow[];
  total: BillRow;
}

/** The key of tests and commands where rows are models. */
export const noModel = 'tests and commands';

const billedKinds = [
  'request.started',
  'request.finished',
  'process.started',
  'process.finished',
  'tool.finished',
] as const;
type BilledEvent = LedgerEvent<(typeof billedKinds)[number]>;

/** Adds up everything the ledger holds, or one run, or what happened since a moment (milliseconds since the epoch). */
export function bill(ledger: Ledger, options: { by: BillGroup; run?: string; since?: number }): Bill {
  return billOf(ledger.events({ run: options.run, kinds: billedKinds }), options);
}

/**
 * Adds up events in any order. A request or process counts once, under the time it started, whether or not its end was
 * recorded.
 */
export function billOf(events: readonly LedgerEvent[], options: { by: BillGroup; since?: number }): Bill {
  const { by, since = Number.NEGATIVE_INFINITY } = options;
  const requests = new Map<string, Item<'request'>>();
  const processes = new Map<string, Item<'process'>>();
  const commands: LedgerEvent<'tool.finished'>[] = [];
  for (const event of events as readonly BilledEvent[]) {
    if (event.kind === 'request.started') note(requests, event, event.data.request, 'start');
    else if (event.kind === 'request.finished') note(requests, event, event.data.request, 'end');
    else if (event.kind === 'process.started') note(processes, event, event.data.process, 'start');
    else if (event.kind === 'process.finished') note(processes, event, event.data.process, 'end');
    else if (event.data.process) commands.push(event);
  }

  const rows = new Map<string, BillRow>();
  const total = emptyRow('total');
  const charge = ({ run, at, stage }: Cause, model: string, add: (row: BillRow) => void) => {
    if (at < since) return;
    const key = { stage, model, run, day: localDay(at) }[by];
    let row = rows.get(key);
    if (!row) {
      row = emptyRow(key);
      rows.set(key, row);
    }
    add(row);
    add(total);
  };
  for (const item of requests.values()) {
    const model = (item.start ?? item.end!).data.model;
    charge(about(item), model, (row) => addRequest(row, item.end?.data));
  }
  for (const item of processes.values()) charge(about(item), noModel, (row) => addProcess(row, item.end?.data));
  for (const { run, at, data } of commands) {
    charge({ run, at, stage: 'attempt' }, noModel, (row) => addProcess(row, data.process));
  }

  const sorted = [...rows.values()].sort((a, b) =>
    by === 'day' || by === 'run'
      ? compare(a.key, b.key)
      : b.usd - a.usd || b.requests - a.requests || b.processMs - a.processMs || compare(a.key, b.key),
  );
  return { by, rows: sorted, total };
}

interface Item<Subject extends 'request' | 'process'> {
  start?: LedgerEvent<`${Subject}.started`>;
  end?: LedgerEvent<`${Subject}.finished`>;
}

/** Keeps the earliest start and end of each request or process, so that a repeated record cannot count twice. */
function note<Subject extends 'request' | 'process'>(
  items: Map<string, Item<Subject>>,
  event: LedgerEvent,
  id: string,
  part: 'start' | 'end',
): void {
  const key = `${event.run} ${id}`;
  let item = items.get(key);
  if (!item) {
    item = {};
    items.set(key, item);
  }
  const known = item[part] as LedgerEvent | undefined;
  if (!known || event.sequence < known.sequence) item[part] = event as never;
}

interface Cause {
  run: string;
  at: number;
  stage: Stage;
}

function about(item: Item<'request'> | Item<'process'>): Cause {
  const event = (item.start ?? item.end)!;
  return { run: event.run, at: event.at, stage: event.data.stage };
}

function addRequest(row: BillRow, end: EventData['request.finished'] | undefined): void {
  row.requests += 1;
  if (!end) {
    row.unfinished += 1;
    row.unpriced += 1;
    return;
  }
  if (end.status === 'failed') row.failed += 1;
  if (end.status === 'cancelled') row.cancelled += 1;
  if (end.cost.local) row.local += 1;
  else if (end.cost.usd === null) row.unpriced += 1;
  else row.usd += end.cost.usd;
  for (const name of Object.keys(end.usage) as (keyof Usage)[]) {
    const tokens = end.usage[name];
    if (tokens !== undefined) row.usage[name] = (row.usage[name] ?? 0) + tokens;
  }
  if (end.cost.flops) {
    row.flops ??= { low: 0, high: 0, counted: 0 };
    row.flops.low += end.cost.flops.low;
    row.flops.high += end.cost.flops.high;
    row.flops.counted += 1;
  }
  row.requestMs += end.wallMs;
  row.thinkingMs += end.thinkingMs ?? 0;
  if (end.firstTokenMs !== undefined) {
    row.firstTokenMs += end.firstTokenMs;
    row.firstTokens += 1;
  }
}

function addProcess(row: BillRow, end: { wallMs: number; cpuMs?: number } | undefined): void {
  row.processes += 1;
  if (!end) return;
  row.processMs += end.wallMs;
  if (end.cpuMs !== undefined) {
    row.cpuMs += end.cpuMs;
    row.cpuCounted += 1;
  }
}

function emptyRow(key: string): BillRow {
  return {
    key,
    requests: 0,
    failed: 0,
    cancelled: 0,
    unfinished: 0,
    unpriced: 0,
    local: 0,
    usage: {},
    usd: 0,
    flops: null,
    requestMs: 0,
    thinkingMs: 0,
    firstTokenMs: 0,
    firstTokens: 0,
    processes: 0,
    processMs: 0,
    cpuMs: 0,
    cpuCounted: 0,
  };
}

/** The day in the person's own time zone, as 2026-11-22. */
function localDay(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
