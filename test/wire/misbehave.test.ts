import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Misbehaviour } from './misbehave.ts';
import { modelOf, Parlay, resultsFor, start } from './parlay.ts';
import { startWire, type WireServer } from './server.ts';
import type { Reply } from './vendor.ts';
import { vendors } from './vendors.ts';

const reply: Reply = {
  thinking: 'Erst lesen, dann ändern — 先に読む.',
  text: 'Ich lese zuerst 完了 ✅.',
  calls: [{ name: 'read', input: { path: 'src/日付.ts', depth: 3 } }],
};
const whole = reply.calls![0]!.input;

let server: WireServer;
let parlay: Parlay;
/** Silence is noticed in a fraction of a second, and the patience is twenty seconds of a clock that waits pass at once. */
const quick = { PARLAY_IDLE_SECONDS: '0.8', PARLAY_FIRST_BYTE_SECONDS: '1.2', PARLAY_RETRY_SECONDS: '20' };

afterEach(async () => {
  parlay.close();
  await server.close();
});

/** Ways that pass when tried once more, and whether the reader may have seen part of the first try. */
const passing: [name: string, how: Misbehaviour][] = [
  ['500', { kind: 'status', trouble: 'internal' }],
  ['overloaded', { kind: 'status', trouble: 'overloaded' }],
  ['unavailable', { kind: 'status', trouble: 'unavailable' }],
  ['a reset before headers', { kind: 'reset', when: 'before-headers' }],
  ['a reset after headers', { kind: 'reset', when: 'after-headers' }],
  ['a reset in the middle', { kind: 'reset', when: 'mid-stream' }],
  ['a body that ends without its finish event', { kind: 'no-finish' }],
  ['half a tool call', { kind: 'half-tool-call' }],
  ['an error in the middle of the stream', { kind: 'stream-error' }],
  ['half a stream, then silence', { kind: 'silence' }],
  ['half a stream, then nothing but keep-alives', { kind: 'only-keep-alives' }],
  ['no answer at all', { kind: 'never-answers' }],
  ['the error page of a gateway', { kind: 'body', status: 502, body: '<html><h1>Bad gateway</h1></html>' }],
  ['a page where a stream should be', { kind: 'body', status: 200, body: '<html>Please log in</html>' }],
];

/** Refusals that no waiting mends. */
const final: [vendor: string, name: string, status: number, body: unknown, kind: string][] = [
  [
    'responses',
    'a spent quota',
    429,
    {
      error: {
        message: 'You exceeded your current quota, please check your plan and billing details.',
        type: 'insufficient_quota',
        param: null,
        code: 'insufficient_quota',
      },
    },
    'unauthorised',
  ],
  [
    'anthropic',
    'a spent balance',
    400,
    {
      type: 'error',
      error: {
        type: 'invalid_request_error',
        message:
          'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
      },
    },
    'unauthorised',
  ],
  [
    'deepseek',
    'a spent balance',
    402,
    { error: { message: 'Insufficient Balance', type: 'unknown_error', param: null, code: 'invalid_request_error' } },
    'unauthorised',
  ],
  [
    'anthropic',
    'a key without the right',
    403,
    {
      type: 'error',
      error: {
        type: 'permission_error',
        message: 'Your API key does not have permission to use the specified resource.',
      },
    },
    'unauthorised',
  ],
  [
    'anthropic',
    'a request that is too large',
    413,
    { type: 'error', error: { type: 'request_too_large', message: 'Request exceeds the maximum size' } },
    'context-overflow',
  ],
  [
    'anthropic',
    'a request that is wrong',
    400,
    {
      type: 'error',
      error: { type: 'invalid_request_error', message: 'tools.0.input_schema: JSON schema is invalid' },
    },
    'rejected',
  ],
  [
    'gemini',
    'a place it does not serve',
    400,
    { error: { code: 400, message: 'User location is not supported for the API use.', status: 'FAILED_PRECONDITION' } },
    'rejected',
  ],
];

