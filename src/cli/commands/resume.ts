import type { Command } from 'commander';
import { readRun } from '../../attempts/run-state.ts';
import { follow } from '../follow.ts';
import { existingLedger, findRun } from '../open-ledger.ts';
import type { Terminal } from '../terminal.ts';

interface Options {
  apply?: boolean;
  json?: boolean;
}

export function define(command: Command, terminal: Terminal, finish: (code: number) => void): void {
  command
    .description('Finish a run that was stopped or crashed. What is paid for is not paid for again.')
    .argument('[run]', 'its id or the start of it; the newest run of this repository by default')
    .option('--apply', 'apply a verified change without asking')
    .option('--json', 'one event a line on stdout (docs/events.schema.json)')
    .action(async (wanted: string | undefined, options: Options) => {
      const { ledger, run } = findRun(existingLedger(terminal), terminal, wanted);
      const { resumeRun } = await import('../../attempts/run.ts');
      finish(await follow(terminal, ledger, readRun(ledger, run), options, (context) => resumeRun(run, context)));
    });
}
