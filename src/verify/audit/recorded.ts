import type { EventData, LedgerEvent } from '../../ledger/events.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { asText } from './text.ts';
import type { Change, Step } from './types.ts';

/** The change that an attempt of a run left. */
export function changesOf(ledger: Pick<Ledger, 'blob'>, finish: EventData['attempt.finished']): Change[] {
  return (finish.outcome?.changes ?? []).map(({ path, before, after, modeBefore, modeAfter }) => {
    const sides = [before, after].map((key) => (key === null ? null : asText(ledger.blob(key))));
    const problem = sides[1]?.problem ?? sides[0]?.problem;
    if (problem !== undefined) return { path, before: null, after: null, modeBefore, modeAfter, problem };
    return { path, before: sides[0]?.text ?? null, after: sides[1]?.text ?? null, modeBefore, modeAfter };
  });
}

/** What an attempt did, in order, as its tool calls tell. */
export function trajectoryOf(events: readonly LedgerEvent[]): Step[] {
  return events.flatMap((event): Step[] => {
    if (event.kind !== 'tool.started') return [];
    const input = (event.data.input ?? {}) as Record<string, unknown>;
    const text = (key: string) => (typeof input[key] === 'string' ? (input[key] as string) : null);
    const command = text('command');
    if (command !== null) return [{ kind: 'command', command }];
    const path = text('path') ?? text('file');
    if (path === null) return [];
    return [{ kind: /edit|write|create|patch|replace/.test(event.data.tool) ? 'edit' : 'read', path }];
  });
}
