import type { Command } from 'commander';
import { applyAndTell } from '../apply.ts';
import { existingLedger, findRun } from '../open-ledger.ts';
import { attemptNumber } from '../parse.ts';
import type { Terminal } from '../terminal.ts';

export function define(command: Command, terminal: Terminal): void {
  command
    .description(
      'Put the kept change into the working tree. Edits made meanwhile are merged, or it is refused; nothing is lost.',
    )
    .argument('[run]', 'its id or the start of it; the newest run of this repository by default')
    .option('--attempt <number>', 'this attempt instead of the kept one', attemptNumber)
    .addHelpText('after', '\nExamples:\n  parlay apply\n  parlay apply 4f2a --attempt 2\n  parlay undo')
    .action(async (wanted: string | undefined, options: { attempt?: number }) => {
      const { ledger, run } = findRun(existingLedger(terminal), terminal, wanted);
      await applyAndTell(terminal, { ledger, effects: terminal.effects }, run, options.attempt);
    });
}
