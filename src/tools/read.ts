import { isUtf8 } from 'node:buffer';
import * as z from 'zod/mini';
import { defineTool, failure } from './define.ts';
import { type FoundFile, findFile, fingerprint, isBinary, isKept } from './files.ts';
import { byteCount, count, cutLine, headBytes } from './output.ts';
import type { ToolContext, ToolResult } from './types.ts';

const defaultLines = 2000;
const longestLine = 2000;
const mostBytes = 48 * 1024;
const largestImage = 3_700_000;

const input = z.strictObject({
  path: z.string().check(z.minLength(1)),
  offset: z.optional(z.int().check(z.minimum(1))),
  limit: z.optional(z.int().check(z.minimum(1))),
});
type Input = z.infer<typeof input>;

export const read = defineTool<Input>({
  name: 'read',
  description:
    'Read a file, an image, or the whole of a cut output (path "output:7"). Each line is shown as its number, a tab and its text; number and tab are not in the file. offset: first line, from 1. limit: lines, default 2000.',
  input,
  example: { path: 'src/date.ts', offset: 40, limit: 80 },
  readOnly: true,
  run: async (input, context) => {
    if (isKept(input.path)) return readKept(input, context);
    const found = await findFile(input.path, context);
    if ('ok' in found) return found;
    const mediaType = imageType(found.bytes);
    if (mediaType) return readImage(found, mediaType);
    if (isBinary(found.bytes)) return describeBinary(found);
    context.seen.set(found.path, fingerprint(found.bytes));
    const { text, notes } = decode(found.bytes);
    return readLines(found.path, splitLines(text), notes, input);
  },
});

function readKept(input: Input, context: ToolContext): ToolResult {
  const text = context.keptOutput(input.path);
  if (text === null) return failure(`There is no kept output ${input.path}. Run the command again.`);
  // No command can cut a kept output's long lines, so they are shown whole as far as one call goes.
  return readLines(input.path, splitLines(text), [], input, {
    longest: mostBytes,
    advice: `[a line is cut here; to see the rest, search path "${input.path}", or run the command again and cut its output]`,
  });
}

function readImage({ path, bytes }: FoundFile, mediaType: string): ToolResult {
  const what = `${path}: ${mediaType}, ${byteCount(bytes.length)}`;
  if (bytes.length > largestImage) {
    return failure(
      `${what}, too large to show (at most ${byteCount(largestImage)}). Make a smaller copy with run.`,
      what,
    );
  }
  return { ok: true, text: what, summary: what, image: { mediaType, data: bytes } };
}

function describeBinary({ path, bytes }: FoundFile): ToolResult {
  const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return failure(
    wide
      ? `${path} is UTF-16 text (${byteCount(bytes.length)}): read it with run and iconv -f UTF-16 -t UTF-8.`
      : `${path} is binary (${byteCount(bytes.length)}): look at it with run and file, strings or xxd.`,
    `${path}, binary`,
  );
}

function decode(bytes: Buffer): { text: string; notes: string[] } {
  const notes: string[] = [];
  let text = bytes.toString('utf8');
  if (!isUtf8(bytes)) notes.push('not valid UTF-8: � marks bytes that cannot be shown, and edit refuses it');
  if (text.startsWith('\uFEFF')) {
    text = text.slice(1);
    notes.push('starts with a byte order mark: edits keep it');
  }
  const windows = text.split('\r\n').length - 1;
  if (windows > 0) {
    const all = windows === text.split('\n').length - 1;
    notes.push(`${all ? '' : 'some '}lines end in CRLF: edits keep them, write old and new with plain line ends`);
    text = text.replaceAll('\r\n', '\n');
  }
  return { text, notes };
}

function splitLines(text: string): string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

const ofFiles = {
  longest: longestLine,
  advice: `[long lines are cut at ${longestLine} characters; see the rest with run: sed -n 12p FILE | cut -c2001-4000]`,
};

function readLines(
  name: string,
  lines: readonly string[],
  notes: readonly string[],
  input: Input,
  long: { longest: number; advice: string } = ofFiles,
): ToolResult {
  const first = input.offset ?? 1;
  const remarks = notes.map((note) => `[${note}]`);
  if (lines.length === 0) return { ok: true, text: [...remarks, '[empty]'].join('\n'), summary: `${name}, empty` };
  if (first > lines.length) {
    return failure(`${name} has ${count(lines.length, 'line')}; offset ${first} is past its end.`);
  }
  const wanted = Math.min(lines.length, first - 1 + (input.limit ?? defaultLines));
  const shown: string[] = [];
  let size = 0;
  let cut = false;
  let last = first - 1;
  while (last < wanted) {
    const line = cutLine(lines[last]!, Math.min(long.longest, headBytes(lines[last]!, mostBytes).length));
    const numbered = `${String(last + 1).padStart(5)}\t${line}`;
    size += Buffer.byteLength(numbered) + 1;
    if (size > mostBytes && shown.length > 0) break;
    cut ||= line.length !== lines[last]!.length;
    shown.push(numbered);
    last += 1;
  }
  if (cut) remarks.push(long.advice);
  const whole = first === 1 && last === lines.length;
  if (!whole) {
    const on = last < lines.length ? `; read on with offset ${last + 1}` : '';
    remarks.push(`[lines ${first} to ${last} of ${lines.length}${on}]`);
  }
  const summary = whole ? `${name}, ${count(last, 'line')}` : `${name}, lines ${first} to ${last} of ${lines.length}`;
  return { ok: true, text: [...shown, ...remarks].join('\n'), summary };
}

/** By first bytes, as the file formats define them; only what every vision model takes. */
function imageType(bytes: Buffer): string | null {
  const start = bytes.toString('latin1', 0, 12);
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (start.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (start.startsWith('GIF87a') || start.startsWith('GIF89a')) return 'image/gif';
  if (start.startsWith('RIFF') && start.slice(8, 12) === 'WEBP') return 'image/webp';
  return null;
}
