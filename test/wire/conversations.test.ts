import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Message } from '../../src/models/types.ts';
import { type Fields, without } from './json.ts';
import { modelOf, Parlay, readTool, resultsFor, start, user } from './parlay.ts';
import { startWire, type WireServer } from './server.ts';
import type { Reply, Script } from './vendor.ts';
import { vendors } from './vendors.ts';

const names = Object.keys(vendors);
const read = (path: string) => ({ name: 'read', input: { path } });
const turns: Reply[] = [
  { thinking: 'Erst lesen — 先に読む.', calls: [read('src/date.ts')] },
  { thinking: 'And its test.', redacted: true, text: 'Now the test.', calls: [read('test/date.test.ts')] },
  { thinking: 'One more.', calls: [read('README.md'), read('ä ö 完.md')] },
  { thinking: 'Clear.', text: 'Die Zeitzone fehlt — 直した ✅.' },
];
const play: Script = ({ number }) => turns[Math.min(number, turns.length - 1)]!;
const always =
  (reply: Reply): Script =>
  () =>
    reply;

let servers: WireServer[] = [];
let parlay: Parlay;

async function serve(name: string, script: Script, options: { contextTokens?: number } = {}): Promise<WireServer> {
  const server = await startWire(vendors[name]!, { script, ...options });
  servers.push(server);
  parlay?.close();
  parlay = new Parlay(servers);
  return server;
}

beforeEach(() => {
  servers = [];
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
});

/** The conversation as it went over the wire, cache marks left out, since they are no part of what the model reads. */
function prompt(body: Fields): { frame: unknown; messages: unknown[] } {
  const bare = without(body, 'cache_control') as Fields;
  const messages = (bare.messages ?? bare.input ?? bare.contents) as unknown[];
  return { frame: [bare.system, bare.instructions, bare.systemInstruction, bare.tools], messages };
}

/** Each request's messages begin with exactly the messages of the one before. */
function expectGrowing(server: WireServer): void {
  const prompts = server.seen.map(({ body }) => prompt(body));
  for (const [index, next] of prompts.entries()) {
    const before = prompts[index - 1];
    if (!before) continue;
    expect(JSON.stringify(next.frame)).toBe(JSON.stringify(before.frame));
    expect(JSON.stringify(next.messages.slice(0, before.messages.length))).toBe(JSON.stringify(before.messages));
    expect(next.messages.length).toBeGreaterThan(before.messages.length);
  }
}

