import type { Cost, Usage } from '../ledger/events.ts';
import type { Effects } from '../system/effects.ts';
import type { ModelInfo } from './types.ts';

export interface ModelPrice {
  info: Omit<ModelInfo, 'id'>;
  most: { input: number; output: number } | null;
  cost(usage: Usage): Cost;
}

/** Prices and facts of a model from the catalogue. */
export function priceOf(
  provider: string,
  modelId: string,
  local: boolean,
  _effects: Pick<Effects, 'environment'>,
): ModelPrice {
  if (local) return { info: {}, most: { input: 0, output: 0 }, cost: () => ({ usd: null, source: 'local: no price' }) };
  return {
    info: {},
    most: null,
    cost: () => ({ usd: null, source: `unknown: ${provider}/${modelId} is not in the catalogue` }),
  };
}
