import { countPart, countText, type PromptBlock, type Tokens } from './count.ts';
import { type Fields, fields, hash, list, text } from './json.ts';
import { openaiAuthentication, openaiLimits, openaiRefusal, openaiTrouble } from './openai-error.ts';
import { type Gpt, gptOf } from './openai-models.ts';
import { broken, effortOf, wantsEncrypted } from './responses-rules.ts';
import { type Frame, type Memory, pieces, type Reply, sse, type Vendor } from './vendor.ts';

/** OpenAI Responses. https://developers.openai.com/api/reference/resources/responses, …/guides/streaming-responses */
export const responses: Vendor = {
  name: 'responses',

  handle(request, memory) {
    if (!/^\/v1\/responses(\?|$)/.test(request.path))
      return openaiRefusal(404, { message: `Invalid URL (POST ${request.path})` });
    const unauthorised = openaiAuthentication(request.headers.authorization, memory.key);
    if (unauthorised) return unauthorised;
    // A bare string is one message of the user.
    const body: Fields =
      typeof request.body.input === 'string'
        ? { ...request.body, input: [{ role: 'user', content: request.body.input }] }
        : request.body;
    const id = text(body.model);
    const model = gptOf(id);
    if (!model)
      return openaiRefusal(400, {
        message: `The requested model '${id}' does not exist.`,
        param: 'model',
        code: 'model_not_found',
      });
    const problem = broken(body, model, memory);
    if (problem) return openaiRefusal(problem.status ?? 400, problem);

    const prompt = promptOf(body);
    const total = prompt.reduce((sum, block) => sum + block.tokens, 0);
    const created = { ...envelope(body, memory), status: 'in_progress' };
    if (total > (memory.contextTokens ?? model.contextTokens)) return overflow(body, created);

    const turns = list(body.input).filter(startsTurn).length;
    const reply = memory.script({ number: turns, body });
    const thinks = effortOf(body, model) !== 'none';
    const output = outputOf(reply, body, thinks, model, memory);
    const usage: Tokens = {
      // …/guides/prompt-caching: from 1,024 tokens on, in steps of 128.
      ...memory.cache.automatic(id, prompt, 1024, 128),
      output: countPart(
        output.filter((item) => item.type !== 'reasoning'),
        0,
      ),
      reasoning: thinks ? countText(reply.thinking ?? '') : 0,
    };
    const final = {
      ...created,
      status: reply.cutShort ? 'incomplete' : 'completed',
      incomplete_details: reply.cutShort ? { reason: 'max_output_tokens' } : null,
      output,
      usage: {
        input_tokens: usage.input + usage.cacheRead,
        input_tokens_details: { cached_tokens: usage.cacheRead },
        output_tokens: usage.output + usage.reasoning,
        output_tokens_details: { reasoning_tokens: usage.reasoning },
        total_tokens: usage.input + usage.cacheRead + usage.output + usage.reasoning,
      },
    };
    return { frames: body.stream === true ? stream(created, final, reply) : null, body: final, usage };
  },

  trouble: openaiTrouble,

  // …/guides/streaming-responses: an `error` event ends the stream.
  streamError: () =>
    sse(
      'end',
      {
        type: 'error',
        sequence_number: 99,
        code: 'server_error',
        message: 'The server had an error while processing your request. Sorry about that!',
        param: null,
      },
      'error',
    ),

  keepAlive: sse('keep-alive', { type: 'keepalive', sequence_number: 0 }, 'keepalive'),

  limits: openaiLimits,

  settings: (url, key) => ({ OPENAI_API_KEY: key, OPENAI_BASE_URL: `${url}/v1` }),
};

/** A reply begins at its first item: reasoning, or speech or a call that nothing of the same reply precedes. */
function startsTurn(item: Fields, index: number, input: Fields[]): boolean {
  const byModel = (one: Fields | undefined) =>
    one?.type === 'reasoning' || one?.type === 'function_call' || one?.role === 'assistant';
  return byModel(item) && !byModel(input[index - 1]);
}

function promptOf(body: Fields): PromptBlock[] {
  const blocks = [...list(body.tools), { instructions: body.instructions ?? '' }, ...list(body.input)];
  return blocks.map((block) => ({ tokens: countPart(block, 765), content: block }));
}

/** With a stream the service accepts the request and fails inside it, as Codex's own client reads it. */
function overflow(body: Fields, created: Fields) {
  const error = {
    code: 'context_length_exceeded',
    message: 'Your input exceeds the context window of this model. Please adjust your input and try again.',
  };
  if (body.stream !== true) return openaiRefusal(400, { ...error, param: 'input' });
  const failed = { type: 'response.failed', sequence_number: 2, response: { ...created, status: 'failed', error } };
  const frames = [
    sse('start', { type: 'response.created', sequence_number: 0, response: created }, 'response.created'),
    sse('end', failed, 'response.failed'),
  ];
  const nothing = { input: 0, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0, output: 0, reasoning: 0 };
  return { frames, body: failed.response, usage: nothing };
}

