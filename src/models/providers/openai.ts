import { createHash } from 'node:crypto';
import { createOpenAI } from '@ai-sdk/openai';
import type { Effort, EffortLevel } from '../../config/effort.ts';
import type { EffortPlan } from '../types.ts';
import { number } from '../usage.ts';
import { allowance, byInstruction, type ProviderModel, roundDown, withInstruction } from './provider.ts';
import type { ProviderContext } from './table.ts';

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

export function open(context: ProviderContext): ProviderModel {
  const model = createOpenAI({ baseURL: context.baseUrl, apiKey: context.key, fetch: context.fetch }).responses(
    context.modelId,
  );
  return { model, ...responsesWire(context.modelId, 'openai') };
}

/** Everything about the Responses wire that does not depend on who serves it. */
export function responsesWire(modelId: string, options: 'openai' | 'azure'): Omit<ProviderModel, 'model'> {
  const family = openaiFamily(modelId);
  return {
    info: {
      images: !/^o\d-mini/.test(modelId) || modelId.startsWith('o4'),
      ...(family ? { contextTokens: family.contextTokens, maxOutputTokens: family.maxOutputTokens } : {}),
    },
    effort: (requested) => {
      const plan = openaiEffort(modelId, requested);
      const most = family?.maxOutputTokens;
      return {
        ...plan,
        outputTokens: most === undefined ? undefined : Math.min(most, allowance(requested)),
        providerOptions: { [options]: { ...plan.providerOptions.openai } },
      };
    },
    prepare: (messages, tools, plan) => ({ messages: withInstruction(messages, plan), tools: [...tools] }),
    // Nothing is kept at the provider: reasoning comes back to us encrypted and goes back with the history.
    options: ({ run }) => ({ [options]: { store: false, promptCacheKey: cacheKey(run) } }),
    reported: reportedByResponses,
  };
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

/** Usage comes with the last event only, whether the response completed, failed or was cut. */
function reportedByResponses(chunk: unknown) {
  const raw = (chunk as { response?: { usage?: Record<string, unknown> | null } } | null)?.response?.usage;
  if (!raw) return undefined;
  const cached = number((raw.input_tokens_details as Record<string, unknown> | undefined)?.cached_tokens);
  const reasoning = number((raw.output_tokens_details as Record<string, unknown> | undefined)?.reasoning_tokens);
  return {
    input: (number(raw.input_tokens) ?? 0) - (cached ?? 0),
    cacheRead: cached,
    reasoning,
    output: (number(raw.output_tokens) ?? 0) - (reasoning ?? 0),
  };
}
