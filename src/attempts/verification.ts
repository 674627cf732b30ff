import type { EventData } from '../ledger/events.ts';
import { ParlayError } from '../system/errors.ts';
import { checkRunnable, programsOnPath } from '../verify/check.ts';
import { detectVerify, planFromCommand } from '../verify/detect.ts';
import { viewOfFolder } from '../verify/views.ts';

/**
 * How a run's changes are checked: the person's command, or the one that is found, or null for none.
 * @throws ParlayError when the command cannot run here, before anything is spent on attempts.
 */
export async function planVerification(
  verify: string | null | undefined,
  root: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<EventData['verify.found'] | null> {
  if (verify === null) return null;
  const files = viewOfFolder(root);
  const plan = verify === undefined ? await detectVerify(files) : await planFromCommand(verify, files);
  if (!plan) return null;
  const runnable = await checkRunnable(plan, files, programsOnPath(environment.PATH));
  if (runnable.ok) return plan;
  throw new ParlayError(`The tests cannot be run with \`${plan.command}\` (${plan.source}).`, {
    why: runnable.problem,
    next: `${runnable.next} With --no-verify nothing is checked.`,
  });
}
