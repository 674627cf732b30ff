import type { RunState } from '../attempts/run-state.ts';
import type { FlowContext } from '../attempts/types.ts';
import { applyAndTell } from './apply.ts';
import type { Terminal } from './terminal.ts';
import { colouredPatch } from './views/patch.ts';

/** After a verified run: applies it when told to, asks when a person is there to ask, and else leaves it be. */
export async function offerToApply(
  terminal: Terminal,
  context: FlowContext,
  state: RunState,
  options: { apply?: boolean; json?: boolean },
): Promise<void> {
  if (options.apply) return applyAndTell(terminal, context, state.id, undefined, options);
  if (!terminal.interactive || options.json) return;
  const { createInterface } = await import('node:readline/promises');
  const questions = createInterface({ input: process.stdin, output: process.stdout });
  const closed = new AbortController();
  // End of input and Ctrl-C are a no.
  questions.once('close', () => closed.abort());
  questions.once('SIGINT', () => questions.close());
  try {
    for (;;) {
      const reply = await questions
        .question('Apply this change? [y/N/d(iff)] ', { signal: closed.signal })
        .catch(() => null);
      const answer = reply?.trim().toLowerCase();
      if (answer === 'd' || answer === 'diff') {
        const outcome = state.attempts.get(state.selection!.kept!)!.finish!.outcome!;
        terminal.print(colouredPatch(context.ledger.blob(outcome.patch).toString('utf8'), terminal));
        continue;
      }
      questions.close();
      if (answer === 'y' || answer === 'yes')
        return await applyAndTell(terminal, context, state.id, undefined, options);
      if (reply === null) terminal.print('');
      terminal.print(`Nothing was changed. The change is kept: parlay apply ${state.id}`);
      return;
    }
  } finally {
    questions.close();
  }
}
