import type { Claude } from './anthropic-models.ts';
import { type Fields, fields, hash, list, text, without } from './json.ts';
import type { Issued, Memory } from './vendor.ts';

/** The first rule that a request breaks, in the words of the service, or null. */
export function broken(body: Fields, model: Claude, memory: Memory, betas: string): string | null {
  return (
    shape(body) ??
    effort(body, model, betas) ??
    sampling(body, model) ??
    caching(body) ??
    conversation(list(body.messages), model, thinks(body, model)) ??
    thinkingBlocks(body, model, memory)
  );
}

/** True when the request has the model think before it answers. */
export function thinks(body: Fields, model: Claude): boolean {
  const type = fields(body.thinking).type;
  return type === undefined ? model.thinksByDefault : type !== 'disabled' && type !== 'between_tools';
}

const known =
  'model max_tokens messages system tools tool_choice thinking output_config stream stop_sequences temperature top_p top_k metadata cache_control service_tier context_management container mcp_servers speed inference_geo fallbacks'.split(
    ' ',
  );

/** https://platform.claude.com/docs/en/api/messages/create */
function shape(body: Fields): string | null {
  const extra = Object.keys(body).find((key) => !known.includes(key));
  if (extra) return `${extra}: Extra inputs are not permitted`;
  if (!Array.isArray(body.messages)) return 'messages: Field required';
  if (typeof body.max_tokens !== 'number') return 'max_tokens: Field required';
  if (body.max_tokens < 1) return 'max_tokens: Input should be greater than or equal to 1';
  if (body.messages.length === 0) return 'messages: at least one message is required';
  const names = list(body.tools).map((tool) => text(tool.name));
  const bad = names.findIndex((name) => !/^[a-zA-Z0-9_-]{1,128}$/.test(name));
  if (bad >= 0) return `tools.${bad}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`;
  if (new Set(names).size < names.length) return 'tools: Tool names must be unique.';
  const untyped = list(body.tools).findIndex((tool) => !tool.type && fields(tool.input_schema).type !== 'object');
  if (untyped >= 0) return `tools.${untyped}.custom.input_schema.type: Field required`;
  return null;
}

/**
 * https://platform.claude.com/docs/en/build-with-claude/effort, …/adaptive-thinking, …/extended-thinking and the
 * migration guides of each model; the wording of the refusals as people report it in public issues.
 */
function effort(body: Fields, model: Claude, betas: string): string | null {
  const id = text(body.model);
  const thinking = fields(body.thinking);
  const level = fields(body.output_config).effort;
  const type = thinking.type as string | undefined;
  if (level !== undefined) {
    if (model.efforts.length === 0) return 'This model does not support the effort parameter.';
    if (!model.efforts.includes(String(level)))
      return `output_config.effort: '${String(level)}' is not supported for ${id}. Supported values: ${model.efforts.join(', ')}.`;
  }
  if (type !== undefined && !(model.thinking as readonly string[]).includes(type)) {
    const way = model.thinking.includes('adaptive')
      ? ' Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'
      : '';
    return `"thinking.type.${type}" is not supported for this model.${way}`;
  }
  if (type !== 'enabled' && thinking.budget_tokens !== undefined)
    return `thinking.${type ?? 'adaptive'}.budget_tokens: Extra inputs are not permitted`;
  if (type === 'enabled') {
    const budget = thinking.budget_tokens;
    if (typeof budget !== 'number') return 'thinking.enabled.budget_tokens: Field required';
    if (budget < 1024) return 'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024';
    // With interleaved thinking the budget spans the whole turn and may exceed max_tokens.
    const interleaved = betas.includes('interleaved-thinking-2025-05-14') && list(body.tools).length > 0;
    if (budget >= Number(body.max_tokens) && !interleaved)
      return '`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size';
  }
  if (type === 'disabled' && model.disablesUpToHigh && ['xhigh', 'max'].includes(String(level)))
    return `"thinking.type.disabled" is not supported with effort '${String(level)}' for this model.`;
  if (type === 'between_tools' && level !== undefined && !['low', 'medium', 'high'].includes(String(level)))
    return `"thinking.type.between_tools" is not supported with effort '${String(level)}'.`;
  if (thinking.block_binding !== undefined && !betas.includes('thinking-binding-controls-2026-08-01'))
    return 'thinking.adaptive.block_binding: Extra inputs are not permitted';
  const forced = ['any', 'tool'].includes(text(fields(body.tool_choice).type));
  if (forced && model.refusesForcedTools) return 'tool_choice: forced tool use is not supported for this model.';
  if (forced && thinks(body, model)) return 'Thinking may not be enabled when tool_choice forces tool use.';
  return null;
}

