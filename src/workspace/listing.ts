import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { git, zeroSeparated } from './git.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** One entry of the index, as `git ls-files -v --stage` prints it. */
interface IndexEntry {
  tag: string;
  mode: string;
  hash: string;
  stage: string;
  path: string;
}

/** The files of a working tree, submodules and nested repositories included. Paths are relative to the top. */
export interface Listing {
  /** The index of the outermost repository. */
  index: IndexEntry[];
  /** Tracked and untracked files that exist now, to be copied. */
  files: string[];
  /** Bytes of each of them, and of a link its target's length. */
  sizes: Map<string, number>;
  /** Ignored files. */
  ignoredFiles: string[];
  /** Ignored folders, without a trailing slash. */
  ignoredFolders: string[];
  untracked: number;
  /** Folders of git data of submodules and nested repositories, absolute. */
  gitFolders: string[];
}

/** Lists what a workspace of `top` starts with. */
export async function listFiles(top: string, environment: Environment): Promise<Listing> {
  const listing: Listing = {
    index: [],
    files: [],
    sizes: new Map(),
    ignoredFiles: [],
    ignoredFolders: [],
    untracked: 0,
    gitFolders: [],
  };
  await collect(top, '', environment, listing);
  return listing;
}

async function collect(top: string, prefix: string, environment: Environment, listing: Listing): Promise<void> {
  const cwd = join(top, prefix);
  const ask = async (...args: string[]) =>
    zeroSeparated((await git(environment, ['ls-files', '-z', ...args], { cwd })).stdout);
  const [staged, untracked, ignored] = await Promise.all([
    ask('-v', '--stage'),
    ask('--others', '--exclude-standard'),
    ask('--others', '--ignored', '--exclude-standard', '--directory'),
  ]);
  const nested: string[] = [];
  const seen = new Set<string>();
  const sizeOf = fileSizes(cwd);
  const add = (path: string) => {
    const size = sizeOf(path);
    if (size === null) return;
    listing.files.push(prefix + path);
    listing.sizes.set(prefix + path, size);
  };
  for (const line of staged) {
    const entry = parseEntry(line);
    if (prefix === '') listing.index.push(entry);
    if (seen.has(entry.path)) continue;
    seen.add(entry.path);
    if (entry.mode === '160000') nested.push(`${entry.path}/`);
    else add(entry.path);
  }
  for (const path of untracked) {
    // A trailing slash is git's word for a repository inside this one.
    if (path.endsWith('/')) nested.push(path);
    else {
      add(path);
      listing.untracked++;
    }
  }
  for (const path of ignored) {
    if (path.endsWith('/')) listing.ignoredFolders.push(prefix + path.slice(0, -1));
    else listing.ignoredFiles.push(prefix + path);
  }
  for (const path of nested) {
    const dotGit = join(cwd, path, '.git');
    if (!existsSync(dotGit)) continue;
    listing.gitFolders.push(gitFolderOf(dotGit));
    await collect(top, prefix + path, environment, listing);
  }
}

function parseEntry(line: string): IndexEntry {
  const tab = line.indexOf('\t');
  const [tag = '', mode = '', hash = '', stage = ''] = line.slice(0, tab).split(' ');
  return { tag, mode, hash, stage, path: line.slice(tab + 1) };
}

/** A `.git` file of a submodule or linked worktree names the real folder. */
function gitFolderOf(dotGit: string): string {
  if (lstatSync(dotGit).isDirectory()) return dotGit;
  const target = /^gitdir: (.*)$/m.exec(readFileSync(dotGit, 'utf8'))?.[1];
  return target ? resolve(dirname(dotGit), target) : dotGit;
}

/**
 * The size of a path that is a regular file or link now, null otherwise: what was deleted, or replaced by a folder, is not part of the starting
 * state, and neither is a tracked file whose folder became a link, for it would be reached through that link.
 */
function fileSizes(top: string): (path: string) => number | null {
  const folders = new Map<string, boolean>([['.', true]]);
  const isFolder = (path: string): boolean => {
    let known = folders.get(path);
    if (known === undefined) {
      known = isFolder(dirname(path)) && lstatSync(join(top, path), { throwIfNoEntry: false })?.isDirectory() === true;
      folders.set(path, known);
    }
    return known;
  };
  return (path) => {
    if (!isFolder(dirname(path))) return null;
    const found = lstatSync(join(top, path), { throwIfNoEntry: false });
    return found && (found.isFile() || found.isSymbolicLink()) ? found.size : null;
  };
}
