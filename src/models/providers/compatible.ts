import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { JSONObject, LanguageModelV4FilePart } from '@ai-sdk/provider';
import type { Message } from '../types.ts';
import { number } from '../usage.ts';
import { compatibleEffort, compatibleInfo, wantsCompletionTokens } from './dialects.ts';
import { cacheKey } from './openai-models.ts';
import { reasoningDetails, withDetailsOnly } from './openrouter.ts';
import { allowance, type ProviderContext, type ProviderModel, withInstruction, withoutImages } from './provider.ts';

export function open(context: ProviderContext): ProviderModel {
  const { provider, modelId } = context;
  const completionTokens = wantsCompletionTokens(provider, modelId);
  const model = createOpenAICompatible({
    // The package takes body fields from the options under this name.
    name: 'body',
    baseURL: context.baseUrl!,
    apiKey: context.key,
    fetch: context.fetch,
    includeUsage: true,
    metadataExtractor: provider === 'openrouter' ? reasoningDetails : undefined,
    headers: provider === 'openrouter' ? { 'X-Title': 'Parlay' } : undefined,
    transformRequestBody: completionTokens
      ? ({ max_tokens, ...rest }) => ({ ...rest, max_completion_tokens: max_tokens })
      : undefined,
  })(modelId);
  const info = compatibleInfo(provider, modelId);
  return {
    model,
    info,
    effort: (requested) => {
      const plan = compatibleEffort(provider, modelId, requested);
      if (!info.maxOutputTokens) return plan;
      return { ...plan, outputTokens: Math.min(info.maxOutputTokens, allowance(requested)) };
    },
    prepare: (messages, tools, plan) => {
      const seen = info.images === false ? withoutImages(messages) : { messages, notice: undefined };
      const adapted = seen.messages.flatMap(imagesAside).map(withDetailsOnly);
      const thinks = provider === 'deepseek' && plan.requested !== 'off';
      return {
        messages: withInstruction(thinks ? adapted.map(withReasoningField) : adapted, plan),
        tools: [...tools],
        notice: seen.notice,
      };
    },
    options: ({ run }) => ({ body: bodyOptions(provider, modelId, run) }),
    reported: reportedByChat,
    takesSeed: localServers.has(provider),
    // These answer when the prompt was read, which takes a while without a large GPU.
    ...(localServers.has(provider) || provider === 'openai-compatible' ? { firstByteMs: 120_000 } : {}),
    // A tool call comes in one piece, when the model has written all of it.
    ...(provider === 'ollama' ? { idleMs: 60_000 } : {}),
  };
}

const localServers: ReadonlySet<string> = new Set(['ollama', 'lmstudio', 'llamacpp', 'vllm']);

function bodyOptions(provider: string, modelId: string, run: string): JSONObject {
  if (provider === 'openai-chat' && compatibleInfo(provider, modelId).contextTokens)
    return { prompt_cache_key: cacheKey(run) };
  // OpenRouter places Anthropic's cache marks itself when asked to (https://openrouter.ai/docs/features/prompt-caching).
  if (provider === 'openrouter' && modelId.startsWith('anthropic/')) return { cache_control: { type: 'ephemeral' } };
  return {};
}

/**
 * Chat Completions takes text only as a tool's result, and the package would send an image as its base64 in words. The
 * image follows as a message of the user's, which is what vendors advise.
 */
function imagesAside(message: Message): Message[] {
  if (message.role !== 'tool') return [message];
  const files: LanguageModelV4FilePart[] = [];
  const content = message.content.map((part) => {
    if (part.type !== 'tool-result' || part.output.type !== 'content') return part;
    const texts: string[] = [];
    for (const item of part.output.value) {
      if (item.type === 'text') texts.push(item.text);
      else if (item.type === 'file') {
        files.push({ type: 'file', mediaType: item.mediaType, data: item.data, filename: item.filename });
        texts.push('(The image follows as a message.)');
      }
    }
    return { ...part, output: { type: 'text' as const, value: texts.join('\n') } };
  });
  const results: Message = { ...message, content };
  if (files.length === 0) return [results];
  return [results, { role: 'user', content: [{ type: 'text', text: 'The image from the tool:' }, ...files] }];
}

/**
 * DeepSeek refuses an assistant message with tool calls that lacks `reasoning_content` while it thinks, also where
 * another model wrote it (https://api-docs.deepseek.com/guides/thinking_mode).
 */
function withReasoningField(message: Message): Message {
  if (message.role !== 'assistant' || !message.content.some((part) => part.type === 'tool-call')) return message;
  if (message.content.some((part) => part.type === 'reasoning' && part.text !== '')) return message;
  const { openaiCompatible } = message.providerOptions ?? {};
  const field = { ...openaiCompatible, reasoning_content: '' };
  return { ...message, providerOptions: { ...message.providerOptions, openaiCompatible: field } };
}

/** Usage is in the last chunk, or in several that each give the totals so far. */
function reportedByChat(chunk: unknown) {
  const raw = (chunk as { usage?: Record<string, unknown> | null } | null)?.usage;
  if (!raw) return undefined;
  const details = (name: string) => (raw[name] ?? {}) as Record<string, unknown>;
  const cached =
    number(details('prompt_tokens_details').cached_tokens) ?? number(raw.prompt_cache_hit_tokens) ?? undefined;
  const reasoning = number(details('completion_tokens_details').reasoning_tokens);
  const input = number(raw.prompt_tokens);
  const output = number(raw.completion_tokens);
  return {
    ...(input === undefined ? {} : { input: Math.max(0, input - (cached ?? 0)) }),
    ...(cached === undefined ? {} : { cacheRead: cached }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(output === undefined ? {} : { output: Math.max(0, output - (reasoning ?? 0)) }),
  };
}
