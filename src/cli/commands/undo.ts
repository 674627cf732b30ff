import type { Command } from 'commander';
import { quietContext } from '../context.ts';
import { existingLedger, findRun } from '../open-ledger.ts';
import type { Terminal } from '../terminal.ts';

export function define(command: Command, terminal: Terminal): void {
  command
    .description('Take the last applied change back: every file is again what it was just before, untracked ones too.')
    .argument('[run]', 'the change of this run instead of the last one applied here')
    .action(async (wanted: string | undefined) => {
      const found = findRun(existingLedger(terminal), terminal, wanted);
      const { undoApply } = await import('../../attempts/apply.ts');
      const undone: { run: string; files: string[] } = await undoApply(quietContext(terminal, found.ledger), {
        folder: terminal.folder,
        run: wanted === undefined ? undefined : found.run,
      });
      terminal.print(`Took back the change of run ${undone.run}.`);
    });
}
