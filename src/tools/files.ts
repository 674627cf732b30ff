import { createHash } from 'node:crypto';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { failure } from './define.ts';
import type { ToolContext, ToolResult } from './types.ts';

/** Files larger than this are not read whole. */
export const largestFile = 64 * 1024 * 1024;

const mostSuggestions = 3;
const mostFoldersLookedIn = 300;

/** Dependencies and caches: their names are shown, what is in them is not unless asked for by path. */
export const closedFolders = new Set(
  'node_modules bower_components .venv venv __pycache__ .tox .nox .mypy_cache .pytest_cache .ruff_cache .gradle .next .turbo .cache'.split(
    ' ',
  ),
);

/** Whether a path is the handle of a kept output. A file of that name is `./output:1`. */
export function isKept(path: string): boolean {
  return /^output:\d+$/.test(path);
}

/** A path from the root (`.` for the root itself), or the refusal. Links are followed and confined by the workspace. */
export function insidePath(path: string, context: ToolContext): string | ToolResult {
  const { root } = context.workspace;
  if (path.includes('\0')) return failure('A path cannot contain a NUL character.');
  if (isKept(path)) return failure(`${path} is a kept output, not a file: only read and search take it.`);
  const inside = relative(root, resolve(root, path));
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    return failure(`${path} is not part of the task's repository, ${root}.`);
  }
  return inside === '' ? '.' : inside;
}

export interface FoundFile {
  /** From the root. */
  path: string;
  bytes: Buffer;
}

/** The bytes of an existing ordinary file, or what to say to the model instead. */
export async function findFile(path: string, context: ToolContext): Promise<FoundFile | ToolResult> {
  const inside = insidePath(path, context);
  if (typeof inside !== 'string') return inside;
  const stat = await context.workspace.files.stat(inside);
  if (stat === null) return failure(await missing(inside, context), `${inside} does not exist`);
  if (stat.kind === 'folder') return failure(`${inside} is a folder: use list to see what is in it.`);
  if (stat.kind === 'other') {
    return failure(`${inside} is not an ordinary file (a pipe, socket or device) and cannot be read or edited.`);
  }
  if (stat.size > largestFile) {
    return failure(
      `${inside} has ${stat.size} bytes, too many to load. Use search, or run with head, tail or sed -n '100,200p'.`,
    );
  }
  return { path: inside, bytes: await context.workspace.files.read(inside) };
}

/** Says that nothing is at `path` and names what is most like it: beside it, or of the same name elsewhere. */
export async function missing(path: string, context: ToolContext): Promise<string> {
  let folder = dirname(path);
  let lost = basename(path);
  while (folder !== '.' && (await context.workspace.files.stat(folder))?.kind !== 'folder') {
    lost = basename(folder);
    folder = dirname(folder);
  }
  const entries = await context.workspace.files.list(folder);
  const near = entries
    .map(({ name, kind }) => ({
      path: join(folder, name) + (kind === 'folder' ? '/' : ''),
      unlike: unlikeness(name, lost),
    }))
    .filter(({ unlike }) => unlike <= 0.4)
    .sort((a, b) => a.unlike - b.unlike || (a.path < b.path ? -1 : 1))
    .map((each) => each.path);
  const elsewhere = near.length < mostSuggestions ? await withName(basename(path), context) : [];
  const all = [...new Set([...near, ...elsewhere])].slice(0, mostSuggestions).map(shownName);
  const hint = all.length
    ? `Did you mean ${all.join(' or ')}?`
    : `Nothing has a name like it; list ${folder === '.' ? 'shows what there is' : `with path ${shownName(folder)} shows what there is`}.`;
  return `${path} does not exist. ${hint}`;
}

/** Paths of entries with this name (case aside) in the first folders of the workspace. */
async function withName(name: string, context: ToolContext): Promise<string[]> {
  const wanted = name.toLowerCase();
  const found: string[] = [];
  const folders = ['.'];
  for (let next = 0; next < Math.min(folders.length, mostFoldersLookedIn); next += 1) {
    const folder = folders[next]!;
    const entries = await context.workspace.files.list(folder).catch(() => []);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.name.toLowerCase() === wanted) found.push(entry.kind === 'folder' ? `${path}/` : path);
      if (entry.kind === 'folder' && entry.name !== '.git' && !closedFolders.has(entry.name)) folders.push(path);
    }
  }
  return found;
}

/** A name as it can stand in one line. */
export function shownName(name: string): string {
  return /\p{Cc}/u.test(name) ? JSON.stringify(name) : name;
}

/** 0 for equal names (case aside) to 1 for nothing in common: edit distance over the longer length. */
function unlikeness(a: string, b: string): number {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  const longer = Math.max(left.length, right.length, 1);
  // What cannot be alike is not compared: folders may hold many thousand names.
  if (Math.abs(left.length - right.length) > longer / 2 || longer > 200) return left === right ? 0 : 1;
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const change = row[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[right.length]! / longer;
}

/** True when bytes hold a NUL near their start, as git decides it. */
export function isBinary(bytes: Buffer): boolean {
  return bytes.subarray(0, 8000).includes(0);
}

/** What `ToolContext.seen` remembers of a file. */
export function fingerprint(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
}
