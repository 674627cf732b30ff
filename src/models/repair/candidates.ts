import type { Parser } from 'web-tree-sitter';
import { operators } from './operators/table.ts';
import type { Edit, Operator, Proposal, Site } from './proposal.ts';
import { noise } from './random.ts';
import { sensible } from './sanity.ts';
import { scopeOf } from './scope.ts';
import { isFunction } from './syntax.ts';
import { type ParsedFile, parses, type SyntaxNode, walk } from './tree.ts';

/** One whole change that can be tried. */
export interface Candidate {
  path: string;
  edits: Edit[];
  /** The file as it would be. */
  result: string;
  operator: string;
  note: string;
  /** How natural the change is, whatever the place. */
  prior: number;
  /** Rank key: suspicion times prior; seeds other than 0 shake it. */
  score: number;
  row: number;
}

/** Suspicion of each line (from 0) of a file, in [0, 1]; lines that are absent are out of the question. */
export type Suspicion = ReadonlyMap<number, number>;

/** Applies edits to a text; overlapping ones are refused with null. */
function applyEdits(source: string, edits: readonly Edit[]): string | null {
  const ordered = [...edits].sort((one, two) => one.start - two.start);
  let result = '';
  let position = 0;
  for (const edit of ordered) {
    if (edit.start < position) return null;
    result += source.slice(position, edit.start) + edit.text;
    position = edit.end;
  }
  return result + source.slice(position);
}

/**
 * Every change the operators propose on suspicious lines of a file, best first, each result once.
 * The seed reorders: 0 is the pure ranking, others multiply each score by a random factor of their own.
 */
export function rankCandidates(
  files: readonly { file: ParsedFile; suspicion: Suspicion }[],
  seed: number,
): Candidate[] {
  const best = new Map<string, Candidate>();
  const owners = new Map<string, [ParsedFile, SyntaxNode]>();
  const least = threshold(files);
  for (const { file, suspicion } of files) {
    const python = file.grammar === 'python';
    for (const node of walk(file.root)) {
      const suspect = suspicionOf(suspicion, node.row, isFunction(node) ? node.endRow : node.row);
      if (suspect <= 0 || suspect < least) continue;
      const site = { file, python, node, scope: scopeOf(file, node) };
      for (const operator of operators) {
        for (const { edits, prior, note } of proposalsOf(operator, site)) {
          const key = `${file.path}\0${edits.map((edit) => `${edit.start},${edit.end},${edit.text}`).join('\0')}`;
          const score = suspect * prior * used(edits, site.scope.unused, file.source);
          const known = best.get(key);
          if (known && known.score >= score) continue;
          best.set(key, {
            path: file.path,
            edits,
            result: '',
            operator: operator.name,
            note,
            prior,
            score,
            row: node.row,
          });
          owners.set(key, [file, site.scope.owner]);
        }
      }
    }
  }
  const ranked = judged([...best.entries()], owners);
  if (seed !== 0) {
    // Gumbel noise on the log score: a draw without replacement with weights score^(1/temperature).
    for (const [key, candidate] of ranked) candidate.score *= Math.exp(-0.5 * Math.log(-Math.log(noise(seed, key))));
  }
  return ranked.map(([, candidate]) => candidate).sort((one, two) => two.score - one.score);
}

/** Candidates looked at more closely: the first ones; what comes later is beyond any budget. */
const mostJudged = 6000;

/** The best candidates with their scores lowered, or left out, where the change makes no sense. */
function judged(
  entries: [string, Candidate][],
  owners: ReadonlyMap<string, [ParsedFile, SyntaxNode]>,
): [string, Candidate][] {
  const first = entries.sort(([, one], [, two]) => two.score - one.score).slice(0, mostJudged);
  for (const [key, candidate] of first) {
    const [file, owner] = owners.get(key)!;
    candidate.score *= sensible(file, owner, candidate.edits);
  }
  return [...first.filter(([, { score }]) => score > 0), ...entries.slice(mostJudged)];
}

/** What an operator proposes; one that stumbles over unusual code has nothing more to say there, the others go on. */
function proposalsOf(operator: Operator, site: Site): Proposal[] {
  const found: Proposal[] = [];
  try {
    for (const proposal of operator.propose(site)) found.push(proposal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  return found;
}

/** Lines looked at over all files: the most suspicious. What is beyond could not be tried within any budget. */
const mostLines = 180;

/** The suspicion a line needs to be among the most suspicious. */
function threshold(files: readonly { suspicion: Suspicion }[]): number {
  const scores = files.flatMap(({ suspicion }) => [...suspicion.values()]).sort((one, two) => two - one);
  return scores[mostLines] ?? 0;
}

/** A change that uses what was declared and never used is likelier by far. */
function used(edits: readonly Edit[], unused: ReadonlySet<string>, source: string): number {
  for (const name of unused) {
    if (!edits.some((edit) => edit.text.includes(name))) continue;
    const word = new RegExp(`(?<![\\w$])${name.replace(/\$/g, '\\$')}(?![\\w$])`);
    if (edits.some((edit) => word.test(edit.text) && !word.test(source.slice(edit.start, edit.end)))) return 3;
  }
  return 1;
}

function suspicionOf(suspicion: Suspicion, first: number, last: number): number {
  let most = 0;
  for (let row = first; row <= Math.min(last, first + 3); row++) most = Math.max(most, suspicion.get(row) ?? 0);
  return most;
}

/** Whether a candidate gives a program that parses, and one that was not tried; fills in its result. */
export function prepare(candidate: Candidate, file: ParsedFile, parser: Parser, tried: Set<string>): boolean {
  const result = applyEdits(file.source, candidate.edits);
  if (result === null || result === file.source) return false;
  const key = `${file.path}\0${result.replace(/[ \t]+/g, ' ')}`;
  if (tried.has(key)) return false;
  tried.add(key);
  if (file.sound && !parses(result, parser)) return false;
  candidate.result = result;
  return true;
}
