import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  copyFile,
  lstat,
  lutimes,
  mkdir,
  readFile,
  readlink,
  rename,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { Effects } from '../system/effects.ts';
import { messageOf, ParlayError } from '../system/errors.ts';
import { stateFolder } from '../system/paths.ts';
import { deleteFolder } from './cleaning.ts';
import { asDiskFull, gitEnvironment } from './git.ts';
import { type Listing, listFiles } from './listing.ts';
import { findRepository, type Repository } from './repository.ts';
import { sealRepository } from './seal.ts';
import type { Base } from './types.ts';

/** Each shared folder is a mount of its own in every attempt. */
const mostShared = 200;
/** Ignored files are copied (settings, fixtures, small databases), but not what would make a copy slow. */
const largestIgnoredFile = 8 * 1024 * 1024;
const mostIgnoredBytes = 64 * 1024 * 1024;
/** Made again by themselves, and there is one beside every source folder. */
const remade = new Set(['__pycache__', '.DS_Store']);

/**
 * Freezes the state of a working tree: tracked and untracked files as exact bytes with modes, links and times, and a
 * sealed `.git` of one commit. Nothing is written to the repository. When `folder` already holds a frozen state (the
 * run is resumed), that one is returned as it is.
 *
 * `folder` should be `<workspacesFolder>/<run>/base`: workspaces are made beside it.
 *
 * @throws ParlayError when there is no repository with a working tree, a file cannot be read, or the disk is full.
 */
export async function freezeBase(
  repository: string,
  folder: string,
  effects: Pick<Effects, 'environment' | 'now' | 'elapsed'>,
): Promise<Base> {
  const kept = await keptBase(folder);
  if (kept) return kept;
  const started = effects.elapsed();
  const { environment } = effects;
  const found = await findRepository(repository, environment);
  await deleteFolder(folder);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { listing, notices } = await copyAndSeal(found, folder, effects);
    const shared = shareable(found, listing, folder, effects, notices);
    for (const path of shared) await mkdir(join(folder, path), { recursive: true });
    const base: Base = {
      folder,
      repository: found.root,
      files: listing.files.length,
      bytes: [...listing.sizes.values()].reduce((sum, size) => sum + size, 0),
      wallMs: effects.elapsed() - started,
      shared,
      hidden: [
        ...new Set([found.gitFolder, found.commonFolder, ...listing.gitFolders, ...(await borrowedStores(found))]),
      ],
      notices: [...found.notices, ...notices],
    };
    // Written last, in one step: a base without it is not whole and is made again.
    await writeFile(`${folder}.json.partial`, JSON.stringify(base));
    await rename(`${folder}.json.partial`, `${folder}.json`);
    return base;
  } catch (thrown) {
    await deleteFolder(folder).catch(() => {});
    throw asDiskFull(thrown) ?? thrown;
  }
}

async function keptBase(folder: string): Promise<Base | null> {
  try {
    return { ...(JSON.parse(await readFile(`${folder}.json`, 'utf8')) as Base), folder };
  } catch {
    return null;
  }
}

async function copyAndSeal(repository: Repository, folder: string, effects: Pick<Effects, 'environment' | 'now'>) {
  // A file that goes away while it is copied (an editor saving) is no reason to give up: list again.
  for (let round = 1; ; round++) {
    const listing = await listFiles(repository.root, effects.environment);
    const notices: string[] = [];
    const unnamed = listing.files.filter((path) => path.includes('\uFFFD'));
    if (unnamed.length > 0) {
      listing.files = listing.files.filter((path) => !path.includes('\uFFFD'));
      notices.push(`Left out, because their names are not UTF-8: ${some(unnamed)}.`);
    }
    const ignored = await smallFiles(repository.root, listing.ignoredFiles, notices);
    const copying = copyFiles(repository.root, [...listing.files, ...ignored], folder, effects.environment);
    const sealing = sealRepository(repository, listing, folder, effects.now(), effects.environment, copying);
    // Its failure counts only when the copy is whole.
    sealing.catch(() => {});
    const problem = await copying;
    if (problem === null) {
      await sealing;
      return { listing, notices };
    }
    await sealing.catch(() => {});
    const full = asDiskFull(problem);
    if (full) throw full;
    if (round === 3 || !/No such file|ENOENT|File removed/i.test(problem)) {
      throw new ParlayError('The starting state could not be copied.', {
        why: problem,
        next: 'Make every file of the working tree readable (or add it to .gitignore), then try again.',
      });
    }
    await deleteFolder(folder);
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
}

/** Returns null, or what went wrong in words. */
async function copyFiles(
  top: string,
  files: readonly string[],
  folder: string,
  environment: Effects['environment'],
): Promise<string | null> {
  if (files.length === 0) return null;
  try {
    return await copyWithTar(top, files, folder, environment);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
  }
  try {
    for (const path of files) await copyOne(join(top, path), join(folder, path));
    return null;
  } catch (thrown) {
    return messageOf(thrown);
  }
}

/** Two tars and a pipe: the quickest exact copy there is, with times to the nanosecond. Rejects when there is no tar. */
function copyWithTar(
  top: string,
  files: readonly string[],
  folder: string,
  environment: Effects['environment'],
): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const script = `{ tar -C "$1" --format=posix --null --no-recursion --verbatim-files-from -T - -cf - || echo "tar: ended with $?" >&2; } | tar -xpf - -C "$2"`;
    const child = spawn('sh', ['-c', `command -v tar >/dev/null || exit 97; ${script}`, 'sh', top, folder], {
      env: gitEnvironment(environment),
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    const words: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => words.push(chunk));
    child.on('error', reject);
    child.stdin.on('error', () => {});
    child.on('close', (code) => {
      if (code === 97) return reject(Object.assign(new Error('tar is missing'), { code: 'ENOENT' }));
      const said = Buffer.concat(words)
        .toString()
        .split('\n')
        // A file that grew while it was read is whole enough: the next attempt at freezing would race just the same.
        .filter((line) => line !== '' && !/file changed as we read it|ended with 1$|socket ignored/.test(line));
      resolve(code === 0 && said.length === 0 ? null : said.slice(0, 5).join('\n') || `tar ended with ${code}`);
    });
    child.stdin.end(`${files.join('\0')}\0`);
  });
}

