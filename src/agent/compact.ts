import type { Message } from '../models/types.ts';

/** Tool results above this many characters leave the context first. */
const longResult = 600;
/** Messages at the end that are kept whole: the newest work. */
const keepRecent = 6;

/**
 * Makes room in a conversation that no longer fits, keeping the system prompt, the task and the newest messages. First
 * long tool results of older turns are replaced by a stub; when that was done before, whole older turns go, and a note
 * says so. Returns null when there is nothing left to drop.
 */
export function compact(messages: readonly Message[]): { messages: Message[]; droppedBytes: number } | null {
  const before = size(messages);
  const stubbed = stubOldResults(messages);
  const shorter = before - size(stubbed) > before * 0.2 ? stubbed : dropOldTurns(stubbed);
  const droppedBytes = before - size(shorter);
  return droppedBytes > 0 ? { messages: shorter, droppedBytes } : null;
}

function stubOldResults(messages: readonly Message[]): Message[] {
  const recent = recentStart(messages);
  return messages.map((message, index) => {
    if (message.role !== 'tool' || index >= recent) return message;
    const content = message.content.map((part) => {
      if (part.type !== 'tool-result' || size(part.output) <= longResult) return part;
      const value = `[result of ${part.toolName} dropped to make room; run the call again if it matters]`;
      return { ...part, output: { type: 'text' as const, value } };
    });
    return { ...message, content };
  });
}

function dropOldTurns(messages: readonly Message[]): Message[] {
  const recent = recentStart(messages);
  const firstTurn = messages.findIndex((message) => message.role === 'assistant');
  if (firstTurn === -1 || recent <= firstTurn) return [...messages];
  const dropped = messages.slice(firstTurn, recent);
  const note = summarise(dropped);
  return [
    ...messages.slice(0, firstTurn),
    { role: 'user', content: [{ type: 'text', text: note }] },
    ...messages.slice(recent),
  ];
}

/** What the dropped turns did, from their calls alone, so that nothing is made up. */
function summarise(dropped: readonly Message[]): string {
  const lines: string[] = [];
  for (const message of dropped) {
    if (message.role !== 'assistant') continue;
    for (const part of message.content) {
      if (part.type === 'text' && part.text.trim()) lines.push(`- said: ${part.text.trim().slice(0, 300)}`);
      if (part.type === 'tool-call') lines.push(`- ${part.toolName} ${JSON.stringify(part.input).slice(0, 160)}`);
    }
  }
  const shown = lines.slice(-40).join('\n');
  return `[To make room, earlier turns were dropped. The files hold every edit made so far. What was done, oldest first:\n${shown}\n]`;
}

/** Where the part that is kept whole begins: never between a call and its results. */
function recentStart(messages: readonly Message[]): number {
  let start = Math.max(0, messages.length - keepRecent);
  while (start < messages.length && messages[start]?.role !== 'assistant') start += 1;
  return start;
}

function size(value: unknown): number {
  return JSON.stringify(value, (_, inner) => (inner instanceof Uint8Array ? `${inner.length}` : inner)).length;
}