describe.each(names)('%s', (name) => {
  const model = modelOf[name]!;

  test('a plain answer', async () => {
    const server = await serve(name, always({ thinking: 'Hm.', text: 'Grüße, 世界 🌍!' }));
    const outcome = await parlay.ask(model, start);
    expect(server.seen.map((one) => one.refusal ?? one.status)).toEqual([200]);
    expect(outcome.text).toBe('Grüße, 世界 🌍!');
    expect(outcome.finished).toMatchObject({ reason: 'stop' });
    expect(parlay.billed()).toEqual(server.totals());
  });

  test('three tool turns with thinking', async () => {
    const server = await serve(name, play);
    const history = await parlay.converse(model, start);
    expect(server.seen.map((one) => one.refusal ?? one.status)).toEqual([200, 200, 200, 200]);
    expect((history.at(-1)!.content as unknown[]).at(-1)).toMatchObject({ type: 'text', text: turns[3]!.text });
    const calls = history.flatMap((message) =>
      message.role === 'assistant' ? message.content.filter((part) => part.type === 'tool-call') : [],
    );
    expect(calls.map((call) => call.input)).toEqual(
      turns.flatMap((turn) => turn.calls?.map((call) => call.input) ?? []),
    );
    expectGrowing(server);
    expect(parlay.billed()).toEqual(server.totals());
    expect(parlay.tries()).toBe(4);
  });

  test('history that was kept as JSON is sent as before', async () => {
    const server = await serve(name, play);
    const history = await parlay.converse(model, start);
    const kept = JSON.parse(JSON.stringify(history)) as Message[];
    server.play(always({ text: 'Yes.' }));
    await parlay.ask(model, [...kept, user('Is that all?')]);
    expect(server.seen.at(-1)!.refusal).toBeUndefined();
    expectGrowing(server);
  });

  test('effort raised and lowered in the middle keeps the prefix', async () => {
    const server = await serve(name, play);
    const history = [...start];
    for (const effort of ['low', 'high', 'off', 'medium'] as const) {
      const { finished, failure } = await parlay.ask(model, history, { effort });
      expect(failure).toBeUndefined();
      history.push(finished!.message, resultsFor(finished!.message) ?? user('Go on.'));
    }
    expect(server.seen.map((one) => one.refusal ?? one.status)).toEqual([200, 200, 200, 200]);
    expectGrowing(server);
  });

  test.skipIf(name === 'local')('an image in, from the person and from a tool', async () => {
    const server = await serve(name, play);
    const data = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
      'base64',
    );
    const image = {
      type: 'file',
      mediaType: 'image/png',
      data: { type: 'data', data: data.toString('base64') },
    } as const;
    const seen: Message[] = [start[0]!, { role: 'user', content: [{ type: 'text', text: 'What is on it?' }, image] }];
    const first = await parlay.ask(model, seen);
    expect(first.failure).toBeUndefined();
    const message = first.finished!.message;
    const results = resultsFor(message) as Extract<Message, { role: 'tool' }>;
    const part = results.content[0] as Extract<(typeof results.content)[number], { type: 'tool-result' }>;
    part.output = { type: 'content', value: [{ type: 'text', text: 'A picture.' }, image] };
    const second = await parlay.ask(model, [...seen, message, results]);
    expect(second.failure).toBeUndefined();
    expect(server.seen.map((one) => one.refusal ?? one.status)).toEqual([200, 200]);
    const blind = name === 'deepseek';
    expect(JSON.stringify(server.seen[0]!.body).includes(data.toString('base64'))).toBe(!blind);
    if (blind)
      expect([...first.notices, ...second.notices].join(), 'it is said that the image was left out').toMatch(/image/i);
    expect(parlay.billed()).toEqual(server.totals());
  });

  test('cancellation', async () => {
    const server = await serve(name, always({ thinking: 'Hm.', text: 'word '.repeat(4000) }));
    const controller = new AbortController();
    const outcome = await parlay.ask(model, start, {
      signal: controller.signal,
      onEvent: (event) => event.type === 'text' && controller.abort(),
    });
    expect(outcome.failure?.kind).toBe('cancelled');
    expect(outcome.finished).toBeUndefined();
    await expect.poll(() => server.seen.map((one) => one.whole || !one.abandoned), { timeout: 5000 }).toEqual([false]);
    const [only] = parlay.requests();
    expect(only!.finished.status).toBe('cancelled');
    expect(
      Number(only!.finished.usage.input ?? 0) + Number(only!.finished.usage.output ?? 0),
      'what was used is billed',
    ).toBeGreaterThan(0);
  });

  test('context overflow is told apart and not tried again', async () => {
    const server = await serve(name, play, { contextTokens: 60 });
    const outcome = await parlay.ask(model, [...start, user('word '.repeat(100))]);
    expect(outcome.failure).toMatchObject({ kind: 'context-overflow' });
    expect(outcome.failure!.next).not.toBe('');
    expect(server.seen).toHaveLength(1);
  });

  test.skipIf(name === 'local')('a wrong key stops at once', async () => {
    const server = await serve(name, play);
    const key = 'sk-wrong-key-1234567890';
    parlay.close();
    parlay = new Parlay(
      servers,
      Object.fromEntries(
        Object.keys(server.environment())
          .filter((one) => one.endsWith('_KEY'))
          .map((one) => [one, key]),
      ),
    );
    const outcome = await parlay.ask(model, start);
    expect(outcome.failure?.kind).toBe('unauthorised');
    expect(outcome.failure!.next).toMatch(/_API_KEY/);
    expect(server.seen).toHaveLength(1);
    expect(parlay.waits).toEqual([]);
  });

  test.skipIf(name === 'local')('an unknown model stops at once', async () => {
    const server = await serve(name, play);
    const unknown = { anthropic: 'claude-nonsense-9', gemini: 'gemini-nonsense' }[name] ?? 'gpt-nonsense';
    const outcome = await parlay.ask(`${model.split('/')[0]}/${unknown}`, start);
    expect(outcome.failure?.kind).toBe('unknown-model');
    expect(server.seen).toHaveLength(1);
  });

  test.each(names.filter((other) => other !== name))('hand-over to %s', async (other) => {
    await serve(name, play);
    const next = await startWire(vendors[other]!, { script: play });
    servers.push(next);
    // Each has a Parlay of its own, since two of them share their environment variables.
    const elsewhere = new Parlay([next]);
    const history = await parlay.converse(model, start);
    const before = history.length;
    const onwards = await elsewhere.converse(modelOf[other]!, [...history, user('And now the other one.')]);
    elsewhere.close();
    expect(next.seen.map((one) => one.refusal ?? one.status)).toEqual(next.seen.map(() => 200));
    expect(onwards.length).toBeGreaterThan(before + 1);
    expectGrowing(next);
    // And back again, with both histories in it.
    const back = await parlay.ask(model, [...onwards, user('Thanks.')]);
    expect(back.failure).toBeUndefined();
  });
});

