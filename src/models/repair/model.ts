import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4Prompt,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
  SharedV4Warning,
} from '@ai-sdk/provider';
import { ParlayError } from '../../system/errors.ts';
import { budgetOf } from './budget.ts';
import type { Policy, Turn } from './conversation.ts';
import { loadParsers } from './grammars.ts';
import { repair } from './policy.ts';
import { hashText } from './random.ts';

/** Policies that wait for the results of their last calls, by a key of everything that went before. */
const waiting = new Map<string, { policy: Policy; turn: Turn }>();
const mostWaiting = 64;

/**
 * `parlay/repair`: repairs programs offline by trying syntax-level changes against their tests, through the same tools
 * and messages as any other model. Seed 0 is the pure ranking; other seeds explore in another order. The effort, in
 * `providerOptions.parlay.effort`, is a level's name or the number of candidates to consider.
 * Throws `ParlayError` when a tool it needs is not offered.
 */
export function repairModel(options: { seed?: number } = {}): LanguageModelV4 {
  return {
    specificationVersion: 'v4',
    provider: 'parlay',
    modelId: 'repair',
    supportedUrls: {},
    async doGenerate(call) {
      const reply = await answer(call, options.seed);
      return { ...reply, request: { body: null }, response: {} };
    },
    async doStream(call) {
      const { content, finishReason, usage, warnings } = await answer(call, options.seed);
      const stream = new ReadableStream<LanguageModelV4StreamPart>({
        start(controller) {
          for (const part of parts(content, warnings)) controller.enqueue(part);
          controller.enqueue({ type: 'finish', finishReason, usage });
          controller.close();
        },
      });
      return { stream };
    },
  };
}

interface Reply {
  content: LanguageModelV4Content[];
  finishReason: LanguageModelV4FinishReason;
  usage: LanguageModelV4Usage;
  warnings: SharedV4Warning[];
}

async function answer(call: LanguageModelV4CallOptions, ownSeed: number | undefined): Promise<Reply> {
  call.abortSignal?.throwIfAborted();
  requireTools(call);
  const parsers = await loadParsers();
  const history = read(call.prompt);
  const seed = call.seed ?? ownSeed ?? 0;
  const budget = budgetOf(call.providerOptions?.parlay?.effort);
  const key = hashText(`${history.task}\0${seed}\0${budget.candidates}`).toString(36);
  const begin = () => repair({ task: history.task, seed, budget, parsers });
  let state: { done: boolean; policy: Policy; turn: Turn | null; last: string } | null = null;
  const results = history.results;
  const live = results.length > 0 ? waiting.get(`${key}:${chain(key, results.slice(0, -1))}`) : undefined;
  if (live) {
    waiting.delete(`${key}:${chain(key, results.slice(0, -1))}`);
    state = step(live.policy, results.at(-1)!);
  } else {
    const policy = begin();
    state = step(policy, null);
    for (const result of results) {
      if (state.done) break;
      state = step(policy, result);
    }
  }
  const mark = chain(key, results);
  const content: LanguageModelV4Content[] = [];
  if (state.done) content.push({ type: 'text', text: state.last });
  else {
    const turn = state.turn!;
    remember(`${key}:${mark}`, { policy: state.policy, turn });
    if (turn.thinking) content.push({ type: 'reasoning', text: turn.thinking });
    for (const [index, { tool, input }] of turn.calls.entries()) {
      content.push({
        type: 'tool-call',
        toolCallId: `repair_${mark}_${results.length}_${index}`,
        toolName: tool,
        input: JSON.stringify(input),
      });
    }
  }
  return {
    content,
    finishReason: state.done ? { unified: 'stop', raw: 'stop' } : { unified: 'tool-calls', raw: 'tool-calls' },
    usage: usageOf(call, content),
    warnings: warningsOf(call),
  };
}

function step(policy: Policy, results: string[] | null) {
  const next = results === null ? policy.next() : policy.next(results);
  return next.done
    ? { done: true, policy, turn: null, last: next.value }
    : { done: false, policy, turn: next.value, last: '' };
}

function remember(key: string, entry: { policy: Policy; turn: Turn }): void {
  waiting.set(key, entry);
  const oldest = waiting.keys().next().value;
  if (waiting.size > mostWaiting && oldest !== undefined) waiting.delete(oldest);
}

const links = new WeakMap<string[], number>();

/** A mark of the results so far, so that equal histories and no others share it. */
function chain(key: string, results: string[][]): string {
  let hash = hashText(key);
  for (const result of results) {
    let own = links.get(result);
    if (own === undefined) {
      own = hashText(JSON.stringify(result));
      links.set(result, own);
    }
    hash = hashText(own.toString(36), hash);
  }
  return hash.toString(36);
}

