import type { Settings, Value } from './merge.ts';

/** Reads `APP_LOG__LEVEL=debug` into `{ log: { level: 'debug' } }`. */
export function fromEnvironment(environment: Record<string, string>, prefix = 'APP_'): Settings {
  const settings: Settings = {};
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(prefix)) {
      continue;
    }
    const keys = name.slice(prefix.length).toLowerCase().split('__');
    const last = keys.pop()!;
    let target = settings;
    for (const key of keys) {
      target[key] ??= {};
      target = target[key] as Settings;
    }
    target[last] = scalar(text);
  }
  return settings;
}

function scalar(text: string): Value {
  if (text === 'true' || text === 'false') {
    return text === 'true';
  }
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
