import { isUtf8 } from 'node:buffer';
import * as z from 'zod/mini';
import { defineTool, failure } from './define.ts';
import { findFile, fingerprint, isBinary } from './files.ts';
import { describeMismatch } from './mismatch.ts';
import { count, cutLine, cutMiddle } from './output.ts';
import type { ToolResult } from './types.ts';

const contextLines = 2;
const mostShownChanges = 5;
const mostShownPlaces = 8;
const mostNamedPlaces = 40;
const snippetBytes = 4000;

const input = z.strictObject({
  path: z.string().check(z.minLength(1)),
  old: z.string().check(z.minLength(1)),
  new: z.string(),
  all: z.optional(z.boolean()),
});

export const edit = defineTool<z.infer<typeof input>>({
  name: 'edit',
  description:
    'Replace old by new in a file. old: the exact text with its indentation, without line numbers, occurring exactly once; add neighbouring lines until it does, or set all to replace every occurrence. new may be empty.',
  input,
  example: { path: 'src/date.ts', old: '  if (day > 30) {', new: '  if (day > 31) {' },
  readOnly: false,
  run: async (input, context) => {
    const found = await findFile(input.path, context);
    if ('ok' in found) return found;
    const { path, bytes } = found;
    if (isBinary(bytes) || !isUtf8(bytes)) {
      return failure(`${path} is not UTF-8 text, so edit cannot change it safely. Use run.`);
    }
    const file = decode(bytes);
    const old = plainEnds(input.old);
    const replacement = plainEnds(input.new);
    if (old === replacement) return refuseSame(input.old === input.new, path);
    const places = occurrences(file.text, old, input.all === true);
    if (places.length === 0) return failure(describeMismatch(file.text, old, path), `no match in ${path}`);
    if (places.length > 1 && !input.all) return refuseSeveral(file.text, places, path);
    const edited = Buffer.from(apply(file, old, replacement, places));
    await context.workspace.files.write(path, edited);
    const stale = context.seen.has(path) && context.seen.get(path) !== fingerprint(bytes);
    context.seen.set(path, fingerprint(edited));
    const text = [`Edited ${path}: ${count(places.length, 'replacement')}.`];
    if (stale)
      text.push('[the file had changed since you last read or wrote it; the edit was made to its present text]');
    text.push(
      cutMiddle(
        snippet(file.text, old, replacement, places),
        snippetBytes,
        ({ first, last }) => `  … ${count(last - first + 1, 'more line', 'more lines')}`,
      ),
    );
    return { ok: true, text: text.join('\n'), summary: `${path}, ${count(places.length, 'replacement')}` };
  },
});

interface TextFile {
  mark: string;
  /** With LF line ends. */
  text: string;
  /** Where in `text` a line break was CRLF, ascending. */
  windowsBreaks: number[];
  breaks: number;
}

function decode(bytes: Buffer): TextFile {
  const whole = bytes.toString('utf8');
  const mark = whole.startsWith('\uFEFF') ? '\uFEFF' : '';
  const parts = whole.slice(mark.length).split('\r\n');
  const windowsBreaks: number[] = [];
  let position = 0;
  for (const part of parts.slice(0, -1)) {
    position += part.length;
    windowsBreaks.push(position);
    position += 1;
  }
  const text = parts.join('\n');
  return { mark, text, windowsBreaks, breaks: occurrences(text, '\n', true).length };
}

