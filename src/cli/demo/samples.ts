import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exitCodes, ParlayError } from '../../system/errors.ts';
import { runProcess } from '../../system/process.ts';

/** A small repository with one real bug, as told by its `sample.json`. */
export interface Sample {
  name: string;
  language: 'javascript' | 'typescript' | 'python';
  /** What a person who met the bug would write. */
  task: string;
  /** The kind of bug. */
  bug: string;
  verify: string;
  folder: string;
}

/** Those the demo shows when nobody names others: every language, different kinds of bugs, quick to test. */
export const usualSamples = [
  'search-index',
  'retry-queue',
  'booking-slots',
  'layered-config',
  'shopping-basket',
  'league-table',
];

/** All samples that came with Parlay, by name. */
export function allSamples(): Sample[] {
  const folder = join(packageFolder(), 'samples');
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'sample.json')))
    .sort()
    .map((name) => ({
      ...(JSON.parse(readFileSync(join(folder, name, 'sample.json'), 'utf8')) as Omit<Sample, 'folder'>),
      folder: join(folder, name),
    }));
}

/** Copies the sample's repository to `target` and commits it, so that it is like any other. */
export async function plant(sample: Sample, target: string): Promise<void> {
  cpSync(join(sample.folder, 'repository'), target, { recursive: true });
  const who = ['-c', 'user.name=Parlay demo', '-c', 'user.email=demo@localhost', '-c', 'commit.gpgsign=false'];
  for (const args of [
    ['init', '-q', '-b', 'main'],
    ['add', '-A'],
    [...who, 'commit', '-q', '-m', `Begin ${sample.name}`],
  ]) {
    const { exitCode, stderr } = await runProcess('git', args, { cwd: target }).catch((cause) => {
      throw new ParlayError('git could not be started.', {
        why: cause.message,
        next: 'Install git and try again.',
        cause,
      });
    });
    if (exitCode !== 0) {
      throw new ParlayError(`The sample ${sample.name} could not be made into a repository.`, {
        why: stderr.toString('utf8').trim(),
        next: 'Check that git works here: git --version.',
        exitCode: exitCodes.internalError,
      });
    }
  }
}

/** The folder of Parlay's own package, in a checkout and when installed. */
function packageFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}
