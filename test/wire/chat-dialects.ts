import {
  deepseekParameters,
  deepseekThinks,
  hasImage,
  openaiParameters,
  qwenParameters,
  routerParameters,
  routerThinking,
} from './chat-rules.ts';
import type { Tokens } from './count.ts';
import { type Fields, fields, text } from './json.ts';
import { type Broken, openaiAuthentication, openaiLimits, openaiRefusal } from './openai-error.ts';
import { gptOf } from './openai-models.ts';
import type { Frame, LimitState, Memory, Refusal, WireRequest } from './vendor.ts';

/** What sets one speaker of Chat Completions apart from another. */
export interface Dialect {
  name: string;
  path: RegExp;
  /** Checks key, model and parameters; the conversation itself is checked alike for all. */
  check(request: WireRequest, memory: Memory): Refusal | null;
  contextTokens(id: string): number;
  overflow(total: number, room: number): Refusal;
  thinks(body: Fields): boolean;
  /** Smallest prefix and step of its cache, in tokens. */
  caching: { minimum: number; step: number };
  usage(usage: Tokens): Fields;
  /** The field of a message that carries thinking; absent where none is shown. */
  thinkingField?: string;
  limits?(state: LimitState): Record<string, string>;
  keepAlive: Frame;
  settings(url: string, key: string): Record<string, string>;
}

const plainUsage = (usage: Tokens): Fields => ({
  prompt_tokens: usage.input + usage.cacheRead,
  completion_tokens: usage.output + usage.reasoning,
  total_tokens: usage.input + usage.cacheRead + usage.output + usage.reasoning,
  prompt_tokens_details: { cached_tokens: usage.cacheRead },
  completion_tokens_details: { reasoning_tokens: usage.reasoning },
});

export const openai: Dialect = {
  name: 'chat',
  path: /^\/v1\/chat\/completions(\?|$)/,
  check({ headers, body }, memory) {
    const unauthorised = openaiAuthentication(headers.authorization, memory.key);
    if (unauthorised) return unauthorised;
    const model = gptOf(text(body.model));
    if (!model)
      return openaiRefusal(404, {
        message: `The model \`${text(body.model)}\` does not exist or you do not have access to it.`,
        code: 'model_not_found',
      });
    const broken = openaiParameters(body, model);
    return broken && openaiRefusal(400, broken);
  },
  contextTokens: (id) => gptOf(id)?.contextTokens ?? 0,
  overflow: (total, room) =>
    openaiRefusal(400, {
      message: `This model's maximum context length is ${room} tokens. However, your messages resulted in ${total} tokens. Please reduce the length of the messages.`,
      param: 'messages',
      code: 'context_length_exceeded',
    }),
  // Reasons, but never shows it.
  thinks: (body) => {
    const model = gptOf(text(body.model));
    return model !== undefined && model.efforts.length > 0 && (body.reasoning_effort ?? model.defaultEffort) !== 'none';
  },
  caching: { minimum: 1024, step: 128 },
  usage: plainUsage,
  limits: openaiLimits,
  keepAlive: { kind: 'keep-alive', text: ': keep-alive\n\n' },
  settings: (url, key) => ({ OPENAI_API_KEY: key, OPENAI_BASE_URL: `${url}/v1` }),
};

const deepseekModels: Record<string, number> = {
  'deepseek-v4-pro': 1_048_576,
  'deepseek-v4-flash': 1_048_576,
  'deepseek-chat': 131_072,
  'deepseek-reasoner': 131_072,
};

/** https://api-docs.deepseek.com/quick_start/error_codes, …/guides/kv_cache */
export const deepseek: Dialect = {
  name: 'deepseek',
  path: /^(\/v1)?\/chat\/completions(\?|$)/,
  check({ headers, body }, memory) {
    const key = headers.authorization?.replace(/^Bearer /, '') ?? '';
    if (key !== memory.key)
      return deepseekRefusal(401, {
        message: `Authentication Fails, Your api key: ****${key.slice(-4)} is invalid`,
        code: 'invalid_request_error',
      });
    if (!(text(body.model) in deepseekModels))
      return deepseekRefusal(400, { message: 'Model Not Exist', code: 'invalid_request_error' });
    const broken = deepseekParameters(body, 393_216);
    return broken && deepseekRefusal(400, broken);
  },
  contextTokens: (id) => deepseekModels[id] ?? 0,
  overflow: (total, room) =>
    deepseekRefusal(400, {
      message: `This model's maximum context length is ${room} tokens. However, you requested ${total} tokens (${total} in the messages, 0 in the completion). Please reduce the length of the messages or completion.`,
      code: 'invalid_request_error',
    }),
  thinks: deepseekThinks,
  thinkingField: 'reasoning_content',
  caching: { minimum: 64, step: 64 },
  usage: (usage) => ({
    ...plainUsage(usage),
    prompt_cache_hit_tokens: usage.cacheRead,
    prompt_cache_miss_tokens: usage.input,
  }),
  // "continuously return … SSE keep-alive comments" …/quick_start/rate_limit
  keepAlive: { kind: 'keep-alive', text: ': keep-alive\n\n' },
  settings: (url, key) => ({ DEEPSEEK_API_KEY: key, DEEPSEEK_BASE_URL: url }),
};

