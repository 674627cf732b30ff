import { afterEach, describe, expect, test } from 'vitest';
import { type Effort, effortLevels } from '../../src/config/effort.ts';
import { claudes } from './anthropic-models.ts';
import { geminis } from './gemini-models.ts';
import { type Fields, fields } from './json.ts';
import { gpts } from './openai-models.ts';
import { Parlay, resultsFor, start } from './parlay.ts';
import { startWire, type WireServer } from './server.ts';
import type { Script } from './vendor.ts';
import { vendors } from './vendors.ts';

const named = (provider: string, models: object) => Object.keys(models).map((model) => `${provider}/${model}`);
const models: Record<string, string[]> = {
  anthropic: [...named('anthropic', claudes), 'anthropic/claude-haiku-4-5-20251001'],
  responses: named('openai', gpts),
  chat: named('openai-chat', gpts),
  deepseek: ['deepseek/deepseek-v4-pro', 'deepseek/deepseek-v4-flash', 'deepseek/deepseek-chat'],
  openrouter: ['openrouter/anthropic/claude-opus-5.5', 'openrouter/openai/gpt-5.6'],
  qwen: ['qwen/qwen3-235b-a22b', 'qwen/qwen-plus', 'qwen/qwen3-coder-plus'],
  local: ['openai-compatible/qwen3-8b', 'openai-compatible/llama-3.3-70b'],
  gemini: named('google', geminis),
};
const efforts: Effort[] = [...effortLevels, 300, 1024, 5000, 40_000, 500_000];

/** Two turns, so that what was given out under an effort must also be taken back under it. */
const play: Script = ({ number }) =>
  number % 2 === 0
    ? { thinking: 'A look first.', calls: [{ name: 'read', input: { path: 'a' } }] }
    : { thinking: 'Enough.', text: 'Done.' };

let server: WireServer;
let parlay: Parlay;
afterEach(async () => {
  parlay.close();
  await server.close();
});

/** Everything in a request that steers thinking. */
function controls(body: Fields): Fields {
  const names = [
    'thinking',
    'output_config',
    'reasoning',
    'reasoning_effort',
    'enable_thinking',
    'thinking_budget',
    'chat_template_kwargs',
  ];
  const found = Object.fromEntries(names.filter((name) => body[name] !== undefined).map((name) => [name, body[name]]));
  const { thinkingConfig } = fields(body.generationConfig);
  return thinkingConfig === undefined ? found : { ...found, generationConfig: { thinkingConfig } };
}

describe.each(Object.entries(models))('%s', (name, ids) => {
  test.each(ids)('%s takes every effort, and what is recorded is what was sent', async (id) => {
    server = await startWire(vendors[name]!, { script: play });
    parlay = new Parlay([server]);
    for (const effort of efforts) {
      const from = server.seen.length;
      const first = await parlay.ask(id, start, { effort });
      expect(first.failure, `${effort}`).toBeUndefined();
      const message = first.finished!.message;
      const second = await parlay.ask(id, [...start, message, resultsFor(message)!], { effort });
      expect(second.failure, `${effort}, second turn`).toBeUndefined();
      for (const [index, seen] of server.seen.slice(from).entries()) {
        const { started } = parlay.requests()[from + index]!;
        const { instruction, ...sent } = started.effort.sent;
        expect(controls(seen.body), `${effort}`).toEqual(sent);
        if (instruction !== undefined)
          expect(JSON.stringify(seen.body), `${effort}`).toContain(JSON.stringify(instruction).slice(1, -1));
        expect(started.effort.requested).toBe(effort);
      }
    }
    expect(parlay.billed()).toEqual(server.totals());
  });
});

