import type { Command } from 'commander';
import { type RunState, readRun } from '../../attempts/run-state.ts';
import { ParlayError } from '../../system/errors.ts';
import { existingLedger, findRun } from '../open-ledger.ts';
import { attemptNumber } from '../parse.ts';
import type { Terminal } from '../terminal.ts';
import { colouredPatch } from '../views/patch.ts';
import { attemptOf } from './show.ts';

export function define(command: Command, terminal: Terminal): void {
  command
    .argument('[run]', 'its id or the start of it; the newest run of this repository by default')
    .option('--attempt <number>', 'of this attempt instead of the kept one', attemptNumber)
    .addHelpText('after', '\nExamples:\n  parlay diff\n  parlay diff 4f2a --attempt 2 | git apply --check')
    .action((wanted: string | undefined, options: { attempt?: number }) => {
      const { ledger, run } = findRun(existingLedger(terminal), terminal, wanted);
      const state = readRun(ledger, run);
      const attempt = attemptOf(state, options.attempt ?? defaultAttempt(state));
      const outcome = attempt.finish?.outcome;
      if (!outcome || outcome.changes.length === 0) {
        throw new ParlayError(`Attempt ${attempt.number} of run ${run} left no change.`, {
          next: `See what it did with \`parlay show ${run} --attempt ${attempt.number}\`.`,
        });
      }
      const patch = ledger.blob(outcome.patch);
      if (terminal.drawable) terminal.write(colouredPatch(patch.toString('utf8'), terminal));
      else terminal.write(patch);
    });
}

/** The kept attempt, the one offered, or the only one. */
function defaultAttempt(state: RunState): number {
  const number = state.selection?.kept ?? state.selection?.offered;
  if (number != null) return number;
  const withPatch = [...state.attempts.values()].filter((attempt) => attempt.finish?.outcome?.changes.length);
  if (withPatch.length === 1) return withPatch[0]!.number;
  throw new ParlayError(`Run ${state.id} kept no attempt.`, {
    why:
      withPatch.length > 0
        ? `Attempts ${withPatch.map((attempt) => attempt.number).join(', ')} left a change.`
        : 'No attempt left a change.',
    next: withPatch.length > 0 ? 'Choose one with --attempt.' : `See \`parlay show ${state.id}\`.`,
  });
}
