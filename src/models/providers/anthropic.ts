import { createAnthropic } from '@ai-sdk/anthropic';
import type { Effort, EffortLevel } from '../../config/effort.ts';
import { cacheBreakpoints } from '../caching.ts';
import type { EffortPlan } from '../types.ts';
import { cacheWrites, number } from '../usage.ts';
import {
  allowance,
  byInstruction,
  type ProviderContext,
  type ProviderModel,
  roundDown,
  withInstruction,
} from './provider.ts';

/** How a family of Claude models takes thinking. */
interface Family {
  name: RegExp;
  /** Thinks as it sees fit, steered by `output_config.effort`; the others take `thinking.budget_tokens`. */
  adaptive: boolean;
  /** Takes a budget (adaptive models up to 4.6 still do). */
  budget: boolean;
  /** How `off` is said, where it can be. */
  off: 'disabled' | 'between_tools' | null;
  xhigh: boolean;
  maxOutputTokens: number;
  contextTokens: number;
}

const current = { adaptive: true, budget: false, off: 'disabled', xhigh: true, maxOutputTokens: 128_000 } as const;
const older = { adaptive: false, budget: true, off: 'disabled', xhigh: false, contextTokens: 200_000 } as const;

/**
 * First match wins. Sources: https://platform.claude.com/docs/en/build-with-claude/effort, …/adaptive-thinking,
 * …/extended-thinking and …/about-claude/models/overview, read November 2026.
 */
const families: readonly Family[] = [
  { ...current, name: /claude-sonnet-5-5/, off: 'between_tools', contextTokens: 1_000_000 },
  { ...current, name: /claude-opus-5-5|claude-fable-5/, off: null, contextTokens: 1_000_000 },
  { ...current, name: /claude-haiku-5-5/, contextTokens: 1_000_000 },
  { ...current, name: /claude-(opus-5|sonnet-5|opus-4-8|opus-4-7)/, contextTokens: 1_000_000 },
  { ...current, name: /claude-(opus|sonnet)-4-6/, budget: true, xhigh: false, contextTokens: 200_000 },
  { ...older, name: /claude-(sonnet|opus|haiku)-4-5/, maxOutputTokens: 64_000 },
  { ...older, name: /claude-opus-4/, maxOutputTokens: 32_000 },
  { ...older, name: /claude-sonnet-4/, maxOutputTokens: 64_000 },
  { ...older, name: /claude-3-7/, maxOutputTokens: 64_000 },
];
/** A Claude that is newer than this table takes what the newest take. */
const newest: Family = { ...current, name: /claude-/, contextTokens: 200_000 };
/** Other models behind the same protocol take the older form of thinking. */
const foreign: Family = { ...older, name: /^/, maxOutputTokens: 32_000 };
/** Claude before 3.7 does not think. */
const unthinking = /claude-(3-(5|opus|sonnet|haiku)|2|instant)/;

const budgets: Record<Exclude<EffortLevel, 'off' | 'max'>, number> = {
  minimal: 1_024,
  low: 4_000,
  medium: 10_000,
  high: 20_000,
  xhigh: 32_000,
};
/** The least budget the API takes, and the room an answer needs beside it. */
const leastBudget = 1_024;
const answerTokens = 8_000;
const interleaved = { 'anthropic-beta': 'interleaved-thinking-2025-05-14' };

export function open(context: ProviderContext): ProviderModel {
  const bearer = !context.effects.environment.ANTHROPIC_API_KEY?.trim();
  const model = createAnthropic({
    baseURL: context.baseUrl,
    fetch: context.fetch,
    ...(bearer ? { authToken: context.key } : { apiKey: context.key }),
  })(context.modelId);
  return { model, ...anthropicWire(context.modelId) };
}

/** Everything about Anthropic's wire that does not depend on who serves it. */
export function anthropicWire(modelId: string): Omit<ProviderModel, 'model'> {
  const family = familyOf(modelId);
  return {
    info: { contextTokens: family.contextTokens, maxOutputTokens: family.maxOutputTokens, images: true },
    effort: (requested, maxOutputTokens) => ({
      outputTokens: Math.min(family.maxOutputTokens, allowance(requested)),
      ...anthropicEffort(modelId, requested, maxOutputTokens),
    }),
    prepare: (messages, tools, plan) => cacheBreakpoints(withInstruction(messages, plan), tools),
    options: () => ({}),
    reported: reportedByAnthropic,
  };
}

