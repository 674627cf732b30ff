/** How many candidates an attempt may consider, by level of effort; a number is itself. */
const levels: Record<string, number> = {
  off: 10,
  none: 10,
  minimal: 100,
  low: 400,
  medium: 1500,
  high: 4000,
  xhigh: 10000,
  max: 30000,
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
  return {
    candidates,
    seconds:
      candidates <= 500 ? 30 : candidates <= 2000 ? 75 : candidates <= 5000 ? 110 : candidates <= 10000 ? 240 : 900,
  };
}
