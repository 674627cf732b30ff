import type { Effort } from '../../config/effort.ts';
import type { EffortPlan, ModelInfo, OpenModel } from '../types.ts';

/** What a provider file makes of a model: an `OpenModel` without the parts that are the same for all. */
export interface ProviderModel
  extends Pick<OpenModel, 'model' | 'prepare' | 'options' | 'reported' | 'idleMs' | 'takesSeed' | 'outputTokens'> {
  /** What the provider file knows of the model; the catalogue fills in the rest. */
  info: Omit<ModelInfo, 'id'>;
  effort(requested: Effort, maxOutputTokens?: number): EffortPlan;
}

/** Output tokens to ask for at an effort: thinking and answer together. */
export function allowance(requested: Effort): number {
  if (typeof requested === 'number') return Math.max(32_000, requested + 16_000);
  return { off: 16_000, minimal: 16_000, low: 16_000, medium: 32_000, high: 32_000, xhigh: 64_000, max: 64_000 }[
    requested
  ];
}
