import type {
  LanguageModelV4,
  LanguageModelV4FunctionTool,
  LanguageModelV4Message,
  SharedV4ProviderOptions,
} from '@ai-sdk/provider';
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

/** What is sent for an effort: recorded as it is, and passed to the provider package. */
export interface EffortPlan extends SentEffort {
  providerOptions: SharedV4ProviderOptions;
  /** Said to a model that has no control for thinking, at the end of the system message. */
  instruction?: string;
  /** Thinking tokens that come out of the output allowance, which must be larger. */
  thinkingTokens?: number;
  /** Output tokens that the provider package adds to what it is given, taken off beforehand. */
  addedByPackage?: number;
  /** Output tokens to ask for at this effort, thinking included. */
  outputTokens?: number;
  /** Headers that the provider wants with it, such as a beta flag. */
  headers?: Record<string, string>;
}

/** A model that is ready to be asked. `openModel` makes them from `provider/model`. */
export interface OpenModel {
  info: ModelInfo;
  model: LanguageModelV4;
  /**
   * Provider parameters for an effort, and the honest record of them. With `maxOutputTokens`, thinking is cut so that
   * an answer fits into the allowance.
   */
  effort(requested: Effort, maxOutputTokens?: number): EffortPlan;
  /** Prices a finished request. */
  cost(usage: Usage): Cost;
  /** US dollars per token at most for a request of so many input tokens, for reserving; null where unknown. */
  price(inputTokens: number): { input: number; output: number } | null;
  /** Shared by every request that counts against the same rate limit: provider, base URL and a hash of the key. */
  rateKey: string;
  /**
   * Fits history to this provider's wire (cache marks, images in tool results, foreign thinking). A pure function of
   * each message, so that a longer history has the shorter one's bytes as its prefix.
   */
  prepare(
    messages: readonly Message[],
    tools: readonly LanguageModelV4FunctionTool[],
    plan: EffortPlan,
  ): { messages: Message[]; tools: LanguageModelV4FunctionTool[]; notice?: string };
  /** Options of one request beside effort, such as a cache key that stays the same over a run. */
  options(cause: ModelRequest['cause']): SharedV4ProviderOptions;
  /** Usage that a raw stream chunk reports, for streams that break before their end. */
  reported(chunk: unknown): Usage | undefined;
  /** Tokens of output asked for; absent leaves it to the provider. */
  outputTokens?: number;
  /** Longest silence between bytes once an answer flows, milliseconds. */
  idleMs?: number;
  /** Longest wait for the status line, milliseconds, where it comes only after the prompt was read. */
  firstByteMs?: number;
  /** Says nothing while it thinks, not even keep-alives. */
  thinksUnseen?: true;
  /** What to do about a refused key, naming the variable. */
  keyHint?: string;
  /** Whether it takes a seed: the offline model and local servers. */
  takesSeed?: boolean;
}

export interface ModelRequest {
  model: OpenModel;
  effort: Effort;
  messages: readonly Message[];
  tools: readonly LanguageModelV4FunctionTool[];
  /** For models that take a seed. */
  seed?: number;
  /** Output tokens wanted, thinking included; the model's usual allowance by default. */
  maxOutputTokens?: number;
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
    /** The provider calls the request itself wrong; asking again cannot help. */
    | 'rejected'
    | 'refused';
  /** What happened, why and the next step, in words for a person. */
  message: string;
  next: string;
}
