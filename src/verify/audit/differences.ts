import type { Syntax } from '../../syntax/tree.ts';
import { inTests, isScalar } from './reading.ts';
import type { Evidence, FilePair, Remark, Severity, SourceFile } from './types.ts';

/** A place in a file. */
export interface Place {
  file: FilePair;
  source: SourceFile;
  node: Syntax;
}

export interface Occurrence {
  node: Syntax;
  /** Two occurrences with one key are the same thing in two places. */
  key: string;
}

export type Where = 'product' | 'tests' | 'everywhere';

export const isTestPlace = (source: SourceFile, node: Syntax): boolean =>
  source.isTest || (source.language === 'rust' && inTests(node));

/** Files that tell how something is built or run rather than being part of it. */
export const isConfigurationScript = (path: string): boolean =>
  /(^|\/)[^/]*\.(config|conf|setup)\.[cm]?[jt]s$|(^|\/)(conftest|noxfile|setup|settings|fabfile|tasks)\.py$|(^|\/)(scripts?|tools?|build|config|configs|settings)\/|(^|\/)(gulpfile|Gruntfile|next\.config|webpack)[^/]*\.[cm]?[jt]s$|(^|\/)build\.rs$|(^|\/)config\.[cm]?[jt]s$/.test(
    path,
  );

/**
 * What is in the files after the change and was not in any of them before: moving code, within a file or between files,
 * introduces nothing.
 */
export function introduced<Kind extends Occurrence>(
  evidence: Evidence,
  where: Where,
  find: (source: SourceFile) => Kind[],
): (Kind & Place)[] {
  const wanted = (source: SourceFile, node: Syntax) =>
    where === 'everywhere' || isTestPlace(source, node) === (where === 'tests');
  const before = new Map<string, number>();
  for (const file of evidence.files) {
    if (!file.before) continue;
    for (const { key, node } of find(file.before))
      if (wanted(file.before, node)) before.set(key, (before.get(key) ?? 0) + 1);
  }
  const found: (Kind & Place)[] = [];
  for (const file of evidence.files) {
    if (!file.after) continue;
    for (const occurrence of find(file.after)) {
      if (!wanted(file.after, occurrence.node)) continue;
      const left = before.get(occurrence.key) ?? 0;
      if (left > 0) before.set(occurrence.key, left - 1);
      else found.push({ ...occurrence, file, source: file.after });
    }
  }
  return found;
}

/** A remark on a node as it is after the change. */
export function remarkOn({ file, source, node }: Place, severity: Severity, why?: string): Remark {
  return {
    severity,
    path: file.path,
    line: node.line,
    ...linesAround(file, source, node.line),
    ...(why === undefined ? {} : { why }),
  };
}

const lineAt = (text: string, line: number): string => text.split('\n', line)[line - 1]?.trim() ?? '';

/** The line after the change, and the removed line most like it. */
function linesAround(file: FilePair, source: SourceFile, line: number): { before: string | null; after: string } {
  const after = lineAt(source.text, line);
  return { before: closestRemoved(file.change.before, file.change.after, after), after };
}

/** Of the lines that are gone, the one that shares most words with `line`. */
export function closestRemoved(before: string | null, after: string | null, line: string): string | null {
  if (before === null || after === null) return null;
  const kept = new Set(after.split('\n').map((other) => other.trim()));
  const words = line.split(/\W+/).filter(Boolean);
  let best: { line: string; score: number } | null = null;
  for (const other of before.split('\n').slice(0, 20_000)) {
    const text = other.trim();
    if (text === '' || text.length > 400 || kept.has(text)) continue;
    const score = likeness(words, text.split(/\W+/).filter(Boolean));
    if (score >= 0.4 && score > (best?.score ?? 0)) best = { line: text, score };
  }
  return best?.line ?? null;
}

/** Dice coefficient of two bags of words: 1 for the same, 0 for nothing in common. */
export function likeness(a: readonly string[], b: readonly string[]): number {
  if (a.length + b.length === 0) return 1;
  const counts = new Map<string, number>();
  for (const word of a) counts.set(word, (counts.get(word) ?? 0) + 1);
  let shared = 0;
  for (const word of b) {
    const left = counts.get(word) ?? 0;
    if (left > 0) {
      shared++;
      counts.set(word, left - 1);
    }
  }
  return (2 * shared) / (a.length + b.length);
}

/** A reason that a reviewer can follow up: an issue, a link, or at least a sentence. */
export function hasReference(text: string): boolean {
  return /#\d+|https?:\/\/\S+|\b[A-Z][A-Z0-9]+-\d+\b|\bissues?\/\d+|\bgh-\d+/i.test(text);
}

/** A sentence rather than a mark: three words or more that are not the marker itself. */
export function hasReason(text: string): boolean {
  const words =
    text
      .replace(
        /eslint-disable(-next-line|-line)?|ts-(ignore|expect-error|nocheck)|noqa|nolint|type:\s*ignore|pragma|mypy|ruff|flake8|pyright|pylint|ignore-errors|skip-file|nosonar|checkstyle|istanbul ignore \w+|TODO|FIXME|@?[\w-]+\/[\w/-]+/gi,
        ' ',
      )
      .match(/[\p{L}]{2,}/gu) ?? [];
  return words.length >= 3;
}

/** Values written out in a node, as code, without the trivial ones. */
export function valuesIn(node: Syntax): string[] {
  const found: string[] = [];
  for (const inner of node.walk())
    if (isScalar(inner) && inner.parent?.type !== 'concatenated_string' && !isTrivial(inner.code))
      found.push(inner.code);
  return found;
}

export function isTrivial(code: string): boolean {
  return /^(-?[01]|0\.0|1\.0|""|true|false|True|False|null|nil|None|undefined|use strict)$/.test(code);
}
