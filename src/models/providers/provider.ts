import type { Effort, EffortLevel } from '../../config/effort.ts';
import type { Effects } from '../../system/effects.ts';
import type { EffortPlan, Message, ModelInfo, OpenModel } from '../types.ts';

/** What a provider file is given to open a model. */
export interface ProviderContext {
  provider: string;
  /** The name behind the first slash, as the provider knows it. */
  modelId: string;
  /** With the version suffix the protocol wants; undefined where the package finds its own. */
  baseUrl: string | undefined;
  key: string | undefined;
  fetch: typeof globalThis.fetch;
  effects: Pick<Effects, 'environment' | 'now'>;
}

/** What a provider file makes of a model: an `OpenModel` without the parts that are the same for all. */
export interface ProviderModel
  extends Pick<
    OpenModel,
    | 'model'
    | 'prepare'
    | 'options'
    | 'reported'
    | 'idleMs'
    | 'firstByteMs'
    | 'thinksUnseen'
    | 'takesSeed'
    | 'outputTokens'
  > {
  /** What the provider file knows of the model; the catalogue fills in the rest. */
  info: Omit<ModelInfo, 'id'>;
  effort(requested: Effort, maxOutputTokens?: number): EffortPlan;
}

/** Output tokens to ask for at an effort: thinking and answer together. */
export function allowance(requested: Effort): number {
  if (typeof requested === 'number') return Math.max(32_000, requested + 16_000);
  return { off: 16_000, minimal: 16_000, low: 16_000, medium: 32_000, high: 32_000, xhigh: 64_000, max: 64_000 }[
    requested
  ];
}

const order: readonly EffortLevel[] = ['off', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];
const budgets: readonly (readonly [EffortLevel, number])[] = [
  ['minimal', 1_024],
  ['low', 4_000],
  ['medium', 10_000],
  ['high', 20_000],
  ['xhigh', 32_000],
];

/** The highest level that does not stand for more thinking tokens than these: never more than was asked for. */
function levelWithin(tokens: number): EffortLevel {
  return budgets.findLast(([, least]) => least <= tokens)?.[0] ?? 'minimal';
}

/** A level that the model has, and what to say where it is not the one asked for. */
export interface Rounded<Level extends EffortLevel> {
  level: Level;
  notice?: string;
}

/**
 * The highest level a model has that is not above the one asked for; the least it has where all are above.
 * @param has the model's levels, least first; without `off` where it cannot stop thinking.
 */
export function roundDown<Level extends EffortLevel>(
  modelId: string,
  requested: Effort,
  has: readonly Level[],
): Rounded<Level> {
  const wanted = typeof requested === 'number' ? levelWithin(requested) : requested;
  const within = has.filter((level) => level !== 'off' && order.indexOf(level) <= order.indexOf(wanted));
  const least = has.find((level) => level !== 'off') ?? has[0]!;
  const level = (has as readonly EffortLevel[]).includes(wanted) ? (wanted as Level) : (within.at(-1) ?? least);
  if (level === requested) return { level };
  if (typeof requested === 'number')
    return { level, notice: `${modelId} takes no budget; ${requested} thinking tokens became effort ${level}.` };
  if (requested === 'off') return { level, notice: `${modelId} cannot stop thinking; ${level}, its least, is sent.` };
  return { level, notice: `${modelId} has no effort ${requested}; ${level} is sent.` };
}

/**
 * History without images, for a model that takes none; text stands in for each. `notice` says so where there were any.
 */
export function withoutImages(messages: readonly Message[]): { messages: Message[]; notice?: string } {
  let left = 0;
  const standIn = () => {
    left += 1;
    return { type: 'text' as const, text: '[image left out: this model does not take images]' };
  };
  const isImage = (part: { type: string; mediaType?: string }) =>
    part.type === 'file' && part.mediaType?.startsWith('image') === true;
  const cleaned = messages.map((message): Message => {
    if (message.role === 'user' && message.content.some(isImage))
      return { ...message, content: message.content.map((part) => (isImage(part) ? standIn() : part)) };
    if (message.role !== 'tool') return message;
    const content = message.content.map((part) => {
      if (part.type !== 'tool-result' || part.output.type !== 'content' || !part.output.value.some(isImage))
        return part;
      const value = part.output.value.map((item) => (isImage(item) ? standIn() : item));
      return { ...part, output: { ...part.output, value } };
    });
    return { ...message, content };
  });
  return left === 0
    ? { messages: cleaned }
    : {
        messages: cleaned,
        notice: `${left} image${left === 1 ? ' was' : 's were'} left out: this model does not take images.`,
      };
}

const instructions: Record<EffortLevel, string> = {
  off: 'Act at once, without thinking aloud first.',
  minimal: 'Think only as much as the next action needs, in a sentence at most.',
  low: 'Think briefly before each action.',
  medium: 'Think before each action.',
  high: 'Think carefully and step by step before each action, and check your conclusions.',
  xhigh: 'Think thoroughly and step by step before each action; consider alternatives and check every conclusion.',
  max: 'Think as thoroughly as you can before each action; consider every alternative and check every conclusion twice.',
};

/** For a model that has no control for thinking: it is asked in words, and the record says so. */
export function byInstruction(modelId: string, requested: Effort): EffortPlan {
  const instruction = instructions[typeof requested === 'number' ? levelWithin(requested) : requested];
  return {
    requested,
    sent: { instruction },
    providerOptions: {},
    instruction,
    notice: `${modelId} has no control for thinking that Parlay knows; effort is asked for by instruction, in words.`,
  };
}

/** History with the instruction of a plan at the end of the last system message. */
export function withInstruction(messages: readonly Message[], plan: EffortPlan): Message[] {
  const { instruction } = plan;
  if (instruction === undefined) return [...messages];
  const index = messages.findLastIndex((message) => message.role === 'system');
  if (index < 0) return [{ role: 'system', content: instruction }, ...messages];
  return messages.map((message, at) =>
    at === index && message.role === 'system'
      ? { ...message, content: `${message.content}\n\n${instruction}` }
      : message,
  );
}
