import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCatalogue, updateCatalogue } from '../../src/models/catalogue.ts';
import { openModel } from '../../src/models/open.ts';
import { priceOf } from '../../src/models/prices.ts';
import { type Effects, realEffects } from '../../src/system/effects.ts';

let home: string;
let effects: Effects;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'parlay-prices-'));
  effects = realEffects({ PARLAY_HOME: home });
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const cost = (provider: string, model: string, usage: object, now = Date.UTC(2026, 10, 22)) =>
  priceOf(provider, model, false, { ...effects, now: () => now }).cost(usage);

describe('prices', () => {
  it('prices every class at its own rate', () => {
    const usage = { input: 1e6, cacheRead: 1e6, cacheWrite: 1e6, cacheWriteHour: 1e6, output: 5e5, reasoning: 5e5 };
    expect(cost('anthropic', 'claude-opus-4-5-20251101', usage).usd).toBeCloseTo(5 + 0.5 + 6.25 + 10 + 25);
  });

  it('takes the tier by the size of the whole input', () => {
    expect(cost('anthropic', 'claude-haiku-5-5', { input: 1, cacheRead: 99_999 }).usd).toBeCloseTo(0.001, 5);
    expect(cost('anthropic', 'claude-haiku-5-5', { input: 1, cacheRead: 100_000 }).usd).toBeCloseTo(0.005, 5);
  });

  it('takes the price of the hour', () => {
    const wednesday = Date.UTC(2026, 10, 18);
    const hour = 3_600_000;
    const at = (now: number) => cost('deepseek', 'deepseek-v4-pro', { output: 1e6 }, now).usd;
    expect(at(wednesday + 2 * hour)).toBeCloseTo(3.96);
    expect(at(wednesday + 5 * hour)).toBeCloseTo(1.98);
    expect(at(wednesday + 4 * 24 * hour + 2 * hour)).toBeCloseTo(1.98);
  });

  it('leaves unknown what is unknown', () => {
    expect(cost('openai', 'gpt-9', { input: 5 })).toMatchObject({
      usd: null,
      source: expect.stringMatching(/unknown/),
    });
    expect(cost('openai', 'gpt-6-luna', { input: 300_000 }).usd).toBeNull();
    expect(cost('openai', 'gpt-5.1', { cacheWrite: 10 }).usd).toBeNull();
  });

  it('gives no dollars for a server of one’s own, and lets the limits treat it as free', async () => {
    const model = await openModel('ollama/gpt-oss:20b', effects);
    expect(model.cost({ input: 1_000, output: 500, cacheRead: 250 })).toEqual({
      usd: null,
      local: true,
      source: 'local: nothing is paid by the token',
      flops: { low: 2 * 3.6e9 * 1_500, high: 2 * 3.6e9 * 1_750 },
    });
    expect(model.price(1_000)).toEqual({ input: 0, output: 0 });
  });
});

describe('models update', () => {
  const document = {
    anthropic: {
      models: {
        'claude-opus-4-5': {
          cost: { input: 5, output: 25, cache_read: 0.4, cache_write: 6.25 },
          limit: { context: 200_000, output: 64_000 },
        },
        'claude-new-6': {
          cost: { input: 1, output: 2 },
          limit: { context: 5, output: 4 },
          modalities: { input: ['text'] },
        },
      },
    },
  };

  it('shows what changed, keeps what the format does not hold, and is dated', async () => {
    const file = join(home, 'source.json');
    writeFileSync(file, JSON.stringify(document));
    const update = await updateCatalogue(file, effects);
    expect(update.added).toEqual(['anthropic/claude-new-6']);
    expect(update.changed).toMatchObject([{ id: 'anthropic/claude-opus-4-5', field: 'price' }]);
    expect(update.date).toBe(new Date().toISOString().slice(0, 10));
    const { models, date } = readCatalogue(effects);
    expect(date).toBe(update.date);
    expect(models['anthropic/claude-opus-4-5']!.price).toMatchObject({ cacheRead: 0.4, cacheWriteHour: 10 });
    expect(cost('anthropic', 'claude-new-6', { output: 1e6 }).usd).toBe(2);
    expect((await updateCatalogue(file, effects)).changed).toEqual([]);
  });

  it('changes nothing when the source is something else', async () => {
    const file = join(home, 'source.json');
    writeFileSync(file, '{"prices": 3}');
    await expect(updateCatalogue(file, effects)).rejects.toThrow(/no models/);
    await expect(updateCatalogue(join(home, 'absent.json'), effects)).rejects.toThrow(/could not be read/);
    expect(readCatalogue(effects).models['anthropic/claude-opus-4-5']!.price!.cacheRead).toBe(0.5);
  });
});
