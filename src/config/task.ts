import type { RequestedEffort } from './effort.ts';

/** What is asked, of which state of which repository, and how success is checked. */
export interface Task {
  /** The person's words, unchanged. */
  prompt: string;
  /** Absolute path of the repository's top folder. */
  repository: string;
  /** The command that checks success, as the person or the detection gave it; null when there is none. */
  verify: string | null;
}

/** Who does a task and with how much compute. */
export interface Setting {
  /** `parlay` for the built-in loop; others arrive with outside agents. */
  agent: string;
  /** `provider/model`. */
  model: string;
  effort: RequestedEffort;
  /** Models to go on with, in order, when this one stays unavailable. */
  fallback?: string[];
}

/** Hard limits over a whole run, all attempts together. Absent means none. */
export interface Limits {
  /** US dollars. */
  maxUsd?: number;
  /** Tokens of every class, summed. */
  maxTokens?: number;
  /** Seconds of wall time. */
  maxTime?: number;
  /** Model requests made by one attempt. */
  maxSteps?: number;
}
