import type { Message } from '../models/types.ts';

/** The digest takes at most this share of what the conversation was, in characters, and at most this many. */
const digestShare = 0.3;
const longestDigest = 24_000;
/** Longest line for one call, and longest excerpt of one result, in characters. */
const longestLine = 200;
const longestResult = 6000;

/**
 * Makes room in a conversation that no longer fits: the system prompt and the task stay, everything after them becomes
 * one message that tells what was done and quotes the newest results. It is taken from the turns themselves, so nothing
 * is made up. No earlier assistant message is kept: providers that sign thinking refuse it once what came before it has
 * changed. Returns null when that would not make it shorter.
 */
export function compact(messages: readonly Message[]): { messages: Message[]; droppedBytes: number } | null {
  const before = size(messages);
  const firstTurn = messages.findIndex((message) => message.role === 'assistant');
  if (firstTurn === -1) return null;
  const opening = messages.slice(0, Math.min(firstTurn, 2));
  const turns = messages.slice(opening.length);
  const text = digest(turns, Math.min(longestDigest, Math.floor(before * digestShare)));
  const shorter: Message[] = [...opening, { role: 'user', content: [{ type: 'text', text }] }];
  const droppedBytes = before - size(shorter);
  return droppedBytes > 0 ? { messages: shorter, droppedBytes } : null;
}

function digest(turns: readonly Message[], room: number): string {
  const done: string[] = [];
  const results: string[] = [];
  for (const message of turns) {
    if (message.role === 'user') {
      for (const part of message.content) if (part.type === 'text') done.push(part.text);
    } else if (message.role === 'assistant') {
      for (const part of message.content) {
        if (part.type === 'text' && part.text.trim()) done.push(`- said: ${part.text.trim()}`);
        if (part.type === 'tool-call') done.push(`- ${part.toolName} ${JSON.stringify(part.input)}`);
      }
    } else if (message.role === 'tool') {
      for (const part of message.content) {
        if (part.type !== 'tool-result') continue;
        results.push(`${part.toolName}:\n${cut(textOf(part.output), longestResult)}`);
      }
    }
  }
  const history = newest(
    done.map((line) => cut(line, longestLine)),
    room / 2,
  ).join('\n');
  const quoted = newest(results, room / 2).join('\n\n');
  return `[To make room, earlier turns were taken out of this conversation. The files hold every edit made so far.]

What was done, oldest first:
${history}

The newest results:
${quoted}`;
}

/** As many of the last entries as fit into `room` characters, and always the last one, cut if it must be. */
function newest(entries: readonly string[], room: number): string[] {
  const kept: string[] = [];
  let used = 0;
  for (const entry of entries.toReversed()) {
    if (used + entry.length > room) {
      if (kept.length === 0) kept.push(cut(entry, Math.floor(room)));
      break;
    }
    kept.push(entry);
    used += entry.length;
  }
  return kept.reverse();
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)} […]`;
}

function textOf(output: { type: string; value?: unknown }): string {
  if (typeof output.value === 'string') return output.value;
  if (!Array.isArray(output.value)) return JSON.stringify(output.value ?? '');
  return output.value.map((part: { type: string; text?: string }) => part.text ?? `[${part.type}]`).join('\n');
}

function size(value: unknown): number {
  return JSON.stringify(value, (_, inner) => (inner instanceof Uint8Array ? `${inner.length}` : inner)).length;
}
