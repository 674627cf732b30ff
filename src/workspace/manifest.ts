import { readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Folder } from './tree.ts';

/**
 * What a copied file looked like when the copy was made. The change time cannot be set back by an attempt, so a file
 * with the same stamp has not been written to.
 */
export type Manifest = Record<string, string>;

/** Stamps every file below `folder`, `.git` left out. */
export async function writeManifest(folder: string, to: string): Promise<void> {
  const manifest: Manifest = {};
  using root = Folder.root(folder);
  stampAll(root, '', manifest);
  await writeFile(to, JSON.stringify(manifest));
}

export function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
}

/** Changes whenever the file is written, replaced, or given another mode; null when it is not there. */
export function stamp(path: string): string | null {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found ? `${found.ino}:${found.size}:${found.mode}:${found.ctimeNs}` : null;
}

function stampAll(folder: Folder, prefix: string, manifest: Manifest): void {
  for (const entry of folder.list()) {
    if (entry.name === '.git') continue;
    if (entry.isDirectory()) {
      using inner = folder.folder(entry.name);
      stampAll(inner, `${prefix}${entry.name}/`, manifest);
    } else if (entry.isFile()) {
      manifest[prefix + entry.name] = stamp(folder.at(entry.name))!;
    }
  }
}
