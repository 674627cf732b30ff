import type { LanguageModelV4StreamPart, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import type { AssistantMessage, ModelEvent } from './types.ts';

type AssistantPart = AssistantMessage['content'][number];
type Finish = Extract<LanguageModelV4StreamPart, { type: 'finish' }>;

/** Custom parts that a provider wants back with the history. */
const returned: ReadonlySet<string> = new Set(['anthropic.fallback', 'openai.compaction']);

/** Puts the parts of a stream together into the message that goes back to the provider with the next request. */
export interface Collector {
  /** Takes one part, and returns what the screen should see of it. */
  add(part: LanguageModelV4StreamPart): ModelEvent | undefined;
  /** The parts in the order in which they began, with the provider's metadata as options: signatures and the like. */
  content(): AssistantPart[];
  finish(): Finish | undefined;
  /** Characters received so far, for estimates of a stream that broke. */
  received(): { thinking: number; visible: number };
  /** What is under way, for the idle limit. */
  thinking(): boolean;
}

export function collector(): Collector {
  const parts: AssistantPart[] = [];
  const open = new Map<string, Extract<AssistantPart, { type: 'text' | 'reasoning' }>>();
  const toolNames = new Map<string, string>();
  const received = { thinking: 0, visible: 0 };
  let thinking = false;
  let finish: Finish | undefined;

  const begin = (type: 'text' | 'reasoning', id: string, metadata: SharedV4ProviderMetadata | undefined) => {
    const part = { type, text: '', ...options(undefined, metadata) };
    parts.push(part);
    open.set(`${type} ${id}`, part);
    return part;
  };
  const find = (type: 'text' | 'reasoning', id: string) => open.get(`${type} ${id}`) ?? begin(type, id, undefined);

  return {
    add(part) {
      switch (part.type) {
        case 'text-start':
        case 'reasoning-start':
          thinking = part.type === 'reasoning-start';
          begin(thinking ? 'reasoning' : 'text', part.id, part.providerMetadata);
          return undefined;
        case 'text-delta':
        case 'reasoning-delta': {
          thinking = part.type === 'reasoning-delta';
          const target = find(thinking ? 'reasoning' : 'text', part.id);
          target.text += part.delta;
          Object.assign(target, options(target.providerOptions, part.providerMetadata));
          received[thinking ? 'thinking' : 'visible'] += part.delta.length;
          if (part.delta === '') return undefined;
          return { type: thinking ? 'thinking' : 'text', text: part.delta };
        }
        case 'text-end':
        case 'reasoning-end': {
          const type = part.type === 'text-end' ? 'text' : 'reasoning';
          const target = open.get(`${type} ${part.id}`);
          if (target) Object.assign(target, options(target.providerOptions, part.providerMetadata));
          open.delete(`${type} ${part.id}`);
          return undefined;
        }
        case 'tool-input-start':
          thinking = false;
          toolNames.set(part.id, part.toolName);
          return { type: 'tool-input', tool: part.toolName, text: '' };
        case 'tool-input-delta':
          received.visible += part.delta.length;
          return { type: 'tool-input', tool: toolNames.get(part.id) ?? '', text: part.delta };
        case 'tool-call':
          thinking = false;
          if (!toolNames.has(part.toolCallId)) received.visible += part.input.length;
          parts.push({
            type: 'tool-call',
            toolCallId: part.toolCallId,
            toolName: part.toolName,
            input: parseInput(part.input),
            ...options(undefined, part.providerMetadata),
          });
          return undefined;
        case 'custom':
          // Most custom parts are news for the caller; these belong to the conversation.
          if (returned.has(part.kind))
            parts.push({ type: 'custom', kind: part.kind, ...options(undefined, part.providerMetadata) });
          return undefined;
        case 'reasoning-file':
          if (part.data.type === 'data' || part.data.type === 'url')
            parts.push({
              type: 'reasoning-file',
              mediaType: part.mediaType,
              data: part.data,
              ...options(undefined, part.providerMetadata),
            });
          return undefined;
        case 'finish':
          finish = part;
          return undefined;
        default:
          return undefined;
      }
    },
    // An empty text block is refused by some providers on the way back; an empty reasoning part may carry a signature.
    content: () => parts.filter((part) => part.type !== 'text' || part.text !== '' || part.providerOptions),
    finish: () => finish,
    received: () => received,
    thinking: () => thinking,
  };
}

/** Later metadata of the same part adds to the earlier one: a signature comes at the end of its block. */
function options(before: SharedV4ProviderMetadata | undefined, metadata: SharedV4ProviderMetadata | undefined) {
  if (!metadata) return {};
  const merged: SharedV4ProviderMetadata = { ...before };
  for (const [provider, values] of Object.entries(metadata)) merged[provider] = { ...merged[provider], ...values };
  return { providerOptions: merged };
}

/** The input as parsed JSON, or the text itself where it is malformed: it is never mended, the model is told. */
function parseInput(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
