import { chmod, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Effects } from '../system/effects.ts';
import { workspacesFolder } from '../system/paths.ts';

const doomed = '.deleted-';

/**
 * Deletes the workspaces of runs that nobody needs any more, and what an earlier cleaning left when it was cut off.
 * Costs one `readdir` when there is nothing to do.
 * @param isInUse Whether a run is under way or can still be resumed; its workspaces stay.
 * @returns The runs whose workspaces are gone.
 */
export async function cleanWorkspaces(
  effects: Pick<Effects, 'environment' | 'random'>,
  isInUse: (run: string) => boolean,
): Promise<string[]> {
  const folder = workspacesFolder(effects);
  const names = await readdir(folder).catch(() => []);
  const cleaned: string[] = [];
  for (const name of names) {
    if (name.startsWith(doomed)) {
      await deleteFolder(join(folder, name));
      continue;
    }
    if (isInUse(name)) continue;
    // Out of the way in one step: a resume that looks for it meanwhile finds all of it or nothing.
    const away = join(folder, `${doomed}${name}-${effects.random().toString(36).slice(2)}`);
    await rename(join(folder, name), away);
    await deleteFolder(away);
    cleaned.push(name);
  }
  return cleaned;
}

/**
 * Deletes a folder and all in it, even where an overlay or a build left folders that cannot be entered. Does nothing
 * when it is not there. Never follows links.
 */
export async function deleteFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'ENOTEMPTY') throw thrown;
    await openFolders(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function openFolders(folder: string): Promise<void> {
  await chmod(folder, 0o700).catch(() => {});
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) await openFolders(join(folder, entry.name));
  }
}
