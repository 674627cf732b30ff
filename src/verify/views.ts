import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileView, ReadableFiles } from './types.ts';

/** A folder on disk, such as a frozen base, as detection sees it. */
export function viewOfFolder(folder: string): FileView {
  return {
    read: (path) => readFile(join(folder, path), 'utf8').catch(() => null),
    exists: (path) =>
      stat(join(folder, path)).then(
        () => true,
        () => false,
      ),
    list: (path) => readdir(join(folder, path)).catch(() => []),
  };
}

/** A workspace's files as detection and runners see them. */
export function viewOfWorkspace(files: ReadableFiles): FileView {
  return {
    read: (path) =>
      files.read(path).then(
        (data) => data.toString('utf8'),
        () => null,
      ),
    exists: (path) =>
      files.stat(path).then(
        (found) => found !== null,
        () => false,
      ),
    list: (path) =>
      files.list(path === '' ? '.' : path).then(
        (entries) => entries.map((entry) => entry.name),
        () => [],
      ),
  };
}
