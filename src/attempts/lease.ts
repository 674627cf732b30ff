import type { Ledger } from '../ledger/ledger.ts';
import { ParlayError } from '../system/errors.ts';

/** One process at a time works on a run. Returns how to let go. */
export function holdRun(ledger: Ledger, run: string): () => void {
  const name = `run:${run}`;
  const holder = `${process.pid}:${Math.round(performance.timeOrigin)}`;
  if (!ledger.takeLease(name, holder, isAlive)) {
    throw new ParlayError(`Run ${run} is being worked on by another Parlay.`, {
      next: 'Wait for it, or stop it with Ctrl-C in its own terminal.',
    });
  }
  return () => ledger.releaseLease(name, holder);
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether some live process works on the run. */
function isHeld(ledger: Ledger, run: string): boolean {
  return ledger.leaseHeld(`run:${run}`, isAlive);
}

/** Whether a run's workspaces are still wanted: it is under way, or was stopped or cut off and can be resumed. */
export function isWanted(ledger: Ledger, run: string): boolean {
  if (isHeld(ledger, run)) return true;
  const last = ledger.events({ run, kinds: ['run.created', 'run.resumed', 'run.finished'] }).at(-1);
  return last !== undefined && (last.kind !== 'run.finished' || last.data.status === 'stopped');
}
