import type { EventData } from '../ledger/events.ts';
import { ParlayError } from '../system/errors.ts';
import { checkRunnable, programsOnPath } from '../verify/check.ts';
import { detectVerify, planFromCommand } from '../verify/detect.ts';
import { inFolder } from '../verify/resolve.ts';
import type { FileView } from '../verify/types.ts';
import { viewOfFolder } from '../verify/views.ts';
import { quote } from '../verify/words.ts';

/**
 * How a run's changes are checked: the person's command, or the one that is found, or null for none. Both start in
 * `folder`, where the person stands; in a part of a repository without tests of its own, the parts around it are next.
 * @throws ParlayError when the command cannot run here, before anything is spent on attempts.
 */
export async function planVerification(
  verify: string | null | undefined,
  root: string,
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<EventData['verify.found'] | null> {
  if (verify === null) return null;
  const files = viewOfFolder(root);
  const hasProgram = programsOnPath(environment.PATH);
  let refused: ParlayError | null = null;
  for (const start of foldersUpFrom(folder)) {
    const inside = inFolder(files, start);
    const found = verify === undefined ? await detectVerify(inside) : await planFromCommand(verify, inside);
    if (!found) continue;
    const plan = await fromTheTop(found, start, files);
    const runnable = await checkRunnable(plan, files, hasProgram);
    if (runnable.ok) return plan;
    refused ??= new ParlayError(`The tests cannot be run with \`${plan.command}\` (${plan.source}).`, {
      why: runnable.problem,
      next: `${runnable.next} With --no-verify nothing is checked.`,
    });
  }
  if (refused) throw refused;
  return null;
}

/** `a/b`, `a` and the top. */
function foldersUpFrom(folder: string): string[] {
  const parts = folder === '' ? [] : folder.split('/');
  return [...parts.keys(), parts.length].map((count) => parts.slice(0, count).join('/')).reverse();
}

/** A plan made in `start`, as a command that means the same at the top, where agents and graders begin. */
async function fromTheTop(
  plan: EventData['verify.found'],
  start: string,
  files: FileView,
): Promise<EventData['verify.found']> {
  const folder = [start, plan.folder].filter((part) => part !== '').join('/');
  if (folder === '') return plan;
  const whole = await planFromCommand(`cd ${quote(folder)} && ${plan.command}`, files);
  return { ...whole, source: start === '' ? plan.source : `${plan.source} in ${start}/` };
}