function envelope(body: Fields, memory: Memory): Fields {
  return {
    id: memory.nextId('resp_'),
    object: 'response',
    created_at: 1_760_000_000,
    model: body.model,
    error: null,
    incomplete_details: null,
    output: [],
    parallel_tool_calls: true,
    reasoning: body.reasoning ?? { effort: null, summary: null },
    store: body.store ?? true,
    usage: null,
  };
}

function outputOf(reply: Reply, body: Fields, thinks: boolean, model: Gpt, memory: Memory): Fields[] {
  const stored = body.store !== false;
  const output: Fields[] = [];
  if (reply.thinking && thinks && model.efforts.length > 0) {
    const summary = fields(body.reasoning).summary ? [{ type: 'summary_text', text: reply.thinking }] : [];
    const encrypted = wantsEncrypted(body)
      ? { encrypted_content: `gAAAA${memory.nextId('enc')}${hash(reply.thinking)}` }
      : {};
    output.push({ id: memory.nextId('rs_'), type: 'reasoning', summary, ...encrypted });
  }
  if (reply.text)
    output.push({
      id: memory.nextId('msg_'),
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: reply.text, annotations: [], logprobs: [] }],
    });
  for (const call of reply.calls ?? [])
    output.push({
      id: memory.nextId('fc_'),
      type: 'function_call',
      call_id: memory.nextId('call_'),
      name: call.name,
      arguments: call.rawInput ?? JSON.stringify(call.input),
      status: 'completed',
    });
  for (const [position, item] of output.entries()) {
    const issued = {
      reply: text(output[0]?.id),
      position,
      value: { ...item, stored },
      all: output,
      prefix: '',
      model: text(body.model),
    };
    memory.issued.set(text(item.id), issued);
    if (item.call_id) memory.issued.set(text(item.call_id), issued);
  }
  return output;
}

function stream(created: Fields, final: Fields, reply: Reply): Frame[] {
  let sequence = 0;
  const event = (kind: Frame['kind'], type: string, data: Fields) =>
    sse(kind, { type, sequence_number: sequence++, ...data }, type);
  const frames = [
    event('start', 'response.created', { response: created }),
    event('start', 'response.in_progress', { response: created }),
  ];
  for (const [index, item] of list(final.output).entries()) frames.push(...itemFrames(item, index, event));
  frames.push(event('end', reply.cutShort ? 'response.incomplete' : 'response.completed', { response: final }));
  return frames;
}

function itemFrames(
  item: Fields,
  index: number,
  event: (kind: Frame['kind'], type: string, data: Fields) => Frame,
): Frame[] {
  const at = { item_id: item.id, output_index: index };
  const frame = (kind: Frame['kind'], type: string, data: Fields) =>
    event(kind, `response.${type}`, { ...at, ...data });
  if (item.type === 'reasoning') {
    const summary = list(item.summary).map((part) => text(part.text));
    return [
      event('thinking', 'response.output_item.added', { output_index: index, item: { ...item, summary: [] } }),
      ...summary.flatMap((whole, part) => {
        const here = { summary_index: part };
        return [
          frame('thinking', 'reasoning_summary_part.added', { ...here, part: { type: 'summary_text', text: '' } }),
          ...pieces(whole).map((delta) => frame('thinking', 'reasoning_summary_text.delta', { ...here, delta })),
          frame('thinking', 'reasoning_summary_text.done', { ...here, text: whole }),
          frame('thinking', 'reasoning_summary_part.done', { ...here, part: { type: 'summary_text', text: whole } }),
        ];
      }),
      event('thinking', 'response.output_item.done', { output_index: index, item }),
    ];
  }
  if (item.type === 'function_call') {
    const json = text(item.arguments);
    const opening = { ...item, arguments: '', status: 'in_progress' };
    return [
      event('tool', 'response.output_item.added', { output_index: index, item: opening }),
      ...pieces(json, 3).map((delta) => frame('tool', 'function_call_arguments.delta', { delta })),
      frame('tool', 'function_call_arguments.done', { arguments: json }),
      event('tool', 'response.output_item.done', { output_index: index, item }),
    ];
  }
  const part = list(item.content)[0]!;
  const here = { content_index: 0 };
  const opening = { ...item, content: [], status: 'in_progress' };
  return [
    event('text', 'response.output_item.added', { output_index: index, item: opening }),
    frame('text', 'content_part.added', { ...here, part: { ...part, text: '' } }),
    ...pieces(text(part.text)).map((delta) => frame('text', 'output_text.delta', { ...here, delta, logprobs: [] })),
    frame('text', 'output_text.done', { ...here, text: part.text, logprobs: [] }),
    frame('text', 'content_part.done', { ...here, part }),
    event('text', 'response.output_item.done', { output_index: index, item }),
  ];
}
