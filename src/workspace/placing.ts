import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fsyncSync,
  lchownSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { exitCodes, ParlayError } from '../system/errors.ts';
import { asDiskFull } from './git.ts';
import { Folder } from './tree.ts';

/** A file or link of a working tree, or that there is none. */
export interface Placed {
  path: string;
  /**
   * `120000` for a link, `100644` and `100755` for what git says of a file, and otherwise the file's exact mode, so that
   * undoing restores it. null when there is nothing.
   */
  mode: string | null;
  /** Of a link, its target. */
  bytes: Buffer | null;
}

/** `beyond` is a path that needs a folder where there is a file or link. */
export type Found = Placed | 'folder' | 'other' | 'beyond';

/** What is at `path` now; links are never followed. */
export function readPlaced(top: string, path: string): Found {
  const parent = openParent(top, path, false);
  if (parent === 'missing') return { path, mode: null, bytes: null };
  if (parent === 'beyond') return 'beyond';
  using folder = parent;
  const name = lastName(path);
  const found = folder.lstat(name);
  if (!found) return { path, mode: null, bytes: null };
  if (found.isSymbolicLink()) return { path, mode: '120000', bytes: folder.readLinkBytes(name) };
  if (found.isDirectory()) return 'folder';
  if (!found.isFile()) return 'other';
  return { path, mode: found.mode.toString(8), bytes: folder.readFile(name) };
}

/** Same bytes, same kind, and executable or not alike: what git would call unchanged. */
export function samePlaced(one: Placed, other: Placed): boolean {
  if (one.bytes === null || other.bytes === null) return one.bytes === other.bytes;
  const link = one.mode === '120000';
  if (link !== (other.mode === '120000') || !one.bytes.equals(other.bytes)) return false;
  return link || isExecutable(one) === isExecutable(other);
}

export function isExecutable(file: Pick<Placed, 'mode'>): boolean {
  return (Number.parseInt(file.mode ?? '0', 8) & 0o100) !== 0;
}

export function isEmptyFolder(top: string, path: string): boolean {
  const parent = openParent(top, `${path}/x`, false);
  if (typeof parent === 'string') return false;
  using folder = parent;
  return folder.list().length === 0;
}

/** Every file and link below a folder, as paths relative to `top`. */
export function filesBelow(top: string, path: string): string[] {
  const parent = openParent(top, `${path}/x`, false);
  if (typeof parent === 'string') return [];
  using folder = parent;
  return folder
    .list()
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(top, `${path}/${entry.name}`) : [`${path}/${entry.name}`]));
}

/**
 * Carries out a plan. Each file is written whole beside its place and moved there, on disk before this returns. Safe to
 * call again after it was cut off at any point: what is done already is left alone.
 * @throws ParlayError when a file is neither as planned nor as wanted (then nothing is written), or the disk is full.
 */
export function writePlan(top: string, plan: { before: readonly Placed[]; after: readonly Placed[] }): void {
  const todo: Placed[] = [];
  const changed: string[] = [];
  plan.after.forEach((after, index) => {
    if (isFolderEntry(after)) return;
    const found = readPlaced(top, after.path);
    // Where something else stands, a file is gone already; for a new one, planning has checked that it goes too.
    if (typeof found === 'string' && after.bytes === null) return;
    const now: Placed = typeof found === 'string' ? { path: after.path, mode: null, bytes: null } : found;
    if (typeof found !== 'string' && samePlaced(now, after)) return;
    if (!samePlaced(now, plan.before[index]!)) changed.push(after.path);
    todo.push(after);
  });
  if (changed.length > 0) {
    throw new ParlayError(`These files changed just now: ${changed.join(', ')}.`, {
      why: 'They are not what they were when the change was planned, so nothing more was written.',
      next: 'Run the command again.',
      exitCode: exitCodes.conflict,
    });
  }
  try {
    for (const { path, bytes } of todo) if (bytes === null) removePlaced(top, path);
    for (const entry of todo) if (entry.bytes !== null) place(top, entry);
    for (const entry of plan.after) if (isFolderEntry(entry)) closeParent(openParent(top, `${entry.path}/x`, true));
  } catch (thrown) {
    throw asDiskFull(thrown) ?? unwritable(thrown);
  }
}

function unwritable(thrown: unknown): ParlayError {
  return new ParlayError('The working tree could not be written.', {
    why: (thrown as Error).message,
    next: 'Make its files and folders writable, then run the command again: it goes on from where it stopped.',
    cause: thrown,
  });
}

