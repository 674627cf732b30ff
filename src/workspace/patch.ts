import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Effects } from '../system/effects.ts';
import { git, noConfiguration, scratchFolder } from './git.ts';
import type { WorkspaceChange, WorkspaceFiles } from './types.ts';

export interface Patch {
  /** As `git apply` takes it, binary parts included; empty when nothing changed. */
  patch: Buffer;
  /** Lines; binary files count none. */
  insertions: number;
  deletions: number;
}

/**
 * Writes changes as a git patch with `a/` and `b/` prefixes, three lines of context, binary parts in full, and no
 * renames. Git itself makes it, from two commits in a scratch repository, so that its rules are git's own.
 */
export async function renderPatch(
  changes: readonly WorkspaceChange[],
  environment: Effects['environment'],
): Promise<Patch> {
  if (changes.length === 0) return { patch: Buffer.alloc(0), insertions: 0, deletions: 0 };
  const scratch = scratchFolder(environment);
  try {
    for (const folder of ['objects/pack', 'refs/heads', 'info'])
      await mkdir(join(scratch, folder), { recursive: true, mode: 0o700 });
    await writeFile(join(scratch, 'HEAD'), 'ref: refs/heads/main\n');
    await writeFile(join(scratch, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n');
    const run = (args: string[], input?: Buffer) =>
      git({ PATH: environment.PATH }, [`--git-dir=${scratch}`, ...args], {
        cwd: scratch,
        input,
        environment: noConfiguration,
      });
    await run(['fast-import', '--quiet', '--force'], importStream(changes));
    const between = ['-r', '--no-renames', '--no-ext-diff', '--no-textconv', 'refs/heads/before', 'refs/heads/after'];
    const style = [
      '--patch',
      '--binary',
      '--full-index',
      '--unified=3',
      '--src-prefix=a/',
      '--dst-prefix=b/',
      '--diff-algorithm=histogram',
      '--indent-heuristic',
    ];
    const [patch, counts] = await Promise.all([
      run(['diff-tree', ...style, ...between]),
      run(['diff-tree', '--numstat', '-z', ...between]),
    ]);
    return { patch: patch.stdout, ...sum(counts.stdout.toString()) };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Two commits, before and after, as `git fast-import` reads them. */
function importStream(changes: readonly WorkspaceChange[]): Buffer {
  const parts: (string | Buffer)[] = [];
  for (const side of ['before', 'after'] as const) {
    parts.push(`commit refs/heads/${side}\ncommitter Parlay <parlay@localhost> 0 +0000\ndata 0\n\n`);
    for (const change of changes) {
      const bytes = change[side];
      if (bytes === null) continue;
      const mode = side === 'before' ? change.modeBefore : change.modeAfter;
      parts.push(`M ${mode} inline ${quotePath(change.path)}\ndata ${bytes.length}\n`, bytes, '\n');
    }
  }
  parts.push('done\n');
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

/** A path as a C string, which is what git reads wherever a name is unusual. */
function quotePath(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}

function sum(counts: string): { insertions: number; deletions: number } {
  let insertions = 0;
  let deletions = 0;
  for (const line of counts.split('\0')) {
    const [added = '', removed = ''] = line.split('\t');
    // A dash stands for a binary file.
    insertions += Number(added) || 0;
    deletions += Number(removed) || 0;
  }
  return { insertions, deletions };
}

/**
 * Lays the after side of changes over a workspace, such as an attempt's over a fresh one for grading. Leave out paths
 * by filtering `changes`. Deletions come first, so that a file may take the place of a folder and the other way round.
 * @throws WorkspaceFileError when a path leads outside.
 */
export async function applyChanges(changes: readonly WorkspaceChange[], files: WorkspaceFiles): Promise<void> {
  for (const change of changes) {
    if (change.after === null && (await there(files, change.path))) await files.remove(change.path);
  }
  for (const change of changes) {
    if (change.after !== null) await files.place(change.path, change.after, change.modeAfter ?? '100644');
  }
}

async function there(files: WorkspaceFiles, path: string): Promise<boolean> {
  const slash = path.lastIndexOf('/');
  const entries = await files.list(path.slice(0, Math.max(0, slash))).catch(() => []);
  return entries.some((entry) => entry.name === path.slice(slash + 1));
}
