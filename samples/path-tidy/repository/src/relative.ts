import { normalise } from './normalise.ts';

/** The way from the folder `from` to `to`, both absolute. */
export function relative(from: string, to: string): string {
  const source = normalise(from).split('/').filter(Boolean);
  const target = normalise(to).split('/').filter(Boolean);
  let shared = 0;
  while (shared < source.length && shared < target.length && source[shared] === target[shared]) {
    shared += 1;
  }
  const up = source.slice(shared).map(() => '..');
  return [...up, ...target.slice(shared)].join('/') || '.';
}