function plainEnds(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

/** Where `old` is in `text`: those that can all be replaced, or, to find out whether it is unique, overlapping ones too. */
function occurrences(text: string, old: string, replaceable: boolean): number[] {
  const places: number[] = [];
  const step = replaceable ? old.length : 1;
  for (let at = text.indexOf(old); at !== -1; at = text.indexOf(old, at + step)) places.push(at);
  return places;
}

/** Every line break outside the replaced text stays as it was; new ones are like those they replace, or like most. */
function apply(file: TextFile, old: string, replacement: string, places: number[]): string {
  const { text, windowsBreaks } = file;
  const mostlyWindows = windowsBreaks.length * 2 > file.breaks;
  let next = 0;
  const restore = (from: number, to: number) => {
    let out = '';
    let start = from;
    for (; next < windowsBreaks.length && windowsBreaks[next]! < to; next += 1) {
      out += `${text.slice(start, windowsBreaks[next])}\r`;
      start = windowsBreaks[next]!;
    }
    return out + text.slice(start, to);
  };
  let result = file.mark;
  let position = 0;
  for (const place of places) {
    result += restore(position, place);
    position = place + old.length;
    let replaced = 0;
    for (; next < windowsBreaks.length && windowsBreaks[next]! < position; next += 1) replaced += 1;
    const breaks = occurrences(old, '\n', true).length;
    const windows = breaks > 0 ? replaced * 2 > breaks : mostlyWindows;
    result += windows ? replacement.replaceAll('\n', '\r\n') : replacement;
  }
  return result + restore(position, text.length);
}

function refuseSame(identical: boolean, path: string): ToolResult {
  return failure(
    identical
      ? 'old and new are the same: nothing to change. new must be the text as it should become.'
      : `old and new differ only in line ends, which edit keeps as they are in ${path}. Use run to convert them.`,
  );
}

function refuseSeveral(text: string, places: number[], path: string): ToolResult {
  const lines = text.split('\n');
  const some = places.slice(0, mostNamedPlaces);
  const starts = [...new Set(some.map((place) => lineAt(text, place)))];
  const shown = starts.slice(0, mostShownPlaces).map((line) => describePlace(lines, line));
  const rest = starts.slice(mostShownPlaces).join(', ') + (places.length > some.length ? ', …' : '');
  if (rest !== '') shown.push(`and at line ${rest}`);
  return failure(
    `old occurs ${places.length} times in ${path}. Add the line before one of them (or after) to old, or set all to true to replace every one.\n${shown.join('\n')}`,
    `${places.length} matches in ${path}`,
  );
}

/** Where a match is, and the line above it as read shows it, so that it can be told from the others. */
function describePlace(lines: readonly string[], line: number): string {
  const definition = enclosing(lines, line);
  const inside = definition === null ? '' : `, in line ${definition}: ${cutLine(lines[definition - 1]!.trim(), 120)}`;
  const above = line > 1 ? `\n${numbered(line - 1, ' ', lines[line - 2]!)}` : ' (the first line)';
  return `at line ${line}${inside}${above}`;
}

const definitionLine =
  /^\s*(?:[\w@]+\s+)*(?:function|class|def|func|fn|impl|struct|enum|trait|interface|module|namespace|object|describe|test|it|sub|proc)\b|^\s*(?:[\w*<>[\],:&]+\s+)*[\w$]+\s*\([^;]*\)[^;]*\{\s*$|=>\s*\{\s*$/;
const statement = /^\s*(?:\}\s*)?(?:if|else|for|while|switch|catch|with|return|elif|try|do)\b/;

/** The nearest line above (from 1), less indented, that starts a definition; null when there is none. */
function enclosing(lines: readonly string[], line: number): number | null {
  let indentation = indentOf(lines[line - 1]!);
  for (let above = line - 1; above >= 1 && indentation > 0; above -= 1) {
    const text = lines[above - 1]!;
    if (text.trim() === '' || indentOf(text) >= indentation) continue;
    if (definitionLine.test(text.slice(0, 500)) && !statement.test(text)) return above;
    indentation = indentOf(text);
  }
  return null;
}

function indentOf(line: string): number {
  return /^\s*/.exec(line)![0].length;
}

/** The line of a position, from 1. */
function lineAt(text: string, position: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < position; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

/** The changed lines with their numbers, those removed before the edit and those added after it, and what is around. */
function snippet(text: string, old: string, replacement: string, places: number[]): string {
  const out: string[] = [];
  let shift = 0;
  const groups = wholeLines(text, old.length, places);
  for (const { start, end, within } of groups.slice(0, mostShownChanges)) {
    const removed = text.slice(start, end).split('\n');
    let after = '';
    let position = start;
    for (const place of within) {
      after += text.slice(position, place) + replacement;
      position = place + old.length;
    }
    const added = (after + text.slice(position, end)).split('\n');
    const same = sharedStart(removed, added);
    const sameEnd = sharedEnd(removed.slice(same), added.slice(same));
    // Between several changes there may be no lines that stay as they are, so only one is shown with its surroundings.
    const around = groups.length > 1 ? 0 : contextLines;
    const first = lineAt(text, start) + same;
    const before = text.slice(0, start).split('\n').slice(0, -1).concat(removed.slice(0, same));
    const rest = text.slice(end + 1, end + 1 + 10_000).replace(/\n$/, '');
    const behind = removed.slice(removed.length - sameEnd).concat(rest === '' ? [] : rest.split('\n'));
    const minus = removed.slice(same, removed.length - sameEnd);
    const plus = added.slice(same, added.length - sameEnd);
    const above = around === 0 ? [] : before.slice(-around);
    out.push(...above.map((line, index) => numbered(first + shift - above.length + index, ' ', line)));
    out.push(...minus.map((line, index) => numbered(first + index, '-', line)));
    out.push(...plus.map((line, index) => numbered(first + shift + index, '+', line)));
    out.push(...behind.slice(0, around).map((line, index) => numbered(first + shift + plus.length + index, ' ', line)));
    shift += added.length - removed.length;
  }
  if (groups.length > mostShownChanges) out.push(`  … and ${groups.length - mostShownChanges} more changed places`);
  return out.join('\n');
}

interface ChangedLines {
  start: number;
  end: number;
  /** The places that are in these lines. */
  within: number[];
}

/** Whole lines around each place; places that share a line are together. */
function wholeLines(text: string, length: number, places: number[]): ChangedLines[] {
  const groups: ChangedLines[] = [];
  for (const place of places) {
    const lineEnd = text.indexOf('\n', place + length);
    const end = lineEnd === -1 ? text.length : lineEnd;
    const last = groups.at(-1);
    if (last && place <= last.end) {
      last.end = end;
      last.within.push(place);
    } else {
      groups.push({ start: place === 0 ? 0 : text.lastIndexOf('\n', place - 1) + 1, end, within: [place] });
    }
  }
  return groups;
}

function numbered(line: number, sign: string, text: string): string {
  return `${String(line).padStart(5)} ${sign} ${cutLine(text, 300)}`;
}

function sharedStart(a: string[], b: string[]): number {
  let same = 0;
  while (same < a.length && same < b.length && a[same] === b[same]) same += 1;
  return same;
}

function sharedEnd(a: string[], b: string[]): number {
  let same = 0;
  while (same < a.length && same < b.length && a.at(-1 - same) === b.at(-1 - same)) same += 1;
  return same;
}
