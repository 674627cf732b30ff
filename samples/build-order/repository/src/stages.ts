import type { Dependencies } from './graph.ts';
import { buildOrder } from './order.ts';

/** Groups targets into stages: everything in a stage can be built at the same time. */
export function stages(dependencies: Dependencies): string[][] {
  const depth = new Map<string, number>();
  const result: string[][] = [];
  for (const target of buildOrder(dependencies)) {
    const needs = dependencies[target] ?? [];
    const stage = needs.reduce((deepest, need) => Math.max(deepest, depth.get(need)! + 1), 0);
    depth.set(target, stage);
    result[stage] ??= [];
    result[stage].push(target);
  }
  return result;
}
