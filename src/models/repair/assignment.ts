import type { Budget } from './budget.ts';
import type { Parsers } from './grammars.ts';

/** What an attempt is asked, and with how much compute. */
export interface Assignment {
  /** The task message, word for word. */
  task: string;
  seed: number;
  budget: Budget;
  parsers: Parsers;
}