function sampling(body: Fields, model: Claude): string | null {
  if (Number(body.max_tokens) > model.maxOutputTokens)
    return `max_tokens: ${String(body.max_tokens)} > ${model.maxOutputTokens}, which is the maximum allowed number of output tokens for ${text(body.model)}`;
  for (const name of ['temperature', 'top_p', 'top_k']) {
    const value = body[name];
    if (value === undefined) continue;
    if (model.refusesSampling && value !== 1) return `\`${name}\` is deprecated for this model.`;
    if (!thinks(body, model)) continue;
    if (name === 'temperature' && value !== 1) return '`temperature` may only be set to 1 when thinking is enabled.';
    if (name === 'top_k') return '`top_k` must be unset when thinking is enabled.';
    if (name === 'top_p' && Number(value) < 0.95)
      return '`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.';
  }
  return null;
}

/** https://platform.claude.com/docs/en/build-with-claude/prompt-caching */
function caching(body: Fields): string | null {
  const blocks = [
    ...list(body.tools),
    ...list(body.system),
    ...list(body.messages).flatMap((message) => list(message.content)),
  ];
  const marked = blocks.filter((block) => block.cache_control !== undefined);
  const count = marked.length + (body.cache_control ? 1 : 0);
  if (count > 4) return `A maximum of 4 blocks with cache_control may be provided. Found ${count}.`;
  if (marked.some((block) => block.type === 'thinking' || block.type === 'redacted_thinking'))
    return 'messages: thinking.cache_control: Extra inputs are not permitted';
  if (marked.some((block) => block.type === 'text' && text(block.text) === ''))
    return 'messages: cache_control cannot be set for empty text blocks';
  const lives = marked.map((block) => fields(block.cache_control).ttl ?? '5m');
  const short = lives.indexOf('5m');
  if (short >= 0 && lives.lastIndexOf('1h') > short)
    return "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks are processed in the following order: `tools`, `system`, `messages`.";
  return null;
}

/** https://platform.claude.com/docs/en/agents-and-tools/tool-use/handle-tool-calls */
function conversation(messages: Fields[], model: Claude, thinking: boolean): string | null {
  if (messages[0]!.role !== 'user') return 'messages: first message must use the "user" role';
  const ids = new Set<string>();
  for (const [index, message] of messages.entries()) {
    if (message.role !== 'user' && message.role !== 'assistant')
      return `messages: Unexpected role "${String(message.role)}". The Messages API accepts a top-level \`system\` parameter, not "system" as an input message role.`;
    const blocks = blocksOf(message);
    if (blocks.length === 0) return `messages.${index}: all messages must have non-empty content`;
    for (const [at, block] of blocks.entries()) {
      if (block.type === 'text' && text(block.text) === '') return 'messages: text content blocks must be non-empty';
      if (block.type === 'text' && text(block.text).trim() === '')
        return 'messages: text content blocks must contain non-whitespace text';
      if (block.type !== 'tool_use') continue;
      if (!/^[a-zA-Z0-9_-]+$/.test(text(block.id)))
        return `messages.${index}.content.${at}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`;
      if (typeof block.input !== 'object' || block.input === null || Array.isArray(block.input))
        return `messages.${index}.content.${at}.tool_use.input: Input should be a valid dictionary`;
      if (ids.has(text(block.id))) return 'messages: `tool_use` ids must be unique';
      ids.add(text(block.id));
    }
    const problem = toolResults(messages, index);
    if (problem) return problem;
  }
  if (messages.at(-1)!.role === 'assistant' && (model.refusesPrefill || thinking))
    return 'This model does not support assistant message prefill. The conversation must end with a user message.';
  return null;
}

/** Every call is answered in the very next message, before any other content, and nothing else is answered. */
function toolResults(messages: Fields[], index: number): string | null {
  const blocks = blocksOf(messages[index]!);
  const asked = blocksOf(messages[index - 1] ?? {}).flatMap((block) =>
    block.type === 'tool_use' ? [text(block.id)] : [],
  );
  if (messages[index]!.role === 'user') {
    const results = blocks.filter((block) => block.type === 'tool_result');
    const stray = results.findIndex((result) => !asked.includes(text(result.tool_use_id)));
    if (stray >= 0)
      return `messages.${index}.content.${stray}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${text(results[stray]!.tool_use_id)}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`;
    const leading = blocks.findIndex((block) => block.type !== 'tool_result');
    const answered = blocks.slice(0, leading < 0 ? blocks.length : leading).map((block) => text(block.tool_use_id));
    if (new Set(answered).size < answered.length)
      return `messages.${index}: each tool_use must have a single result. Found multiple \`tool_result\` blocks`;
    const missing = asked.filter((id) => !answered.includes(id));
    if (missing.length > 0) return unanswered(index - 1, missing);
  }
  const last = index === messages.length - 1 || messages[index + 1]!.role === 'assistant';
  const own = blocks.flatMap((block) => (block.type === 'tool_use' ? [text(block.id)] : []));
  if (messages[index]!.role === 'assistant' && own.length > 0 && last) return unanswered(index, own);
  return null;
}

