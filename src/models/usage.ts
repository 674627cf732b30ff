import type { LanguageModelV4Usage } from '@ai-sdk/provider';
import type { Usage } from '../ledger/events.ts';
import type { Message } from './types.ts';

type RawUsage = Record<string, unknown> | undefined;

/** Tokens by class from what the AI SDK made of a provider's report. Classes do not overlap; unreported is absent. */
export function usageFrom(usage: LanguageModelV4Usage): Usage {
  const { inputTokens, outputTokens } = usage;
  const raw = usage.raw as RawUsage;
  const result: Usage = {};
  const cacheRead = inputTokens.cacheRead ?? number(raw?.prompt_cache_hit_tokens);
  const written = cacheWrites(raw, inputTokens.cacheWrite);
  const input =
    inputTokens.noCache ??
    (inputTokens.total === undefined
      ? undefined
      : inputTokens.total - (cacheRead ?? 0) - (written.fiveMinutes ?? 0) - (written.hour ?? 0));
  put(result, 'input', input);
  put(result, 'cacheRead', cacheRead);
  put(result, 'cacheWrite', written.fiveMinutes);
  put(result, 'cacheWriteHour', written.hour);
  put(result, 'reasoning', outputTokens.reasoning);
  const total = outputTokens.total ?? outputTokens.text;
  put(result, 'output', total === undefined ? undefined : Math.max(0, total - (outputTokens.reasoning ?? 0)));
  return result;
}

/** True when the provider reported something; packages fill in zeros where it did not. */
export function isReported(usage: LanguageModelV4Usage): boolean {
  if (usage.raw === undefined || usage.raw === null) return false;
  const input = usage.inputTokens.total ?? usage.inputTokens.noCache ?? 0;
  return input > 0 || (usage.outputTokens.total ?? 0) > 0;
}

/** Anthropic tells the two cache lifetimes apart in `cache_creation` (Messages API, `usage`). */
export function cacheWrites(raw: RawUsage, total: number | undefined): { fiveMinutes?: number; hour?: number } {
  const creation = raw?.cache_creation as Record<string, unknown> | null | undefined;
  const hour = number(creation?.ephemeral_1h_input_tokens);
  const fiveMinutes = number(creation?.ephemeral_5m_input_tokens);
  if (hour === undefined && fiveMinutes === undefined) return { fiveMinutes: total };
  return { fiveMinutes: fiveMinutes ?? Math.max(0, (total ?? hour ?? 0) - (hour ?? 0)), hour };
}

export function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function put(usage: Usage, name: keyof Usage, value: number | undefined): void {
  if (value !== undefined) usage[name] = Math.max(0, value);
}

/** The classes of both, added. */
export function addUsage(one: Usage, other: Usage): Usage {
  const sum: Usage = { ...one };
  for (const [name, value] of Object.entries(other) as [keyof Usage, number | undefined][])
    if (value !== undefined) sum[name] = (sum[name] ?? 0) + value;
  return sum;
}

/** Fewer bytes a token than any current tokenizer gives on source code, so that the estimate is an upper one. */
const bytesPerToken = 3;
/** A large image at the highest detail that current providers bill. */
const tokensPerImage = 2_000;
const messageOverhead = 8;

const known = new WeakMap<object, number>();

/** Upper estimate of the tokens a request sends. Each message is measured once: history only grows. */
export function estimateInputTokens(messages: readonly Message[], tools: readonly object[]): number {
  let total = 0;
  for (const item of [...messages, ...tools]) {
    let tokens = known.get(item);
    if (tokens === undefined) {
      tokens = Math.ceil(bytes(item) / bytesPerToken) + messageOverhead + images(item);
      known.set(item, tokens);
    }
    total += tokens;
  }
  return total;
}

/** Tokens of text that was received, for the bill of a stream that broke before it was counted. */
export function estimateTokens(length: number): number {
  return Math.ceil(length / 4);
}

function bytes(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value !== 'object' || value === null) return 4;
  if (isImage(value)) return 0;
  if (ArrayBuffer.isView(value)) return 0;
  let sum = 0;
  for (const [key, inner] of Object.entries(value)) sum += (Array.isArray(value) ? 1 : key.length + 4) + bytes(inner);
  return sum;
}

function images(value: unknown): number {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return 0;
  if (isImage(value)) return tokensPerImage;
  let sum = 0;
  for (const inner of Object.values(value)) sum += images(inner);
  return sum;
}

function isImage(value: object): boolean {
  return 'mediaType' in value && 'data' in value;
}
