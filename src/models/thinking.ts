import type { AssistantMessage, Message } from './types.ts';

/**
 * Marks a message with the model that wrote it; provider packages ignore options under a name that is not theirs.
 * @param carried what the provider wants back with the message as a whole.
 */
export function writtenBy(
  model: string,
  content: AssistantMessage['content'],
  carried?: AssistantMessage['providerOptions'],
): AssistantMessage {
  return { role: 'assistant', content, providerOptions: { ...carried, parlay: { model } } };
}

function writerOf(message: AssistantMessage): string | undefined {
  const model = message.providerOptions?.parlay?.model;
  return typeof model === 'string' ? model : undefined;
}

const handedOver = new WeakMap<AssistantMessage, AssistantMessage>();

/**
 * History as another model may see it: thinking is bound to the model that thought it (signed, encrypted, or simply not
 * the new one's own), so what others wrote goes without it and without anything else their provider attached. History
 * itself is not changed: whoever switches back finds everything in its place. `notice` says what was left out.
 * @param model `provider/model` that is asked now.
 */
export function handOver(messages: readonly Message[], model: string): { messages: Message[]; notice?: string } {
  const writers = new Set<string>();
  const seen = messages.map((message) => {
    if (message.role !== 'assistant') return message;
    const writer = writerOf(message);
    if (writer === undefined || writer === model) return message;
    if (
      message.content.some(({ type, providerOptions }) => type.startsWith('reasoning') || isThinking(providerOptions))
    )
      writers.add(writer);
    let plain = handedOver.get(message);
    if (!plain) {
      plain = withoutThinking(message);
      handedOver.set(message, plain);
    }
    return plain;
  });
  if (writers.size === 0) return { messages: seen };
  return { messages: seen, notice: `The thinking of ${[...writers].join(', ')} is left out: ${model} cannot read it.` };
}

/** Gemini keeps the signature of a thought on the part that came of it. */
function isThinking(options: AssistantMessage['providerOptions']): boolean {
  return Object.values(options ?? {}).some((values) => values?.thoughtSignature !== undefined);
}

function withoutThinking(message: AssistantMessage): AssistantMessage {
  const content: AssistantMessage['content'] = [];
  for (const part of message.content) {
    if (part.type === 'reasoning' || part.type === 'reasoning-file' || part.type === 'custom') continue;
    if (part.type === 'text' && part.text === '') continue;
    const { providerOptions: _, ...rest } = part;
    content.push(rest as typeof part);
  }
  // A turn of nothing but thinking still has to stand between its neighbours.
  if (content.length === 0) content.push({ type: 'text', text: '(thought without a word)' });
  return { role: 'assistant', content };
}
