import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { git, noConfiguration, zeroSeparated } from './git.ts';
import { type Manifest, readManifest, stamp } from './manifest.ts';
import { Folder } from './tree.ts';
import type { Base, Workspace, WorkspaceChange } from './types.ts';

export interface ChangesInput {
  kind: Workspace['kind'];
  base: Base;
  state: string;
  /** The workspace's files, as Parlay's own process reaches them. */
  view: string;
  environment: Readonly<Record<string, string | undefined>>;
}

/** One side of a change: git's mode and the bytes (of a link, its target). */
interface Side {
  mode: string;
  bytes: Buffer;
}

/**
 * What differs between the base and a workspace. Only folders in the overlay's upper layer are looked into; which of
 * the base's files are gone is read off the merged view, so whiteouts and opaque folders need no decoding.
 */
export async function changesSince(input: ChangesInput): Promise<WorkspaceChange[]> {
  using view = Folder.root(input.view);
  using upper = input.kind === 'overlay' ? Folder.root(join(input.state, 'upper')) : null;
  using base = Folder.root(input.base.folder);
  const manifest = input.kind === 'copy' ? readManifest(join(input.state, 'manifest.json')) : null;
  const walk = new Walk(new Set(input.base.shared), manifest);
  walk.compare(base, view, upper, '');
  const ignored = await ignoredPaths([...walk.changes.keys()], input);
  return [...walk.changes]
    .filter(([path]) => !ignored.has(path))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([path, { before, after }]) => ({
      path,
      kind: before === null ? 'added' : after === null ? 'deleted' : 'modified',
      modeBefore: before?.mode ?? null,
      modeAfter: after?.mode ?? null,
      before: before?.bytes ?? null,
      after: after?.bytes ?? null,
    }));
}

class Walk {
  readonly changes = new Map<string, { before: Side | null; after: Side | null }>();
  readonly #shared: ReadonlySet<string>;
  readonly #manifest: Manifest | null;

  constructor(shared: ReadonlySet<string>, manifest: Manifest | null) {
    this.#shared = shared;
    this.#manifest = manifest;
  }

  /** `upper` is null for a copy, where every folder is looked into. */
  compare(base: Folder, view: Folder, upper: Folder | null, prefix: string): void {
    const before = new Map(base.list().map((entry) => [entry.name, entry]));
    const after = new Map(view.list().map((entry) => [entry.name, entry]));
    for (const [name, entry] of before) {
      if (this.#skips(prefix, name) || after.has(name)) continue;
      if (entry.isDirectory()) this.#wholeFolder(base, name, `${prefix}${name}/`, 'before');
      else this.#note(prefix + name, sideOf(base, name), null);
    }
    const touched = upper ? new Set(upper.list().map((entry) => entry.name)) : null;
    for (const [name, entry] of after) {
      if (this.#skips(prefix, name) || (touched && !touched.has(name))) continue;
      const path = prefix + name;
      const old = before.get(name);
      if (entry.isDirectory()) {
        if (old?.isDirectory()) {
          using baseInner = base.folder(name);
          using viewInner = view.folder(name);
          using upperInner = upper?.folder(name) ?? null;
          this.compare(baseInner, viewInner, upperInner, `${path}/`);
        } else {
          if (old) this.#note(path, sideOf(base, name), null);
          this.#wholeFolder(view, name, `${path}/`, 'after');
        }
      } else {
        if (old?.isDirectory()) this.#wholeFolder(base, name, `${path}/`, 'before');
        if (this.#manifest && entry.isFile() && this.#manifest[path] === stamp(view.at(name))) continue;
        this.#note(path, old && !old.isDirectory() ? sideOf(base, name) : null, sideOf(view, name));
      }
    }
  }

  #wholeFolder(parent: Folder, name: string, prefix: string, side: 'before' | 'after'): void {
    using folder = parent.folder(name);
    for (const entry of folder.list()) {
      if (this.#skips(prefix, entry.name)) continue;
      if (entry.isDirectory()) this.#wholeFolder(folder, entry.name, `${prefix}${entry.name}/`, side);
      else if (side === 'before') this.#note(prefix + entry.name, sideOf(folder, entry.name), null);
      else this.#note(prefix + entry.name, null, sideOf(folder, entry.name));
    }
  }

  #note(path: string, before: Side | null, after: Side | null): void {
    if (before === null && after === null) return;
    if (before && after && before.mode === after.mode && before.bytes.equals(after.bytes)) return;
    this.changes.set(path, { before, after });
  }

  /** A repository made inside the workspace is not part of the outcome, and neither is anything of git's own. */
  #skips(prefix: string, name: string): boolean {
    return name.toLowerCase() === '.git' || this.#shared.has(prefix + name);
  }
}

/** null for what git does not keep: pipes, sockets and devices. */
function sideOf(folder: Folder, name: string): Side | null {
  const found = folder.lstat(name);
  if (found?.isSymbolicLink()) return { mode: '120000', bytes: folder.readLinkBytes(name) };
  if (!found?.isFile()) return null;
  return { mode: found.mode & 0o100 ? '100755' : '100644', bytes: folder.readFile(name) };
}

/** Which of these the base's rules ignore; files it tracks never are. */
async function ignoredPaths(paths: readonly string[], input: ChangesInput): Promise<ReadonlySet<string>> {
  const folder = input.base.folder;
  // Git refuses to judge a path that goes through a link of the base; such a path is new, and counts as not ignored.
  const askable = paths.filter((path) => !throughLink(folder, path));
  if (askable.length === 0) return new Set();
  const answer = await git(
    input.environment,
    [`--git-dir=${join(folder, '.git')}`, `--work-tree=${folder}`, 'check-ignore', '-z', '--stdin'],
    { cwd: folder, input: `${askable.join('\0')}\0`, accept: [0, 1], environment: noConfiguration },
  );
  return new Set(zeroSeparated(answer.stdout));
}

function throughLink(folder: string, path: string): boolean {
  const names = path.split('/');
  return names.some((_, index) => {
    if (index === 0) return false;
    return lstatSync(join(folder, ...names.slice(0, index)), { throwIfNoEntry: false })?.isSymbolicLink() === true;
  });
}
