import type { Suspicion } from './candidates.ts';
import { functionName, isFunction } from './syntax.ts';
import { type ParsedFile, walk } from './tree.ts';

/** What is known about where the fault may be, all lines counted from 1. */
export interface Clues {
  /** Ochiai scores of the lines that failing tests reached, by file; absent without coverage. */
  coverage: Map<string, Map<number, number>>;
  /** How often a line stands in a failure's stack trace: `path:line`. */
  frames: Map<string, number>;
  /** The task's words and the names and code of the failing tests. */
  words: string;
}

/** Ochiai's coefficient: failing runs that reach a line, all failing runs, passing runs that reach it. */
export function ochiai(reachedFailing: number, failing: number, reachedPassing: number): number {
  if (reachedFailing === 0 || failing === 0) return 0;
  return reachedFailing / Math.sqrt(failing * (reachedFailing + reachedPassing));
}

/** Suspicion of a file's lines (from 0) in (0, 1]. */
export function suspect(file: ParsedFile, clues: Clues): Suspicion {
  const scores = new Map<number, number>();
  const covered = clues.coverage.get(file.path);
  const someCovered = clues.coverage.size > 0;
  if (someCovered && !covered) return scores;
  const lines = file.source.split('\n').length;
  for (let row = 0; row < lines; row++) {
    const score = covered ? covered.get(row + 1) : 0.5;
    if (score !== undefined && score > 0) scores.set(row, score);
  }
  const words = new Set(clues.words.toLowerCase().match(/[a-z_]\w+/g) ?? []);
  for (const node of walk(file.root)) {
    if (!isFunction(node)) continue;
    const name = functionName(node).toLowerCase();
    const named = name !== '' && words.has(name);
    let reached = false;
    for (let row = node.row; row <= node.endRow; row++) {
      if (scores.has(row)) {
        reached = true;
        if (named) scores.set(row, Math.min(1, scores.get(row)! * 1.6));
      }
    }
    // The head of a function that ran is as suspicious as its body: defaults and guards belong to it.
    if (reached)
      for (let row = node.row; row <= Math.min(node.row + 1, node.endRow); row++)
        if (!scores.has(row)) scores.set(row, 0.5 * most(scores, node.row, node.endRow));
  }
  spread(file, scores);
  for (const [place, times] of clues.frames) {
    const at = place.lastIndexOf(':');
    if (place.slice(0, at) !== file.path) continue;
    const row = Number(place.slice(at + 1)) - 1;
    if (scores.has(row)) scores.set(row, Math.min(1.5, scores.get(row)! * (times > 0 ? 1.5 : 1)));
  }
  return scores;
}

/** Lines that belong to a statement that ran, and branches beside it that did not, are a little suspicious too. */
function spread(file: ParsedFile, scores: Map<number, number>): void {
  const before = new Map(scores);
  for (const node of walk(file.root)) {
    if (!/statement|declaration|clause|pair|element/.test(node.type) || node.endRow - node.row > 12) continue;
    const head = before.get(node.row);
    if (head === undefined) continue;
    for (let row = node.row + 1; row <= node.endRow; row++)
      if (!before.has(row)) scores.set(row, Math.max(scores.get(row) ?? 0, head * 0.5));
  }
}

function most(scores: Map<number, number>, first: number, last: number): number {
  let best = 0;
  for (let row = first; row <= last; row++) best = Math.max(best, scores.get(row) ?? 0);
  return best;
}
