import type { LanguageModelV4 } from '@ai-sdk/provider';
import type { Effort } from '../../config/effort.ts';
import type { EffortPlan } from '../types.ts';
import { optionalPackage } from './optional.ts';
import { byInstruction, type ProviderContext, type ProviderModel, roundDown, withInstruction } from './provider.ts';

interface MistralPackage {
  createMistral(settings: object): (modelId: string) => LanguageModelV4;
}

/** Mistral's wire differs from OpenAI's in tool call ids, thinking chunks and usage, which its package knows. */
export async function open(context: ProviderContext): Promise<ProviderModel> {
  const { createMistral } = await optionalPackage<MistralPackage>('@ai-sdk/mistral', context.provider);
  const model = createMistral({ baseURL: context.baseUrl, apiKey: context.key, fetch: context.fetch })(context.modelId);
  return {
    model,
    info: {},
    effort: (requested) => mistralEffort(context.modelId, requested),
    prepare: (messages, tools, plan) => ({ messages: withInstruction(messages, plan), tools: [...tools] }),
    options: () => ({}),
    reported: () => undefined,
  };
}

/** https://docs.mistral.ai/capabilities/reasoning: adjustable models take `none` or `high`. */
function mistralEffort(modelId: string, requested: Effort): EffortPlan {
  if (!/mistral-small-(latest|2603|4)|mistral-medium-(3[.-]5|latest)/.test(modelId))
    return byInstruction(modelId, requested);
  const { level, notice } = roundDown(modelId, requested, ['off', 'high']);
  const effort = level === 'off' ? 'none' : 'high';
  return {
    requested,
    sent: { reasoning_effort: effort },
    providerOptions: { mistral: { reasoningEffort: effort } },
    ...(notice === undefined ? {} : { notice }),
  };
}
