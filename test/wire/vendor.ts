import type { PromptCache, Tokens } from './count.ts';
import type { Fields } from './json.ts';

/** What the scripted model says in one turn. */
export interface Reply {
  thinking?: string;
  /** Anthropic: adds a redacted block after the thinking. */
  redacted?: boolean;
  text?: string;
  calls?: ScriptedCall[];
  /** Ends for want of room, as when thinking used up the whole allowance. */
  cutShort?: boolean;
}

interface ScriptedCall {
  name: string;
  input: unknown;
  /** Sent in place of `input` where the wire carries arguments as text. */
  rawInput?: string;
}

/** Where a conversation stands, as far as the request itself tells. */
interface Turn {
  /** Replies of the model that the request carries. */
  number: number;
  body: Fields;
}

/** Says what the model says next. Depends on the request alone, so a repeated request gets the same reply. */
export type Script = (turn: Turn) => Reply;

/** One event of a stream. `kind` tells the layer that misbehaves where it is. */
export interface Frame {
  kind: 'start' | 'thinking' | 'text' | 'tool' | 'end' | 'keep-alive';
  text: string;
}

export interface WireRequest {
  path: string;
  headers: Record<string, string | undefined>;
  body: Fields;
}

export interface Refusal {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

export interface Answer {
  /** The stream, or null when a single JSON body was asked for. */
  frames: Frame[] | null;
  body: unknown;
  usage: Tokens;
}

/** What a server remembers between requests. */
export interface Memory {
  cache: PromptCache;
  /** Replies by the ids and signatures that were handed out with them. */
  issued: Map<string, Issued>;
  /** Counts upwards, so that ids are the same in every run. */
  nextId(prefix: string): string;
  /** The one key that is accepted. */
  key: string;
  /** Overrides every model's context window, so that overflow can be tested without megabytes. */
  contextTokens?: number;
  script: Script;
}

/** Something the server gave out that must come back as it was. */
export interface Issued {
  /** Which reply it was part of. */
  reply: string;
  /** Position among what the reply consisted of. */
  position: number;
  /** The whole of it, in the vendor's own form. */
  value: Fields;
  /** Everything of the same reply, in order. */
  all: Fields[];
  /** Hash of the request that it answered. */
  prefix: string;
  model: string;
}

/** Where the caller stands with its requests. */
export interface LimitState {
  /** Requests a minute. */
  limit: number;
  remaining: number;
  /** Milliseconds until all of it is there again. */
  fullInMs: number;
  now: number;
}

export type Trouble = 'rate-limited' | 'internal' | 'overloaded' | 'unavailable';

/** A wire protocol as one vendor speaks it. */
export interface Vendor {
  name: string;
  /** Checks a request against the vendor's rules and answers it. */
  handle(request: WireRequest, memory: Memory): Refusal | Answer;
  /** The documented form of a failure that is not the caller's fault; `retryAfter` as in the header of that name. */
  trouble(kind: Trouble, retryAfter?: string): Refusal;
  /** A failure after the stream has begun. */
  streamError(): Frame;
  /** Something that keeps a quiet stream open. */
  keepAlive: Frame;
  /** What the service tells of its limits with every reply; nothing where it tells nothing. */
  limits(state: LimitState): Record<string, string>;
  /** Environment variables that point Parlay at a server of this vendor, and a model to ask for. */
  settings(url: string, key: string): Record<string, string>;
}

export function isRefusal(outcome: Refusal | Answer): outcome is Refusal {
  return 'status' in outcome;
}

/** Cuts a text into pieces of a few characters, as models stream it. Surrogate pairs stay whole. */
export function pieces(text: string, size = 7): string[] {
  const characters = [...text];
  const result: string[] = [];
  for (let at = 0; at < characters.length; at += size) result.push(characters.slice(at, at + size).join(''));
  return result;
}

/** A server-sent event; `event` is left out where the vendor sends none. */
export function sse(kind: Frame['kind'], data: unknown, event?: string): Frame {
  const name = event ? `event: ${event}\n` : '';
  return { kind, text: `${name}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n` };
}

/** The usual way of saying when to come back. */
export function withRetryAfter(refusal: Refusal, retryAfter: string | undefined): Refusal {
  return retryAfter === undefined
    ? refusal
    : { ...refusal, headers: { ...refusal.headers, 'retry-after': retryAfter } };
}
