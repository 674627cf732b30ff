import type { ServerResponse } from 'node:http';
import type { Answer, Frame, LimitState, Reply, Vendor } from './vendor.ts';

/** The ways in which a service lets its callers down. `times` is how many requests it does so for; always by default. */
export type Misbehaviour = { times?: number } & (
  | { kind: 'status'; trouble: 'rate-limited' | 'internal' | 'overloaded' | 'unavailable'; retryAfter?: string }
  | { kind: 'body'; status: number; body: string }
  | { kind: 'reset'; when: 'before-headers' | 'after-headers' | 'mid-stream' }
  | {
      kind:
        | 'never-answers'
        | 'silence'
        | 'only-keep-alives'
        | 'no-finish'
        | 'half-tool-call'
        | 'stream-error'
        | 'trickle';
    }
  /** Whole, with so many milliseconds before each event. */
  | { kind: 'slow'; milliseconds: number }
  | { kind: 'malformed-tool-json' | 'wrong-argument-type' | 'only-thinking' }
  /** Lets through `perSecond` requests a second, at most `burst` at once, and refuses the rest with 429. */
  | { kind: 'bucket'; perSecond: number; burst: number }
);

export interface Sender {
  write(bytes: Buffer): Promise<void>;
  end(): void;
  reset(): void;
  closed(): boolean;
}

export function senderOf(response: ServerResponse): Sender {
  return {
    write: (bytes) =>
      new Promise((resolve) => {
        if (response.destroyed) return resolve();
        // A turn of the event loop between writes keeps them apart on the socket.
        response.write(bytes, () => setImmediate(resolve));
      }),
    end: () => response.end(),
    reset: () => response.socket?.resetAndDestroy(),
    closed: () => response.destroyed,
  };
}

/** What the model says when it is the model that misbehaves. */
export function bend(kind: Misbehaviour['kind'] | undefined, reply: Reply): Reply {
  if (kind === 'only-thinking') return { thinking: reply.thinking ?? 'Round and round.', cutShort: true };
  if (kind === 'malformed-tool-json')
    return { ...reply, calls: reply.calls?.map((call) => ({ ...call, rawInput: '{"path": "a.ts", "depth": ' })) };
  if (kind === 'wrong-argument-type')
    return { ...reply, calls: reply.calls?.map((call) => ({ ...call, input: { path: { no: 'text' } } })) };
  return reply;
}

/** How many of the frames go out before the trouble starts. */
function framesBefore(kind: Misbehaviour['kind'], frames: readonly Frame[]): number {
  const count = (test: (frame: Frame) => boolean) => frames.filter(test).length;
  const firstOf = (kinds: Frame['kind'][]) => frames.findIndex((frame) => kinds.includes(frame.kind));
  if (kind === 'no-finish') return firstOf(['end']);
  if (kind === 'half-tool-call') {
    const first = firstOf(['tool']);
    return first < 0 ? firstOf(['end']) : first + Math.ceil(count((frame) => frame.kind === 'tool') / 2);
  }
  return Math.ceil(firstOf(['end']) / 2);
}

/** Sends a stream, with UTF-8 split in odd places, and goes wrong where it was told to. True when it went out whole. */
export async function sendStream(
  sender: Sender,
  answer: Answer,
  vendor: Vendor,
  fault: Misbehaviour | undefined,
): Promise<boolean> {
  const frames = withKeepAlives(answer.frames ?? [], vendor.keepAlive);
  const stopAt = fault && breaks.has(fault.kind) ? framesBefore(fault.kind, frames) : frames.length;
  for (const frame of frames.slice(0, stopAt)) {
    const bytes = Buffer.from(frame.text);
    if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.milliseconds));
    if (fault?.kind === 'trickle') for (const byte of bytes) await sender.write(Buffer.from([byte]));
    else for (const part of splitInsideCharacters(bytes)) await sender.write(part);
  }
  if (!fault || !breaks.has(fault.kind)) {
    sender.end();
    return true;
  }
  while (fault.kind === 'only-keep-alives' && !sender.closed()) {
    await sender.write(Buffer.from(vendor.keepAlive.text));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (fault.kind === 'reset') sender.reset();
  else if (fault.kind === 'stream-error') {
    await sender.write(Buffer.from(vendor.streamError().text));
    sender.end();
  } else if (fault.kind !== 'silence' && !sender.closed()) sender.end();
  return false;
}

const breaks = new Set<Misbehaviour['kind']>([
  'reset',
  'silence',
  'only-keep-alives',
  'no-finish',
  'half-tool-call',
  'stream-error',
]);

/** Keep-alives at the start and in the middle, as all four services may send them anywhere. */
function withKeepAlives(frames: readonly Frame[], keepAlive: Frame): Frame[] {
  const middle = Math.floor(frames.length / 2);
  return [...frames.slice(0, 1), keepAlive, ...frames.slice(1, middle), keepAlive, ...frames.slice(middle)];
}

/** Cuts a frame inside its first character of more than one byte, or in the middle when it has none. */
export function splitInsideCharacters(bytes: Buffer): Buffer[] {
  const at = bytes.findIndex((byte) => byte >= 0xc0);
  const cut = at >= 0 ? at + 1 : Math.floor(bytes.length / 2);
  return cut > 0 && cut < bytes.length ? [bytes.subarray(0, cut), bytes.subarray(cut)] : [bytes];
}

/** A token bucket; `now` in milliseconds. */
export class Bucket {
  #level: number;
  #at: number;
  readonly #perSecond: number;
  readonly #burst: number;

  constructor(perSecond: number, burst: number, now: number) {
    this.#level = burst;
    this.#at = now;
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  /** True when the request may pass. */
  take(now: number): boolean {
    this.#level = Math.min(this.#burst, this.#level + ((now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
    if (this.#level < 1) return false;
    this.#level -= 1;
    return true;
  }

  state(now: number): LimitState {
    return {
      limit: this.#perSecond * 60,
      remaining: Math.floor(this.#level),
      fullInMs: ((this.#burst - this.#level) / this.#perSecond) * 1000,
      now,
    };
  }
}