/** Switching the model within one vendor: what only the first could read is left out, and it is said. */
const switches: [vendor: string, from: string, to: string, said: boolean][] = [
  ['anthropic', 'anthropic/claude-opus-5-5', 'anthropic/claude-haiku-4-5', true],
  ['anthropic', 'anthropic/claude-haiku-4-5', 'anthropic/claude-opus-5-5', true],
  ['responses', 'openai/gpt-5.6', 'openai/gpt-4.1', true],
  ['gemini', 'google/gemini-3.1-pro-preview', 'google/gemini-3-flash-preview', true],
  ['gemini', 'google/gemini-3.1-pro-preview', 'google/gemini-2.5-flash', true],
];

test.each(switches)('%s: from %s to %s', async (name, from, to, said) => {
  const server = await serve(name, play);
  const history = await parlay.converse(from, start);
  server.play(always({ thinking: 'Hm.', text: 'Yes.' }));
  const outcome = await parlay.ask(to, [...history, user('Is that all?')]);
  expect(server.seen.at(-1)!.refusal).toBeUndefined();
  expect(outcome.finished).toBeDefined();
  expect(/thinking/i.test(outcome.notices.join('\n'))).toBe(said);
  // In the middle of a tool loop too.
  server.play(play);
  const half = [...start];
  const { finished } = await parlay.ask(from, half);
  half.push(finished!.message, resultsFor(finished!.message)!);
  expect((await parlay.ask(to, half)).failure).toBeUndefined();
});

test('OpenRouter’s reasoning details go back with every turn of a loop', async () => {
  const server = await serve('openrouter', play);
  await parlay.converse(modelOf.openrouter!, start);
  const last = server.seen.at(-1)!.body.messages as Fields[];
  const made = last.filter((message) => message.role === 'assistant');
  expect(made.map((message) => (message.reasoning_details as unknown[])?.length)).toEqual(made.map(() => 2));
});

test('an image that a local model cannot see is refused once', async () => {
  const server = await serve('local', play);
  const image = { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'iVBORw0KGgo=' } } as const;
  const outcome = await parlay.ask(modelOf.local!, [start[0]!, { role: 'user', content: [image] }]);
  expect(outcome.failure).toMatchObject({ kind: 'rejected' });
  expect(server.seen).toHaveLength(1);
});

test('Anthropic’s cache is read back on every turn after the first', async () => {
  const server = await serve('anthropic', play);
  const long: Message[] = [{ role: 'system', content: 'Rule of the house. '.repeat(400) }, start[1]!];
  await parlay.converse(modelOf.anthropic!, long, { tools: [readTool] });
  const [first, ...later] = server.seen.map((one) => one.usage!);
  expect(first!.cacheWrite + first!.cacheWriteHour).toBeGreaterThan(0);
  for (const usage of later) {
    expect(usage.cacheRead).toBeGreaterThan(1500);
    expect(usage.input, 'next to nothing is read at the full rate').toBeLessThan(50);
  }
  expect(parlay.billed()).toEqual(server.totals());
});
