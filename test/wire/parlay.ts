import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider';
import { expect } from 'vitest';
import type { Effort } from '../../src/config/effort.ts';
import type { Limits } from '../../src/config/task.ts';
import type { EventData, Usage } from '../../src/ledger/events.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { LimitGuard } from '../../src/ledger/limits.ts';
import { openModel } from '../../src/models/open.ts';
import { request } from '../../src/models/request.ts';
import type { Message, ModelEvent, ModelFailure } from '../../src/models/types.ts';
import { type Effects, realEffects } from '../../src/system/effects.ts';
import { addTokens, noTokens, type Tokens } from './count.ts';
import type { WireServer } from './server.ts';

/** How Parlay reaches each vendor: the model that most tests ask. */
export const modelOf: Readonly<Record<string, string>> = {
  anthropic: 'anthropic/claude-opus-5-5',
  responses: 'openai/gpt-5.6',
  chat: 'openai-chat/gpt-5.2',
  deepseek: 'deepseek/deepseek-v4-pro',
  openrouter: 'openrouter/anthropic/claude-opus-5.5',
  qwen: 'qwen/qwen3-235b-a22b',
  local: 'openai-compatible/qwen3-8b',
  gemini: 'google/gemini-3.1-pro-preview',
};

export const readTool: LanguageModelV4FunctionTool = {
  type: 'function',
  name: 'read',
  description: 'Reads a file.',
  inputSchema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
};

export const start: Message[] = [
  { role: 'system', content: 'You mend programs.' },
  { role: 'user', content: [{ type: 'text', text: 'Mend the date parser. Grüße!' }] },
];

/** What came of one request. */
export interface Outcome {
  events: ModelEvent[];
  finished?: Extract<ModelEvent, { type: 'finished' }>;
  failure?: ModelFailure;
  /** Text and thinking shown since the last restart. */
  text: string;
  thinking: string;
  notices: string[];
}

export interface AskOptions {
  effort?: Effort;
  tools?: LanguageModelV4FunctionTool[];
  signal?: AbortSignal;
  maxOutputTokens?: number;
  attempt?: number;
  onEvent?(event: ModelEvent): void;
}

/** Parlay's models room with a ledger, limits and a clock of its own. */
export class Parlay {
  readonly folder = mkdtempSync(join(tmpdir(), 'parlay-wire-'));
  readonly effects: Effects;
  readonly ledger: Ledger;
  readonly limits: LimitGuard;
  /** Every wait that a request made, in milliseconds, in order. They pass at once unless `realTime`. */
  readonly waits: number[] = [];
  readonly #mine = new WeakSet<AbortSignal>();
  #step = 0;

  constructor(servers: WireServer[], environment: Record<string, string> = {}, limits: Limits = {}, realTime = false) {
    const merged = { PARLAY_HOME: this.folder, ...Object.assign({}, ...servers.map((one) => one.environment())) };
    const real = realEffects({ ...merged, ...environment });
    let ahead = 0;
    this.effects = {
      ...real,
      now: () => real.now() + ahead,
      elapsed: () => real.elapsed() + ahead,
      random: () => 0.5,
      sleep: async (milliseconds, signal) => {
        // Only the waits of a request are its caller's to see; watching a stream goes by the real clock.
        if (realTime || !signal || !this.#mine.has(signal)) return real.sleep(milliseconds, signal);
        signal.throwIfAborted();
        this.waits.push(milliseconds);
        ahead += milliseconds;
      },
    };
    this.ledger = new Ledger(join(this.folder, 'ledger.sqlite'), this.effects);
    this.limits = new LimitGuard(limits, this.effects, this.effects.now());
  }

  async ask(id: string, messages: readonly Message[], options: AskOptions = {}): Promise<Outcome> {
    const signal = options.signal ?? new AbortController().signal;
    this.#mine.add(signal);
    const model = await openModel(id, this.effects);
    const outcome: Outcome = { events: [], text: '', thinking: '', notices: [] };
    const events = request(
      {
        model,
        effort: options.effort ?? 'high',
        messages,
        tools: options.tools ?? [readTool],
        maxOutputTokens: options.maxOutputTokens,
        signal,
        cause: { run: 'run', attempt: options.attempt ?? 1, stage: 'attempt', step: ++this.#step },
      },
      { ledger: this.ledger, limits: this.limits, effects: this.effects },
    );
    for await (const event of events) {
      outcome.events.push(event);
      options.onEvent?.(event);
      if (event.type === 'text' || event.type === 'thinking') outcome[event.type] += event.text;
      else if (event.type === 'restart') Object.assign(outcome, { text: '', thinking: '' });
      else if (event.type === 'notice') outcome.notices.push(event.text);
      else if (event.type === 'finished') outcome.finished = event;
      else if (event.type === 'failed') outcome.failure = event.failure;
    }
    expect(['finished', 'failed'], 'the last event').toContain(outcome.events.at(-1)?.type);
    return outcome;
  }

  /** Asks until the model calls no more tools, answering each call, and returns the whole history. */
  async converse(id: string, messages: readonly Message[], options: AskOptions = {}): Promise<Message[]> {
    const history = [...messages];
    for (;;) {
      const { finished, failure } = await this.ask(id, history, options);
      if (!finished) throw new Error(`${failure?.kind}: ${failure?.message}`);
      history.push(finished.message);
      const results = resultsFor(finished.message);
      if (!results) return history;
      history.push(results);
    }
  }

  /** Closing events of every request, each with the opening event that belongs to it. */
  requests(): { started: EventData['request.started']; finished: EventData['request.finished'] }[] {
    const started = this.ledger.events({ kinds: ['request.started'] }).map((event) => event.data);
    const finished = this.ledger.events({ kinds: ['request.finished'] }).map((event) => event.data);
    expect(finished.map((one) => one.request).sort(), 'each request is closed once').toEqual(
      started.map((one) => one.request).sort(),
    );
    return started.map((one) => ({ started: one, finished: finished.find((other) => other.request === one.request)! }));
  }

  /** Tokens of every request that the bill calls ok. */
  billed(): Tokens {
    const sum = (total: Tokens, usage: Usage) => addTokens(total, { ...noTokens, ...usage });
    return this.requests()
      .filter(({ finished }) => finished.status === 'ok')
      .reduce((total, { finished }) => sum(total, finished.usage), noTokens);
  }

  /** Times that the bill says something went over the wire. */
  tries(): number {
    return this.requests().reduce((sum, { finished }) => sum + finished.tries, 0);
  }

  /** Every byte kept on disk. */
  bytes(): Buffer {
    const files = readdirSync(this.folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return Buffer.concat(files.map((entry) => readFileSync(join(entry.parentPath, entry.name))));
  }

  close(): void {
    this.ledger.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What the tools say to a message's calls, or null when it has none. */
export function resultsFor(message: Message): Message | null {
  if (message.role !== 'assistant') return null;
  const calls = message.content.filter((part) => part.type === 'tool-call');
  if (calls.length === 0) return null;
  return {
    role: 'tool',
    content: calls.map((call) => ({
      type: 'tool-result',
      toolCallId: call.toolCallId,
      toolName: call.toolName,
      output:
        typeof call.input === 'string'
          ? { type: 'error-text', value: 'The arguments were not JSON.' }
          : { type: 'text', value: `Contents of ${JSON.stringify(call.input)}: ✓` },
    })),
  };
}

export function user(text: string): Message {
  return { role: 'user', content: [{ type: 'text', text }] };
}
