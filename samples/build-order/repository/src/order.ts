import { CycleError, type Dependencies, targets } from './graph.ts';

/** An order in which all targets can be built, dependencies first; throws CycleError where there is none. */
export function buildOrder(dependencies: Dependencies, roots: readonly string[] = targets(dependencies)): string[] {
  const order: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];

  const visit = (target: string): void => {
    if (path.includes(target)) {
      throw new CycleError([...path.slice(path.indexOf(target)), target]);
    }
    if (done.has(target)) {
      return;
    }
    path.push(target);
    for (const need of dependencies[target] ?? []) {
      visit(need);
    }
    done.add(target);
    order.push(target);
  };

  for (const root of roots) {
    visit(root);
  }
  return order;
}
