import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider';
import type { Message } from './types.ts';

const mark = { anthropic: { cacheControl: { type: 'ephemeral' } } } as const;

/**
 * Marks where Anthropic may cache: the last tool, the last system message, and the last two messages that go to the
 * model, which is the four marks it allows (https://docs.claude.com/en/docs/build-with-claude/prompt-caching). The mark
 * before the last one is where the previous request wrote, so that it is read back however many blocks came since.
 * Marks are not part of what the model sees: moving them keeps the prefix.
 */
export function cacheBreakpoints(
  messages: readonly Message[],
  tools: readonly LanguageModelV4FunctionTool[],
): { messages: Message[]; tools: LanguageModelV4FunctionTool[] } {
  const marked = [...messages];
  const lastSystem = marked.findLastIndex((message) => message.role === 'system');
  const sent = marked.flatMap((message, index) => (message.role === 'user' || message.role === 'tool' ? [index] : []));
  for (const index of [lastSystem, ...sent.slice(-2)]) {
    const message = marked[index];
    if (message) marked[index] = { ...message, providerOptions: withMark(message.providerOptions) };
  }
  const last = tools.at(-1);
  return {
    messages: marked,
    tools: last ? [...tools.slice(0, -1), { ...last, providerOptions: withMark(last.providerOptions) }] : [...tools],
  };
}

function withMark(options: Message['providerOptions']): NonNullable<Message['providerOptions']> {
  return { ...options, anthropic: { ...options?.anthropic, ...mark.anthropic } };
}
