import { messageOf } from '../system/errors.ts';
import type { ModelFailure } from './types.ts';

/** What went wrong with one try, and whether another can help. */
export interface TryFailure {
  kind: ModelFailure['kind'];
  /** The provider's or the network's own words, not yet cleaned of secrets. */
  detail: string;
  retry: boolean;
  /** How long the provider says to wait, milliseconds. */
  retryAfterMs?: number;
  status?: number;
  /** The stream fell silent. */
  silent?: true;
}

/** A stream that ended before its finish event. */
export class BrokenStream extends Error {}

/** A stream that fell silent before its finish event. */
export class SilentStream extends BrokenStream {}

/**
 * How each provider says that a request is longer than the model's context. From the error texts in the documentation
 * and source of Anthropic, OpenAI, Google, Bedrock, Mistral, xAI, Groq, OpenRouter, DeepSeek, DashScope, vLLM,
 * llama.cpp, LM Studio and Ollama.
 */
const overflow: readonly RegExp[] = [
  /context_length_exceeded|model_context_window_exceeded|exceed_context_size/i,
  /prompt is too long|input is too long|request_too_large/i,
  /exceeds? (the |your |this )?(model'?s? |available |maximum )*(context|token)[ _-]?(window|limit|size|length)/i,
  /(maximum|max) (context|prompt|model) ?(length|len)|max_model_len/i,
  /input token count.{0,60}exceeds|exceeds the maximum number of (input )?tokens/i,
  /input length and .?max_tokens.? exceed/i,
  /too large for model with \d+ maximum context/i,
  /reduce the length of the (messages|prompt|input)/i,
  /greater than the context length|context (length|window|size) (was |is )?exceed|larger than the context/i,
  /range of input length should be/i,
  /exceeded model token limit|too many (input )?tokens in/i,
];

const unknownModel =
  /model_not_found|no such model|unknown model|model .{0,120}(not found|does not exist|is not (available|supported|a valid)|isn't available)|model not exist|not a valid model|invalid model( name| id|:|$)/i;
/** Said with a status that usually passes, of something that never will. */
const neverSupported = /image input is not supported|does not support (image|tool|function)/i;
const outOfCredit =
  /insufficient_quota|insufficient (balance|credit|funds)|credit balance is too low|billing_(error|hard_limit)|exceeded your current quota, please check your plan/i;
const badKey =
  /invalid.{0,20}api[ _-]?key|api[ _-]?key.{0,20}(not valid|invalid|expired)|authentication_error|API_KEY_INVALID/i;
const ended = /without (a|its) finish|terminated|premature|socket|ECONN|EPIPE|network|fetch failed|other side closed/i;

/** Reads whatever a provider package threw or put on its stream. `now` is milliseconds since the epoch. */
export function readFailure(
  thrown: unknown,
  wire: { status?: number; headers?: Headers; sent: boolean },
  now: number,
): TryFailure {
  if (thrown instanceof BrokenStream) {
    const silent = thrown instanceof SilentStream ? ({ silent: true } as const) : {};
    return { kind: 'unavailable', detail: thrown.message, retry: true, ...silent };
  }

  const fields = errorFields(thrown);
  if (isOurMistake(thrown, fields.message))
    return { kind: 'rejected', detail: `an error inside Parlay: ${fields.message}`, retry: false };
  const status = fields.status ?? (wire.status !== undefined && wire.status >= 400 ? wire.status : undefined);
  const text = `${fields.code ?? ''} ${fields.type ?? ''} ${fields.message} ${fields.body ?? ''}`;
  const detail = fields.message || `HTTP ${status ?? 'error'}`;
  const retryAfterMs = retryAfter(wire.headers, fields.body, now);
  const base = { detail, status };

  if (outOfCredit.test(text) || status === 402) return { ...base, kind: 'unauthorised', retry: false };
  if (status === 401 || status === 403) return { ...base, kind: 'unauthorised', retry: false };
  if (status === 429) return { ...base, kind: 'rate-limited', retry: true, retryAfterMs };
  if (isOverflow(text, status)) return { ...base, kind: 'context-overflow', retry: false };
  if (status === 404) return { ...base, kind: 'unknown-model', retry: false };
  if (status !== undefined && status >= 400 && status < 500 && ![408, 409, 425].includes(status)) {
    if (badKey.test(text)) return { ...base, kind: 'unauthorised', retry: false };
    if (unknownModel.test(text)) return { ...base, kind: 'unknown-model', retry: false };
    return { ...base, kind: 'rejected', retry: false };
  }
  if (neverSupported.test(text)) return { ...base, kind: 'rejected', retry: false };
  if (wire.headers?.get('x-should-retry') === 'false') return { ...base, kind: 'unavailable', retry: false };
  if (status !== undefined || fields.retryable || ended.test(text) || wire.sent) {
    const rate = /rate_limit|too many requests|resource_exhausted/i.test(`${fields.code ?? ''} ${fields.type ?? ''}`);
    return { ...base, kind: rate ? 'rate-limited' : 'unavailable', retry: true, retryAfterMs };
  }
  // It never reached the network: the provider package itself would not send this request.
  return { ...base, kind: 'rejected', retry: false };
}

/** A mistake in a program, as fetch throws none: its own TypeErrors name the network or carry a cause with a code. */
function isOurMistake(thrown: unknown, message: string): boolean {
  if (!(thrown instanceof TypeError || thrown instanceof RangeError || thrown instanceof ReferenceError)) return false;
  return thrown.cause === undefined && !ended.test(message);
}

function isOverflow(text: string, status: number | undefined): boolean {
  if (status !== undefined && ![400, 413, 422, 500].includes(status)) return false;
  return overflow.some((pattern) => pattern.test(text));
}

interface ErrorFields {
  message: string;
  status?: number;
  code?: string;
  type?: string;
  body?: string;
  retryable?: boolean;
}

/** APICallError of the AI SDK, its stream errors, a provider's bare error object, or any Error. */
function errorFields(thrown: unknown): ErrorFields {
  if (typeof thrown === 'string') return { message: thrown };
  if (typeof thrown !== 'object' || thrown === null) return { message: messageOf(thrown) };
  const value = thrown as Record<string, unknown>;
  const inner = (typeof value.error === 'object' && value.error !== null ? value.error : {}) as Record<string, unknown>;
  const number = (field: unknown) => (typeof field === 'number' && field >= 100 && field < 600 ? field : undefined);
  const words = (field: unknown) => (typeof field === 'string' && field !== '' ? field : undefined);
  const code = value.code ?? inner.code;
  const type = words(value.type) ?? words(inner.type) ?? words(inner.status);
  const cause = thrown instanceof Error && thrown.cause !== undefined ? ` (${causeOf(thrown.cause)})` : '';
  return {
    message: `${words(value.message) ?? words(inner.message) ?? words(value.error) ?? type ?? ''}${cause}`,
    status: number(value.statusCode) ?? number(value.status) ?? number(code) ?? statusOfType(type ?? words(code)),
    code: code === undefined || code === null ? undefined : String(code),
    type,
    body: words(value.responseBody) ?? (value.data === undefined ? undefined : safeJson(value.data)),
    retryable: value.isRetryable === true,
  };
}

/** Error types that stand for a status when an error arrives inside a stream that began with 200. */
function statusOfType(type: string | undefined): number | undefined {
  switch (type) {
    case 'rate_limit_error':
    case 'rate_limit_exceeded':
    case 'RESOURCE_EXHAUSTED':
      return 429;
    case 'overloaded_error':
      return 529;
    case 'server_error':
    case 'api_error':
    case 'internal_server_error':
    case 'UNAVAILABLE':
    case 'INTERNAL':
      return 500;
    case 'authentication_error':
    case 'invalid_api_key':
    case 'permission_error':
      return 401;
    case 'not_found_error':
    case 'model_not_found':
      return 404;
    case 'invalid_request_error':
    case 'INVALID_ARGUMENT':
      return 400;
    default:
      return undefined;
  }
}

function causeOf(cause: unknown): string {
  const code = (cause as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : messageOf(cause);
}

function safeJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/**
 * How long a provider asks to wait, milliseconds: `retry-after-ms`, then `retry-after` as seconds or a date
 * (RFC 9110 §10.2.3), then the `retryDelay` of Google's RetryInfo.
 */
function retryAfter(headers: Headers | undefined, body: string | undefined, now: number): number | undefined {
  const milliseconds = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (milliseconds >= 0) return milliseconds;
  const header = headers?.get('retry-after')?.trim();
  if (header) {
    if (/^\d+(\.\d+)?$/.test(header)) return Number.parseFloat(header) * 1000;
    const date = Date.parse(header);
    if (!Number.isNaN(date)) return Math.max(0, date - now);
  }
  const delay = /"retryDelay"\s*:\s*"(\d+(?:\.\d+)?)s"/.exec(body ?? '');
  return delay ? Number.parseFloat(delay[1]!) * 1000 : undefined;
}
