import { hash } from './json.ts';
import type { Refusal, Trouble } from './vendor.ts';

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

export function openaiTrouble(kind: Trouble): Refusal {
  if (kind === 'rate-limited') {
    const refusal = openaiRefusal(
      429,
      {
        message: 'Rate limit reached for requests per min (RPM): Limit 50, Used 50, Requested 1.',
        code: 'rate_limit_exceeded',
      },
      'requests',
    );
    const limits = { 'x-ratelimit-limit-requests': '50', 'x-ratelimit-remaining-requests': '0' };
    return { ...refusal, headers: { ...refusal.headers, ...limits } };
  }
  if (kind === 'internal')
    return openaiRefusal(
      500,
      { message: 'The server had an error while processing your request. Sorry about that!' },
      'server_error',
    );
  return openaiRefusal(503, { message: 'The engine is currently overloaded, please try again later' }, 'server_error');
}
