import { createHash } from 'node:crypto';
import type { Effort, EffortLevel } from '../../config/effort.ts';
import type { EffortPlan } from '../types.ts';
import { byInstruction, roundDown } from './provider.ts';

interface Family {
  name: RegExp;
  /** Levels of `reasoning.effort`, `off` standing for `none`; absent for models that do not reason. */
  levels?: readonly EffortLevel[];
  contextTokens: number;
  maxOutputTokens: number;
}

const five = { contextTokens: 400_000, maxOutputTokens: 128_000 } as const;
const long = { contextTokens: 1_050_000, maxOutputTokens: 128_000 } as const;
const toHigh = ['low', 'medium', 'high'] as const;
const toXhigh = [...toHigh, 'xhigh'] as const;
const toMax = [...toXhigh, 'max'] as const;

/**
 * First match wins. Sources: https://developers.openai.com/api/docs/guides/reasoning and the model pages beside it,
 * read November 2026: `none` since 5.1, `xhigh` since 5.2 (and 5.1-codex-max), `max` since 5.6.
 */
const families: readonly Family[] = [
  { ...long, name: /^gpt-6(\.\d+)?-(luna|terra)|^gpt-6-sol/, levels: ['off', ...toMax] },
  { ...long, name: /^gpt-([6-9]|\d\d)/, levels: toMax },
  { ...five, name: /^gpt-5.*chat/ },
  { ...five, name: /^gpt-5-pro/, levels: ['high'] },
  { ...five, name: /^gpt-5\.\d+-pro/, levels: ['medium', 'high', 'xhigh'] },
  { ...five, name: /^gpt-5\.1-codex-max|^gpt-5\.[2-9]-codex/, levels: toXhigh },
  { ...five, name: /^gpt-5(\.1)?-codex/, levels: toHigh },
  { ...long, name: /^gpt-5\.([6-9]|\d\d)/, levels: ['off', ...toMax] },
  { ...long, name: /^gpt-5\.[45](-\d{4}.*)?$/, levels: ['off', ...toXhigh] },
  { ...five, name: /^gpt-5\.[2-5]/, levels: ['off', ...toXhigh] },
  { ...five, name: /^gpt-5\.1/, levels: ['off', ...toHigh] },
  { ...five, name: /^gpt-5/, levels: ['minimal', ...toHigh] },
  { name: /^o\d/, levels: toHigh, contextTokens: 200_000, maxOutputTokens: 100_000 },
  { name: /^gpt-4\.1/, contextTokens: 1_047_576, maxOutputTokens: 32_768 },
  { name: /^gpt-4o/, contextTokens: 128_000, maxOutputTokens: 16_384 },
];

export function openaiFamily(modelId: string): Family | undefined {
  return families.find(({ name }) => name.test(modelId));
}

/** The same for every request of a run, so that its attempts meet the same cache; at most 64 characters. */
export function cacheKey(run: string): string {
  return `parlay-${createHash('sha256').update(run).digest('hex').slice(0, 32)}`;
}

export function openaiEffort(modelId: string, requested: Effort): EffortPlan {
  const levels = openaiFamily(modelId)?.levels;
  if (!levels) return byInstruction(modelId, requested);
  const { level, notice } = roundDown(modelId, requested, levels);
  const effort = level === 'off' ? 'none' : level;
  // A summary is all of the thinking that the API shows, and without thinking there is none to ask for.
  const summary = effort === 'none' ? undefined : 'auto';
  return {
    requested,
    sent: { reasoning: { effort, ...(summary ? { summary } : {}) } },
    providerOptions: { openai: { reasoningEffort: effort, reasoningSummary: summary ?? null } },
    ...(notice === undefined ? {} : { notice }),
  };
}
