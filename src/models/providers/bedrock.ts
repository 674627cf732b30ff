import type { LanguageModelV4 } from '@ai-sdk/provider';
import { anthropicWire } from './anthropic.ts';
import { optionalPackage } from './optional.ts';
import { byInstruction, type ProviderContext, type ProviderModel, withInstruction } from './provider.ts';

interface BedrockPackage {
  createAmazonBedrock(settings: object): (modelId: string) => LanguageModelV4;
}
interface BedrockAnthropicPackage {
  createBedrockAnthropic(settings: object): (modelId: string) => LanguageModelV4;
}

/** Amazon Bedrock. Claude goes over Anthropic's own wire (InvokeModel), everything else over Converse. */
export async function open(context: ProviderContext): Promise<ProviderModel> {
  const { environment } = context.effects;
  const settings = {
    region: environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION,
    ...(environment.AWS_BEARER_TOKEN_BEDROCK
      ? { apiKey: environment.AWS_BEARER_TOKEN_BEDROCK }
      : {
          accessKeyId: environment.AWS_ACCESS_KEY_ID,
          secretAccessKey: environment.AWS_SECRET_ACCESS_KEY,
          sessionToken: environment.AWS_SESSION_TOKEN,
        }),
    ...(context.baseUrl ? { baseURL: context.baseUrl } : {}),
    fetch: context.fetch,
  };
  if (/anthropic\.claude/.test(context.modelId)) {
    const name = '@ai-sdk/amazon-bedrock/anthropic';
    const { createBedrockAnthropic } = await optionalPackage<BedrockAnthropicPackage>(name, context.provider);
    return { model: createBedrockAnthropic(settings)(context.modelId), ...anthropicWire(context.modelId) };
  }
  const { createAmazonBedrock } = await optionalPackage<BedrockPackage>('@ai-sdk/amazon-bedrock', context.provider);
  return {
    model: createAmazonBedrock(settings)(context.modelId),
    info: {},
    effort: (requested) => byInstruction(context.modelId, requested),
    prepare: (messages, tools, plan) => ({ messages: withInstruction(messages, plan), tools: [...tools] }),
    options: () => ({}),
    reported: () => undefined,
  };
}
