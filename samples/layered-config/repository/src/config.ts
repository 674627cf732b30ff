import { merge, type Settings, type Value } from './merge.ts';

export const DEFAULTS: Settings = {
  port: 8080,
  log: { level: 'info', colour: true },
  database: { host: 'localhost', pool: { min: 1, max: 10 } },
};

/** The settings that hold when the given layers are laid on the defaults, later ones on top. */
export function resolve(...layers: Settings[]): Settings {
  return layers.reduce(merge, DEFAULTS);
}

/** Looks up `database.pool.max`. */
export function lookup(settings: Settings, path: string): Value | undefined {
  let current: Value | undefined = settings;
  for (const key of path.split('.')) {
    if (typeof current !== 'object' || current === null || Array.isArray(current)) {
      return undefined;
    }
    current = current[key];
  }
  return current;
}
