import type { TestResult } from '../ledger/events.ts';

const separator = ' › ';

/** Names the entry that stands for a test file, package or build that could not be loaded at all. */
const loading = '(loading)';

/** A test's id: its file relative to the workspace, its suites and its name. */
export function testId(...parts: readonly string[]): string {
  return parts
    .filter((part) => part !== '')
    .map((part) => part.replace(/\s+/g, ' ').trim())
    .join(separator);
}

/** The id of the failure to load `scope`; without a scope, of everything the command would have run. */
export function loadingId(scope = ''): string {
  return testId(scope, loading);
}

/** The scope of a loading entry (empty for everything), or null when the id is an ordinary test's. */
export function loadingScope(id: string): string | null {
  if (id === loading) return '';
  return id.endsWith(separator + loading) ? id.slice(0, -(separator + loading).length) : null;
}

/** Whether a test belongs to a scope that a loading entry named. */
export function isWithin(id: string, scope: string): boolean {
  return scope === '' || id.startsWith(scope + separator);
}

/** `path` relative to `root` with forward slashes; a path elsewhere keeps its last part only, so ids stay portable. */
export function relativePath(path: string, root: string): string {
  const clean = path.replace(/^file:\/\//, '').replaceAll('\\', '/');
  const top = root.replace(/\/+$/, '');
  if (clean.startsWith(`${top}/`)) return clean.slice(top.length + 1);
  if (clean.startsWith(`/private${top}/`)) return clean.slice(top.length + 9);
  return clean.startsWith('/') ? clean.slice(clean.lastIndexOf('/') + 1) : clean.replace(/^\.\//, '');
}

/** Gives the second and later tests of the same id a number, in the order they were reported. */
export function uniqueIds(tests: readonly TestResult[]): TestResult[] {
  const seen = new Map<string, number>();
  return tests.map((test) => {
    const count = (seen.get(test.id) ?? 0) + 1;
    seen.set(test.id, count);
    return count === 1 ? test : { ...test, id: `${test.id} #${count}` };
  });
}
