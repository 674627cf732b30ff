import { number } from '../usage.ts';
import { cacheKey, openaiEffort, openaiFamily } from './openai-models.ts';
import { allowance, type ProviderModel, withInstruction } from './provider.ts';

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
    thinksUnseen: true,
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
