import { type Effort, effortLevels } from '../config/effort.ts';
import type { SentEffort } from '../ledger/events.ts';
import type { OpenModel } from './types.ts';

/** What each level becomes on the wire, for `parlay models show`. */
export function effortTable(model: OpenModel, budgets: readonly number[] = []): SentEffort[] {
  const requests: Effort[] = [...effortLevels, ...budgets];
  return requests.map((level) => {
    const { requested, sent, notice } = model.effort(level);
    return { requested, sent, ...(notice === undefined ? {} : { notice }) };
  });
}
