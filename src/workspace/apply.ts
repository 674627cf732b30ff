import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Effects } from '../system/effects.ts';
import { exitCodes, ParlayError } from '../system/errors.ts';
import { git, noConfiguration, scratchFolder } from './git.ts';
import { filesBelow, isEmptyFolder, isExecutable, type Placed, readPlaced, samePlaced } from './placing.ts';
import type { WorkspaceChange } from './types.ts';

/**
 * What is to be written to a working tree. `before` and `after` name the same paths in the same order; record both
 * before `writePlan`, and it can be finished, or undone, whatever happens in between.
 */
export interface ApplyPlan {
  before: Placed[];
  after: Placed[];
  /** Paths where the person's own edits were kept along with the change. */
  merged: string[];
}

/**
 * Works out how to bring changes into a working tree, and touches nothing. Edits made meanwhile are kept where git can
 * merge them line by line. Paths that need no writing are left out.
 * @throws ParlayError (exit code `conflict`) that lists every path which cannot be merged.
 */
export async function planApply(
  folder: string,
  changes: readonly WorkspaceChange[],
  environment: Effects['environment'],
): Promise<ApplyPlan> {
  const plan: ApplyPlan = { before: [], after: [], merged: [] };
  const conflicts: string[] = [];
  const deleted = new Set(changes.filter((change) => change.after === null).map((change) => change.path));
  for (const change of changes) {
    checkPath(change.path);
    const before: Placed = { path: change.path, mode: change.modeBefore, bytes: change.before };
    const after: Placed = { path: change.path, mode: change.modeAfter, bytes: change.after };
    const found = readPlaced(folder, change.path);
    const current = found === 'folder' && isGone(folder, change.path, deleted) ? nothing(change.path) : found;
    if (current === 'folder' || current === 'other' || (current === 'beyond' && !isReplaced(change.path, deleted))) {
      conflicts.push(change.path);
      continue;
    }
    const now = current === 'beyond' ? nothing(change.path) : current;
    if (samePlaced(now, after)) continue;
    const result = samePlaced(now, before) ? after : await merge(now, before, after, environment);
    if (!result) {
      conflicts.push(change.path);
      continue;
    }
    if (result !== after) plan.merged.push(change.path);
    plan.before.push(now);
    plan.after.push(result);
  }
  if (conflicts.length > 0) throw conflict(conflicts, 'You edited them since the run began, in the same places.');
  keepEmptyFolders(folder, plan);
  return plan;
}

/**
 * Works out how to take an applied plan back, and touches nothing.
 * @throws ParlayError (exit code `conflict`) that lists the files changed since they were applied, unless `force`.
 */
export function planUndo(
  folder: string,
  applied: Pick<ApplyPlan, 'before' | 'after'>,
  options: { force?: boolean } = {},
): ApplyPlan {
  const plan: ApplyPlan = { before: [], after: [], merged: [] };
  const changed: string[] = [];
  const blocked: string[] = [];
  applied.after.forEach((after, index) => {
    const before = applied.before[index]!;
    checkPath(before.path);
    if (before.mode === folderMode) {
      plan.before.push(before);
      plan.after.push(before);
      return;
    }
    const found = readPlaced(folder, before.path);
    if (typeof found === 'string' && before.bytes === null) return;
    if (typeof found === 'string') {
      // In place of what was deleted there may be a folder that the same plan takes away again.
      const made = new Set(applied.after.filter((entry) => entry.bytes !== null).map((entry) => entry.path));
      const free =
        found === 'folder' ? isGone(folder, before.path, made) : found === 'beyond' && isReplaced(before.path, made);
      if (!free) {
        blocked.push(before.path);
        return;
      }
    }
    const now = typeof found === 'string' ? nothing(before.path) : found;
    if (samePlaced(now, before)) return;
    if (!samePlaced(now, after)) changed.push(before.path);
    plan.before.push(now);
    plan.after.push(before);
  });
  if (blocked.length > 0) throw conflict(blocked, 'A folder, a link or something else is in their place.');
  if (changed.length > 0 && !options.force) {
    throw new ParlayError(`These files were changed after they were applied: ${changed.join(', ')}.`, {
      why: 'Undoing would throw those changes away, so nothing was touched.',
      next: 'Commit or copy what you want to keep, then run `parlay undo --force`.',
      exitCode: exitCodes.conflict,
    });
  }
  return plan;
}

