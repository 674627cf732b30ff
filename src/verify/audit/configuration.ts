import type { Syntax } from '../../syntax/tree.ts';
import { parse } from '../../syntax/tree.ts';
import { calleeOf, isCall } from './reading.ts';
import type { Evidence } from './types.ts';

/** One setting: where it stands, and its value as text. Entries of a list share a key. */
interface Setting {
  key: string;
  value: string;
  line: number;
}

export interface ConfigurationPair {
  path: string;
  before: Setting[] | null;
  after: Setting[] | null;
}

/** Settings of every changed file that holds some, whatever its format; the rest is left out. */
export async function readConfigurations(evidence: Evidence): Promise<ConfigurationPair[]> {
  const pairs: ConfigurationPair[] = [];
  for (const { path, change } of evidence.files) {
    const [before, after] = [await settingsOf(path, change.before), await settingsOf(path, change.after)];
    if (before || after) pairs.push({ path, before, after });
  }
  return pairs;
}

const scriptNames =
  /(^|\/)((vite|vitest|jest|karma|playwright|cypress|ava|eslint|webpack|nyc|babel|stryker)\.(config|workspace|setup|conf)(\.\w+)?|\.eslintrc|\.mocharc|jest-preset|\.c8rc)\.[cm]?[jt]s$/;
const bareJson = /(^|\/)\.(eslintrc|mocharc|nycrc|c8rc|babelrc|swcrc|prettierrc|taprc)$/;
const ini =
  /(^|\/)(pytest\.ini|\.pytest\.ini|setup\.cfg|tox\.ini|mypy\.ini|\.mypy\.ini|\.flake8|\.coveragerc|\.?pylintrc)$|\.(ini|cfg|properties)$/;

async function settingsOf(path: string, text: string | null): Promise<Setting[] | null> {
  if (text === null || text.length > 300_000) return null;
  try {
    if (scriptNames.test(path)) return await fromScript(text);
    if (/\.(json|jsonc|json5)$/.test(path) || bareJson.test(path))
      return /(^|\/)(package-lock|composer\.lock)/.test(path) ? null : await fromScript(`(${text}\n)`);
    if (/\.ya?ml$/.test(path) && !/(^|\/)(pnpm-lock)/.test(path)) return await fromYaml(text);
    if (path.endsWith('.toml')) return await fromToml(text);
    if (ini.test(path)) return fromIni(text);
    if (path.endsWith('.xml')) return await fromXml(text);
    if (/\.gradle(\.kts)?$/.test(path)) return fromGradle(text);
    if (/(^|\/)(GNUm|m|M)akefile$|\.mk$|(^|\/)\.husky\/[^/]+$|\.sh$|(^|\/)(Justfile|justfile|Jenkinsfile)$/.test(path))
      return fromLines(text);
    if (/(^|\/)(CODEOWNERS|\.eslintignore|\.prettierignore|\.npmrc|\.gitattributes)$/.test(path))
      return fromLines(text);
    return null;
  } catch {
    // A file that is no valid configuration configures nothing.
    return null;
  }
}

/** Object literals of a script or of JSON, by the path of their keys. */
async function fromScript(text: string): Promise<Setting[] | null> {
  const parsed = await parse('typescript', text);
  if ('problem' in parsed) return null;
  const settings: Setting[] = [];
  for (const node of parsed.root.walk()) {
    if (!node.named) continue;
    if (node.type === 'pair') {
      const value = node.at('value');
      if (value && value.type !== 'object' && value.type !== 'array')
        settings.push({ key: keyPath(node), value: plain(value), line: node.line });
      if (value?.type === 'array' && value.parts.length === 0)
        settings.push({ key: keyPath(node), value: '[]', line: node.line });
    } else if (node.parent?.type === 'array' && node.type !== 'object' && node.type !== 'array') {
      settings.push({ key: keyPath(node), value: plain(node), line: node.line });
    }
  }
  return settings;
}

