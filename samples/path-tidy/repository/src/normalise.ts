/** Removes `.`, resolves `..` and doubled slashes. Leading `..` of a relative path stay; above the root there is only the root. */
export function normalise(path: string): string {
  const absolute = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') {
      continue;
    }
    if (part !== '..') {
      parts.push(part);
    } else if (parts.length > 0) {
      parts.pop();
    } else if (!absolute) {
      parts.push('..');
    }
  }
  const joined = parts.join('/');
  if (absolute) {
    return `/${joined}`;
  }
  return joined === '' ? '.' : joined;
}