function unanswered(index: number, ids: string[]): string {
  return `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`;
}

/**
 * Thinking comes back as it was given out, and where thinking is preserved nothing before it may have changed.
 * https://platform.claude.com/docs/en/build-with-claude/extended-thinking#preserving-thinking-blocks and
 * …/preserved-thinking/fix-bound-to-a-different-conversation
 */
function thinkingBlocks(body: Fields, model: Claude, memory: Memory): string | null {
  const messages = list(body.messages);
  const loopStart = messages.findLastIndex(
    (message) => message.role === 'user' && blocksOf(message).some((block) => block.type !== 'tool_result'),
  );
  for (const [index, message] of messages.entries()) {
    if (message.role !== 'assistant') continue;
    const blocks = blocksOf(message);
    for (const [at, block] of blocks.entries()) {
      if (block.type !== 'thinking' && block.type !== 'redacted_thinking') continue;
      const issued = memory.issued.get(text(block.signature) || text(block.data));
      if (!issued || hash(issued.value) !== hash(without(block, 'cache_control')))
        return issued && index === messages.length - 2
          ? modified(index, at)
          : `messages.${index}.content.${at}: Invalid \`signature\` in \`thinking\` block`;
      // A block of another model is dropped by the service without an error.
      if (issued.model !== body.model) continue;
      if (model.preserved && issued.prefix !== prefixOf(body, index) && !dropsMismatches(body))
        return `messages.${index}.content.${at}: Invalid \`signature\` in \`thinking\` block. The block is bound to a different conversation. Remove the block, or set \`thinking.block_binding.prefix_mismatch_behavior\` to "drop_block".`;
    }
    if (index > loopStart && thinks(body, model)) {
      const problem = incomplete(blocks, index, body, memory);
      if (problem) return problem;
    }
  }
  return null;
}

/** Within a tool loop every thinking block of a reply is there, in its place. */
function incomplete(blocks: Fields[], index: number, body: Fields, memory: Memory): string | null {
  const call = blocks.find((block) => block.type === 'tool_use');
  const reply: Issued | undefined = memory.issued.get(text(call?.id));
  if (!call || !reply || reply.model !== body.model) return null;
  const expected = reply.all.map(outline);
  const found = blocks.map((block) => outline(without(block, 'cache_control') as Fields));
  if (expected[0]?.startsWith('thinking') && fields(body.thinking).type === 'enabled' && !isThinking(blocks[0]!))
    return `messages.${index}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${text(blocks[0]!.type)}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks).`;
  const differs = expected.findIndex((one, at) => one !== found[at]);
  return differs >= 0 ? modified(index, differs) : null;
}

function modified(index: number, at: number): string {
  return `messages.${index}.content.${at}: \`thinking\` or \`redacted_thinking\` blocks in the latest assistant message cannot be modified. These blocks must remain as they were in the original response.`;
}

function isThinking(block: Fields): boolean {
  return block.type === 'thinking' || block.type === 'redacted_thinking';
}

/** What of a block must be found again in its place: thinking to the letter, the rest by its kind and id. */
function outline(block: Fields): string {
  return isThinking(block) ? `thinking ${hash(block)}` : `${text(block.type)} ${text(block.id)}`;
}

function dropsMismatches(body: Fields): boolean {
  return fields(fields(body.thinking).block_binding).prefix_mismatch_behavior === 'drop_block';
}

/** Hash of all that stands before message `index`; cache marks do not count. */
export function prefixOf(body: Fields, index: number): string {
  const messages = list(body.messages)
    .slice(0, index)
    .map((message) => ({ role: message.role, content: blocksOf(message) }));
  const system = typeof body.system === 'string' ? [{ type: 'text', text: body.system }] : list(body.system);
  return hash(without({ system, tools: list(body.tools), messages }, 'cache_control'));
}

/** A message's content as blocks; a plain string is one text block. */
export function blocksOf(message: Fields): Fields[] {
  if (typeof message.content !== 'string') return list(message.content);
  return message.content === '' ? [] : [{ type: 'text', text: message.content }];
}