function isFolderEntry(entry: Placed): boolean {
  return entry.mode === '40000';
}

/** Deletes a file, and the folders above it that are empty then, as git does. */
function removePlaced(top: string, path: string): void {
  const parent = openParent(top, path, false);
  if (typeof parent === 'string') return;
  {
    using folder = parent;
    unlinkSync(folder.at(lastName(path)));
    syncFolder(folder);
  }
  removeEmptyParents(top, path);
}

function removeEmptyParents(top: string, path: string): void {
  const above = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  if (above === '') return;
  const parent = openParent(top, above, false);
  if (typeof parent === 'string') return;
  try {
    using folder = parent;
    rmdirSync(folder.at(lastName(above)));
  } catch {
    // Something else is in it, so it stays.
    return;
  }
  removeEmptyParents(top, above);
}

function place(top: string, entry: Placed): void {
  const parent = openParent(top, entry.path, true);
  if (typeof parent === 'string') throw new Error(`${entry.path} is behind something that is not a folder`);
  using folder = parent;
  const name = lastName(entry.path);
  const found = folder.lstat(name);
  // An empty folder may be left where a file belongs; anything in it would have been a conflict.
  if (found?.isDirectory()) removeEmptyTree(folder, name);
  // The same name every time, so that a second try takes over what a killed one left.
  const temporary = `.parlay-${createHash('sha256').update(entry.path).digest('hex').slice(0, 24)}`;
  rmSync(folder.at(temporary), { force: true });
  try {
    if (entry.mode === '120000') {
      symlinkSync(entry.bytes!, folder.at(temporary));
      own(folder, temporary, found, true);
    } else {
      writeWhole(folder.at(temporary), entry.bytes!, isExecutable(entry) ? 0o777 : 0o666);
      own(folder, temporary, found, false);
      const exact = exactMode(entry, found?.isFile() ? found.mode : null);
      if (exact !== null) chmodSync(folder.at(temporary), exact);
    }
    renameSync(folder.at(temporary), folder.at(name));
  } catch (thrown) {
    rmSync(folder.at(temporary), { force: true });
    throw thrown;
  }
  syncFolder(folder);
}

function removeEmptyTree(folder: Folder, name: string): void {
  {
    using inner = folder.folder(name);
    for (const entry of inner.list()) removeEmptyTree(inner, entry.name);
  }
  rmdirSync(folder.at(name));
}

/** Git knows two modes; for those the file that is replaced keeps the rest of its permissions. null is the umask's. */
function exactMode(entry: Placed, found: number | null): number | null {
  const wanted = Number.parseInt(entry.mode!, 8);
  if (entry.mode !== '100644' && entry.mode !== '100755') return wanted & 0o7777;
  if (found === null) return null;
  const bits = found & 0o7777;
  // Whoever may read it may execute it, which is what git's own checkout does.
  return isExecutable(entry) ? bits | ((bits & 0o444) >> 2) : bits & ~0o111;
}

/** Root working in somebody's repository must not leave files there that are root's. */
function own(folder: Folder, name: string, found: { uid: number; gid: number } | undefined, link: boolean): void {
  if (process.getuid?.() !== 0) return;
  const owner = found ?? folder.lstat('.')!;
  (link ? lchownSync : chownSync)(folder.at(name), owner.uid, owner.gid);
}

function writeWhole(path: string, bytes: Buffer, mode: number): void {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const descriptor = openSync(path, flags, mode);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function syncFolder(folder: Folder): void {
  const descriptor = openSync(folder.at('.'), constants.O_RDONLY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The open folder that `path` is in. With `create`, missing folders are made. */
function openParent(top: string, path: string, create: boolean): Folder | 'missing' | 'beyond' {
  let folder = Folder.root(top);
  for (const name of path.split('/').slice(0, -1)) {
    const before = folder;
    try {
      const found = before.lstat(name);
      if (!found) {
        if (!create) return 'missing';
        mkdirSync(before.at(name));
        own(before, name, undefined, false);
      } else if (!found.isDirectory()) return 'beyond';
      folder = before.folder(name);
    } finally {
      before[Symbol.dispose]();
    }
  }
  return folder;
}

function closeParent(parent: Folder | string): void {
  if (typeof parent !== 'string') parent[Symbol.dispose]();
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
