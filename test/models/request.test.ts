import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Limits } from '../../src/config/task.ts';
import { eventSchema } from '../../src/ledger/events.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { LimitGuard } from '../../src/ledger/limits.ts';
import { openModel } from '../../src/models/open.ts';
import { request } from '../../src/models/request.ts';
import type { Message, ModelEvent, ModelRequest } from '../../src/models/types.ts';
import { realEffects } from '../../src/system/effects.ts';
import { type Reply, type ScriptedServer, startScriptedServer } from './scripted-server.ts';

let folder: string;
let ledger: Ledger;
let server: ScriptedServer | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parlay-models-'));
  ledger = new Ledger(join(folder, 'ledger.sqlite'), { now: Date.now });
});
afterEach(async () => {
  ledger.close();
  await server?.close();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const key = 'sk-planted-key-that-must-not-leak-0123456789';
const conversation: Message[] = [
  { role: 'system', content: 'You are scripted.' },
  { role: 'user', content: [{ type: 'text', text: 'Say something.' }] },
];
const tools = [
  {
    type: 'function' as const,
    name: 'read',
    description: 'Reads a file.',
    inputSchema: { type: 'object' as const, properties: { path: { type: 'string' as const } }, required: ['path'] },
  },
];

type Provider = 'anthropic/claude-sonnet-4-5' | 'openai-compatible/scripted' | 'openrouter/anthropic/claude-opus-5';
const both: Provider[] = ['anthropic/claude-sonnet-4-5', 'openai-compatible/scripted'];

async function ask(
  id: Provider,
  reply: (n: number) => Reply,
  options: { environment?: Record<string, string>; limits?: Limits; request?: Partial<ModelRequest> } = {},
) {
  server = await startScriptedServer({ reply: (_, n) => reply(n) });
  const effects = realEffects({
    ANTHROPIC_API_KEY: key,
    ANTHROPIC_BASE_URL: server.url,
    OPENROUTER_API_KEY: key,
    OPENROUTER_BASE_URL: `${server.url}/v1`,
    OPENAI_COMPATIBLE_API_KEY: key,
    OPENAI_COMPATIBLE_BASE_URL: `${server.url}/v1`,
    PARLAY_HOME: folder,
    ...options.environment,
  });
  const model = await openModel(id, effects);
  const limits = new LimitGuard(options.limits ?? {}, effects, effects.now());
  const events: ModelEvent[] = [];
  for await (const event of request(
    {
      model,
      effort: 'low',
      messages: conversation,
      tools,
      signal: new AbortController().signal,
      cause: { run: 'run-1', attempt: 1, stage: 'attempt', step: 1 },
      ...options.request,
    },
    { ledger, limits, effects },
  ))
    events.push(event);
  return { events, last: events.at(-1)!, requests: server.requests, limits };
}

const recorded = () => ledger.events({ run: 'run-1' });
const finishes = () => ledger.events({ run: 'run-1', kinds: ['request.finished'] }).map((event) => event.data);

describe.each(both)('a request to %s', (id) => {
  it('streams thinking, text and tool calls, and leaves a valid record', async () => {
    const { events, last } = await ask(id, () => ({
      thinking: 'Let me see.',
      text: 'Grüße — 你好 👋',
      calls: [{ id: 'call-1', name: 'read', input: { path: 'a.ts' } }],
      usage: { input: 100, output: 20 },
      chunkBytes: 3,
    }));
    expect(events.flatMap((event) => (event.type === 'thinking' ? [event.text] : [])).join('')).toBe('Let me see.');
    expect(events.flatMap((event) => (event.type === 'text' ? [event.text] : [])).join('')).toBe('Grüße — 你好 👋');
    expect(last).toMatchObject({ type: 'finished', reason: 'tool-calls', usage: { input: 100, output: 20 } });
    expect(last.type === 'finished' && last.message.content.at(-1)).toMatchObject({
      type: 'tool-call',
      toolCallId: 'call-1',
      input: { path: 'a.ts' },
    });
    expect(recorded().map((event) => event.kind)).toEqual(['request.started', 'request.finished']);
    for (const event of recorded()) eventSchema.parse(event);
    expect(finishes()[0]).toMatchObject({ status: 'ok', tries: 1, usage: { input: 100, output: 20 } });
  });

  it('retries a stream that ends without its finish event, and bills both tries once', async () => {
    const { events, last, requests } = await ask(id, (n) =>
      n === 0
        ? { text: 'Half an ans', calls: [{ name: 'read', input: '{"path": "a' }], breakWith: 'end' }
        : { text: 'Whole.', usage: { input: 50, output: 2 } },
    );
    expect(requests).toHaveLength(2);
    expect(events.some((event) => event.type === 'restart')).toBe(true);
    expect(last).toMatchObject({ type: 'finished', reason: 'stop', message: { content: [{ text: 'Whole.' }] } });
    expect(finishes().map(({ status }) => status)).toEqual(['failed', 'ok']);
    expect(finishes()[0]!.cost.source).toMatch(/^estimated/);
    const started = ledger.events({ run: 'run-1', kinds: ['request.started'] }).map((event) => event.data);
    expect(started[1]!.parent).toBe(started[0]!.request);
  });

  it('waits as long as a 429 says and then goes on', async () => {
    const { events, last, requests } = await ask(id, (n) =>
      n === 0 ? { status: 429, headers: { 'retry-after': '1' } } : { text: 'Hello.' },
    );
    expect(last.type).toBe('finished');
    expect(requests[1]!.at - requests[0]!.at).toBeGreaterThanOrEqual(990);
    expect(events.find((event) => event.type === 'waiting')).toMatchObject({ reason: expect.stringMatching(/rate/) });
    expect(finishes()).toMatchObject([{ status: 'ok', tries: 2 }]);
  });

  it('stops at once when the key is refused, without showing it', async () => {
    const { last, requests } = await ask(id, () => ({
      status: 401,
      body: { type: 'error', error: { type: 'authentication_error', message: `invalid key ${key}` } },
    }));
    expect(requests).toHaveLength(1);
    expect(last).toMatchObject({ type: 'failed', failure: { kind: 'unauthorised' } });
    expect(JSON.stringify([last, recorded()])).not.toContain(key);
  });

  it('gives up on an outage within its patience', async () => {
    const { last, requests } = await ask(id, () => ({ status: 500 }), { environment: { PARLAY_RETRY_SECONDS: '1' } });
    expect(requests.length).toBeGreaterThan(1);
    expect(last).toMatchObject({ type: 'failed', failure: { kind: 'unavailable' } });
  });

  it('notices silence in the middle of a stream', async () => {
    const { last, requests } = await ask(
      id,
      (n) => (n === 0 ? { text: 'Half', breakWith: 'silence' } : { text: 'Whole.' }),
      { environment: { PARLAY_IDLE_SECONDS: '0.5' } },
    );
    expect(requests).toHaveLength(2);
    expect(last).toMatchObject({ type: 'finished' });
  });

  it('leaves malformed tool input as the text it is', async () => {
    const { last } = await ask(id, () => ({ calls: [{ name: 'read', input: '{"path": "a.ts"' }] }));
    expect(last.type === 'finished' && last.message.content[0]).toMatchObject({ input: '{"path": "a.ts"' });
  });
});

describe('a request', () => {
  it('passes over events that Anthropic added since', async () => {
    const { last, requests } = await ask('anthropic/claude-sonnet-4-5', () => ({
      raw: [{ type: 'progress_note', note: 'new' }],
      text: 'Hello.',
    }));
    expect(requests).toHaveLength(1);
    expect(last).toMatchObject({ type: 'finished', reason: 'stop' });
  });

  it('returns the reasoning details of OpenRouter as they came', async () => {
    const id = 'openrouter/anthropic/claude-opus-5';
    const raw = [
      { reasoning: 'Let me ', reasoning_details: [{ type: 'reasoning.text', index: 0, text: 'Let me ' }] },
      { reasoning: 'see.', reasoning_details: [{ type: 'reasoning.text', index: 0, text: 'see.', signature: 'sig' }] },
    ];
    const calls = [{ id: 'c', name: 'read', input: {} }];
    const { last } = await ask(id, () => ({ raw, calls }));
    await server!.close();
    const message = last.type === 'finished' ? last.message : undefined;
    const messages: Message[] = [
      ...conversation,
      message!,
      {
        role: 'tool',
        content: [{ type: 'tool-result', toolCallId: 'c', toolName: 'read', output: { type: 'text', value: '' } }],
      },
    ];
    const { requests } = await ask(id, () => ({ text: 'Done.' }), { request: { messages } });
    const sent = requests[0]!.body.messages[2];
    expect(sent.reasoning_details).toEqual([
      { type: 'reasoning.text', index: 0, text: 'Let me see.', signature: 'sig' },
    ]);
    expect(sent.reasoning_content).toBeUndefined();
  });

  it('stops at a limit before anything is sent, and never asks for more than is left', async () => {
    const limited = await ask('anthropic/claude-sonnet-4-5', () => ({ text: 'Hi.' }), { limits: { maxTokens: 2_000 } });
    expect(limited.requests[0]!.body.max_tokens).toBeLessThan(2_000);
    await server!.close();
    const stopped = await ask('anthropic/claude-sonnet-4-5', () => ({ text: 'Hi.' }), { limits: { maxUsd: 0.0001 } });
    expect(stopped.requests).toHaveLength(0);
    expect(stopped.last).toMatchObject({ type: 'failed', failure: { kind: 'limit-reached' } });
  });

  it('records what a cancelled request used', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 300);
    const { last } = await ask(
      'anthropic/claude-sonnet-4-5',
      () => ({ text: 'Half', breakWith: 'silence', usage: { input: 77 } }),
      {
        request: { signal: controller.signal },
      },
    );
    expect(last).toMatchObject({ type: 'failed', failure: { kind: 'cancelled' } });
    expect(finishes()).toMatchObject([{ status: 'cancelled', usage: { input: 77 } }]);
  });
});
