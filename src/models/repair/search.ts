import type { Assignment } from './assignment.ts';
import type { Bench } from './bench.ts';
import { type Candidate, prepare, rankCandidates, type Suspicion } from './candidates.ts';
import type { Policy } from './conversation.ts';
import { type ParsedFile, parseFile } from './tree.ts';
import { expanded, forDriver, type Verdict } from './trials.ts';

/** What the search ends with. */
export interface Found {
  /** Candidates with which the failing tests' files pass, most natural first. */
  survivors: Candidate[];
  /** Candidates that mended some of the failing tests and broke none of them. */
  partial: { candidate: Candidate; left: number }[];
  /** Candidates tried. */
  tried: number;
  /** The text of each file before any change. */
  sources: Map<string, string>;
}

interface Ranked {
  file: ParsedFile;
  suspicion: Suspicion;
}

/** Candidates of the first call and the most of a later one: each call is twice the one before. */
const firstBatch = 64;
const mostInBatch = 1024;

/** Tries candidates, best first, within the budget; builds on those that mend some of the tests when none mends all. */
export function* search(ranked: Ranked[], bench: Bench, { seed, budget, parsers }: Assignment): Policy<Found> {
  const found: Found = {
    survivors: [],
    partial: [],
    tried: 0,
    sources: new Map(ranked.map(({ file }) => [file.path, file.source])),
  };
  const seen = new Set<string>();
  const files = new Map(ranked.map(({ file }) => [file.path, file]));
  const single = rankCandidates(ranked, seed);
  const share = budget.candidates >= 100 ? 0.75 : 1;
  yield* tryAll(single, files, Math.floor(budget.candidates * share), 0.75);
  for (const base of found.survivors.length > 0 ? [] : promising(found)) {
    const original = files.get(base.path)!;
    const parser = parsers.get(original.grammar)!;
    const file = parseFile(base.path, original.grammar, base.result, parser);
    const near = shifted(ranked.find((entry) => entry.file === original)!.suspicion, base, original);
    const seconds = rankCandidates([{ file, suspicion: near }], seed).map((candidate) => ({
      ...candidate,
      note: `${base.note}; ${candidate.note}`,
      prior: base.prior * candidate.prior,
    }));
    yield* tryAll(
      seconds,
      new Map([[file.path, file]]),
      Math.floor(found.tried + (budget.candidates - found.tried) / 2),
      1,
      original.source,
    );
    if (found.survivors.length > 0) break;
  }
  if (found.survivors.length === 0 && found.tried < budget.candidates)
    yield* tryAll(single, files, budget.candidates, 1);
  found.survivors.sort((one, two) => naturalness(two, found) - naturalness(one, found));
  found.partial.sort((one, two) => one.left - two.left || two.candidate.score - one.candidate.score);
  return found;

  function* tryAll(
    queue: Candidate[],
    sources: Map<string, ParsedFile>,
    limit: number,
    timeShare: number,
    origin?: string,
  ): Policy<void> {
    let position = 0;
    let batchSize = found.tried === 0 ? firstBatch : 4 * firstBatch;
    while (found.tried < limit && bench.spent < budget.seconds * timeShare) {
      const batch: Candidate[] = [];
      const size = Math.min(limit - found.tried, batchSize);
      while (batch.length < size && position < queue.length) {
        const candidate = queue[position++]!;
        const file = sources.get(candidate.path)!;
        if (prepare(candidate, file, parsers.get(file.grammar)!, seen)) batch.push(candidate);
      }
      if (batch.length === 0) return;
      batchSize = Math.min(mostInBatch, batchSize * 2);
      const best = batch[0]!;
      const answers = yield* bench.drive(
        `I try ${batch.length} changes, the most likely first: ${best.note} (${best.path}:${best.row + 1}).`,
        {
          op: 'try',
          candidates: batch.map((candidate, index) =>
            forDriver(candidate, origin ?? files.get(candidate.path)!.source, index),
          ),
          deadline: Math.max(5, Math.min(30, budget.seconds * timeShare - bench.spent)),
        },
      );
      const verdict = answers.find((record) => record.fixed) as unknown as Verdict | undefined;
      const done = verdict ? batch.length - expanded(verdict.skipped).length : batch.length;
      found.tried += done;
      if (verdict) takeVerdict(verdict, batch);
      if (verdict && verdict.skipped !== '') position -= requeue(queue, position, batch, verdict);
      if (found.survivors.length > 0) return;
      if (done === 0) return;
    }
  }

  function takeVerdict(verdict: Verdict, batch: Candidate[]): void {
    for (const index of verdict.fixed) found.survivors.push(batch[index]!);
    for (const [index, left] of Object.entries(verdict.partial)) {
      found.partial.push({ candidate: batch[Number(index)]!, left });
    }
  }

  /** Candidates a batch had no time for go back to the front; how many. */
  function requeue(queue: Candidate[], position: number, batch: Candidate[], verdict: Verdict): number {
    const skipped = new Set(expanded(verdict.skipped));
    const left = batch.filter((_, index) => skipped.has(index));
    for (const candidate of left) seen.delete(`${candidate.path}\0${candidate.result.replace(/[ \t]+/g, ' ')}`);
    queue.splice(position - left.length, left.length, ...left);
    return left.length;
  }
}

/** The partial repairs worth building upon. */
function promising(found: Found): Candidate[] {
  return [...found.partial]
    .sort((one, two) => one.left - two.left || two.candidate.score - one.candidate.score)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** Suspicion of lines after a candidate's edit moved them. */
function shifted(suspicion: Suspicion, base: Candidate, original: ParsedFile): Suspicion {
  const added = base.result.split('\n').length - original.source.split('\n').length;
  const moved = new Map<number, number>();
  for (const [row, score] of suspicion) moved.set(row > base.row ? row + added : row, score);
  for (let row = base.row; row <= base.row + Math.max(0, added); row++) if (!moved.has(row)) moved.set(row, 0.5);
  return moved;
}

/** How natural a repair is: likely as such, small, not bound to a literal that the code did not have. */
function naturalness(candidate: Candidate, found: Found): number {
  const source = found.sources.get(candidate.path) ?? '';
  const added = candidate.edits.map((edit) => edit.text).join(' ');
  const size = candidate.edits.reduce(
    (sum, edit) => sum + Math.min(80, Math.abs(edit.text.length - (edit.end - edit.start))),
    0,
  );
  const literals = added.match(/\b\d{2,}\b|'[^']{2,}'|"[^"]{2,}"/g) ?? [];
  const foreign = literals.filter((literal) => !source.includes(literal)).length;
  const special =
    /return (0|1|-1|None|null|True|False|true|false|\[\]|''|\{\})/.test(added) && /if /.test(added) ? 0.6 : 1;
  return candidate.score * (special / (1 + size / 60)) * 0.3 ** foreign;
}
