import { ParlayError } from '../system/errors.ts';

/** The one scale of effort, least to most. */
export const effortLevels = ['off', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
export type EffortLevel = (typeof effortLevels)[number];

/** A level, or a budget of thinking tokens. */
export type Effort = EffortLevel | number;

/** What a person may ask for: an effort, or to start low and go up on evidence. */
export type RequestedEffort = Effort | 'auto';

/** Where `auto` begins. */
export const lowestAutoEffort: EffortLevel = 'low';

/** The level above, or null at the top. A budget stays what the person set. */
export function raiseEffort(effort: Effort): EffortLevel | null {
  if (typeof effort === 'number') return null;
  return effortLevels[effortLevels.indexOf(effort) + 1] ?? null;
}

/** Reads `--effort`: a level's name, a whole number of thinking tokens, or `auto`. */
export function parseRequestedEffort(text: string): RequestedEffort {
  return text.toLowerCase() === 'auto' ? 'auto' : parseEffort(text);
}

/** Reads a level's name or a whole number of thinking tokens. */
function parseEffort(text: string): Effort {
  const level = effortLevels.find((name) => name === text.toLowerCase());
  if (level) return level;
  if (/^\d+$/.test(text)) {
    const budget = Number(text);
    return budget === 0 ? 'off' : budget;
  }
  throw new ParlayError(`"${text}" is not an effort.`, {
    why: `Effort is one of ${effortLevels.join(', ')}, auto, or a number of thinking tokens such as 8000.`,
    next: 'Try --effort high.',
  });
}
