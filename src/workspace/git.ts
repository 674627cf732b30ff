import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { messageOf, ParlayError } from '../system/errors.ts';
import { type ProcessOptions, type ProcessResult, runProcess } from '../system/process.ts';

/** A `ProcessResult` whose output is certain to be complete. */
export type GitOptions = Pick<ProcessOptions, 'input' | 'cwd' | 'signal' | 'maxOutputBytes'> & {
  /** Added to the environment, such as GIT_INDEX_FILE. */
  environment?: Readonly<Record<string, string>>;
  /** Exit codes that are an answer rather than a failure. Default `[0]`. */
  accept?: readonly number[];
};

/**
 * Settings that keep git from running programs a repository names in its own configuration. Listing and reading run no
 * filters either; anything that converts content happens only in the sealed repository, which has no such settings.
 */
const harmless = [
  'safe.directory=*',
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.untrackedCache=false',
  'core.pager=cat',
  'core.quotePath=false',
  'submodule.recurse=false',
  'gc.auto=0',
  'maintenance.auto=false',
].flatMap((setting) => ['-c', setting]);

/** Variables of a surrounding git (a hook, `git rebase --exec`) would point at another repository, so none are kept. */
export function gitEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && !name.startsWith('GIT_')) kept[name] = value;
  }
  return { ...kept, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1' };
}

/** For commands where the person's configuration must play no part either. */
export const noConfiguration = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_ATTR_NOSYSTEM: '1' };

/**
 * Runs git with settings that make a hostile repository harmless.
 * @throws ParlayError when git is missing, or ends with an exit code that is not in `accept`.
 */
export async function git(
  environment: Readonly<Record<string, string | undefined>>,
  args: readonly string[],
  options: GitOptions = {},
): Promise<ProcessResult> {
  let result: ProcessResult;
  try {
    result = await runProcess('git', [...harmless, ...args], {
      cwd: options.cwd,
      input: options.input,
      signal: options.signal,
      maxOutputBytes: options.maxOutputBytes ?? 1024 * 1024 * 1024,
      env: { ...gitEnvironment(environment), ...options.environment },
    });
  } catch (thrown) {
    throw new ParlayError('git could not be started.', {
      why: messageOf(thrown),
      next: 'Install git (for example `apt install git`) and make sure it is on the PATH.',
      cause: thrown,
    });
  }
  if (!(options.accept ?? [0]).includes(result.exitCode ?? -1)) {
    const words = result.stderr.toString().trim() || `it ended with ${result.exitCode ?? result.signal}`;
    throw asDiskFull(words) ?? gitFailed(args, words);
  }
  return result;
}

function gitFailed(args: readonly string[], words: string): ParlayError {
  const command = args.find((word) => !word.startsWith('-')) ?? '';
  return new ParlayError(`git ${command} failed.`, {
    why: words,
    next: 'Run `git status` and `git fsck` in the repository; when both are well, report this as a bug of Parlay.',
  });
}

/** A disk that is full, in words a person can act on; null when `cause` is something else. */
export function asDiskFull(cause: unknown): ParlayError | null {
  const words = messageOf(cause);
  if (!/ENOSPC|EDQUOT|No space left on device|Disk quota exceeded|Wrote only \d+ of \d+ bytes/i.test(words))
    return null;
  return new ParlayError('The disk is full.', {
    why: words,
    next: 'Free some space, or set PARLAY_HOME to a folder on another disk; then run the command again (`parlay resume` for a run that had begun).',
    exitCode: 1,
    cause,
  });
}

/** A new name in the temporary folder, for a scratch folder of Parlay's own; nothing is there yet. */
export function scratchFolder(environment: Readonly<Record<string, string | undefined>>): string {
  return join(environment.TMPDIR || '/tmp', `parlay-${randomBytes(8).toString('hex')}`);
}

/** Splits git's `-z` output. Paths are decoded as UTF-8 byte for byte; see `listing.ts` for those that are not. */
export function zeroSeparated(bytes: Buffer): string[] {
  const text = bytes.toString();
  return text === '' ? [] : text.replace(/\0$/, '').split('\0');
}
