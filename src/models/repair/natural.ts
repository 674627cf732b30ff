import type { Candidate } from './candidates.ts';
import { isFunction } from './syntax.ts';
import { type ParsedFile, walk } from './tree.ts';
import { linePatch } from './trials.ts';

/** Below this a change only switches something off; the search goes on for a better one. */
export const doubtful = 0.25;

/** How natural a repair is, as a factor on its prior: small, of the program's own material, every part of it in use. */
export function naturalness(candidate: Candidate, source: string): number {
  const patch = linePatch(candidate.path, source, candidate.result);
  const old = patch.old.join('\n');
  const now = patch.new.join('\n');
  const added = candidate.edits.map((edit) => edit.text).join(' ');
  let factor = 1;
  if (count(now, degenerate) > count(old, degenerate)) factor *= 0.05;
  const size = candidate.edits.reduce((sum, edit) => sum + Math.min(80, changed(source, edit)), 0);
  factor /= 1 + size / 120;
  const literals = added.match(/\b\d{2,}\b|'[^']{2,}'|"[^"]{2,}"/g) ?? [];
  factor *= 0.3 ** literals.filter((literal) => !source.includes(literal)).length;
  if (special.test(added) && /\bif\b/.test(added)) factor *= 0.6;
  // A guard or a step with a bare number says less about the program than one with its own names.
  if (count(now, /[+-] 1\b/g) > count(old, /[+-] 1\b/g))
    factor *= /[[:][^\]]*[+-] 1\b|\brange\(|[<>]=?|\blength\b|\blen\(/.test(now) ? 0.7 : 0.2;
  if (/(===?|!==?|[<>]=?) \d+\b/.test(added) && count(now, /\d+/g) > count(old, /\d+/g)) factor *= 0.7;
  // What only takes away loses behaviour that no test may look at.
  if (now.trim().length < old.trim().length && words(now).every((word) => words(old).includes(word)))
    factor *= words(old).length - words(now).length > 2 ? 0.4 : 0.8;
  return factor;
}

/** The same text on both sides of an operator, the same argument twice, a condition that is a constant. */
const degenerate =
  /(?<![\w.$)\]])([\w.$]+(?:\[[\w.$]+\])?(?:\(\w*\))?)\s*(?:[=!]==?|<=?|>=?|-(?!-)|\/|%|&&|\|\||\band\b|\bor\b)\s*\1(?![\w.$[(])|\(\s*([\w.]+),\s*\2\s*\)|\b(?:if|while)\b\s*\(?\s*(?:not\s+|!)?(?:true|false|True|False|0|1)\b|(?:&&|\band\b)\s*(?:false|False)\b|(?:\|\||\bor\b)\s*(?:true|True)\b/g;

const special = /return (0|1|-1|None|null|True|False|true|false|\[\]|''|"")/;

const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;
const words = (text: string): string[] => text.match(/\w+|[^\s\w]/g) ?? [];

/** Characters that differ within an edit. */
function changed(source: string, { start, end, text }: { start: number; end: number; text: string }): number {
  const old = source.slice(start, end);
  const most = Math.min(old.length, text.length);
  let head = 0;
  while (head < most && old[head] === text[head]) head++;
  let tail = 0;
  while (tail < most - head && old.at(-1 - tail) === text.at(-1 - tail)) tail++;
  return Math.max(old.length, text.length) - head - tail;
}

/** The lines (from 0) of the function around a line, or some lines around it where there is none. */
export function around(file: ParsedFile, row: number): [number, number] {
  let best: [number, number] = [row - 3, row + 3];
  for (const node of walk(file.root)) {
    if (isFunction(node) && node.row <= row && row <= node.endRow && node.endRow > node.row)
      best = [node.row, node.endRow];
  }
  return best;
}