async function copyOne(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const facts = await lstat(from);
  if (facts.isSymbolicLink()) {
    await symlink(await readlink(from), to);
    await lutimes(to, facts.atime, facts.mtime);
  } else {
    await copyFile(from, to);
    await utimes(to, facts.atime, facts.mtime);
  }
}

async function smallFiles(top: string, paths: readonly string[], notices: string[]): Promise<string[]> {
  const small: string[] = [];
  const large: string[] = [];
  let bytes = 0;
  for (const path of paths) {
    const facts = await lstat(join(top, path)).catch(() => null);
    if (!facts || remade.has(path.slice(path.lastIndexOf('/') + 1))) continue;
    if (!facts.isFile() && !facts.isSymbolicLink()) continue;
    if (facts.size > largestIgnoredFile || bytes + facts.size > mostIgnoredBytes) large.push(path);
    else {
      small.push(path);
      bytes += facts.size;
    }
  }
  if (large.length > 0) notices.push(`Ignored files too large to copy are left out of workspaces: ${some(large)}.`);
  return small;
}

/** Ignored folders that can be seen through an overlay. */
function shareable(
  repository: Repository,
  listing: Listing,
  folder: string,
  effects: Pick<Effects, 'environment'>,
  notices: string[],
): string[] {
  const state = [stateFolder(effects), folder];
  const occupied = foldersOf(listing.files);
  const ignored = new Set(listing.ignoredFolders);
  const wanted = listing.ignoredFolders.filter((path) => {
    const whole = join(repository.root, path);
    // Git also lists folders on the way to an ignored one; and one that holds files of the base cannot be laid over.
    if (occupied.has(path) || parentsOf(path).some((parent) => ignored.has(parent) && !occupied.has(parent)))
      return false;
    if (remade.has(path.slice(path.lastIndexOf('/') + 1)) || path.includes('\uFFFD')) return false;
    // Parlay's own state may live in an ignored folder of the repository; no attempt may see it.
    return !state.some((own) => `${own}${sep}`.startsWith(`${whole}${sep}`)) && existsSync(whole);
  });
  if (wanted.length > mostShared) {
    notices.push(`Only the first ${mostShared} of ${wanted.length} ignored folders are there in workspaces.`);
  }
  return wanted.slice(0, mostShared);
}

function foldersOf(files: readonly string[]): Set<string> {
  const folders = new Set<string>();
  for (const file of files) {
    for (
      let end = file.lastIndexOf('/');
      end > 0 && !folders.has(file.slice(0, end));
      end = file.lastIndexOf('/', end - 1)
    )
      folders.add(file.slice(0, end));
  }
  return folders;
}

function parentsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** Object stores that the repository borrows from: later commits could be read there. */
async function borrowedStores(repository: Repository): Promise<string[]> {
  const text = await readFile(join(repository.commonFolder, 'objects', 'info', 'alternates'), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line.startsWith('/'));
}

function some(paths: readonly string[]): string {
  return paths.length > 5 ? `${paths.slice(0, 5).join(', ')} and ${paths.length - 5} more` : paths.join(', ');
}
