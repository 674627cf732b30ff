import { type Command, Option } from 'commander';
import { type BillGroup, bill, billGroups, billOf } from '../../ledger/bill.ts';
import { ParlayError } from '../../system/errors.ts';
import { existingLedger, findRun } from '../open-ledger.ts';
import type { Terminal } from '../terminal.ts';
import { billLines } from '../views/bill.ts';

interface Options {
  by: BillGroup;
  run?: string;
  since?: string;
  json?: boolean;
}

export function define(command: Command, terminal: Terminal): void {
  command
    .description('Every model request and process on record: tokens, money, time. Losing attempts are in it.')
    .addOption(new Option('--by <group>', 'one row for each').choices(billGroups).default('stage'))
    .option('--run <run>', 'only this run')
    .option('--since <date>', 'only from this day on, such as 2026-11-22')
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  parlay bill --by day\n  parlay bill --by model --since 2026-11-01\n  parlay bill --run 4f2a',
    )
    .action((options: Options) => {
      const ledger = existingLedger(terminal);
      const run = options.run === undefined ? undefined : findRun(ledger, terminal, options.run).run;
      const since = options.since === undefined ? undefined : startOfDay(options.since);
      const result = ledger ? bill(ledger, { by: options.by, run, since }) : billOf([], options as { by: BillGroup });
      if (options.json) return terminal.print(JSON.stringify(result, null, 2));
      if (result.rows.length === 0) return terminal.print('Nothing has been spent yet.');
      terminal.print(billLines(result, terminal).join('\n'));
    });
}

function startOfDay(text: string): number {
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  const date = day ? new Date(Number(day[1]), Number(day[2]) - 1, Number(day[3])) : null;
  if (!date || date.getMonth() !== Number(day![2]) - 1) {
    throw new ParlayError(`"${text}" is not a day.`, { next: 'Write it as 2026-11-22.' });
  }
  return date.getTime();
}
