import type { EventData } from '../ledger/events.ts';
import { detectVerify, planFromCommand } from '../verify/detect.ts';
import { viewOfFolder } from '../verify/views.ts';

/**
 * How a run's changes are checked: the person's command, or the one that is found, or null for none.
 * @throws ParlayError when the command cannot run here, before anything is spent on attempts.
 */
export async function planVerification(
  verify: string | null | undefined,
  root: string,
): Promise<EventData['verify.found'] | null> {
  if (verify === null) return null;
  const files = viewOfFolder(root);
  return verify === undefined ? detectVerify(files) : planFromCommand(verify, files);
}
