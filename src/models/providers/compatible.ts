import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { ProviderModel } from './provider.ts';
import type { ProviderContext } from './table.ts';

export function open(context: ProviderContext): ProviderModel {
  const model = createOpenAICompatible({
    name: context.provider,
    baseURL: context.baseUrl!,
    apiKey: context.key,
    fetch: context.fetch,
    includeUsage: true,
  })(context.modelId);
  return {
    model,
    info: {},
    effort: (requested) => ({ requested, sent: {}, providerOptions: {} }),
    prepare: (messages, tools) => ({ messages: [...messages], tools: [...tools] }),
    options: () => ({}),
    reported: () => undefined,
  };
}
