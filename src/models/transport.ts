import { AsyncLocalStorage } from 'node:async_hooks';
import type { Effects } from '../system/effects.ts';

/** What one try of a request showed on the wire; filled in while it runs. */
export interface WireCall {
  /** True once the request was handed to the network. */
  sent: boolean;
  status?: number;
  headers?: Headers;
  /** `Effects.elapsed()` of the last byte received, keep-alives included. */
  lastByteAt: number;
  bytes: number;
  /** Called when the status line came. */
  onStatus?(status: number, headers: Headers): void;
}

const current = new AsyncLocalStorage<WireCall>();

/** Runs `work` so that every request it makes through `trackedFetch` is noted in `call`. */
export function withWireCall<Result>(call: WireCall, work: () => Result): Result {
  return current.run(call, work);
}

/**
 * A fetch that notes status, headers and the arrival of bytes. Provider packages hide all three behind parsed parts,
 * and a keep-alive comment never becomes a part, yet it tells a slow model from a dead connection.
 */
export function trackedFetch(effects: Pick<Effects, 'fetch' | 'elapsed'>): typeof globalThis.fetch {
  return async (input, init) => {
    const call = current.getStore();
    if (!call) return effects.fetch(input, init);
    call.sent = true;
    const response = await effects.fetch(input, init);
    call.status = response.status;
    call.headers = response.headers;
    call.lastByteAt = effects.elapsed();
    call.onStatus?.(response.status, response.headers);
    if (!response.body) return response;
    const body = response.body.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform(chunk, controller) {
          call.lastByteAt = effects.elapsed();
          call.bytes += chunk.byteLength;
          controller.enqueue(chunk);
        },
      }),
    );
    return new Response(body, { status: response.status, statusText: response.statusText, headers: response.headers });
  };
}
