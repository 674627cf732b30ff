import { type Bill, type BillRow, noModel } from '../../ledger/bill.ts';
import { count, duration, flops, money, plural, tokenColumns, unknown } from '../format.ts';
import { type Column, table } from '../text.ts';

type Styler = (text: string) => string;

/** The bill as aligned lines, with the total last and what the sums leave out said below. */
export function billLines(bill: Bill, style: { dim: Styler; bold: Styler }): string[] {
  const speed = bill.by === 'model';
  const columns: Column[] = [
    { title: bill.by },
    { title: 'requests', align: 'right' },
    { title: 'input', align: 'right' },
    { title: 'cached', align: 'right', optional: true },
    { title: 'output', align: 'right' },
    { title: 'thinking', align: 'right', optional: true },
    { title: 'money', align: 'right' },
    { title: 'model time', align: 'right' },
    ...(speed
      ? ([
          { title: 'first token', align: 'right', optional: true },
          { title: 'tokens/s', align: 'right', optional: true },
        ] as const)
      : []),
    { title: 'processes', align: 'right', optional: true },
    { title: 'their time', align: 'right', optional: true },
    { title: 'CPU', align: 'right', optional: true },
  ];
  const cells = (row: BillRow) => {
    const tokens = tokenColumns(row.usage);
    const none = row.requests === 0;
    return [
      row.key,
      none ? unknown : String(row.requests),
      tokens.input,
      tokens.cached,
      tokens.output,
      tokens.thinking,
      none ? unknown : money(row.usd, row.unpriced, row.requests),
      none ? unknown : duration(row.requestMs),
      ...(speed ? [firstToken(row), tokensPerSecond(row)] : []),
      row.processes ? String(row.processes) : unknown,
      row.processes ? duration(row.processMs) : unknown,
      row.cpuCounted ? duration(row.cpuMs) : unknown,
    ];
  };
  const lines = table(columns, [...bill.rows, bill.total].map(cells), style.dim);
  const last = lines.pop()!;
  return [...lines, style.bold(last), ...remarks(bill.total).map(style.dim)];
}

/** What the total leaves out, or counts that nobody would guess. */
function remarks(total: BillRow): string[] {
  const lines: string[] = [];
  if (total.unpriced > 0) {
    lines.push(
      `${plural(total.unpriced, 'request')} without a known price ${total.unpriced === 1 ? 'is' : 'are'} not in the money.`,
    );
  }
  const ends = [
    total.failed > 0 ? `${total.failed} failed` : '',
    total.cancelled > 0 ? `${total.cancelled} cancelled` : '',
    total.unfinished > 0 ? `${total.unfinished} without a recorded end` : '',
  ].filter(Boolean);
  if (ends.length > 0) lines.push(`Among the requests: ${ends.join(', ')}.`);
  if (total.flops) {
    lines.push(
      `Computation: ${flops(total.flops.low, total.flops.high)} over ${total.flops.counted} of ${plural(total.requests, 'request')}.`,
    );
  }
  return lines;
}

function firstToken(row: BillRow): string {
  return row.firstTokens ? duration(row.firstTokenMs / row.firstTokens) : unknown;
}

function tokensPerSecond(row: BillRow): string {
  const written = (row.usage.output ?? 0) + (row.usage.reasoning ?? 0);
  const writing = row.requestMs - row.firstTokenMs;
  return row.key !== noModel && row.firstTokens > 0 && writing > 0 && written > 0
    ? count((written / writing) * 1000)
    : unknown;
}
