import type { Cost, Usage } from '../ledger/events.ts';
import type { Effects } from '../system/effects.ts';
import { type CatalogueEntry, type ClassPrices, declaredParameters, readCatalogue } from './catalogue.ts';
import type { ModelInfo } from './types.ts';

export interface ModelPrice {
  /** What the catalogue knows beside prices. */
  info: Omit<ModelInfo, 'id'>;
  /** US dollars per token at most for a request with so many tokens of input; null where unknown. */
  atMost(inputTokens: number): { input: number; output: number } | null;
  cost(usage: Usage): Cost;
}

/** Providers that sell the same models at the same price under another name here. */
const sameShop: Readonly<Record<string, string>> = { 'openai-chat': 'openai' };

/**
 * Prices and facts of a model.
 * @param local an endpoint on the person's own machine: it has no price, and costs the limits nothing.
 */
export function priceOf(
  provider: string,
  modelId: string,
  local: boolean,
  effects: Pick<Effects, 'environment' | 'now'>,
): ModelPrice {
  const parameters = parametersOf(modelId);
  const flops = (usage: Usage) => (parameters ? { flops: flopsOf(parameters, usage) } : {});
  const activeParameters = parameters ? { activeParameters: parameters } : {};
  if (local)
    return {
      info: activeParameters,
      atMost: () => ({ input: 0, output: 0 }),
      cost: (usage) => ({ usd: null, local: true, source: 'local: nothing is paid by the token', ...flops(usage) }),
    };
  const { models } = readCatalogue(effects);
  const shop = `${sameShop[provider] ?? provider}/`;
  const entry = models[`${shop}${modelId}`] ?? models[`${shop}${undated(modelId)}`];
  if (!entry?.price)
    return {
      info: { ...factsOf(entry), ...activeParameters },
      atMost: () => null,
      cost: (usage) => ({
        usd: null,
        source: `unknown: ${provider}/${modelId} has no price in the catalogue`,
        ...flops(usage),
      }),
    };
  return {
    info: { ...factsOf(entry), ...activeParameters },
    atMost: (inputTokens) => {
      const prices = pricesFor(entry, inputTokens, effects.now());
      if (!prices) return null;
      const { input, output, cacheWrite = 0 } = prices;
      return { input: Math.max(input, cacheWrite) / 1e6, output: output / 1e6 };
    },
    cost: (usage) => ({ ...moneyOf(entry, usage, effects.now()), ...flops(usage) }),
  };
}

function factsOf(entry: CatalogueEntry | undefined): Omit<ModelInfo, 'id'> {
  return {
    ...(entry?.contextTokens ? { contextTokens: entry.contextTokens } : {}),
    ...(entry?.maxOutputTokens ? { maxOutputTokens: entry.maxOutputTokens } : {}),
    ...(entry?.images === undefined ? {} : { images: entry.images }),
  };
}

/** The name without the date of a snapshot. */
function undated(modelId: string): string {
  return modelId.replace(/-(\d{8}|\d{4}-\d{2}-\d{2}|latest)$/, '');
}

/** The prices of a request by its size and the hour, or undefined where those are not known. */
function pricesFor(entry: CatalogueEntry, inputTokens: number, now: number): ClassPrices | undefined {
  if (entry.unknownAbove !== undefined && inputTokens > entry.unknownAbove) return undefined;
  const tier = entry.tiers?.filter(({ above }) => inputTokens > above).at(-1);
  if (tier) return tier.price;
  const { peak } = entry;
  const time = new Date(now);
  const hour = time.getUTCHours();
  const weekday = time.getUTCDay() % 6 !== 0;
  if (peak && (weekday || !peak.weekdaysOnly) && peak.hoursUtc.some(([from, to]) => hour >= from! && hour < to!))
    return peak.price;
  return entry.price;
}

function moneyOf(entry: CatalogueEntry, usage: Usage, now: number): Cost {
  const { input = 0, cacheRead = 0, cacheWrite = 0, cacheWriteHour = 0, output = 0, reasoning = 0 } = usage;
  const dated = `${entry.source}, ${entry.asOf}`;
  const prices = pricesFor(entry, input + cacheRead + cacheWrite + cacheWriteHour, now);
  if (!prices) return { usd: null, source: `unknown: requests of this size have other prices (${dated})` };
  const lines: [tokens: number, perMillion: number | undefined, name: string][] = [
    [input, prices.input, 'input'],
    [cacheRead, prices.cacheRead, 'cache reads'],
    [cacheWrite, prices.cacheWrite, 'cache writes'],
    [cacheWriteHour, prices.cacheWriteHour, 'one-hour cache writes'],
    [output + reasoning, prices.output, 'output'],
  ];
  let usd = 0;
  for (const [tokens, perMillion, name] of lines) {
    if (tokens === 0) continue;
    if (perMillion === undefined) return { usd: null, source: `unknown: no price for ${name} (${dated})` };
    usd += (tokens * perMillion) / 1e6;
  }
  return { usd, source: dated };
}

/** Active parameters, only where the publisher of the weights declares them. */
function parametersOf(modelId: string): { low: number; high: number } | undefined {
  const found = declaredParameters.find(({ match }) => new RegExp(match, 'i').test(modelId));
  return found && { low: found.low, high: found.high };
}

/**
 * A forward pass takes about 2·N floating-point operations a token (Kaplan et al. 2020, arXiv:2001.08361, §2.1; the part
 * that grows with the context is left out on both sides). Low: tokens read from a cache were computed before. High: they
 * were computed again.
 */
function flopsOf(parameters: { low: number; high: number }, usage: Usage): { low: number; high: number } {
  const { input = 0, cacheRead = 0, cacheWrite = 0, cacheWriteHour = 0, output = 0, reasoning = 0 } = usage;
  const fresh = input + cacheWrite + cacheWriteHour + output + reasoning;
  return { low: 2 * parameters.low * fresh, high: 2 * parameters.high * (fresh + cacheRead) };
}
