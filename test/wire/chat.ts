import { type Dialect, deepseek, local, openai, openrouter, qwen } from './chat-dialects.ts';
import { conversation } from './chat-rules.ts';
import { countPart, countText, type PromptBlock, type Tokens } from './count.ts';
import { type Fields, fields, list, text } from './json.ts';
import { openaiRefusal, openaiTrouble } from './openai-error.ts';
import { type Frame, type Memory, pieces, type Reply, sse, type Vendor } from './vendor.ts';

export const chat = chatVendor(openai);
export const deepseekChat = chatVendor(deepseek);
export const localChat = chatVendor(local);
export const openrouterChat = chatVendor(openrouter);
export const qwenChat = chatVendor(qwen);

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
      const message = messageOf(reply, thinks ? dialect.thinkingField : undefined, memory);
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
    limits: (state) => dialect.limits?.(state) ?? {},
    settings: dialect.settings,
  };
}

function promptOf(body: Fields): PromptBlock[] {
  return [...list(body.tools), ...list(body.messages)].map((block) => ({
    tokens: countPart(block, 765),
    content: block,
  }));
}

function messageOf(reply: Reply, field: string | undefined, memory: Memory): Fields {
  const calls = (reply.calls ?? []).map((call, index) => ({
    index,
    id: memory.nextId('call_'),
    type: 'function',
    function: { name: call.name, arguments: call.rawInput ?? JSON.stringify(call.input) },
  }));
  return {
    role: 'assistant',
    content: reply.text ?? null,
    ...(field && reply.thinking ? { [field]: reply.thinking } : {}),
    ...(field === 'reasoning' && reply.thinking ? { reasoning_details: details(reply.thinking, memory) } : {}),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  };
}

/** OpenRouter's own form of thinking, which comes back as it is. …/reasoning-tokens#preserving-reasoning-blocks */
function details(thinking: string, memory: Memory): Fields[] {
  const signature = `${memory.nextId('sig')}==`;
  const plain = { type: 'reasoning.text', text: thinking, signature, format: 'anthropic-claude-v1', index: 0 };
  const data = `${memory.nextId('enc')}==`;
  const hidden = { type: 'reasoning.encrypted', data, format: 'anthropic-claude-v1', index: 1 };
  const all = [plain, hidden];
  for (const [position, value] of all.entries())
    memory.issued.set(position === 0 ? signature : data, {
      reply: signature,
      position,
      value,
      all,
      prefix: '',
      model: '',
    });
  return all;
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
  for (const field of ['reasoning_content', 'reasoning'])
    for (const piece of pieces(text(message[field]))) frames.push(chunk('thinking', { [field]: piece }));
  // The words of a block come in pieces, its signature with the last one.
  for (const { signature, ...block } of list(message.reasoning_details)) {
    const at = { index: block.index, type: block.type, format: block.format };
    for (const piece of pieces(text(block.text)))
      frames.push(chunk('thinking', { reasoning_details: [{ ...at, text: piece }] }));
    const last = block.type === 'reasoning.text' ? { ...at, signature } : block;
    frames.push(chunk('thinking', { reasoning_details: [last] }));
  }
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
