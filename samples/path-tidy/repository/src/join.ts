import { normalise } from './normalise.ts';

/** Joins parts; an absolute part starts afresh. */
export function join(...parts: string[]): string {
  let path = '';
  for (const part of parts) {
    if (part === '') {
      continue;
    }
    path = part.startsWith('/') || path === '' ? part : `${path}/${part}`;
  }
  return normalise(path);
}

/** Whether `path` is `folder` or lies in it. */
export function inside(folder: string, path: string): boolean {
  const base = normalise(folder);
  const full = join(base, path);
  return full === base || full.startsWith(base === '/' ? '/' : `${base}/`);
}
