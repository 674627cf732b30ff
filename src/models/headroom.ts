/** What a provider's limit headers ask for. */
export interface Headroom {
  pauseMs: number;
  spacingMs: number;
  reason: string;
}

/** Names of the headers for what is left, how much there is, and when it is whole again. */
const families = [
  // https://platform.claude.com/docs/en/api/rate-limits#response-headers
  [
    'anthropic-ratelimit-requests-remaining',
    'anthropic-ratelimit-requests-limit',
    'anthropic-ratelimit-requests-reset',
  ],
  ['anthropic-ratelimit-tokens-remaining', 'anthropic-ratelimit-tokens-limit', 'anthropic-ratelimit-tokens-reset'],
  // https://developers.openai.com/api/docs/guides/rate-limits#rate-limits-in-headers; Groq, xAI and others use the same
  ['x-ratelimit-remaining-requests', 'x-ratelimit-limit-requests', 'x-ratelimit-reset-requests'],
  ['x-ratelimit-remaining-tokens', 'x-ratelimit-limit-tokens', 'x-ratelimit-reset-tokens'],
  // https://openrouter.ai/docs/api-reference/limits
  ['x-ratelimit-remaining', 'x-ratelimit-limit', 'x-ratelimit-reset'],
] as const;

/** Longest pause that headers alone can bring about, milliseconds: a refusal says more exactly how long to wait. */
const longestPauseMs = 60_000;

/**
 * A pause when nothing is left beside what is in flight already, else nothing. Buckets refill evenly: the time until
 * one more is there is the time until all is, divided by what is missing.
 * @param now milliseconds since the epoch.
 */
export function headroom(headers: Headers | undefined, now: number, inFlight: number): Headroom | undefined {
  let worst: Headroom | undefined;
  for (const [remainingName, limitName, resetName] of families) {
    const text = headers?.get(remainingName);
    if (text === null || text === undefined) continue;
    const remaining = Number.parseFloat(text);
    const resetMs = untilReset(headers!.get(resetName), now);
    if (!(remaining >= 0) || resetMs === undefined) continue;
    const tokens = remainingName.includes('tokens');
    // The count is of the moment it was answered: what started since has not been taken off it.
    if (remaining > (tokens ? 0 : Math.max(0, inFlight - 1))) continue;
    const limit = Number.parseFloat(headers!.get(limitName) ?? '');
    const missing = limit > remaining ? limit - remaining : 1;
    const spacingMs = tokens ? 0 : resetMs / missing;
    const pauseMs = Math.min(longestPauseMs, remaining > 0 || !tokens ? spacingMs : resetMs / 10);
    if (!worst || pauseMs > worst.pauseMs)
      worst = { pauseMs, spacingMs, reason: `the limit of ${tokens ? 'tokens' : 'requests'} is used up` };
  }
  return worst;
}

/** A date, seconds, milliseconds since the epoch, or a duration such as `6m0s`, `1.5s` and `20ms`. */
function untilReset(text: string | null, now: number): number | undefined {
  if (!text) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) {
    const value = Number.parseFloat(text);
    if (value > 1e12) return Math.max(0, value - now);
    if (value > 1e9) return Math.max(0, value * 1000 - now);
    return value * 1000;
  }
  const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  if (/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) {
    let sum = 0;
    for (const [, value, , unit] of text.matchAll(/(\d+(\.\d+)?)(ms|s|m|h|d)/g)) sum += Number(value) * units[unit!]!;
    return sum;
  }
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