/** The task and the results of the model's own calls, turn by turn. */
function read(prompt: LanguageModelV4Prompt): { task: string; results: string[][] } {
  let task: string | null = null;
  const turns: { ids: string[]; results: Map<string, string> }[] = [];
  for (const message of prompt) {
    if (message.role === 'user' && task === null)
      task = message.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
    if (message.role === 'assistant') {
      const ids = message.content.flatMap((part) => (part.type === 'tool-call' ? [part.toolCallId] : []));
      if (ids.length > 0) turns.push({ ids, results: new Map() });
    }
    if (message.role === 'tool') {
      for (const part of message.content)
        if (part.type === 'tool-result') turns.at(-1)?.results.set(part.toolCallId, resultText(part.output));
    }
  }
  return { task: task ?? '', results: turns.map(({ ids, results }) => ids.map((id) => results.get(id) ?? '')) };
}

function resultText(output: { type: string; value?: unknown; reason?: string }): string {
  if (typeof output.value === 'string') return output.value;
  if (output.type === 'execution-denied') return `denied: ${output.reason ?? ''}`;
  if (output.type === 'content' && Array.isArray(output.value))
    return output.value.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
  return JSON.stringify(output.value ?? '');
}

function requireTools(call: LanguageModelV4CallOptions): void {
  const offered = new Set((call.tools ?? []).map((tool) => tool.name));
  const missing = ['read', 'run', 'edit'].filter((name) => !offered.has(name));
  if (missing.length === 0) return;
  throw new ParlayError(`The offline model needs the tool${missing.length === 1 ? '' : 's'} ${missing.join(', ')}.`, {
    why: 'It repairs programs by running their tests; without these tools it can do nothing.',
    next: 'Offer read, run and edit, or choose another model.',
  });
}

const sizes = new WeakMap<object, number>();

/** Tokens as characters divided by four, which is what a tokeniser of English and code comes to. */
function usageOf(call: LanguageModelV4CallOptions, content: LanguageModelV4Content[]): LanguageModelV4Usage {
  let characters = 0;
  for (const message of call.prompt) {
    let size = sizes.get(message);
    if (size === undefined) {
      size = JSON.stringify(message.content).length;
      sizes.set(message, size);
    }
    characters += size;
  }
  for (const tool of call.tools ?? []) characters += JSON.stringify(tool).length;
  const tokens = (count: number) => Math.ceil(count / 4);
  const reasoning = tokens(content.reduce((sum, part) => sum + (part.type === 'reasoning' ? part.text.length : 0), 0));
  const text = tokens(
    content.reduce(
      (sum, part) =>
        sum + (part.type === 'text' ? part.text.length : part.type === 'tool-call' ? part.input.length : 0),
      0,
    ),
  );
  const input = tokens(characters);
  return {
    inputTokens: { total: input, noCache: input, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: text + reasoning, text, reasoning },
  };
}

function warningsOf(call: LanguageModelV4CallOptions): SharedV4Warning[] {
  const unsupported: SharedV4Warning[] = [];
  for (const feature of ['temperature', 'topP', 'topK', 'maxOutputTokens', 'stopSequences'] as const) {
    if (call[feature] !== undefined)
      unsupported.push({ type: 'unsupported', feature, details: 'The offline model has no sampling.' });
  }
  if (call.responseFormat?.type === 'json') unsupported.push({ type: 'unsupported', feature: 'responseFormat' });
  return unsupported;
}

function* parts(content: LanguageModelV4Content[], warnings: SharedV4Warning[]): Generator<LanguageModelV4StreamPart> {
  yield { type: 'stream-start', warnings };
  yield { type: 'response-metadata', modelId: 'repair' };
  for (const [index, part] of content.entries()) {
    const id = String(index);
    if (part.type === 'text')
      yield* [
        { type: 'text-start', id } as const,
        { type: 'text-delta', id, delta: part.text } as const,
        { type: 'text-end', id } as const,
      ];
    if (part.type === 'reasoning')
      yield* [
        { type: 'reasoning-start', id } as const,
        { type: 'reasoning-delta', id, delta: part.text } as const,
        { type: 'reasoning-end', id } as const,
      ];
    if (part.type === 'tool-call') {
      yield { type: 'tool-input-start', id: part.toolCallId, toolName: part.toolName };
      yield { type: 'tool-input-delta', id: part.toolCallId, delta: part.input };
      yield { type: 'tool-input-end', id: part.toolCallId };
      yield part;
    }
  }
}
