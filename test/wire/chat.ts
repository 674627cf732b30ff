import { conversation, deepseekParameters, deepseekThinks, hasImage, openaiParameters } from './chat-rules.ts';
import { countPart, countText, type PromptBlock, type Tokens } from './count.ts';
import { type Fields, fields, list, text } from './json.ts';
import { type Broken, openaiAuthentication, openaiLimits, openaiRefusal, openaiTrouble } from './openai-error.ts';
import { gptOf } from './openai-models.ts';
import {
  type Frame,
  type Memory,
  pieces,
  type Refusal,
  type Reply,
  sse,
  type Vendor,
  type WireRequest,
} from './vendor.ts';

/** What sets one speaker of Chat Completions apart from another. */
interface Dialect {
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

const openai: Dialect = {
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
const deepseek: Dialect = {
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
const local: Dialect = {
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
  caching: { minimum: 1, step: 1 },
  usage: plainUsage,
  keepAlive: { kind: 'keep-alive', text: ': \n\n' },
  settings: (url) => ({ OPENAI_COMPATIBLE_BASE_URL: `${url}/v1` }),
};

export const chat = chatVendor(openai);
export const deepseekChat = chatVendor(deepseek);
export const localChat = chatVendor(local);

/** Chat Completions. https://developers.openai.com/api/reference/resources/chat */
function chatVendor(dialect: Dialect): Vendor {
  return {
    name: dialect.name,
    handle(request, memory) {
      const { body } = request;
      if (!dialect.path.test(request.path))
        return openaiRefusal(404, { message: `Invalid URL (POST ${request.path})` });
      const refused = dialect.check(request, memory);
      if (refused) return refused;
      const broken = conversation(body);
      if (broken) return openaiRefusal(400, broken);
      const id = text(body.model);
      const prompt = promptOf(body);
      const total = prompt.reduce((sum, block) => sum + block.tokens, 0);
      const room = memory.contextTokens ?? dialect.contextTokens(id);
      if (total > room) return dialect.overflow(total, room);

      const turns = list(body.messages).filter((message) => message.role === 'assistant').length;
      const reply = memory.script({ number: turns, body });
      const thinks = dialect.thinks(body);
      const message = messageOf(reply, thinks && dialect !== openai, memory);
      const usage: Tokens = {
        ...memory.cache.automatic(id, prompt, dialect.caching.minimum, dialect.caching.step),
        output: countText(text(message.content)) + countPart(message.tool_calls ?? '', 0),
        reasoning: thinks ? countText(reply.thinking ?? '') : 0,
      };
      const finish = reply.cutShort ? 'length' : message.tool_calls ? 'tool_calls' : 'stop';
      const head = { id: memory.nextId('chatcmpl-'), created: 1_760_000_000, model: id };
      const whole = {
        ...head,
        object: 'chat.completion',
        choices: [{ index: 0, message, finish_reason: finish }],
        usage: dialect.usage(usage),
      };
      const wanted = fields(body.stream_options).include_usage === true;
      const frames = stream(head, message, finish, wanted ? dialect.usage(usage) : null);
      return { frames: body.stream === true ? frames : null, body: whole, usage };
    },
    trouble: openaiTrouble,
    streamError: () =>
      sse('end', {
        error: {
          message: 'The server had an error while processing your request.',
          type: 'server_error',
          param: null,
          code: null,
        },
      }),
    keepAlive: dialect.keepAlive,
    // DeepSeek and local servers tell nothing of limits.
    limits: (state) => (dialect === openai ? openaiLimits(state) : {}),
    settings: dialect.settings,
  };
}

function promptOf(body: Fields): PromptBlock[] {
  return [...list(body.tools), ...list(body.messages)].map((block) => ({
    tokens: countPart(block, 765),
    content: block,
  }));
}

function messageOf(reply: Reply, shown: boolean, memory: Memory): Fields {
  const calls = (reply.calls ?? []).map((call, index) => ({
    index,
    id: memory.nextId('call_'),
    type: 'function',
    function: { name: call.name, arguments: call.rawInput ?? JSON.stringify(call.input) },
  }));
  return {
    role: 'assistant',
    content: reply.text ?? null,
    ...(shown && reply.thinking ? { reasoning_content: reply.thinking } : {}),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  };
}

function stream(head: Fields, message: Fields, finish: string, usage: Fields | null): Frame[] {
  const chunk = (kind: Frame['kind'], delta: Fields, reason: string | null = null) =>
    sse(kind, {
      ...head,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason: reason }],
      ...(usage ? { usage: null } : {}),
    });
  const frames = [chunk('start', { role: 'assistant', content: '' })];
  for (const piece of pieces(text(message.reasoning_content)))
    frames.push(chunk('thinking', { reasoning_content: piece }));
  for (const piece of pieces(text(message.content))) frames.push(chunk('text', { content: piece }));
  for (const call of list(message.tool_calls)) {
    const { name, arguments: json } = fields(call.function);
    const opening = { index: call.index, id: call.id, type: 'function', function: { name, arguments: '' } };
    frames.push(chunk('tool', { tool_calls: [opening] }));
    for (const piece of pieces(text(json), 3))
      frames.push(chunk('tool', { tool_calls: [{ index: call.index, function: { arguments: piece } }] }));
  }
  frames.push(chunk('end', {}, finish));
  // Usage comes in a chunk of its own, and only to those who asked. …/guides/streaming-responses?api-mode=chat
  if (usage) frames.push(sse('end', { ...head, object: 'chat.completion.chunk', choices: [], usage }));
  frames.push(sse('end', '[DONE]'));
  return frames;
}
