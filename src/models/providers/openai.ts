import { createOpenAI } from '@ai-sdk/openai';
import type { ProviderContext, ProviderModel } from './provider.ts';
import { responsesWire } from './responses.ts';

export function open(context: ProviderContext): ProviderModel {
  const model = createOpenAI({ baseURL: context.baseUrl, apiKey: context.key, fetch: context.fetch }).responses(
    context.modelId,
  );
  return { model, ...responsesWire(context.modelId, 'openai') };
}
