import { type Claude, claudeOf } from './anthropic-models.ts';
import { blocksOf, broken, prefixOf, thinks } from './anthropic-rules.ts';
import { countPart, countText, type PromptBlock, type Tokens } from './count.ts';
import { type Fields, fields, hash, list, text, without } from './json.ts';
import {
  type Frame,
  type Memory,
  pieces,
  type Refusal,
  type Reply,
  sse,
  type Vendor,
  withRetryAfter,
} from './vendor.ts';

/** Anthropic Messages. https://platform.claude.com/docs/en/api/messages and …/build-with-claude/streaming */
export const anthropic: Vendor = {
  name: 'anthropic',

  handle(request, memory) {
    if (!/^\/v1\/messages(\?|$)/.test(request.path)) return refusal(404, 'not_found_error', 'Not found');
    const { headers, body } = request;
    // https://platform.claude.com/docs/en/api/overview#authentication
    const key = headers['x-api-key'] ?? headers.authorization?.replace(/^Bearer /, '');
    if (!key) return refusal(401, 'authentication_error', 'x-api-key header is required');
    if (key !== memory.key) return refusal(401, 'authentication_error', 'invalid x-api-key');
    // https://platform.claude.com/docs/en/api/versioning
    if (!headers['anthropic-version'])
      return refusal(400, 'invalid_request_error', 'anthropic-version: header is required');
    const id = text(body.model);
    if (!id) return refusal(400, 'invalid_request_error', 'model: Field required');
    const model = claudeOf(id);
    if (!model) return refusal(404, 'not_found_error', `model: ${id}`);

    const problem = broken(body, model, memory, headers['anthropic-beta'] ?? '');
    if (problem) return refusal(400, 'invalid_request_error', problem);

    const prompt = promptOf(body);
    const total = prompt.reduce((sum, block) => sum + block.tokens, 0);
    const room = memory.contextTokens ?? model.contextTokens;
    // https://platform.claude.com/docs/en/build-with-claude/context-windows
    if (total > room)
      return refusal(400, 'invalid_request_error', `prompt is too long: ${total} tokens > ${room} maximum`);

    const turns = list(body.messages).filter((message) => message.role === 'assistant').length;
    const reply = memory.script({ number: turns, body });
    const content = contentOf(reply, body, model, memory);
    const reasoning = thinks(body, model) ? countText(reply.thinking ?? '') : 0;
    const usage: Tokens = {
      ...memory.cache.explicit(`${id} ${thinks(body, model)}`, prompt, model.leastCached),
      output: countPart(
        without(
          content.filter((block) => !isThinking(block)),
          'caller',
        ),
        0,
      ),
      reasoning,
    };
    const calls = content.some((block) => block.type === 'tool_use');
    const message = {
      id: memory.nextId('msg_'),
      type: 'message',
      role: 'assistant',
      model: id,
      content,
      stop_reason: reply.cutShort ? 'max_tokens' : calls ? 'tool_use' : 'end_turn',
      stop_sequence: null,
      usage: wireUsage(usage),
    };
    return { frames: body.stream === true ? stream(message, reply) : null, body: message, usage };
  },

  // https://platform.claude.com/docs/en/api/errors
  trouble(kind, retryAfter) {
    const [status, type, message] = troubles[kind];
    return withRetryAfter(refusal(status, type, message), retryAfter);
  },

  // https://platform.claude.com/docs/en/build-with-claude/streaming#error-events
  streamError: () => sse('end', { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 'error'),

  keepAlive: sse('keep-alive', { type: 'ping' }, 'ping'),

  // https://platform.claude.com/docs/en/api/rate-limits#response-headers
  limits: ({ limit, remaining, fullInMs, now }) => ({
    'anthropic-ratelimit-requests-limit': String(limit),
    'anthropic-ratelimit-requests-remaining': String(remaining),
    'anthropic-ratelimit-requests-reset': `${new Date(now + fullInMs).toISOString().slice(0, 19)}Z`,
  }),

  settings: (url, key) => ({ ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: url }),
};

const troubles = {
  'rate-limited': [429, 'rate_limit_error', 'This request would exceed your organization’s rate limit.'],
  internal: [500, 'api_error', 'Internal server error'],
  overloaded: [529, 'overloaded_error', 'Overloaded'],
  unavailable: [529, 'overloaded_error', 'Overloaded'],
} as const;

function refusal(status: number, type: string, message: string, headers: Record<string, string> = {}): Refusal {
  const id = `req_${hash(message)}`;
  return {
    status,
    body: { type: 'error', error: { type, message }, request_id: id },
    headers: { 'request-id': id, ...headers },
  };
}

function isThinking(block: Fields): boolean {
  return block.type === 'thinking' || block.type === 'redacted_thinking';
}

/** The prompt in the order in which it is cached: tools, system, messages. */
function promptOf(body: Fields): PromptBlock[] {
  const system = typeof body.system === 'string' ? [{ type: 'text', text: body.system }] : list(body.system);
  const blocks = [
    ...list(body.tools).map((block) => ({ place: 'tool', block })),
    ...system.map((block) => ({ place: 'system', block })),
    ...list(body.messages).flatMap((message) =>
      blocksOf(message).map((block) => ({ place: text(message.role), block: block as Fields })),
    ),
  ];
  return blocks.map(({ place, block }, index) => {
    const bare = without(block, 'cache_control');
    // A `cache_control` at the top marks the last block. …/prompt-caching#automatic-caching
    const mark = block.cache_control ?? (index === blocks.length - 1 ? body.cache_control : undefined);
    const ttl = fields(mark).ttl === '1h' ? '1h' : '5m';
    return {
      tokens: countPart(bare, 1200),
      content: { place, block: bare },
      ...(mark === undefined ? {} : { breakpoint: ttl as '5m' | '1h' }),
    };
  });
}

/** The reply as content blocks, remembered so that it can be checked when it comes back. */
function contentOf(reply: Reply, body: Fields, model: Claude, memory: Memory): Fields[] {
  const content: Fields[] = [];
  if (reply.thinking && thinks(body, model)) {
    const display = fields(body.thinking).display ?? (model.omitsThinking ? 'omitted' : 'summarized');
    content.push({
      type: 'thinking',
      thinking: display === 'omitted' ? '' : reply.thinking,
      signature: `${memory.nextId('sig')}${hash(reply.thinking)}+/=`,
    });
    if (reply.redacted)
      content.push({ type: 'redacted_thinking', data: `${memory.nextId('red')}${hash(reply.thinking)}==` });
  }
  if (reply.text) content.push({ type: 'text', text: reply.text });
  for (const call of reply.calls ?? [])
    content.push({ type: 'tool_use', id: memory.nextId('toolu_'), name: call.name, input: call.input });
  const prefix = prefixOf(body, list(body.messages).length);
  for (const [position, value] of content.entries()) {
    const handle = text(value.signature) || text(value.data) || text(value.id);
    if (handle)
      memory.issued.set(handle, { reply: prefix, position, value, all: content, prefix, model: text(body.model) });
  }
  return content;
}

function wireUsage(usage: Tokens): Fields {
  return {
    input_tokens: usage.input,
    cache_creation_input_tokens: usage.cacheWrite + usage.cacheWriteHour,
    cache_read_input_tokens: usage.cacheRead,
    cache_creation: { ephemeral_5m_input_tokens: usage.cacheWrite, ephemeral_1h_input_tokens: usage.cacheWriteHour },
    output_tokens: usage.output + usage.reasoning,
    output_tokens_details: { thinking_tokens: usage.reasoning },
    service_tier: 'standard',
  };
}

function stream(message: Fields, reply: Reply): Frame[] {
  const usage = fields(message.usage);
  const start = {
    ...message,
    content: [],
    stop_reason: null,
    usage: { ...(without(usage, 'output_tokens_details') as Fields), output_tokens: 1 },
  };
  const frames = [sse('start', { type: 'message_start', message: start }, 'message_start')];
  const calls = [...(reply.calls ?? [])];
  for (const [index, block] of list(message.content).entries()) {
    const raw = block.type === 'tool_use' ? calls.shift()?.rawInput : undefined;
    frames.push(...blockFrames(block, index, raw));
  }
  const delta = { stop_reason: message.stop_reason, stop_sequence: null };
  // Usage comes twice: the input at the start, the running total here.
  const total = { output_tokens: usage.output_tokens, output_tokens_details: usage.output_tokens_details };
  frames.push(sse('end', { type: 'message_delta', delta, usage: total }, 'message_delta'));
  frames.push(sse('end', { type: 'message_stop' }, 'message_stop'));
  return frames;
}

function blockFrames(block: Fields, index: number, raw: string | undefined): Frame[] {
  const kind = isThinking(block) ? 'thinking' : block.type === 'tool_use' ? 'tool' : 'text';
  const deltas: Fields[] = [];
  let opening: Fields = block;
  if (block.type === 'thinking') {
    opening = { type: 'thinking', thinking: '', signature: '' };
    deltas.push(...pieces(text(block.thinking)).map((thinking) => ({ type: 'thinking_delta', thinking })));
    deltas.push({ type: 'signature_delta', signature: block.signature });
  } else if (block.type === 'text') {
    opening = { type: 'text', text: '' };
    deltas.push(...pieces(text(block.text)).map((piece) => ({ type: 'text_delta', text: piece })));
  } else if (block.type === 'tool_use') {
    opening = { ...block, input: {} };
    deltas.push({ type: 'input_json_delta', partial_json: '' });
    const json = raw ?? JSON.stringify(block.input);
    deltas.push(...pieces(json, 3).map((piece) => ({ type: 'input_json_delta', partial_json: piece })));
  }
  return [
    sse(kind, { type: 'content_block_start', index, content_block: opening }, 'content_block_start'),
    ...deltas.map((delta) => sse(kind, { type: 'content_block_delta', index, delta }, 'content_block_delta')),
    sse(kind, { type: 'content_block_stop', index }, 'content_block_stop'),
  ];
}
