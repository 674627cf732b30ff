import { createGoogle } from '@ai-sdk/google';
import type { Effort, EffortLevel } from '../../config/effort.ts';
import type { EffortPlan } from '../types.ts';
import { number } from '../usage.ts';
import {
  allowance,
  byInstruction,
  type ProviderContext,
  type ProviderModel,
  roundDown,
  withInstruction,
} from './provider.ts';

interface Family {
  name: RegExp;
  /** Levels of `thinkingLevel`, least first: Gemini 3 and later, which never stop thinking. */
  levels?: readonly EffortLevel[];
  /** Bounds of `thinkingBudget`: Gemini 2.5. `off` when 0 is taken. */
  budget?: { least: number; most: number; off: boolean };
}

const toHigh = ['low', 'medium', 'high'] as const;

/** First match wins. Source: https://ai.google.dev/gemini-api/docs/thinking, read November 2026. */
const families: readonly Family[] = [
  { name: /gemini-4-hydrogen/, levels: [...toHigh, 'xhigh'] },
  { name: /gemini-3-pro/, levels: ['low', 'high'] },
  { name: /gemini-([3-9]|\d\d)(\.\d+)?-pro|gemini-pro-latest/, levels: toHigh },
  { name: /gemini-3\.([7-9]|\d\d)-flash(?!-lite)|gemini-flash-latest/, levels: toHigh },
  { name: /gemini-([3-9]|\d\d)|gemini-flash-lite-latest/, levels: ['minimal', ...toHigh] },
  { name: /gemini-2\.5-pro/, budget: { least: 128, most: 32_768, off: false } },
  { name: /gemini-2\.5-flash-lite/, budget: { least: 512, most: 24_576, off: true } },
  { name: /gemini-2\.5-flash/, budget: { least: 1, most: 24_576, off: true } },
];

const budgets: Partial<Record<EffortLevel, number>> = { minimal: 1_024, low: 4_000, medium: 8_000, high: 24_000 };
const maxOutputTokens = 65_536;

export function open(context: ProviderContext): ProviderModel {
  const model = createGoogle({ baseURL: context.baseUrl, apiKey: context.key, fetch: context.fetch })(context.modelId);
  return { model, ...googleWire(context.modelId, 'google') };
}

/** Everything about Gemini's wire that does not depend on who serves it. */
export function googleWire(modelId: string, options: 'google' | 'vertex'): Omit<ProviderModel, 'model'> {
  return {
    info: { contextTokens: 1_048_576, maxOutputTokens, images: true },
    effort: (requested, allowed) => {
      const plan = googleEffort(modelId, requested, allowed);
      return {
        outputTokens: Math.min(maxOutputTokens, allowance(requested)),
        ...plan,
        providerOptions: options === 'google' ? plan.providerOptions : { [options]: plan.providerOptions.google ?? {} },
      };
    },
    prepare: (messages, tools, plan) => ({ messages: withInstruction(messages, plan), tools: [...tools] }),
    options: () => ({}),
    reported: reportedByGoogle,
    // A function call comes in one piece, however long the model takes to write it.
    idleMs: 60_000,
    firstByteMs: 120_000,
    thinksUnseen: true,
  };
}

export function googleEffort(modelId: string, requested: Effort, maxOutput = maxOutputTokens): EffortPlan {
  const family = families.find(({ name }) => name.test(modelId));
  if (family?.levels) {
    const { level, notice } = roundDown(modelId, requested, family.levels);
    return plan(requested, { thinkingLevel: level }, notice);
  }
  if (!family?.budget) return byInstruction(modelId, requested);
  const { least, most, off } = family.budget;
  if (requested === 'off')
    return off
      ? plan(requested, { thinkingBudget: 0 }, undefined)
      : {
          ...plan(
            requested,
            { thinkingBudget: least },
            `${modelId} cannot stop thinking; ${least} tokens, its least, are sent.`,
          ),
          thinkingTokens: least,
        };
  const wanted = typeof requested === 'number' ? requested : (budgets[requested] ?? most);
  const tokens = Math.min(Math.max(wanted, least), most, Math.max(least, maxOutput - 8_000));
  const notice = tokens === wanted ? undefined : `${modelId} gets ${tokens} thinking tokens instead of ${wanted}.`;
  return { ...plan(requested, { thinkingBudget: tokens }, notice), thinkingTokens: tokens };
}

/** Level and budget never go together: that is a 400. */
function plan(
  requested: Effort,
  control: { thinkingLevel: string } | { thinkingBudget: number },
  notice: string | undefined,
): EffortPlan {
  const silent = 'thinkingBudget' in control && control.thinkingBudget === 0;
  const thinkingConfig = { ...control, ...(silent ? {} : { includeThoughts: true }) };
  return {
    requested,
    sent: { generationConfig: { thinkingConfig } },
    providerOptions: { google: { thinkingConfig } },
    ...(notice === undefined ? {} : { notice }),
  };
}

/** Every chunk carries the totals so far. */
function reportedByGoogle(chunk: unknown) {
  const raw = (chunk as { usageMetadata?: Record<string, unknown> } | null)?.usageMetadata;
  if (!raw) return undefined;
  const cached = number(raw.cachedContentTokenCount);
  return {
    input: (number(raw.promptTokenCount) ?? 0) + (number(raw.toolUsePromptTokenCount) ?? 0) - (cached ?? 0),
    ...(cached === undefined ? {} : { cacheRead: cached }),
    ...(number(raw.thoughtsTokenCount) === undefined ? {} : { reasoning: number(raw.thoughtsTokenCount) }),
    ...(number(raw.candidatesTokenCount) === undefined ? {} : { output: number(raw.candidatesTokenCount) }),
  };
}
