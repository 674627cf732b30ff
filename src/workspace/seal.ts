import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../system/errors.ts';
import { git, noConfiguration, zeroSeparated } from './git.ts';
import type { Listing } from './listing.ts';
import type { Repository } from './repository.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Exact bytes: whatever the repository's attributes say, nothing is converted on the way in or out. */
const attributes = '* -text -eol -crlf -filter -ident -working-tree-encoding\n';

const author = {
  GIT_AUTHOR_NAME: 'Parlay',
  GIT_AUTHOR_EMAIL: 'parlay@localhost',
  GIT_COMMITTER_NAME: 'Parlay',
  GIT_COMMITTER_EMAIL: 'parlay@localhost',
};

/**
 * Gives the copy in `folder` a `.git` of its own: one commit, "Starting state", and only its objects. Later commits,
 * stashes, reflogs, remotes and hooks of the original cannot be reached from it. Nothing is written to the original.
 *
 * The person's index is the shortcut: files it vouches for need no hashing. When it cannot be used, everything is hashed.
 * Most of it needs only the original, so it works while the files are still being copied; `copied` says when they are.
 */
export async function sealRepository(
  repository: Repository,
  listing: Listing,
  folder: string,
  at: number,
  environment: Environment,
  copied: Promise<unknown>,
): Promise<void> {
  const sealed = join(folder, '.git');
  for (const name of ['objects/pack', 'objects/info', 'refs/heads', 'refs/tags', 'info'])
    await mkdir(join(sealed, name), { recursive: true });
  await writeFile(join(sealed, 'HEAD'), 'ref: refs/heads/main\n');
  await writeFile(join(sealed, 'config'), configuration(repository.objectFormat));
  await writeFile(join(sealed, 'info', 'attributes'), attributes);
  await writeFile(join(sealed, 'info', 'exclude'), await excludes(repository, environment));

  const run = (args: string[], options: { input?: string; workTree?: string; environment?: object } = {}) =>
    git(environment, [`--git-dir=${sealed}`, `--work-tree=${options.workTree ?? folder}`, ...args], {
      cwd: options.workTree ?? folder,
      input: options.input,
      environment: { ...noConfiguration, ...author, ...options.environment },
    });
  const borrowed = { GIT_ALTERNATE_OBJECT_DIRECTORIES: quoteList(join(repository.commonFolder, 'objects')) };

  let hashed = false;
  const commit = async (files: string[], environment: object) => {
    if (files.length > 0) {
      await copied;
      hashed = true;
      await run(['update-index', '--add', '-z', '--stdin'], { input: `${files.join('\0')}\0`, environment });
    }
    const tree = (await run(['write-tree'], { environment })).stdout.toString().trim();
    const date = `${Math.floor(at / 1000)} +0000`;
    const made = await run(['commit-tree', tree, '-m', 'Starting state'], {
      environment: { ...environment, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
    });
    return made.stdout.toString().trim();
  };

  let hash: string;
  try {
    const dirty = await borrowIndex(repository, listing, sealed, run, borrowed, environment);
    hash = await commit(dirty, borrowed);
    await run(
      ['pack-objects', '--quiet', '--revs', '--delta-base-offset', '--window=0', join(sealed, 'objects/pack/pack')],
      {
        input: `${hash}\n`,
        environment: borrowed,
      },
    );
  } catch (thrown) {
    if (/disk is full/i.test(messageOf(thrown))) throw thrown;
    // A sparse, split or damaged index, or a partial clone: slower, and needs nothing but the files.
    await run(['read-tree', '--empty']);
    hash = await commit(listing.files, {});
  }
  await writeFile(join(sealed, 'refs', 'heads', 'main'), `${hash}\n`);
  await copied;
  // Fills in the time stamps of what was hashed just now, so that `git status` inside need not read it again.
  if (hashed) await run(['update-index', '-q', '--refresh'], {});
}

type Run = (
  args: string[],
  options?: { input?: string; workTree?: string; environment?: object },
) => ReturnType<typeof git>;

/** Copies the person's index, takes out what it cannot vouch for, and returns the files that must be hashed. */
async function borrowIndex(
  repository: Repository,
  listing: Listing,
  sealed: string,
  run: Run,
  borrowed: object,
  environment: Environment,
): Promise<string[]> {
  const original = join(repository.gitFolder, 'index');
  if (!existsSync(original)) return listing.files;
  const config = await git(environment, ['config', '--type=bool', '--get', 'core.fileMode'], {
    cwd: repository.root,
    accept: [0, 1],
  });
  if (config.stdout.toString().trim() === 'false') throw new Error('modes in the index cannot be trusted');
  const copy = join(sealed, 'index');
  await copyFile(original, copy);
  await chmod(copy, 0o644);
  // Git compares the index's own time with those of the files to tell which it must read again.
  const { atime, mtime } = await stat(original);
  await utimes(copy, atime, mtime);

  const present = new Set(listing.files);
  // Whole seconds and sizes are all a copy can keep; here, on the originals, every field is compared.
  const strict = ['-c', 'core.checkStat=default', '-c', 'core.trustctime=true'];
  const changed = await run([...strict, 'diff-files', '--name-only', '-z', '--ignore-submodules=all'], {
    workTree: repository.root,
    environment: borrowed,
  });
  const distrusted = new Set(zeroSeparated(changed.stdout));
  for (const entry of listing.index) {
    if (entry.stage !== '0' || entry.tag !== 'H' || entry.mode === '160000' || !present.has(entry.path))
      distrusted.add(entry.path);
  }
  for (const path of await converted(listing, run, borrowed)) distrusted.add(path);
  if (distrusted.size > 0)
    await run(['update-index', '--force-remove', '-z', '--stdin'], { input: `${[...distrusted].join('\0')}\0` });
  const vouched = new Set(listing.index.map((entry) => entry.path).filter((path) => !distrusted.has(path)));
  return listing.files.filter((path) => !vouched.has(path));
}

/**
 * Files whose bytes on disk are not those git stores, because of line endings, LFS or another filter. Every such
 * conversion of consequence changes the size, so sizes tell.
 */
async function converted(listing: Listing, run: Run, borrowed: object): Promise<string[]> {
  const entries = listing.index.filter((entry) => entry.mode === '100644' || entry.mode === '100755');
  if (entries.length === 0) return [];
  const sizes = await run(['cat-file', '--batch-check=%(objectsize)', '--buffer'], {
    input: `${entries.map((entry) => entry.hash).join('\n')}\n`,
    environment: borrowed,
  });
  const lines = sizes.stdout.toString().split('\n');
  return entries
    .filter((entry, index) => {
      const size = listing.sizes.get(entry.path);
      return size !== undefined && String(size) !== lines[index];
    })
    .map((entry) => entry.path);
}

function configuration(objectFormat: string): string {
  const sha256 = objectFormat !== 'sha1';
  return `[core]
	repositoryformatversion = ${sha256 ? 1 : 0}
	filemode = true
	bare = false
	logallrefupdates = false
	checkStat = minimal
	trustctime = false
	autocrlf = false
	safecrlf = false
	hooksPath = /dev/null
	fsmonitor = false
	untrackedCache = false
	excludesFile =
	attributesFile =
[user]
	name = Parlay
	email = parlay@localhost
[commit]
	gpgSign = false
[gc]
	auto = 0
[maintenance]
	auto = false
[safe]
	directory = *
${sha256 ? `[extensions]\n\tobjectformat = ${objectFormat}\n` : ''}`;
}

/** The ignore rules that are not files of the tree: the repository's own, and the person's. */
async function excludes(repository: Repository, environment: Environment): Promise<string> {
  const asked = await git(environment, ['config', '--type=path', '--get', 'core.excludesFile'], {
    cwd: repository.root,
    accept: [0, 1],
  });
  const home = environment.HOME || homedir();
  const personal =
    asked.stdout.toString().replace(/\n$/, '') ||
    join(environment.XDG_CONFIG_HOME || join(home, '.config'), 'git', 'ignore');
  const texts = await Promise.all(
    [personal, join(repository.commonFolder, 'info', 'exclude')].map((path) => readFile(path, 'utf8').catch(() => '')),
  );
  return texts.map((text) => (text === '' || text.endsWith('\n') ? text : `${text}\n`)).join('');
}

/** Git reads this variable as a list separated by colons; quotes keep a colon in a path from splitting it. */
function quoteList(path: string): string {
  return /[:"\\]/.test(path) ? `"${path.replace(/["\\]/g, '\\$&')}"` : path;
}
