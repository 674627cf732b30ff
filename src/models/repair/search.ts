import type { Assignment } from './assignment.ts';
import type { Bench } from './bench.ts';
import { type Candidate, prepare, rankCandidates, type Suspicion } from './candidates.ts';
import type { Policy } from './conversation.ts';
import { around, doubtful, naturalness } from './natural.ts';
import { type ParsedFile, parseFile } from './tree.ts';
import { expanded, forDriver, type Verdict } from './trials.ts';

/** What the search ends with. */
export interface Found {
  /** Candidates with which the failing tests' files pass, most natural first. */
  survivors: Candidate[];
  /** Candidates that mended some of the failing tests and broke none of them. */
  partial: Partial[];
  /** Candidates tried. */
  tried: number;
  /** The text of each file before any change. */
  sources: Map<string, string>;
}

interface Ranked {
  file: ParsedFile;
  suspicion: Suspicion;
}

/** Candidates of the first call and the most of a later one: each call is three times the one before. */
const firstBatch = 96;
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
  const suspicions = new Map(ranked.map(({ file, suspicion }) => [file.path, suspicion]));
  const single = rankCandidates(ranked, seed);
  const share = budget.candidates >= 100 ? 0.65 : 1;
  yield* tryAll(single, files, Math.floor(budget.candidates * share), share);
  if (found.survivors.length > 0) yield* compare();
  else if (found.partial.length > 0 && found.tried < budget.candidates) yield* combine();
  if (found.survivors.length === 0) yield* tryAll(single, files, budget.candidates, 1);
  found.survivors.sort((one, two) => worth(two) - worth(one));
  found.partial.sort(closest);
  return found;

  function worth(candidate: Candidate): number {
    const place = suspicions.get(candidate.path)?.get(candidate.row) ?? 0.3;
    return naturalness(candidate, found.sources.get(candidate.path)!) * candidate.prior * place;
  }

  /** Looks for more natural survivors in the same functions; on and on while there are only doubtful ones. */
  function* compare(): Policy<void> {
    for (let turn = 0; turn < 4; turn++) {
      const best = [...found.survivors].sort((one, two) => worth(two) - worth(one));
      const sure = best.some((one) => naturalness(one, found.sources.get(one.path)!) >= doubtful);
      if (turn > 0 && sure) return;
      const regions = best.slice(0, 3).map(({ path, row }) => ({ path, rows: around(files.get(path)!, row) }));
      const near = single.filter(({ path, row }) =>
        regions.some((region) => region.path === path && region.rows[0] <= row && row <= region.rows[1]),
      );
      const queue = turn === 0 ? near : single;
      yield* tryAll(queue, files, found.tried + (turn === 0 ? 96 : 256), 1, { once: true });
    }
  }

  /** Two changes together: pairs of those that mended something, then second changes on top of the best of them. */
  function* combine(): Policy<void> {
    const bases = promising(found, 14);
    const pairs = bases.flatMap((one, index) =>
      bases.slice(index + 1).flatMap((two) => (one.path === two.path && one.row !== two.row ? [joined(one, two)] : [])),
    );
    yield* tryAll(pairs, files, Math.min(budget.candidates, found.tried + 90), 1, { once: true });
    for (const base of bases.slice(0, 4)) {
      if (found.survivors.length > 0) return;
      const original = files.get(base.path)!;
      const file = parseFile(base.path, original.grammar, base.result, parsers.get(original.grammar)!);
      const near = shifted(suspicions.get(base.path)!, base, original);
      const seconds = rankCandidates([{ file, suspicion: near }], seed).map((candidate) => ({
        ...candidate,
        note: `${base.note}; ${candidate.note}`,
        prior: base.prior * candidate.prior,
      }));
      const limit = Math.floor(found.tried + (budget.candidates - found.tried) / 3);
      yield* tryAll(seconds, new Map([[file.path, file]]), limit, 1, { origin: original.source });
    }
  }

  function* tryAll(
    queue: Candidate[],
    sources: Map<string, ParsedFile>,
    limit: number,
    timeShare: number,
    { origin, once }: { origin?: string; once?: boolean } = {},
  ): Policy<void> {
    const before = found.survivors.length;
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
      batchSize = Math.min(mostInBatch, batchSize * 3);
      const best = batch[0]!;
      const answers = yield* bench.drive(
        `I try ${batch.length} changes, the most likely first: ${best.note} (${best.path}:${best.row + 1}).`,
        {
          op: 'try',
          candidates: batch.map((candidate, index) =>
            forDriver(candidate, origin ?? files.get(candidate.path)!.source, index),
          ),
          deadline: Math.max(5, Math.min(once ? 12 : 30, budget.seconds * timeShare - bench.spent)),
          ...(once ? { enough: batch.length } : {}),
        },
      );
      const verdict = answers.find((record) => record.fixed) as unknown as Verdict | undefined;
      const done = verdict ? batch.length - expanded(verdict.skipped).length : batch.length;
      found.tried += done;
      if (verdict) takeVerdict(verdict, batch);
      if (verdict && verdict.skipped !== '') position -= requeue(queue, position, batch, verdict);
      if (once || found.survivors.length > before || done === 0) return;
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

interface Partial {
  candidate: Candidate;
  left: number;
}

const closest = (one: Partial, two: Partial) => one.left - two.left || two.candidate.score - one.candidate.score;

/** The partial repairs worth building upon: the best of each line, then others. */
function promising(found: Found, most: number): Candidate[] {
  const ordered = [...found.partial].sort(closest).map(({ candidate }) => candidate);
  const lines = new Set<string>();
  const first = ordered.filter(({ path, row }) => !lines.has(`${path}:${row}`) && lines.add(`${path}:${row}`));
  return [...first, ...ordered.filter((candidate) => !first.includes(candidate))].slice(0, most);
}

function joined(one: Candidate, two: Candidate): Candidate {
  return {
    ...one,
    edits: [...one.edits, ...two.edits],
    note: `${one.note}; ${two.note}`,
    prior: one.prior * two.prior,
    score: one.score * two.score,
  };
}

/** Suspicion of lines after a candidate's edit moved them. */
function shifted(suspicion: Suspicion, base: Candidate, original: ParsedFile): Suspicion {
  const added = base.result.split('\n').length - original.source.split('\n').length;
  const moved = new Map<number, number>();
  for (const [row, score] of suspicion) moved.set(row > base.row ? row + added : row, score);
  for (let row = base.row; row <= base.row + Math.max(0, added); row++) if (!moved.has(row)) moved.set(row, 0.5);
  return moved;
}
