import type { JSONObject } from '@ai-sdk/provider';
import type { Message } from '../types.ts';

/**
 * OpenRouter hands signed and encrypted thinking on as `reasoning_details`, which go back unchanged and in order with
 * the assistant's message (https://openrouter.ai/docs/use-cases/reasoning-tokens#preserving-reasoning-blocks). They
 * stream in pieces: text of the same block is put together, everything else is set once.
 */
export const reasoningDetails = {
  extractMetadata: async () => undefined,
  createStreamExtractor: () => {
    const blocks: JSONObject[] = [];
    return {
      processChunk(chunk: unknown) {
        const { choices } = (chunk ?? {}) as { choices?: { delta?: { reasoning_details?: JSONObject[] } }[] };
        for (const piece of choices?.[0]?.delta?.reasoning_details ?? []) {
          const block = blocks.find(({ index, type }) => index === piece.index && type === piece.type);
          if (!block || piece.index === undefined) blocks.push({ ...piece });
          else join(block, piece);
        }
      },
      buildMetadata: () => (blocks.length === 0 ? undefined : { openaiCompatible: { reasoning_details: blocks } }),
    };
  },
};

function join(block: JSONObject, piece: JSONObject): void {
  for (const [name, value] of Object.entries(piece)) {
    const before = block[name];
    const grows = name === 'text' || name === 'summary' || name === 'data';
    if (grows && typeof before === 'string' && typeof value === 'string') block[name] = before + value;
    else if (value !== null && value !== undefined) block[name] = value;
  }
}

/** A message with its `reasoning_details`, which already hold the thinking in words. */
export function withDetailsOnly(message: Message): Message {
  if (message.role !== 'assistant' || !message.providerOptions?.openaiCompatible?.reasoning_details) return message;
  return { ...message, content: message.content.filter((part) => part.type !== 'reasoning') };
}
