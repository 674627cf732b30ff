/** What each target needs to be built first. */
export type Dependencies = Readonly<Record<string, readonly string[]>>;

export class CycleError extends Error {
  readonly path: readonly string[];

  constructor(path: readonly string[]) {
    super(`dependency cycle: ${path.join(' -> ')}`);
    this.name = 'CycleError';
    this.path = path;
  }
}

/** Every target that is named, whether as a target or as a dependency. */
export function targets(dependencies: Dependencies): string[] {
  const names = new Set<string>();
  for (const [target, needs] of Object.entries(dependencies)) {
    names.add(target);
    for (const need of needs) {
      names.add(need);
    }
  }
  return [...names].sort();
}
