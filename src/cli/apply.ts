import { readRun } from '../attempts/run-state.ts';
import type { FlowContext } from '../attempts/types.ts';
import { plural } from './format.ts';
import type { Terminal } from './terminal.ts';
import { oneLine } from './text.ts';

/** Applies the kept attempt, or the one asked for, and says what was written. */
export async function applyAndTell(
  terminal: Terminal,
  context: FlowContext,
  run: string,
  attempt: number | undefined,
  options: { json?: boolean } = {},
): Promise<void> {
  const { applyRun } = await import('../attempts/apply.ts');
  await applyRun(context, run, { attempt });
  const tell = options.json ? terminal.say : terminal.print;
  const applied = readRun(context.ledger, run).applied.findLast((entry) => entry.written)?.data;
  if (!applied) return;
  tell(`Applied attempt ${applied.attempt} of run ${run}: ${plural(applied.after.length, 'file')} written.`);
  if (applied.merged.length > 0) {
    tell(`Merged with edits made meanwhile: ${applied.merged.map(oneLine).join(', ')}.`);
  }
  tell('To take it back: parlay undo');
}