/** What the highest level not above the one asked for is on the wire; [model, requested, control, told]. */
const rounded: [vendor: string, id: string, effort: Effort, control: unknown, told: boolean][] = [
  ['anthropic', 'anthropic/claude-opus-5-5', 'off', { output_config: { effort: 'low' } }, true],
  ['anthropic', 'anthropic/claude-sonnet-5-5', 'off', { thinking: { type: 'between_tools' } }, true],
  ['anthropic', 'anthropic/claude-opus-5', 'off', { thinking: { type: 'disabled' } }, false],
  ['anthropic', 'anthropic/claude-opus-4-6', 'xhigh', { output_config: { effort: 'high' } }, true],
  ['anthropic', 'anthropic/claude-opus-5', 'max', { output_config: { effort: 'max' } }, false],
  [
    'anthropic',
    'anthropic/claude-haiku-4-5',
    'medium',
    { thinking: { type: 'enabled', budget_tokens: 10_000 } },
    false,
  ],
  ['anthropic', 'anthropic/claude-haiku-4-5', 300, { thinking: { type: 'enabled', budget_tokens: 1024 } }, true],
  ['responses', 'openai/gpt-5.1', 'minimal', { reasoning: { effort: 'low' } }, true],
  ['responses', 'openai/gpt-5.1', 'off', { reasoning: { effort: 'none' } }, false],
  ['responses', 'openai/gpt-5', 'off', { reasoning: { effort: 'minimal' } }, true],
  ['responses', 'openai/gpt-5.5', 'max', { reasoning: { effort: 'xhigh' } }, true],
  ['responses', 'openai/gpt-5.6', 'max', { reasoning: { effort: 'max' } }, false],
  ['responses', 'openai/o3', 'xhigh', { reasoning: { effort: 'high' } }, true],
  [
    'gemini',
    'google/gemini-3.1-pro-preview',
    'off',
    { generationConfig: { thinkingConfig: { thinkingLevel: 'low' } } },
    true,
  ],
  [
    'gemini',
    'google/gemini-3-flash-preview',
    'minimal',
    { generationConfig: { thinkingConfig: { thinkingLevel: 'minimal' } } },
    false,
  ],
  ['gemini', 'google/gemini-2.5-flash', 'off', { generationConfig: { thinkingConfig: { thinkingBudget: 0 } } }, false],
  ['gemini', 'google/gemini-2.5-pro', 'off', { generationConfig: { thinkingConfig: { thinkingBudget: 128 } } }, true],
  [
    'gemini',
    'google/gemini-2.5-pro',
    'max',
    { generationConfig: { thinkingConfig: { thinkingBudget: 32_768 } } },
    false,
  ],
  ['openrouter', 'openrouter/openai/gpt-5.6', 'xhigh', { reasoning: { effort: 'xhigh' } }, false],
  ['qwen', 'qwen/qwen3-235b-a22b', 'off', { enable_thinking: false }, false],
  ['qwen', 'qwen/qwen3-235b-a22b', 'high', { enable_thinking: true, thinking_budget: 16_000 }, false],
  ['deepseek', 'deepseek/deepseek-v4-pro', 'off', { thinking: { type: 'disabled' } }, false],
];

test.each(rounded)('%s: %s at %s', async (name, id, effort, control, told) => {
  server = await startWire(vendors[name]!, { script: play });
  parlay = new Parlay([server]);
  const outcome = await parlay.ask(id, start, { effort });
  expect(outcome.failure).toBeUndefined();
  expect(server.seen[0]!.body).toMatchObject(control as Fields);
  expect(parlay.requests()[0]!.started.effort.notice !== undefined, 'said on the ledger').toBe(told);
  expect(outcome.notices.length > 0, 'said to the person').toBe(told);
});

test('a model with no control at all gets it by instruction, and is labelled so', async () => {
  server = await startWire(vendors.chat!, { script: play });
  parlay = new Parlay([server]);
  const outcome = await parlay.ask('openai-chat/gpt-4.1', start, { effort: 'high' });
  expect(outcome.failure).toBeUndefined();
  expect(controls(server.seen[0]!.body)).toEqual({});
  expect(JSON.stringify(server.seen[0]!.body)).toMatch(/think|reason/i);
  expect(outcome.notices.join()).toMatch(/no control for thinking/);
});
