import { afterEach, expect, test } from 'vitest';
import type { Message } from '../../src/models/types.ts';
import type { Tokens } from './count.ts';
import { Parlay, start } from './parlay.ts';
import { startWire, type WireServer } from './server.ts';
import type { Script } from './vendor.ts';
import { vendors } from './vendors.ts';

const play: Script = ({ number }) =>
  number < 2
    ? { thinking: 'Hm, hm. '.repeat(20), text: 'So.', calls: [{ name: 'read', input: { path: `${number}.ts` } }] }
    : { thinking: 'Done. '.repeat(20), text: 'It is mended. '.repeat(30) };
const long: Message[] = [{ role: 'system', content: 'Rule of the house. '.repeat(1200) }, start[1]!];

let server: WireServer;
let parlay: Parlay;
afterEach(async () => {
  parlay.close();
  await server.close();
});

interface Price {
  input: number;
  cacheRead: number;
  cacheWrite?: number;
  output: number;
}

/** US dollars per million tokens, read from the price pages of the vendors, not from Parlay's own table. */
const prices: [vendor: string, model: string, price: Price][] = [
  // platform.claude.com/docs/en/models/sonnet-5/overview
  ['anthropic', 'anthropic/claude-sonnet-5', { input: 2, cacheRead: 0.2, cacheWrite: 2.5, output: 10 }],
  // platform.claude.com/docs/en/about-claude/pricing
  ['anthropic', 'anthropic/claude-haiku-4-5', { input: 1, cacheRead: 0.1, cacheWrite: 1.25, output: 5 }],
  // developers.openai.com/api/docs/models/gpt-5
  ['responses', 'openai/gpt-5', { input: 1.25, cacheRead: 0.125, output: 10 }],
  // ai.google.dev/gemini-api/docs/pricing
  ['gemini', 'google/gemini-2.5-flash', { input: 0.3, cacheRead: 0.03, output: 2.5 }],
];

function dollars(tokens: Tokens, price: Price): number {
  const written = tokens.cacheWrite * (price.cacheWrite ?? price.input);
  const out = (tokens.output + tokens.reasoning) * price.output;
  return (tokens.input * price.input + tokens.cacheRead * price.cacheRead + written + out) / 1e6;
}

test.each(prices)('%s: the bill of %s is what the server’s own count costs', async (name, model, price) => {
  server = await startWire(vendors[name]!, { script: play });
  parlay = new Parlay([server]);
  await parlay.converse(model, long);
  const totals = server.totals();
  expect(totals.cacheRead, 'a cache was read').toBeGreaterThan(1000);
  const billed = parlay.requests().reduce((sum, { finished }) => sum + finished.cost.usd!, 0);
  expect(billed).toBeCloseTo(dollars(totals, price), 9);
  for (const { finished } of parlay.requests()) expect(finished.cost.source).toMatch(/\d{4}-\d{2}/);
});

test('a local model costs no invented dollars, an unknown one costs the unknown', async () => {
  server = await startWire(vendors.local!, { script: play });
  parlay = new Parlay([server]);
  await parlay.converse('openai-compatible/qwen3-8b', start);
  const { cost, usage } = parlay.requests()[0]!.finished;
  expect(usage.output).toBeGreaterThan(0);
  expect(cost.usd === null || cost.usd === 0).toBe(true);
  expect(cost.source).not.toBe('');
});

test('how fast it felt is recorded with each request', async () => {
  server = await startWire(vendors.anthropic!, { script: play });
  server.misbehave({ kind: 'slow', milliseconds: 5 });
  parlay = new Parlay([server]);
  await parlay.ask('anthropic/claude-opus-5-5', start);
  const { firstTokenMs, thinkingMs, wallMs } = parlay.requests()[0]!.finished;
  expect(firstTokenMs).toBeGreaterThan(0);
  expect(thinkingMs).toBeGreaterThan(0);
  expect(wallMs).toBeGreaterThan(firstTokenMs! + thinkingMs! / 2);
});
