import { hash } from './json.ts';
import { type LimitState, type Refusal, type Trouble, withRetryAfter } from './vendor.ts';

/** A rule that a request breaks, in the words of the service. */
export interface Broken {
  message: string;
  param?: string;
  code?: string;
  status?: number;
}

/** https://developers.openai.com/api/docs/guides/error-codes; the shape as in the API reference. */
export function openaiRefusal(status: number, broken: Broken, type = 'invalid_request_error'): Refusal {
  return {
    status,
    body: { error: { message: broken.message, type, param: broken.param ?? null, code: broken.code ?? null } },
    headers: { 'x-request-id': `req_${hash(broken.message)}`, 'openai-version': '2020-10-01' },
  };
}

/** 401 with the key masked as the service masks it. */
export function openaiAuthentication(given: string | undefined, key: string): Refusal | null {
  if (given === `Bearer ${key}`) return null;
  if (!given)
    return openaiRefusal(401, {
      message:
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
    });
  const bare = given.replace(/^Bearer /, '');
  return openaiRefusal(401, {
    message: `Incorrect API key provided: ${bare.slice(0, 8)}${'*'.repeat(8)}${bare.slice(-4)}. You can find your API key at https://platform.openai.com/account/api-keys.`,
    code: 'invalid_api_key',
  });
}

export function openaiTrouble(kind: Trouble, retryAfter?: string): Refusal {
  if (kind === 'rate-limited') {
    const message = 'Rate limit reached for requests per min (RPM): Limit 50, Used 50, Requested 1.';
    return withRetryAfter(openaiRefusal(429, { message, code: 'rate_limit_exceeded' }, 'requests'), retryAfter);
  }
  const [status, message] =
    kind === 'internal'
      ? [500, 'The server had an error while processing your request. Sorry about that!']
      : [503, 'The engine is currently overloaded, please try again later'];
  return withRetryAfter(openaiRefusal(Number(status), { message: String(message) }, 'server_error'), retryAfter);
}

/** https://developers.openai.com/api/docs/guides/rate-limits#rate-limits-in-headers */
export function openaiLimits({ limit, remaining, fullInMs }: LimitState): Record<string, string> {
  return {
    'x-ratelimit-limit-requests': String(limit),
    'x-ratelimit-remaining-requests': String(remaining),
    'x-ratelimit-reset-requests': fullInMs < 1000 ? `${Math.round(fullInMs)}ms` : `${(fullInMs / 1000).toFixed(3)}s`,
  };
}