function deepseekRefusal(status: number, broken: Broken): Refusal {
  return openaiRefusal(status, broken, status === 401 ? 'authentication_error' : 'invalid_request_error');
}

/** A local server such as llama.cpp or vLLM: any key, any model, no images, thinking as `reasoning_content`. */
export const local: Dialect = {
  name: 'local',
  path: /^\/v1\/chat\/completions(\?|$)/,
  check: ({ body }) =>
    hasImage(body) >= 0
      ? openaiRefusal(
          500,
          { message: 'image input is not supported - hint: if this is unexpected, you may need to provide the mmproj' },
          'server_error',
        )
      : null,
  contextTokens: () => 32_768,
  // tools/server of llama.cpp: `exceed_context_size_error`
  overflow: (total, room) =>
    openaiRefusal(
      400,
      { message: `request (${total} tokens) exceeds the available context size (${room} tokens), try increasing it` },
      'exceed_context_size_error',
    ),
  thinks: (body) => fields(body.chat_template_kwargs).enable_thinking !== false && body.reasoning_effort !== 'none',
  thinkingField: 'reasoning_content',
  caching: { minimum: 1, step: 1 },
  usage: plainUsage,
  keepAlive: { kind: 'keep-alive', text: ': \n\n' },
  settings: (url) => ({ OPENAI_COMPATIBLE_BASE_URL: `${url}/v1` }),
};

const routed: Record<string, number> = {
  'anthropic/claude-opus-5.5': 1_000_000,
  'openai/gpt-5.6': 1_050_000,
  'qwen/qwen3-coder': 262_144,
};

/** https://openrouter.ai/docs/api-reference/errors, …/docs/guides/best-practices/reasoning-tokens */
export const openrouter: Dialect = {
  name: 'openrouter',
  path: /^(\/api)?\/v1\/chat\/completions(\?|$)/,
  check({ headers, body }, memory) {
    if (headers.authorization !== `Bearer ${memory.key}`) return routerRefusal(401, 'User not found.');
    const id = text(body.model);
    if (!(id in routed)) return routerRefusal(400, `${id} is not a valid model ID`);
    const broken = routerParameters(body) ?? routerThinking(body, memory);
    return broken === null ? null : routerRefusal(400, broken);
  },
  contextTokens: (id) => routed[id] ?? 0,
  overflow: (total, room) =>
    routerRefusal(
      400,
      `This endpoint's maximum context length is ${room} tokens. However, you requested about ${total} tokens (${total} of text input). Please reduce the length of either one, or use the "middle-out" transform to compress your prompt automatically.`,
    ),
  thinks: (body) => fields(body.reasoning).effort !== 'none' && fields(body.reasoning).enabled !== false,
  thinkingField: 'reasoning',
  caching: { minimum: 1024, step: 128 },
  usage: plainUsage,
  // "Comment payloads … can be safely ignored" …/docs/api-reference/streaming
  keepAlive: { kind: 'keep-alive', text: ': OPENROUTER PROCESSING\n\n' },
  settings: (url, key) => ({ OPENROUTER_API_KEY: key, OPENROUTER_BASE_URL: `${url}/api/v1` }),
};

function routerRefusal(status: number, message: string): Refusal {
  return { status, body: { error: { message, code: status } } };
}

const qwens: Record<string, number> = {
  'qwen3-235b-a22b': 131_072,
  'qwen-plus': 1_000_000,
  'qwen3-coder-plus': 1_000_000,
};

/** https://www.alibabacloud.com/help/en/model-studio/deep-thinking and …/error-code */
export const qwen: Dialect = {
  name: 'qwen',
  path: /^(\/compatible-mode)?\/v1\/chat\/completions(\?|$)/,
  check({ headers, body }, memory) {
    if (headers.authorization !== `Bearer ${memory.key}`)
      return openaiRefusal(401, { message: 'Incorrect API key provided.', code: 'invalid_api_key' });
    const id = text(body.model);
    if (!(id in qwens))
      return openaiRefusal(404, {
        message: `The model \`${id}\` does not exist or you do not have access to it.`,
        code: 'model_not_found',
      });
    const broken = qwenParameters(body, id === 'qwen-plus' ? 81_920 : 38_912);
    return broken === null ? null : openaiRefusal(400, { message: broken, code: 'invalid_parameter_error' });
  },
  contextTokens: (id) => qwens[id] ?? 0,
  overflow: (_total, room) =>
    openaiRefusal(400, {
      message: `<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, ${room}]`,
      code: 'invalid_parameter_error',
    }),
  thinks: (body) =>
    body.enable_thinking === true || (body.enable_thinking !== false && text(body.model).startsWith('qwen3-2')),
  thinkingField: 'reasoning_content',
  caching: { minimum: 256, step: 1 },
  usage: plainUsage,
  keepAlive: { kind: 'keep-alive', text: ': keep-alive\n\n' },
  settings: (url, key) => ({ DASHSCOPE_API_KEY: key, DASHSCOPE_BASE_URL: `${url}/compatible-mode/v1` }),
};
