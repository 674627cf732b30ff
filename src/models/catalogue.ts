import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Effects } from '../system/effects.ts';
import { messageOf, ParlayError } from '../system/errors.ts';
import { stateFolder } from '../system/paths.ts';
import builtIn from './catalogue.json' with { type: 'json' };
import { redact } from './secrets.ts';

/** US dollars per million tokens, by class. A class without a price is unknown. */
export interface ClassPrices {
  input: number;
  output: number;
  cacheRead?: number;
  cacheWrite?: number;
  cacheWriteHour?: number;
}

export interface CatalogueEntry {
  price?: ClassPrices;
  /** Prices of a whole request whose input, cache reads and writes included, is above so many tokens. */
  tiers?: { above: number; price: ClassPrices }[];
  /** Above so many tokens of input other prices hold, which are not known. */
  unknownAbove?: number;
  /** Prices in certain hours, `[from, to)`. */
  peak?: { hoursUtc: number[][]; weekdaysOnly: boolean; price: ClassPrices };
  /** Share of the price that a batch request costs. */
  batch?: number;
  contextTokens?: number;
  maxOutputTokens?: number;
  images?: boolean;
  /** Where it was read, and when or how old it is. */
  source: string;
  asOf: string;
}

export interface Catalogue {
  /** When it was put together, `YYYY-MM-DD`. */
  date: string;
  /** By `provider/model`. */
  models: Record<string, CatalogueEntry>;
}

export interface CatalogueChange {
  id: string;
  field: string;
  before: unknown;
  after: unknown;
}

/** Publishers' declared active parameters of open-weight models; the first pattern that fits. */
export const declaredParameters: readonly { match: string; low: number; high: number; source: string }[] =
  builtIn.activeParameters;

function updatedFile(effects: Pick<Effects, 'environment'>): string {
  return join(stateFolder(effects), 'catalogue.json');
}

/**
 * The catalogue that came with Parlay, with what `models update` brought on top.
 * @throws ParlayError when the updated file is damaged.
 */
export function readCatalogue(effects: Pick<Effects, 'environment'>): Catalogue {
  const own: Catalogue = { date: builtIn.date, models: builtIn.models };
  const file = updatedFile(effects);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return own;
  }
  try {
    const updated = JSON.parse(text) as Catalogue;
    return { date: updated.date, models: { ...own.models, ...updated.models } };
  } catch (cause) {
    throw new ParlayError('The updated price catalogue cannot be read.', {
      why: `${file}: ${messageOf(cause)}`,
      next: 'Delete the file, or run `parlay models update` again.',
      cause,
    });
  }
}

/** models.dev names a few providers otherwise. */
const providerNames: Readonly<Record<string, string>> = {
  alibaba: 'qwen',
  moonshotai: 'moonshot',
  togetherai: 'together',
  'fireworks-ai': 'fireworks',
  'amazon-bedrock': 'bedrock',
  'google-vertex': 'vertex',
};

/** The default source of `models update`. */
export const catalogueAddress = 'https://models.dev/api.json';

/**
 * Brings prices and limits from a file or an address in the format of https://models.dev/api.json into the state
 * folder, and returns what changed.
 * @throws ParlayError when the source cannot be read or is something else; nothing is changed then.
 */
export async function updateCatalogue(
  source: string,
  effects: Effects,
): Promise<{ date: string; added: string[]; changed: CatalogueChange[] }> {
  const document = await readSource(source, effects);
  const date = new Date(effects.now()).toISOString().slice(0, 10);
  const before = readCatalogue(effects).models;
  const models: Record<string, CatalogueEntry> = {};
  const added: string[] = [];
  const changed: CatalogueChange[] = [];
  for (const [name, provider] of Object.entries(document)) {
    for (const [modelId, model] of Object.entries(fields(fields(provider).models))) {
      const id = `${providerNames[name] ?? name}/${modelId}`;
      const entry = entryFrom(fields(model), before[id], redact(source, effects), date);
      if (!entry) continue;
      models[id] = entry;
      if (before[id]) changed.push(...differences(id, before[id], entry));
      else added.push(id);
    }
  }
  if (Object.keys(models).length === 0)
    throw new ParlayError('The catalogue holds no models.', {
      why: `${redact(source, effects)} is not in the format of ${catalogueAddress}.`,
      next: 'Give the path or address of a document in that format.',
    });
  const file = updatedFile(effects);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, JSON.stringify({ date, models }));
  renameSync(`${file}.new`, file);
  return { date, added, changed };
}

async function readSource(source: string, effects: Effects): Promise<Record<string, unknown>> {
  try {
    if (!/^https?:\/\//.test(source)) return fields(JSON.parse(readFileSync(source, 'utf8')));
    const response = await effects.fetch(source, { signal: AbortSignal.timeout(60_000) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return fields(await response.json());
  } catch (cause) {
    throw new ParlayError('The catalogue could not be read.', {
      why: redact(`${source}: ${messageOf(cause)}`, effects),
      next: 'Check the path or the network; a file in the same format works too.',
    });
  }
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function price(cost: Record<string, unknown>): ClassPrices | undefined {
  const number = (name: string) => {
    const value = cost[name];
    return typeof value === 'number' && value >= 0 ? value : undefined;
  };
  const input = number('input');
  const output = number('output');
  if (input === undefined || output === undefined) return undefined;
  const cacheRead = number('cache_read');
  const cacheWrite = number('cache_write');
  return {
    input,
    output,
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
  };
}

function entryFrom(
  model: Record<string, unknown>,
  before: CatalogueEntry | undefined,
  source: string,
  asOf: string,
): CatalogueEntry | undefined {
  const cost = fields(model.cost);
  const limit = fields(model.limit);
  const now = price(cost);
  const long = price(fields(cost.context_over_200k));
  const same = now !== undefined && before?.price?.input === now.input && before.price.output === now.output;
  const entry: CatalogueEntry = { source, asOf };
  // The format has no price for writes that live an hour, nor for hours of the day: what is known holds while the rest does.
  if (now) entry.price = same ? { ...before?.price, ...now } : now;
  if (long) entry.tiers = [{ above: 200_000, price: long }];
  else if (same && before) {
    if (before.tiers) entry.tiers = before.tiers;
    if (before.peak) entry.peak = before.peak;
    if (before.unknownAbove) entry.unknownAbove = before.unknownAbove;
    if (before.batch) entry.batch = before.batch;
  }
  if (typeof limit.context === 'number' && limit.context > 0) entry.contextTokens = limit.context;
  if (typeof limit.output === 'number' && limit.output > 0) entry.maxOutputTokens = limit.output;
  const inputs = fields(model.modalities).input;
  if (Array.isArray(inputs)) entry.images = inputs.includes('image');
  return entry.price || entry.contextTokens ? entry : undefined;
}

const compared = ['price', 'tiers', 'contextTokens', 'maxOutputTokens'] as const;

function differences(id: string, before: CatalogueEntry, after: CatalogueEntry): CatalogueChange[] {
  return compared.flatMap((field) =>
    after[field] === undefined || JSON.stringify(before[field]) === JSON.stringify(after[field])
      ? []
      : [{ id, field, before: before[field], after: after[field] }],
  );
}
