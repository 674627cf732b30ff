import type { ToolContext } from './types.ts';

/** What a model reads of one result, in bytes of UTF-8, unless a tool says otherwise. */
export const resultBytes = 16 * 1024;

/** How far back a cut looks for the start of a grapheme, in UTF-16 units; longer clusters are cut at a code point. */
const graphemeWindow = 64;
const farthestAscii = 1024;

let segmenter: Intl.Segmenter | undefined;

/** The last place at or before `index` where `text` can be cut without splitting a character as a person sees it. */
export function cutPoint(text: string, index: number): number {
  if (index <= 0) return 0;
  if (index >= text.length) return text.length;
  // Between two plain ASCII characters nothing can be split, except CRLF.
  const before = text.charCodeAt(index - 1);
  const after = text.charCodeAt(index);
  if (before < 0x80 && after < 0x80) return before === 13 && after === 10 ? index - 1 : index;
  let start = Math.max(0, index - graphemeWindow);
  // Flags come in pairs of letters: only from an ASCII character on is it certain which belong together.
  while (start > 0 && index - start < farthestAscii && text.charCodeAt(start) >= 0x80) start -= 1;
  if (isLowSurrogate(text, start)) start -= 1;
  let end = Math.min(text.length, index + graphemeWindow);
  if (isLowSurrogate(text, end)) end += 1;
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  let last = start;
  for (const { index: offset } of segmenter.segment(text.slice(start, end))) {
    if (start + offset > index) break;
    last = start + offset;
  }
  if (last > start || start === 0) return last;
  return isLowSurrogate(text, index) ? index - 1 : index;
}

function isLowSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** `line`, or its first `limit` UTF-16 units and how many were left out. */
export function cutLine(line: string, limit: number): string {
  if (line.length <= limit) return line;
  const end = cutPoint(line, limit);
  return `${line.slice(0, end)}… [${line.length - end} more characters]`;
}

/** The longest start of `text` of at most `bytes` bytes of UTF-8. */
export function headBytes(text: string, bytes: number): string {
  // No UTF-16 unit takes more than three bytes, so most texts need no counting.
  if (text.length * 3 <= bytes) return text;
  const candidate = text.slice(0, bytes);
  if (Buffer.byteLength(candidate) <= bytes && candidate.length === text.length) return text;
  return text.slice(0, cutPoint(text, unitsWithin(candidate, bytes)));
}

/** The longest end of `text` of at most `bytes` bytes of UTF-8. */
function tailBytes(text: string, bytes: number): string {
  let start = text.length;
  let size = 0;
  while (start > 0) {
    const low = isLowSurrogate(text, start - 1) && start > 1;
    const width = low ? 4 : bytesOf(text.charCodeAt(start - 1));
    if (size + width > bytes) break;
    size += width;
    start -= low ? 2 : 1;
  }
  const cut = cutPoint(text, start);
  if (cut === start) return text.slice(start);
  // The cut fell inside a grapheme: leave that one out.
  let next = start + 1;
  while (next < text.length && cutPoint(text, next) !== next) next += 1;
  return text.slice(next);
}

function unitsWithin(text: string, bytes: number): number {
  let size = 0;
  for (let index = 0; index < text.length; index += 1) {
    const pair = isLowSurrogate(text, index + 1);
    size += pair ? 4 : bytesOf(text.charCodeAt(index));
    if (size > bytes) return index;
    if (pair) index += 1;
  }
  return text.length;
}

function bytesOf(unit: number): number {
  if (unit < 0x80) return 1;
  return unit < 0x800 ? 2 : 3;
}

/** What a cut left out: from line `first` to line `last`, counted from 1; either may be shown in part. */
export interface Gap {
  first: number;
  last: number;
  bytes: number;
}

/**
 * `text` when it fits in `limit` bytes, else its start and its end, at whole lines where there are any, with a line
 * between them made by `describe` from what is left out.
 */
export function cutMiddle(text: string, limit: number, describe: (gap: Gap) => string): string {
  const total = Buffer.byteLength(text);
  if (total <= limit) return text;
  let head = headBytes(text, Math.floor(limit * 0.4));
  let tail = tailBytes(text, Math.floor(limit * 0.6));
  const lastBreak = head.lastIndexOf('\n');
  if (lastBreak > head.length / 2) head = head.slice(0, lastBreak + 1);
  const firstBreak = tail.indexOf('\n');
  if (firstBreak !== -1 && firstBreak < tail.length / 2) tail = tail.slice(firstBreak + 1);
  const middle = text.slice(head.length, text.length - tail.length);
  const first = lineBreaks(head) + 1;
  const last = first + countLines(middle) - 1;
  const between = describe({ first, last, bytes: Buffer.byteLength(middle) });
  return `${head}${head.endsWith('\n') ? '' : '\n'}${between}\n${tail}`;
}

/** Cuts `text` in the middle and keeps the whole of it behind a handle that `read` accepts. */
export function cutKept(text: string, context: Pick<ToolContext, 'keepOutput'>, limit = resultBytes): string {
  if (Buffer.byteLength(text) <= limit) return text;
  const handle = context.keepOutput(text);
  const total = countLines(text);
  return cutMiddle(text, limit, ({ first, last, bytes }) => {
    const lines = first === last ? `line ${first}` : `lines ${first} to ${last}`;
    return `[… ${lines} of ${total} (${byteCount(bytes)}) left out; read path "${handle}" from offset ${first} …]`;
  });
}

/** Lines of `text`; a line end at the very end starts no new one. */
export function countLines(text: string): number {
  if (text === '') return 0;
  return lineBreaks(text) + (text.endsWith('\n') ? 0 : 1);
}

function lineBreaks(text: string): number {
  let breaks = 0;
  for (let index = text.indexOf('\n'); index !== -1; index = text.indexOf('\n', index + 1)) breaks += 1;
  return breaks;
}

/** `1 line`, `2 lines`; nouns with another plural bring it. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}

/** A size for reading, such as `1.5 MB`; units are powers of 1,000. */
export function byteCount(bytes: number): string {
  if (bytes < 1000) return count(bytes, 'byte');
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} KB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
