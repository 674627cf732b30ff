import type { FlowContext } from '../attempts/types.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Terminal } from './terminal.ts';

/** What commands without attempts of their own (apply, undo) give the flow. */
export function quietContext(terminal: Terminal, ledger: Ledger): FlowContext {
  return { ledger, effects: terminal.effects, signal: new AbortController().signal, onProgress: () => {} };
}
