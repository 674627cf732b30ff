import { canonical, hash } from './json.ts';

/** What the server itself counted for one request, in tokens; the classes do not overlap. */
export interface Tokens {
  input: number;
  cacheRead: number;
  cacheWrite: number;
  cacheWriteHour: number;
  /** Visible output: text and tool calls. */
  output: number;
  reasoning: number;
}

export const noTokens: Tokens = { input: 0, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0, output: 0, reasoning: 0 };

export function addTokens(a: Tokens, b: Tokens): Tokens {
  return {
    input: a.input + b.input,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite: a.cacheWrite + b.cacheWrite,
    cacheWriteHour: a.cacheWriteHour + b.cacheWriteHour,
    output: a.output + b.output,
    reasoning: a.reasoning + b.reasoning,
  };
}

/** Tokens of a text: a quarter of its UTF-8 bytes, rounded up. Any fixed rule will do, as long as it is the server's. */
export function countText(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 4);
}

/** Tokens of any part of a request. Base64 is not read as text: an image costs what it costs. */
export function countPart(part: unknown, tokensPerImage: number): number {
  let images = 0;
  const rest = JSON.stringify(part, (key, value: unknown) => {
    const isImage = typeof value === 'string' && value.length > 64 && (key === 'data' || value.startsWith('data:'));
    if (isImage) images += 1;
    return isImage ? undefined : value;
  });
  return countText(rest ?? '') + images * tokensPerImage;
}

/** One piece of a prompt, in the order in which the model reads it. */
export interface PromptBlock {
  tokens: number;
  /** What must be equal for a cache to be of use. */
  content: unknown;
  /** Set where the request asks for a cache up to and including this block. */
  breakpoint?: '5m' | '1h';
}

/** The prompt cache of one server. Prefixes are told apart by a chain of hashes. */
export class PromptCache {
  readonly #written = new Set<string>();

  /**
   * Anthropic: only what is marked is cached; a breakpoint finds an earlier entry at most 20 blocks back; a prefix shorter
   * than the model's minimum is read at the full rate and never stored.
   * https://platform.claude.com/docs/en/build-with-claude/prompt-caching
   */
  explicit(scope: string, blocks: readonly PromptBlock[], minimum: number): Omit<Tokens, 'output' | 'reasoning'> {
    const chain = chainOf(scope, blocks);
    const total = chain.at(-1)?.tokens ?? 0;
    const marks = blocks.flatMap((block, index) => (block.breakpoint ? [index] : []));
    let read = -1;
    for (const mark of marks) {
      for (let index = mark; index > mark - 20 && index > read; index -= 1) {
        if (this.#written.has(chain[index]!.key)) read = index;
      }
    }
    const usage = { input: 0, cacheRead: tokensTo(chain, read), cacheWrite: 0, cacheWriteHour: 0 };
    let done = usage.cacheRead;
    for (const mark of marks) {
      const upTo = tokensTo(chain, mark);
      if (upTo < minimum) continue;
      this.#written.add(chain[mark]!.key);
      if (upTo <= done) continue;
      if (blocks[mark]!.breakpoint === '1h') usage.cacheWriteHour += upTo - done;
      else usage.cacheWrite += upTo - done;
      done = upTo;
    }
    usage.input = total - done;
    return usage;
  }

  /**
   * OpenAI and Gemini: any prefix seen before is found by itself from `minimum` tokens on, in steps of `step` tokens.
   * https://developers.openai.com/api/docs/guides/prompt-caching, https://ai.google.dev/gemini-api/docs/caching
   */
  automatic(scope: string, blocks: readonly PromptBlock[], minimum: number, step: number) {
    const chain = chainOf(scope, blocks);
    const total = chain.at(-1)?.tokens ?? 0;
    let read = 0;
    for (const link of chain) if (this.#written.has(link.key)) read = link.tokens;
    for (const link of chain) this.#written.add(link.key);
    const cacheRead = read < minimum ? 0 : Math.floor(read / step) * step;
    return { input: total - cacheRead, cacheRead, cacheWrite: 0, cacheWriteHour: 0 };
  }
}

function chainOf(scope: string, blocks: readonly PromptBlock[]): { key: string; tokens: number }[] {
  let key = hash(scope);
  let tokens = 0;
  return blocks.map((block) => {
    key = hash(key + canonical(block.content));
    tokens += block.tokens;
    return { key, tokens };
  });
}

function tokensTo(chain: readonly { tokens: number }[], index: number): number {
  return chain[index]?.tokens ?? 0;
}
