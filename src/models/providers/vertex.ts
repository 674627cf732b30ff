import type { LanguageModelV4 } from '@ai-sdk/provider';
import { ParlayError } from '../../system/errors.ts';
import { anthropicWire } from './anthropic.ts';
import { googleWire } from './google.ts';
import { optionalPackage } from './optional.ts';
import type { ProviderContext, ProviderModel } from './provider.ts';

interface VertexPackage {
  createVertex(settings: object): (modelId: string) => LanguageModelV4;
}
interface VertexAnthropicPackage {
  createVertexAnthropic(settings: object): (modelId: string) => LanguageModelV4;
}

/** Google Vertex, with Gemini and with Claude; signs in as Google's own tools do, or with an express-mode key. */
export async function open(context: ProviderContext): Promise<ProviderModel> {
  const { environment } = context.effects;
  const project = environment.GOOGLE_VERTEX_PROJECT ?? environment.GOOGLE_CLOUD_PROJECT;
  if (!project && !environment.GOOGLE_VERTEX_API_KEY)
    throw new ParlayError('vertex needs a project and none is set.', {
      why: 'None of GOOGLE_VERTEX_PROJECT, GOOGLE_CLOUD_PROJECT and GOOGLE_VERTEX_API_KEY is in the environment.',
      next: 'Set it, for example: export GOOGLE_VERTEX_PROJECT=my-project',
    });
  const settings = {
    project,
    location: environment.GOOGLE_VERTEX_LOCATION ?? environment.GOOGLE_CLOUD_LOCATION ?? 'global',
    ...(environment.GOOGLE_VERTEX_API_KEY ? { apiKey: environment.GOOGLE_VERTEX_API_KEY } : {}),
    ...(context.baseUrl ? { baseURL: context.baseUrl } : {}),
    fetch: context.fetch,
  };
  if (context.modelId.startsWith('claude')) {
    const name = '@ai-sdk/google-vertex/anthropic';
    const { createVertexAnthropic } = await optionalPackage<VertexAnthropicPackage>(name, context.provider);
    return { model: createVertexAnthropic(settings)(context.modelId), ...anthropicWire(context.modelId) };
  }
  const { createVertex } = await optionalPackage<VertexPackage>('@ai-sdk/google-vertex', context.provider);
  return { model: createVertex(settings)(context.modelId), ...googleWire(context.modelId, 'google') };
}
