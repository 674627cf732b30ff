import type { LanguageModelV4 } from '@ai-sdk/provider';
import { ParlayError } from '../../system/errors.ts';
import { optionalPackage } from './optional.ts';
import type { ProviderContext, ProviderModel } from './provider.ts';
import { responsesWire } from './responses.ts';

interface AzurePackage {
  createAzure(settings: object): { responses(deployment: string): LanguageModelV4 };
}

/** Azure OpenAI over Responses. The model's name is the deployment's. */
export async function open(context: ProviderContext): Promise<ProviderModel> {
  const { AZURE_RESOURCE_NAME: resourceName } = context.effects.environment;
  if (!context.baseUrl && !resourceName)
    throw new ParlayError('azure needs the name of a resource and none is set.', {
      why: 'Neither AZURE_RESOURCE_NAME nor AZURE_OPENAI_BASE_URL is in the environment.',
      next: 'Set it, for example: export AZURE_RESOURCE_NAME=my-resource',
    });
  const { createAzure } = await optionalPackage<AzurePackage>('@ai-sdk/azure', context.provider);
  const settings = context.baseUrl ? { baseURL: context.baseUrl } : { resourceName };
  const model = createAzure({ ...settings, apiKey: context.key, fetch: context.fetch }).responses(context.modelId);
  return { model, ...responsesWire(context.modelId, 'azure') };
}
