import { describe, expect, it } from 'vitest';
import type { Effort } from '../../src/config/effort.ts';
import { effortTable } from '../../src/models/effort.ts';
import { openModel } from '../../src/models/open.ts';
import { realEffects } from '../../src/system/effects.ts';

const effects = realEffects({
  ANTHROPIC_API_KEY: 'key-for-tests',
  OPENAI_API_KEY: 'key-for-tests',
  GEMINI_API_KEY: 'key-for-tests',
  DEEPSEEK_API_KEY: 'key-for-tests',
  DASHSCOPE_API_KEY: 'key-for-tests',
  OPENROUTER_API_KEY: 'key-for-tests',
  PARLAY_HOME: '/nonexistent',
});

/** What is sent for off, minimal, low, medium, high, xhigh and max; `!` marks the levels that come with a notice. */
const table: [id: string, sent: string[], told: string][] = [
  ['anthropic/claude-opus-5', ['disabled', 'low', 'low', 'medium', 'high', 'xhigh', 'max'], '.!.....'],
  ['anthropic/claude-opus-5-5', ['low', 'low', 'low', 'medium', 'high', 'xhigh', 'max'], '!!.....'],
  ['anthropic/claude-sonnet-5-5', ['between_tools', 'low', 'low', 'medium', 'high', 'xhigh', 'max'], '!!.....'],
  ['anthropic/claude-opus-4-6', ['disabled', 'low', 'low', 'medium', 'high', 'high', 'max'], '.!...!.'],
  ['anthropic/claude-haiku-4-5', ['', '1024', '4000', '10000', '20000', '32000', '56000'], '.......'],
  ['openai/gpt-5', ['minimal', 'minimal', 'low', 'medium', 'high', 'high', 'high'], '!....!!'],
  ['openai/gpt-5.1', ['none', 'low', 'low', 'medium', 'high', 'high', 'high'], '.!...!!'],
  ['openai/gpt-5.5', ['none', 'low', 'low', 'medium', 'high', 'xhigh', 'xhigh'], '.!....!'],
  ['openai/gpt-5.6', ['none', 'low', 'low', 'medium', 'high', 'xhigh', 'max'], '.!.....'],
  ['google/gemini-3-flash-preview', ['minimal', 'minimal', 'low', 'medium', 'high', 'high', 'high'], '!....!!'],
  ['google/gemini-3.1-pro-preview', ['low', 'low', 'low', 'medium', 'high', 'high', 'high'], '!!...!!'],
  ['google/gemini-3-pro-preview', ['low', 'low', 'low', 'low', 'high', 'high', 'high'], '!!.!.!!'],
  ['google/gemini-2.5-flash', ['0', '1024', '4000', '8000', '24000', '24576', '24576'], '.......'],
  ['google/gemini-2.5-pro', ['128', '1024', '4000', '8000', '24000', '32768', '32768'], '!......'],
  ['deepseek/deepseek-v4-pro', ['disabled', 'low', 'low', 'low', 'high', 'xhigh', 'max'], '.!.!...'],
  ['qwen/qwen3-max-preview', ['false', '1024', '4000', '8000', '16000', 'true', 'true'], '.......'],
  ['openrouter/openai/gpt-5', ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'xhigh'], '......!'],
];

/** The one value that tells the levels apart, wherever a provider keeps it. */
function control(sent: Record<string, unknown>): string {
  const text = JSON.stringify(sent);
  const found =
    /"(?:effort|reasoning_effort|thinkingLevel)":"(\w+)"/.exec(text) ??
    /"(?:budget_tokens|thinkingBudget|thinking_budget)":(\d+)/.exec(text) ??
    /"type":"(\w+)"/.exec(text) ??
    /"enable_thinking":(\w+)/.exec(text);
  return found?.[1] ?? '';
}

describe('effort', () => {
  it.each(table)('%s is sent as the table says, and every departure is said', async (id, sent, told) => {
    const rows = effortTable(await openModel(id, effects));
    expect(rows.map((row) => control(row.sent))).toEqual(sent);
    expect(rows.map((row) => (row.notice ? '!' : '.')).join('')).toBe(told);
  });

  it.each<[string, Effort, string, boolean]>([
    ['anthropic/claude-opus-5-5', 15_000, 'medium', true],
    ['anthropic/claude-opus-4-6', 15_000, '15000', false],
    ['anthropic/claude-haiku-4-5', 300, '1024', true],
    // Rounding down never means off: who pays for thinking gets some.
    ['openai/gpt-5.6', 3_000, 'low', true],
  ])('%s at %s tokens', async (id, requested, sent, told) => {
    const plan = (await openModel(id, effects)).effort(requested);
    expect(control(plan.sent)).toBe(sent);
    expect(plan.notice !== undefined).toBe(told);
  });

  it('keeps room for an answer beside a budget', async () => {
    const plan = (await openModel('anthropic/claude-haiku-4-5', effects)).effort('high', 6_000);
    expect(plan.thinkingTokens).toBeLessThan(6_000);
    expect(plan.notice).toBeDefined();
  });

  it('asks a model without any control by instruction, and labels it so', async () => {
    const plan = (await openModel('openai/gpt-4.1', effects)).effort('high');
    expect(plan.sent).toEqual({ instruction: plan.instruction });
    expect(plan.notice).toMatch(/instruction/);
  });
});