describe.each(Object.keys(vendors))('%s', (name) => {
  const model = modelOf[name]!;

  beforeEach(async () => {
    server = await startWire(vendors[name]!, { script: () => reply });
    parlay = new Parlay([server], quick);
  });

  test.each(passing)('gets over %s', async (_name, how) => {
    server.misbehave({ ...how, times: 1 });
    const outcome = await parlay.ask(model, start);
    expect(outcome.failure).toBeUndefined();
    expect(outcome.finished!.reason).toBe('tool-calls');
    expect(calls(outcome.finished!.message)).toEqual([whole]);
    expect(outcome.text, 'nothing is shown twice').toBe(reply.text);
    expect(server.seen).toHaveLength(2);
    expect(parlay.tries(), 'no try is hidden').toBe(2);
    expect(parlay.billed(), 'nothing is billed twice').toEqual(server.totals());
    expect(parlay.waits).toHaveLength(1);
    const broken = parlay.requests().filter(({ finished }) => finished.status === 'failed');
    const { usage } = server.seen[0]!;
    for (const { finished } of broken) {
      const output = (finished.usage.output ?? 0) + (finished.usage.reasoning ?? 0);
      expect(output, 'what broke is not billed for more than there was').toBeLessThanOrEqual(
        (usage?.output ?? 0) + (usage?.reasoning ?? 0),
      );
    }
  });

  test('429 with retry-after waits exactly that', async () => {
    server.misbehave({ kind: 'status', trouble: 'rate-limited', retryAfter: '7', times: 1 });
    const outcome = await parlay.ask(model, start);
    expect(outcome.failure).toBeUndefined();
    expect(parlay.waits.reduce((sum, wait) => sum + wait, 0)).toBeCloseTo(7000, -1);
    expect(outcome.events.filter((event) => event.type === 'waiting').length).toBeGreaterThan(0);
    expect(server.seen).toHaveLength(2);
    expect(parlay.billed()).toEqual(server.totals());
  });

  test.each([
    ['429', { kind: 'status', trouble: 'rate-limited' }, 'rate-limited'],
    ['429 with retry-after', { kind: 'status', trouble: 'rate-limited', retryAfter: '4' }, 'rate-limited'],
    ['500', { kind: 'status', trouble: 'internal' }, 'unavailable'],
    ['no finish event', { kind: 'no-finish' }, 'unavailable'],
  ] as [string, Misbehaviour, string][])('%s for ever ends within the patience', async (_name, how, kind) => {
    server.misbehave(how);
    const outcome = await parlay.ask(model, start);
    expect(outcome.failure).toMatchObject({ kind });
    expect(outcome.failure!.message).toContain(model);
    expect(outcome.failure!.next).toContain('PARLAY_RETRY_SECONDS');
    const waited = parlay.waits.reduce((sum, wait) => sum + wait, 0);
    expect(waited, parlay.waits.join()).toBeLessThanOrEqual(21_000);
    expect(server.seen.length).toBeGreaterThan(1);
    expect(server.seen.length, 'requests are spaced, not burnt').toBeLessThanOrEqual(16);
    expect(parlay.tries(), 'no try is hidden').toBe(server.seen.length);
    expect(parlay.billed().output).toBe(0);
  });

  test('429 for ever ends with the run’s time when that is shorter', async () => {
    parlay.close();
    parlay = new Parlay([server], quick, { maxTime: 5 });
    server.misbehave({ kind: 'status', trouble: 'rate-limited', retryAfter: '3' });
    const outcome = await parlay.ask(model, start);
    expect(outcome.failure).toMatchObject({ kind: 'limit-reached' });
    expect(server.seen).toHaveLength(2);
    expect(parlay.waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThanOrEqual(5000);
  });

  test('429 with retry-after, again and again, waits exactly that each time', async () => {
    server.misbehave({ kind: 'status', trouble: 'rate-limited', retryAfter: '4', times: 3 });
    const outcome = await parlay.ask(model, start);
    expect(outcome.failure).toBeUndefined();
    expect(
      parlay.waits.reduce((sum, wait) => sum + wait, 0),
      parlay.waits.join(),
    ).toBeCloseTo(12_000, -2);
    expect(server.seen).toHaveLength(4);
  });

  test.skipIf(name === 'gemini')('retry-after may be a date', async () => {
    const date = new Date(parlay.effects.now() + 8000).toUTCString();
    server.misbehave({ kind: 'status', trouble: 'rate-limited', retryAfter: date, times: 1 });
    const outcome = await parlay.ask(model, start);
    expect(outcome.failure).toBeUndefined();
    // A date has whole seconds, and some of them pass before it is read.
    const waited = parlay.waits.reduce((sum, wait) => sum + wait, 0);
    expect(waited).toBeGreaterThan(3000);
    expect(waited).toBeLessThanOrEqual(8000);
  });

  test('slow but steady is ordinary', async () => {
    server.play(() => ({ thinking: 'Langsam.', text: 'Schritt für Schritt. '.repeat(5) }));
    parlay.close();
    parlay = new Parlay([server], { PARLAY_IDLE_SECONDS: '1.5', PARLAY_FIRST_BYTE_SECONDS: '10' });
    // In all longer than the idle limit, which is about the gaps alone.
    server.misbehave({ kind: 'slow', milliseconds: 120 });
    const outcome = await parlay.ask(model, start);
    expect(outcome.failure).toBeUndefined();
    expect(outcome.text).toBe('Schritt für Schritt. '.repeat(5));
    expect(server.seen).toHaveLength(1);
  });

  test('one byte at a time is ordinary', async () => {
    parlay.close();
    parlay = new Parlay([server]);
    server.misbehave({ kind: 'trickle' });
    const outcome = await parlay.ask(model, start);
    expect(outcome.text).toBe(reply.text);
    expect(calls(outcome.finished!.message)).toEqual([whole]);
    expect(server.seen).toHaveLength(1);
    expect(parlay.billed()).toEqual(server.totals());
  });

  test.skipIf(name === 'gemini')('malformed tool JSON is never mended, and the conversation goes on', async () => {
    server.misbehave({ kind: 'malformed-tool-json', times: 1 });
    const first = await parlay.ask(model, start);
    expect(first.failure).toBeUndefined();
    const message = first.finished!.message;
    expect(calls(message)).toEqual(['{"path": "a.ts", "depth": ']);
    server.play(() => ({ text: 'Once more.' }));
    const second = await parlay.ask(model, [...start, message, resultsFor(message)!]);
    expect(second.failure).toBeUndefined();
    expect(server.seen.map((one) => one.refusal ?? one.status)).toEqual([200, 200]);
  });

  test('a wrong argument type is handed on as it is', async () => {
    server.misbehave({ kind: 'wrong-argument-type', times: 1 });
    const outcome = await parlay.ask(model, start);
    expect(calls(outcome.finished!.message)).toEqual([{ path: { no: 'text' } }]);
    expect(server.seen).toHaveLength(1);
  });

  test('a reply that spends everything on thinking is reported', async () => {
    server.misbehave({ kind: 'only-thinking', times: 1 });
    const first = await parlay.ask(model, start);
    expect(first.finished).toMatchObject({ reason: 'length' });
    expect(first.notices.join('\n')).toMatch(/allowance on thinking/);
    expect(parlay.billed()).toEqual(server.totals());
  });
});

test.each(final)('%s: %s stops at once', async (name, _what, status, body, kind) => {
  server = await startWire(vendors[name]!);
  parlay = new Parlay([server], quick);
  server.misbehave({ kind: 'body', status, body: JSON.stringify(body) });
  const outcome = await parlay.ask(modelOf[name]!, start);
  expect(outcome.failure).toMatchObject({ kind });
  expect(outcome.failure!.next).not.toBe('');
  expect(server.seen).toHaveLength(1);
  expect(parlay.waits).toEqual([]);
});

test('a call that Gemini itself calls malformed is asked for again', async () => {
  server = await startWire(vendors.gemini!, { script: () => reply });
  parlay = new Parlay([server], quick);
  server.misbehave({ kind: 'malformed-tool-json', times: 1 });
  const outcome = await parlay.ask(modelOf.gemini!, start);
  expect(calls(outcome.finished!.message)).toEqual([whole]);
  expect(outcome.text, 'nothing is shown twice').toBe(reply.text);
  expect(server.seen).toHaveLength(2);
  expect(parlay.tries()).toBe(2);
});

function calls(message: { content: unknown }): unknown[] {
  return (message.content as { type: string; input?: unknown }[])
    .filter((part) => part.type === 'tool-call')
    .map((part) => part.input);
}
