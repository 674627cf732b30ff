import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Effects } from './effects.ts';

/**
 * The folder of everything Parlay keeps: `PARLAY_HOME`, else `parlay` under the XDG state folder
 * (https://specifications.freedesktop.org/basedir-spec/latest/).
 */
export function stateFolder(effects: Pick<Effects, 'environment'>): string {
  const { PARLAY_HOME, XDG_STATE_HOME, HOME } = effects.environment;
  if (PARLAY_HOME) return PARLAY_HOME;
  return join(XDG_STATE_HOME || join(HOME || homedir(), '.local', 'state'), 'parlay');
}

/** The ledger's database file. */
export function ledgerFile(effects: Pick<Effects, 'environment'>): string {
  return join(stateFolder(effects), 'ledger.sqlite');
}

/** Where starting states and workspaces live, a folder for each run: always outside the repository. */
export function workspacesFolder(effects: Pick<Effects, 'environment'>): string {
  return join(stateFolder(effects), 'workspaces');
}

/** The folder of one run's base and workspaces. */
export function runFolder(effects: Pick<Effects, 'environment'>, run: string): string {
  return join(workspacesFolder(effects), run);
}
