import { ParlayError } from '../system/errors.ts';

/** The one scale of effort, least to most. */
export const effortLevels = ['off', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
export type EffortLevel = (typeof effortLevels)[number];

/** A level, or a budget of thinking tokens. */
export type Effort = EffortLevel | number;

/** Reads `--effort`: a level's name or a whole number of thinking tokens. */
export function parseEffort(text: string): Effort {
  const level = effortLevels.find((name) => name === text.toLowerCase());
  if (level) return level;
  if (/^\d+$/.test(text)) {
    const budget = Number(text);
    return budget === 0 ? 'off' : budget;
  }
  throw new ParlayError(`"${text}" is not an effort.`, {
    why: `Effort is one of ${effortLevels.join(', ')}, or a number of thinking tokens such as 8000.`,
    next: 'Try --effort high.',
  });
}
