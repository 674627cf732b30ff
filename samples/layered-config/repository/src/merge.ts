export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };
export type Settings = { [key: string]: Value };

function isSettings(value: Value | undefined): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Lays `over` on `under`: objects are merged key by key, everything else is replaced. Neither argument changes. */
export function merge(under: Settings, over: Settings): Settings {
  const result: Settings = under;
  for (const [key, value] of Object.entries(over)) {
    const current = result[key];
    result[key] = isSettings(current) && isSettings(value) ? merge(current, value) : value;
  }
  return result;
}
