import type { EventData } from '../ledger/events.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { exitCodes, ParlayError } from '../system/errors.ts';
import { planApply, planUndo } from '../workspace/apply.ts';
import { type Placed, writePlan } from '../workspace/placing.ts';
import { findRepository } from '../workspace/repository.ts';
import { changesOf } from './attempt.ts';
import { type RunState, readRun } from './run-state.ts';
import type { FlowContext } from './types.ts';

type Recorded = EventData['patch.applied'];

/**
 * Brings the kept attempt's change, or the one asked for, into the person's working tree. What each file was before is
 * recorded first; an application that a crash cut off is finished before anything else. Returns the paths written, none
 * when the tree has the change already.
 * @throws ParlayError when nothing is there to apply, or it conflicts with edits made meanwhile (nothing is written).
 */
export async function applyRun(
  { ledger, effects }: Pick<FlowContext, 'ledger' | 'effects'>,
  run: string,
  options: { attempt?: number },
): Promise<{ attempt: number; files: string[]; merged: string[] }> {
  const state = readRun(ledger, run);
  const root = state.task.repository;
  finishWriting(ledger, state);
  const attempt = options.attempt ?? keptAttempt(state);
  const outcome = state.attempts.get(attempt)?.finish?.outcome;
  if (!outcome || outcome.changes.length === 0) {
    throw new ParlayError(`Attempt ${attempt} of run ${run} left no change.`, { next: `See \`parlay show ${run}\`.` });
  }
  const plan = await planApply(root, changesOf(ledger, outcome), effects.environment);
  const { merged } = plan;
  if (plan.after.length === 0) return { attempt, files: [], merged };
  const applied = ledger.transaction(() =>
    ledger.append(run, attempt, 'patch.applied', {
      attempt,
      before: record(ledger, plan.before),
      after: record(ledger, plan.after),
      merged,
    }),
  );
  writePlan(root, plan);
  ledger.append(run, attempt, 'patch.written', { applied: applied.sequence });
  return { attempt, files: plan.after.map(({ path }) => path), merged };
}

/**
 * Takes back the last change applied to the repository around `folder`, or the last one of `run`: every file is again
 * what it was just before.
 * @throws ParlayError when there is none, or files were edited since (unless `force`).
 */
export async function undoApply(
  { ledger, effects }: Pick<FlowContext, 'ledger' | 'effects'>,
  options: { folder: string; run?: string; force?: boolean },
): Promise<{ run: string; files: string[] }> {
  const { root } = await findRepository(options.folder, effects.environment);
  const last = lastApplied(ledger, root, options.run);
  if (!last) {
    throw new ParlayError('There is nothing to undo.', {
      why: options.run ? `No change of run ${options.run} is applied.` : 'Parlay has applied no change here.',
      next: 'List the runs with `parlay runs`.',
    });
  }
  const { before, after } = last.data;
  const plan = planUndo(
    root,
    { before: place(ledger, before), after: place(ledger, after) },
    { force: options.force ?? false },
  );
  writePlan(root, plan);
  ledger.append(last.run, last.data.attempt, 'patch.undone', { applied: last.sequence });
  return { run: last.run, files: before.map(({ path }) => path) };
}

function keptAttempt(state: RunState): number {
  const { selection, id } = state;
  if (selection?.kept != null) return selection.kept;
  const offered = selection?.offered;
  throw new ParlayError(`Run ${id} kept no attempt.`, {
    why: selection?.reason ?? 'It is not finished.',
    next: offered
      ? `Look at \`parlay diff ${id} --attempt ${offered}\`; to apply it unverified: \`parlay apply ${id} --attempt ${offered}\`.`
      : `See \`parlay show ${id}\`.`,
    exitCode: exitCodes.notVerified,
  });
}

/** Completes an application that was recorded but not wholly written when Parlay was killed. */
function finishWriting(ledger: Ledger, state: RunState): void {
  const open = state.applied.findLast(({ written, undone }) => !written && !undone);
  if (!open) return;
  const { attempt, before, after } = open.data;
  writePlan(state.task.repository, { before: place(ledger, before), after: place(ledger, after) });
  ledger.append(state.id, attempt, 'patch.written', { applied: open.sequence });
}

function lastApplied(ledger: Ledger, root: string, run: string | undefined) {
  const undone = new Set(ledger.events({ run, kinds: ['patch.undone'] }).map(({ data }) => data.applied));
  const here = new Map<string, boolean>();
  const isHere = (id: string) => {
    const known = here.get(id) ?? readRun(ledger, id).task.repository === root;
    here.set(id, known);
    return known;
  };
  return ledger
    .events({ run, kinds: ['patch.applied'] })
    .findLast(({ run: id, sequence }) => !undone.has(sequence) && isHere(id));
}

function record(ledger: Ledger, entries: readonly Placed[]): Recorded['before'] {
  return entries.map(({ path, mode, bytes }) => ({ path, mode, blob: bytes === null ? null : ledger.putBlob(bytes) }));
}

function place(ledger: Ledger, entries: Recorded['before']): Placed[] {
  return entries.map(({ path, mode, blob }) => ({ path, mode, bytes: blob === null ? null : ledger.blob(blob) }));
}
