import type { LanguageModelV4ToolResultPart } from '@ai-sdk/provider';
import type { EventData } from '../ledger/events.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Message } from '../models/types.ts';

/** An attempt's conversation as the ledger holds it: what an interrupted attempt goes on from. */
export interface History {
  messages: Message[];
  /** Requests made so far. */
  steps: number;
  /** Tool calls of the last message that already ran: call id → its result. */
  results: Map<string, LanguageModelV4ToolResultPart>;
  /** Tool calls that were under way when Parlay stopped. */
  interrupted: Set<string>;
  /** The last change of model or effort, if there was one. */
  changed: EventData['setting.changed'] | null;
  /** Whole outputs that were cut for the model: handle → blob key. */
  kept: Map<string, string>;
}

/** Rebuilds the conversation exactly as it was sent, so that the prefix stays the same after a resume. */
export function readHistory(ledger: Ledger, run: string, attempt: number): History {
  const history: History = {
    messages: [],
    steps: 0,
    results: new Map(),
    interrupted: new Set(),
    changed: null,
    kept: new Map(),
  };
  const kinds = [
    'message.added',
    'history.compacted',
    'setting.changed',
    'request.started',
    'tool.started',
    'tool.finished',
  ] as const;
  for (const event of ledger.events({ run, attempt, kinds })) {
    switch (event.kind) {
      case 'message.added':
        history.messages.push(decodeMessage(event.data.message));
        // A new message settles the calls before it.
        history.results.clear();
        history.interrupted.clear();
        break;
      case 'history.compacted':
        history.messages = event.data.messages.map(decodeMessage);
        break;
      case 'setting.changed':
        history.changed = event.data;
        break;
      case 'request.started':
        if (event.data.stage === 'attempt') history.steps = Math.max(history.steps, event.data.step);
        break;
      case 'tool.started':
        history.interrupted.add(event.data.call);
        break;
      case 'tool.finished':
        history.interrupted.delete(event.data.call);
        history.results.set(event.data.call, decode(JSON.parse(ledger.blob(event.data.result).toString('utf8'))));
        for (const [handle, blob] of Object.entries(event.data.kept ?? {})) history.kept.set(handle, blob);
        break;
    }
  }
  return history;
}

/** Bytes do not survive JSON; they travel as `{"$base64": …}`. */
export function encodeMessage(message: Message): { role: Message['role'] } & Record<string, unknown> {
  return encode(message) as { role: Message['role'] } & Record<string, unknown>;
}

function decodeMessage(message: unknown): Message {
  return decode<Message>(message);
}

export function encode(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $base64: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(encode);
  if (value && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, encode(inner)]));
  }
  return value;
}

function decode<Value>(value: unknown): Value {
  if (Array.isArray(value)) return value.map((inner) => decode(inner)) as Value;
  if (value && typeof value === 'object') {
    const { $base64 } = value as { $base64?: unknown };
    if (typeof $base64 === 'string' && Object.keys(value).length === 1) {
      return new Uint8Array(Buffer.from($base64, 'base64')) as Value;
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, decode(inner)])) as Value;
  }
  return value as Value;
}
