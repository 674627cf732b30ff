/** How many candidates an attempt may consider, by level of effort; a number is itself. */
const levels: Record<string, number> = {
  off: 5,
  none: 5,
  minimal: 20,
  low: 80,
  medium: 300,
  high: 800,
  xhigh: 2000,
  max: 5000,
};

export interface Budget {
  candidates: number;
  /** Seconds that may go into trying candidates. */
  seconds: number;
}

/** The budget for an effort as the call option gives it: a level's name or a number of candidates. */
export function budgetOf(effort: unknown): Budget {
  const number =
    typeof effort === 'number'
      ? effort
      : typeof effort === 'string' && /^\d+$/.test(effort)
        ? Number(effort)
        : undefined;
  const candidates =
    number === undefined ? (levels[String(effort ?? 'medium')] ?? levels.medium!) : Math.max(1, Math.floor(number));
  return { candidates, seconds: candidates <= 1000 ? 75 : candidates <= 2500 ? 240 : 900 };
}