function familyOf(modelId: string): Family {
  return families.find(({ name }) => name.test(modelId)) ?? (newest.name.test(modelId) ? newest : foreign);
}

/** What is sent for an effort. `maxOutputTokens` is the allowance the budget has to fit into. */
export function anthropicEffort(modelId: string, requested: Effort, maxOutputTokens?: number): EffortPlan {
  const family = familyOf(modelId);
  if (unthinking.test(modelId)) return byInstruction(modelId, requested);
  if (requested === 'off') return off(modelId, family);
  if (family.budget && (!family.adaptive || typeof requested === 'number'))
    return budget(modelId, family, requested, maxOutputTokens);
  return adaptive(modelId, family, requested);
}

function off(modelId: string, family: Family): EffortPlan {
  if (family.off === 'disabled')
    return family.adaptive
      ? thinkingPlan('off', { type: 'disabled' })
      : { requested: 'off', sent: {}, providerOptions: {} };
  const notice = `${modelId} cannot stop thinking; it is asked for the least.`;
  if (family.off === 'between_tools') return { ...thinkingPlan('off', { type: 'between_tools' }), notice };
  return { ...adaptive(modelId, family, 'low'), requested: 'off', notice };
}

function adaptive(modelId: string, family: Family, requested: Exclude<Effort, 'off'>): EffortPlan {
  const levels = ['low', 'medium', 'high', ...(family.xhigh ? (['xhigh'] as const) : []), 'max'] as const;
  const { level: effort, notice } = roundDown(modelId, requested, levels);
  const thinking = { type: 'adaptive', display: 'summarized' } as const;
  return {
    requested,
    sent: { thinking, output_config: { effort } },
    providerOptions: { anthropic: { thinking, effort } },
    ...(notice === undefined ? {} : { notice }),
  };
}

function budget(
  modelId: string,
  family: Family,
  requested: Exclude<Effort, 'off'>,
  maxOutputTokens: number | undefined,
): EffortPlan {
  const most = Math.min(maxOutputTokens ?? family.maxOutputTokens, family.maxOutputTokens);
  const room = most - Math.min(answerTokens, Math.floor(most / 2));
  const wanted = typeof requested === 'number' ? requested : requested === 'max' ? room : budgets[requested];
  const tokens = Math.min(Math.max(wanted, leastBudget), room);
  if (tokens < leastBudget)
    return {
      ...thinkingPlan(requested, { type: 'disabled' }),
      notice: `The output allowance of ${most} tokens leaves no room for ${modelId} to think.`,
    };
  const notice = tokens === wanted ? undefined : `${modelId} gets ${tokens} thinking tokens instead of ${wanted}.`;
  return {
    requested,
    sent: { thinking: { type: 'enabled', budget_tokens: tokens } },
    providerOptions: { anthropic: { thinking: { type: 'enabled', budgetTokens: tokens } } },
    thinkingTokens: tokens,
    addedByPackage: tokens,
    outputTokens: Math.min(family.maxOutputTokens, tokens + 16_000),
    ...(/claude-(opus|sonnet|haiku)-4/.test(modelId) ? { headers: interleaved } : {}),
    ...(notice === undefined ? {} : { notice }),
  };
}

function thinkingPlan(requested: Effort, thinking: { type: 'disabled' | 'between_tools' }): EffortPlan {
  return { requested, sent: { thinking }, providerOptions: { anthropic: { thinking } } };
}

/** `message_start` has the input, `message_delta` the output so far (Messages API, streaming). */
function reportedByAnthropic(chunk: unknown) {
  const event = chunk as { type?: string; message?: { usage?: object }; usage?: object } | null;
  const raw = (
    event?.type === 'message_start' ? event.message?.usage : event?.type === 'message_delta' ? event.usage : undefined
  ) as Record<string, unknown> | undefined;
  if (!raw) return undefined;
  const written = cacheWrites(raw, number(raw.cache_creation_input_tokens));
  const thinking = number((raw.output_tokens_details as Record<string, unknown> | null | undefined)?.thinking_tokens);
  const output = number(raw.output_tokens);
  return {
    input: number(raw.input_tokens),
    cacheRead: number(raw.cache_read_input_tokens),
    cacheWrite: written.fiveMinutes,
    cacheWriteHour: written.hour,
    reasoning: thinking,
    output: output === undefined ? undefined : output - (thinking ?? 0),
  };
}
