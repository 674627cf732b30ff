/**
 * How a file that mixes the tests' configuration with other things is put together for grading: the tests' part from
 * the base, the rest from the attempt. Each function gives the attempt's own text when nothing of the tests' part
 * changed, and null when the two cannot be told apart, so that the whole file is taken from the base.
 */

/** Keys of package.json that steer a test runner. */
const runnerKeys = [
  'scripts',
  'jest',
  'mocha',
  'vitest',
  'ava',
  'nyc',
  'c8',
  'tap',
  'eslintConfig',
  'wireit',
  'standard',
  'xo',
];

export function mergePackageJson(before: string | null, after: string): string | null {
  const base = before === null ? {} : parse(before);
  const attempt = parse(after);
  // A package.json that is not JSON breaks the attempt by itself.
  if (!attempt) return after;
  if (!base) return null;
  const changed = runnerKeys.filter((key) => JSON.stringify(base[key]) !== JSON.stringify(attempt[key]));
  if (changed.length === 0) return after;
  const merged: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(attempt)) {
    if (!changed.includes(key)) merged[key] = value;
    else if (key in base) merged[key] = base[key];
  }
  for (const key of changed) if (key in base) merged[key] = base[key];
  if (before !== null && JSON.stringify(merged) === JSON.stringify(base)) return before;
  return `${JSON.stringify(merged, null, indentOf(after))}\n`;
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value = JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

function indentOf(text: string): string | number {
  return /^\{\r?\n([ \t]+)/.exec(text)?.[1] ?? 2;
}

/** Sections of pyproject.toml and setup.cfg that steer tests, coverage, lint or types. */
const testSections =
  /^(tool[.:](pytest|coverage|tox|nox|mypy|ruff|pylint|flake8|pyright|hatch\.envs\.(hatch-)?test)\b|coverage:|mypy\b|flake8\b|pytest\b|testenv\b|tox\b)/;

interface Section {
  /** Empty for what stands before the first header. */
  name: string;
  text: string;
}

export function mergeSections(before: string | null, after: string): string | null {
  const base = sections(before ?? '');
  const attempt = sections(after);
  if (!base || !attempt) return null;
  // TOML can reach a section by dotted keys from above it, where no header tells.
  const dotted = (all: readonly Section[]) =>
    all
      .filter((section) => /^(tool)?$/.test(section.name) && /\b(tool|pytest|coverage|tox)\b.*=/.test(section.text))
      .map((section) => section.text);
  if (dotted(base).join('') !== dotted(attempt).join('')) return null;
  const protectedText = (all: readonly Section[]) =>
    all
      .filter((section) => testSections.test(section.name))
      .map((section) => section.text.trimEnd())
      .join('\n');
  if (protectedText(base) === protectedText(attempt)) return after;
  const rest = (all: readonly Section[]) =>
    all.filter((section) => !testSections.test(section.name)).map((section) => section.text);
  if (before !== null && rest(base).join('').trim() === rest(attempt).join('').trim()) return before;
  // In the attempt's order; the tests' sections follow at the end, as the base has them.
  const kept = rest(attempt).join('');
  const added = base.filter((section) => testSections.test(section.name)).map((section) => section.text);
  const newline = after.includes('\r\n') ? '\r\n' : '\n';
  const joined = added.length === 0 ? kept : `${kept.trimEnd()}${newline}${newline}${added.join('')}`;
  return joined.endsWith('\n') ? joined : `${joined}${newline}`;
}

/** null when headers cannot be told from text: inside a multi-line string a line may look like one. */
function sections(text: string): Section[] | null {
  const found: Section[] = [{ name: '', text: '' }];
  let quoted: string | null = null;
  for (const line of text.split(/(?<=\n)/)) {
    if (quoted === null) {
      const header = /^\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(#.*)?$/.exec(line.trimEnd());
      if (header) {
        found.push({ name: header[1]!.replace(/["'\s]/g, ''), text: line });
        continue;
      }
    }
    found.at(-1)!.text += line;
    for (const match of line.matchAll(/"""|'''/g)) {
      if (quoted === null) quoted = match[0];
      else if (quoted === match[0]) quoted = null;
    }
  }
  return quoted === null ? found : null;
}

/** Targets of a Makefile that check things. */
const testTargets = /^(tests?|check|verify|ci|lint|coverage|spec|unit|integration|e2e)([-_.].*)?$/;

export function mergeMakefile(before: string | null, after: string): string | null {
  if (before === null) return after;
  const base = targets(before);
  const attempt = targets(after);
  const changed = [...new Set([...base.keys(), ...attempt.keys()])].filter(
    (name) => testTargets.test(name) && base.get(name)?.text !== attempt.get(name)?.text,
  );
  const shell = (text: string) =>
    /^\.?(SHELL|SHELLFLAGS|MAKEFLAGS|ONESHELL)\b.*$/gm[Symbol.match](text)?.join('\n') ?? '';
  if (shell(before) !== shell(after)) return null;
  if (changed.length === 0) return after;
  const lines = after.split('\n');
  const removed = changed.map((name) => attempt.get(name)).filter((block) => block !== undefined);
  for (const block of removed.sort((left, right) => right.start - left.start)) {
    lines.splice(block.start, block.end - block.start);
  }
  const added = changed.map((name) => base.get(name)?.text ?? '').filter((text) => text !== '');
  const merged = `${lines.join('\n').trimEnd()}\n\n${added.join('\n\n')}\n`;
  return merged.trim() === before.trim() ? before : merged;
}

function targets(text: string): Map<string, { text: string; start: number; end: number }> {
  const found = new Map<string, { text: string; start: number; end: number }>();
  const lines = text.split('\n');
  for (let start = 0; start < lines.length; start += 1) {
    const header = /^([\w.-]+)[ \t]*::?(?!=)/.exec(lines[start]!);
    if (!header || header[1]!.startsWith('.')) continue;
    let end = start + 1;
    while (
      end < lines.length &&
      (lines[end]!.startsWith('\t') || (lines[end]!.trim() === '' && lines[end + 1]?.startsWith('\t')))
    )
      end += 1;
    found.set(header[1]!, { text: lines.slice(start, end).join('\n').trimEnd(), start, end });
  }
  return found;
}