/** Marks a folder in a plan: it was there and empty, so undoing must leave it. */
const folderMode = '40000';

/** Undoing removes folders that become empty; one that was empty before is noted, so that it stays. */
function keepEmptyFolders(folder: string, plan: ApplyPlan): void {
  const noted = new Set<string>();
  for (const { path, bytes } of [...plan.after]) {
    if (bytes === null) continue;
    const parts = path.split('/').slice(0, -1);
    for (let length = parts.length; length > 0; length--) {
      const parent = parts.slice(0, length).join('/');
      if (noted.has(parent) || !isEmptyFolder(folder, parent)) continue;
      noted.add(parent);
      plan.before.push({ path: parent, mode: folderMode, bytes: null });
      plan.after.push({ path: parent, mode: folderMode, bytes: null });
    }
  }
}

function nothing(path: string): Placed {
  return { path, mode: null, bytes: null };
}

/** Whether the plan deletes everything in the folder at `path`, so that a file can take its place. */
function isGone(folder: string, path: string, deleted: ReadonlySet<string>): boolean {
  return filesBelow(folder, path).every((file) => deleted.has(file));
}

/** Whether the file that stands where `path` needs a folder is deleted by the plan. */
function isReplaced(path: string, deleted: ReadonlySet<string>): boolean {
  const parts = path.split('/');
  return parts.some((_, index) => index > 0 && deleted.has(parts.slice(0, index).join('/')));
}

/** The three-way merge of one file, or null where only a person can decide. */
async function merge(
  now: Placed,
  before: Placed,
  after: Placed,
  environment: Effects['environment'],
): Promise<Placed | null> {
  if (!now.bytes || !before.bytes || !after.bytes) return null;
  if ([now, before, after].some((side) => isLink(side))) return null;
  const mode = isExecutable(now) === isExecutable(before) ? after.mode : now.mode;
  const same = (one: Placed, other: Placed) => one.bytes!.equals(other.bytes!);
  if (same(now, after) || same(before, after)) return { ...now, mode: keptMode(now, mode) };
  if (same(now, before)) return { ...after, mode: keptMode(now, mode) };
  if ([now, before, after].some((side) => side.bytes!.includes(0))) return null;
  const bytes = await mergeText([now.bytes, before.bytes, after.bytes], environment);
  return bytes && { path: now.path, mode: keptMode(now, mode), bytes };
}

function isLink(side: Placed): boolean {
  return side.mode === '120000';
}

/** The person's own permissions, when the change does not touch whether it can be executed. */
function keptMode(now: Placed, mode: string | null): string | null {
  return isExecutable(now) === isExecutable({ ...now, mode }) ? now.mode : mode;
}

/** null on a conflict. */
async function mergeText(sides: readonly Buffer[], environment: Effects['environment']): Promise<Buffer | null> {
  const scratch = scratchFolder(environment);
  await mkdir(scratch, { mode: 0o700 });
  try {
    const names = ['now', 'before', 'after'];
    await Promise.all(sides.map((bytes, index) => writeFile(join(scratch, names[index]!), bytes)));
    const merged = await git({ PATH: environment.PATH }, ['merge-file', '--stdout', '--quiet', ...names], {
      cwd: scratch,
      environment: noConfiguration,
      // A positive code is the number of conflicts, at most 127.
      accept: Array.from({ length: 128 }, (_, code) => code),
    });
    return merged.exitCode === 0 ? merged.stdout : null;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** @throws ParlayError for a path that is not plainly inside a working tree. */
function checkPath(path: string): void {
  const parts = path.split('/');
  if (parts.every((part) => part !== '' && part !== '.' && part !== '..' && part.toLowerCase() !== '.git')) return;
  throw new ParlayError(`The change names a path that may not be written: ${path}`, {
    why: 'Only files inside the working tree are written, and nothing in .git.',
    next: 'Look at the change with `parlay diff`; it was not applied.',
    exitCode: exitCodes.conflict,
  });
}

function conflict(paths: readonly string[], why: string): ParlayError {
  return new ParlayError(`These files cannot be brought together with the change: ${paths.join(', ')}.`, {
    why: `${why} Nothing was written.`,
    next: 'Commit or set aside your edits of them (`git stash push -- <files>`) and apply again, or take the change by hand from `parlay diff`.',
    exitCode: exitCodes.conflict,
  });
}
