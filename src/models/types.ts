import type { LanguageModelV4, LanguageModelV4FunctionTool, LanguageModelV4Message } from '@ai-sdk/provider';
import type { Effort } from '../config/effort.ts';
import type { Cost, SentEffort, Stage, Usage } from '../ledger/events.ts';

/** A message exactly as it goes to the AI SDK; history is a list of these that only grows. */
export type Message = LanguageModelV4Message;
export type AssistantMessage = Extract<Message, { role: 'assistant' }>;

/** What a model can do and costs, as far as is known. Anything unknown is absent. */
export interface ModelInfo {
  /** `provider/model`. */
  id: string;
  contextTokens?: number;
  maxOutputTokens?: number;
  images?: boolean;
  /** Declared active parameters, as a band, for FLOPs. */
  activeParameters?: { low: number; high: number };
}

/** A model that is ready to be asked. `opening.ts` makes them from `provider/model`. */
export interface OpenModel {
  info: ModelInfo;
  model: LanguageModelV4;
  /** Provider parameters for an effort, and the honest record of them. */
  effort(requested: Effort): SentEffort & { providerOptions: Record<string, Record<string, never>> };
  /** Prices a finished request. */
  cost(usage: Usage): Cost;
  /** Shared by every request that counts against the same rate limit: provider, base URL and a hash of the key. */
  rateKey: string;
}

export interface ModelRequest {
  model: OpenModel;
  effort: Effort;
  messages: readonly Message[];
  tools: readonly LanguageModelV4FunctionTool[];
  /** For models that take a seed. */
  seed?: number;
  signal: AbortSignal;
  /** Who caused it, for the ledger. */
  cause: { run: string; attempt: number | null; stage: Stage; step: number; parent?: string };
}

/** What `request()` yields, in order; `finished` or `failed` is last. It never throws. */
export type ModelEvent =
  | { type: 'thinking'; text: string }
  | { type: 'text'; text: string }
  | { type: 'tool-input'; tool: string; text: string }
  | { type: 'waiting'; reason: string; until: number }
  | { type: 'notice'; text: string }
  /** The stream broke and begins again: forget the deltas since the last `restart`. */
  | { type: 'restart'; reason: string }
  | {
      type: 'finished';
      /** To be appended to the history as it is. Tool inputs are parsed JSON, or a string where they were malformed. */
      message: AssistantMessage;
      reason: 'stop' | 'tool-calls' | 'length' | 'content-filter' | 'other';
      usage: Usage;
    }
  | { type: 'failed'; failure: ModelFailure };

export interface ModelFailure {
  kind:
    | 'limit-reached'
    | 'cancelled'
    | 'unauthorised'
    | 'unknown-model'
    | 'context-overflow'
    | 'rate-limited'
    | 'unavailable'
    | 'refused';
  /** What happened, why and the next step, in words for a person. */
  message: string;
  next: string;
}