function keyPath(node: Syntax): string {
  const keys: string[] = [];
  for (let at: Syntax | null = node; at; at = at.parent)
    if (at.type === 'pair') keys.unshift(at.at('key')!.text.replace(/^['"`]|['"`]$/g, ''));
  return keys.join('.');
}

function plain(node: Syntax): string {
  if (node.type === 'string' || node.type === 'template_string') return node.text.slice(1, -1);
  return isCall(node) ? calleeOf(node) : node.code;
}

function flatten(
  value: unknown,
  key: string,
  lineOf: (key: string, value: string) => number,
  into: Setting[],
  depth = 0,
): void {
  if (depth > 30) return;
  if (Array.isArray(value)) for (const item of value) flatten(item, key, lineOf, into, depth + 1);
  else if (value !== null && typeof value === 'object' && !(value instanceof Date)) {
    for (const [name, inner] of Object.entries(value))
      flatten(inner, key === '' ? name : `${key}.${name}`, lineOf, into, depth + 1);
  } else into.push({ key, value: String(value), line: lineOf(key, String(value)) });
}

/** The first line with both the last part of the key and the value, or the value alone. */
function finder(text: string): (key: string, value: string) => number {
  const lines = text.split('\n');
  return (key, value) => {
    const last = key.slice(key.lastIndexOf('.') + 1);
    const first = value.split('\n', 1)[0]!;
    const both = lines.findIndex((line) => line.includes(last) && line.includes(first));
    if (both >= 0) return both + 1;
    return (
      Math.max(
        0,
        lines.findIndex((line) => first !== '' && line.includes(first)),
      ) + 1
    );
  };
}

async function fromYaml(text: string): Promise<Setting[]> {
  const { parseAllDocuments } = await import('yaml');
  const settings: Setting[] = [];
  for (const document of parseAllDocuments(text, { logLevel: 'silent' }))
    flatten(document.toJS({ maxAliasCount: 50 }), '', finder(text), settings);
  return settings;
}

async function fromToml(text: string): Promise<Setting[]> {
  const { parse: parseToml } = await import('smol-toml');
  const settings: Setting[] = [];
  flatten(parseToml(text), '', finder(text), settings);
  return settings;
}

async function fromXml(text: string): Promise<Setting[]> {
  const { XMLParser } = await import('fast-xml-parser');
  const settings: Setting[] = [];
  flatten(
    new XMLParser({ ignoreAttributes: false, processEntities: false, attributeNamePrefix: '' }).parse(text),
    '',
    finder(text),
    settings,
  );
  return settings;
}

function fromIni(text: string): Setting[] {
  const settings: Setting[] = [];
  let section = '';
  let key = '';
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/\s+$/, '');
    if (/^\s*[#;]/.test(line) || line.trim() === '') continue;
    const head = /^\[(.+)\]$/.exec(line);
    const pair = /^([\w.:*-]+)\s*[=:]\s*(.*)$/.exec(line);
    if (head) section = head[1]!;
    else if (pair && !/^\s/.test(raw)) {
      key = pair[1]!;
      const values = /^(ignore|extend-ignore|exclude|omit|disable|testpaths|norecursedirs|per-file-ignores)$/.test(key)
        ? pair[2]!.split(/[,\s]+/)
        : [pair[2]!];
      for (const value of values) if (value !== '') settings.push({ key: `${section}.${key}`, value, line: index + 1 });
    } else
      for (const value of line.trim().split(/,\s*/))
        if (value !== '') settings.push({ key: `${section}.${key}`, value, line: index + 1 });
  }
  return settings;
}

/** `name = value`, `name value` and `name.set(value)` within the names of their blocks. */
function fromGradle(text: string): Setting[] {
  const settings: Setting[] = [];
  const blocks: string[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/\/\/.*$/, '').trim();
    const pair = /^([\w.]+)(?:\s*=\s*|\s+|\.set\(|\()(['"\w.*/-]+.*?)\)?\s*\{?$/.exec(line);
    if (pair && !line.endsWith('{'))
      settings.push({
        key: [...blocks, pair[1]!].join('.'),
        value: pair[2]!.replace(/^['"]|['"]$/g, ''),
        line: index + 1,
      });
    for (const sign of line.match(/[{}]/g) ?? []) {
      if (sign === '{') blocks.push(/^([\w.]+)/.exec(line)?.[1] ?? '');
      else blocks.pop();
    }
  }
  return settings;
}

/** Recipes and scripts: a line each, under the target they belong to. */
function fromLines(text: string): Setting[] {
  const settings: Setting[] = [];
  let target = '';
  for (const [index, line] of text.split('\n').entries()) {
    const head = /^([\w./-]+)\s*:(?!=)/.exec(line);
    if (head) target = head[1]!;
    if (line.trim() !== '' && !/^\s*#/.test(line)) settings.push({ key: target, value: line.trim(), line: index + 1 });
  }
  return settings;
}

/** Settings that are new or have another value, with the value before where there was exactly one. */
export function changedSettings({
  before,
  after,
}: ConfigurationPair): { key: string; before: string | null; after: string | null; line: number }[] {
  const changed: { key: string; before: string | null; after: string | null; line: number }[] = [];
  const group = (settings: Setting[] | null) => {
    const groups = new Map<string, Setting[]>();
    for (const setting of settings ?? []) groups.set(setting.key, [...(groups.get(setting.key) ?? []), setting]);
    return groups;
  };
  const [old, now] = [group(before), group(after)];
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const was = (old.get(key) ?? []).map((setting) => setting.value);
    const is = now.get(key) ?? [];
    const values = is.map((setting) => setting.value);
    const fresh = is.filter(
      (setting, index) => !was.includes(setting.value) || values.indexOf(setting.value) !== index,
    );
    const lost = was.filter((value) => !values.includes(value));
    for (const [index, setting] of fresh.entries()) {
      changed.push({
        key,
        before: closest(setting.value, lost) ?? (lost.length === fresh.length ? lost[index]! : null),
        after: setting.value,
        line: setting.line,
      });
    }
    const used = new Set(changed.filter((entry) => entry.key === key).map((entry) => entry.before));
    for (const value of lost) if (!used.has(value)) changed.push({ key, before: value, after: null, line: 1 });
  }
  return changed;
}

const closest = (value: string, among: readonly string[]): string | null => {
  const first = value.split(/\s+/)[0];
  return among.length === 1 ? among[0]! : (among.find((other) => other.split(/\s+/)[0] === first) ?? null);
};
