import type { AssistantMessage, Message } from './types.ts';

/**
 * History for another model: thinking is bound to the model that thought it (signed, encrypted, or simply not the new
 * one's own), so it is left out, and so is everything else a provider attached. Only for a switch that the person asked
 * for; within one model history goes back as it came.
 * @param from and `to` are `provider/model`.
 */
export function handOver(
  messages: readonly Message[],
  from: string,
  to: string,
): { messages: Message[]; notice?: string } {
  if (from === to) return { messages: [...messages] };
  let dropped = 0;
  const kept = messages.map((message): Message => {
    if (message.role !== 'assistant') return message;
    const content: AssistantMessage['content'] = [];
    for (const part of message.content) {
      if (part.type === 'reasoning' || part.type === 'reasoning-file') dropped += 1;
      else if (part.type === 'custom') continue;
      else if (part.type === 'text' && part.text === '') continue;
      else content.push(withoutOptions(part));
    }
    // A turn of nothing but thinking still has to stand between its neighbours.
    if (content.length === 0) content.push({ type: 'text', text: '(thought without a word)' });
    return { role: 'assistant', content };
  });
  if (dropped === 0) return { messages: kept };
  return {
    messages: kept,
    notice: `${dropped} thinking ${dropped === 1 ? 'block' : 'blocks'} of ${from} left out: ${to} cannot read them.`,
  };
}

function withoutOptions<Part extends { providerOptions?: unknown }>(part: Part): Part {
  const { providerOptions: _, ...rest } = part;
  return rest as Part;
}
