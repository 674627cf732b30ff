import * as z from 'zod/mini';
import { runProcess } from '../system/process.ts';
import { quote } from '../workspace/quoting.ts';
import { defineTool, failure } from './define.ts';
import { insidePath, isKept, missing, shownName } from './files.ts';
import { count, cutLine, cutPoint, resultBytes } from './output.ts';
import type { ToolContext, ToolResult } from './types.ts';

const mostMatches = 200;
const mostPerFile = 50;
const longestLine = 300;
const mostBytes = 1024 * 1024;
const timeoutMs = 60_000;
const endMark = '\0end of search ';

const input = z.strictObject({
  pattern: z.string().check(z.minLength(1)),
  path: z.optional(z.string().check(z.minLength(1))),
  glob: z.optional(z.string().check(z.minLength(1))),
});
type Input = z.infer<typeof input>;

export const search = defineTool<Input>({
  name: 'search',
  description:
    'Find lines that match a regular expression (ripgrep syntax: escape ( [ { . + * meant literally, start with (?i) to ignore case, no look-around) in the file, folder or cut output path (default: the root), only in files matching glob if given, such as *.ts or src/**/*.py. Gives path:line: text. What git ignores is left out unless path names it.',
  input,
  example: { pattern: 'function parseDate\\(', path: 'src', glob: '*.ts' },
  readOnly: true,
  run: async (input, context) => {
    if (`${input.pattern}${input.glob ?? ''}`.includes('\0'))
      return failure('A pattern cannot contain a NUL character.');
    if (input.pattern.includes('\n')) {
      return failure('A pattern matches within one line: leave out the line break and search for one of the lines.');
    }
    if (input.path !== undefined && isKept(input.path)) return searchKept(input.path, input.pattern, context);
    const path = insidePath(input.path ?? '.', context);
    if (typeof path !== 'string') return path;
    const stat = await context.workspace.files.stat(path);
    if (stat === null) return failure(await missing(path, context), `${path} does not exist`);
    if (stat.kind === 'other') return failure(`${path} is not an ordinary file (a pipe, socket or device).`);
    const program = await ripgrepPath();
    const found = program ? await runSearch(ripgrep(program, input, path), context) : null;
    if (found && found.exitCode !== 126 && found.exitCode !== 127) return report(found, input, path, context, []);
    const notes = ['ripgrep cannot run here, so grep was used: files that git ignores are included'];
    if (input.glob?.includes('/')) notes.push(`grep knows no folders in a glob: ${lastPart(input.glob)} was used`);
    return report(await runSearch(grep(input, path), context), input, path, context, notes);
  },
});

/** Kept outputs are not files of the workspace, so ripgrep reads them from its standard input. */
async function searchKept(handle: string, pattern: string, context: ToolContext): Promise<ToolResult> {
  const text = context.keptOutput(handle);
  if (text === null) return failure(`There is no kept output ${handle}. Run the command again.`);
  const program = await ripgrepPath();
  if (program === null) return failure(`ripgrep is not installed here, so ${handle} cannot be searched: use read.`);
  const result = await runProcess(
    program,
    ['--no-config', '--color=never', '--text', '--line-number', '--column', `--regexp=${pattern}`, '-'],
    { input: text, timeoutMs, signal: context.signal, env: {} },
  );
  context.signal.throwIfAborted();
  if (result.exitCode !== null && result.exitCode > 1) return advise(pattern, undefined, result.stderr.toString());
  const lines = [...result.stdout.toString().matchAll(/^(\d+):(\d+):(.*)$/gm)].map(
    ([, line, column, found]) => `${handle}:${line}: ${around(found!, Number(column))}`,
  );
  const notes = lines.length === 0 && !result.timedOut ? [`no match for ${pattern} in ${handle}`] : [];
  if (result.timedOut) notes.push(`the search was stopped after ${timeoutMs / 1000} s`);
  else if (result.truncated) notes.push('the search was stopped: too much was found');
  return present(lines, notes, 'one kept output', context);
}

/** A line of any length as the part of it where the match is; `column` counts bytes from 1. */
function around(line: string, column: number): string {
  if (line.length <= longestLine) return line;
  const match = Buffer.from(line)
    .subarray(0, column - 1)
    .toString().length;
  const start = cutPoint(line, match - 100);
  const end = cutPoint(line, start + longestLine);
  const after = end < line.length ? `… [${line.length - end} more characters]` : '';
  return `${start > 0 ? `[${start} characters] …` : ''}${line.slice(start, end)}${after}`;
}

/** null when ripgrep was not installed for this platform. */
async function ripgrepPath(): Promise<string | null> {
  try {
    return (await import('@vscode/ripgrep')).rgPath;
  } catch {
    return null;
  }
}

function ripgrep(program: string, { pattern, glob }: Input, path: string): string {
  const options = [
    '--no-config --no-messages --no-ignore-global --color=never --no-heading --with-filename --line-number --null --hidden --sort=path',
    // One more than is shown tells a file that was cut from one with just so many.
    `--max-count=${mostPerFile + 1} --max-columns=${longestLine} --max-columns-preview`,
    `--glob='!.git'`,
  ];
  if (glob) options.push(`--glob=${quote(glob)}`);
  return `${quote(program)} ${options.join(' ')} --regexp=${quote(pattern)} -- ${quote(`./${path}`)}`;
}

/** Perl's syntax is closest to ripgrep's; a grep without it (BSD, BusyBox) gets extended syntax. */
function grep({ pattern, glob }: Input, path: string): string {
  const syntax = '$(echo x | grep -qP x 2>/dev/null && echo -P || echo -E)';
  const options = [
    '-rnIHs --null --exclude-dir=.git --exclude-dir=node_modules --color=never',
    `-m ${mostPerFile + 1}`,
  ];
  const ignoreCase = pattern.startsWith('(?i)');
  if (ignoreCase) options.push('-i');
  if (glob) options.push(`--include=${quote(lastPart(glob))}`);
  const wanted = ignoreCase ? pattern.slice('(?i)'.length) : pattern;
  return `grep ${syntax} ${options.join(' ')} -e ${quote(wanted)} -- ${quote(`./${path}`)}`;
}

function lastPart(glob: string): string {
  return glob.slice(glob.lastIndexOf('/') + 1) || '*';
}

interface Found {
  output: string;
  /** null when the output was cut before the program ended, or it was killed. */
  exitCode: number | null;
  timedOut: boolean;
}

async function runSearch(command: string, context: ToolContext): Promise<Found> {
  // The exit code travels in the output because `head` ends a search that finds too much.
  const whole = `{ ${command} 2>&1 </dev/null; printf '\\0end of search %s' "$?"; } | head -c ${mostBytes}`;
  const result = await context.workspace.shell.run(whole, {
    timeoutMs,
    maxOutputBytes: mostBytes * 2,
    signal: context.signal,
  });
  context.signal.throwIfAborted();
  const text = result.output.toString();
  const end = text.lastIndexOf(endMark);
  if (end === -1) return { output: text, exitCode: null, timedOut: result.timedOut };
  return { output: text.slice(0, end), exitCode: Number(text.slice(end + endMark.length)), timedOut: false };
}

function report(
  found: Found,
  { pattern, glob }: Input,
  path: string,
  context: ToolContext,
  notes: string[],
): ToolResult {
  const where = `${path === '.' ? 'the workspace' : path}${glob ? ` (${glob})` : ''}`;
  const lines: string[] = [];
  const perFile = new Map<string, number>();
  // A name may hold a line break, so only the NUL behind it ends it.
  for (const [, file, line, text] of found.output.matchAll(/(?:\.\/)*([^\0]+)\0(\d+):([^\n]*)(?:\n|$)/g)) {
    const matches = (perFile.get(file!) ?? 0) + 1;
    perFile.set(file!, matches);
    if (matches > mostPerFile) continue;
    lines.push(`${shownName(file!)}:${line}: ${cutLine(text!.replace(/\r$/, ''), longestLine + 80)}`);
  }
  if (lines.length === 0 && found.exitCode !== null && found.exitCode > 1) return advise(pattern, glob, found.output);
  if (found.exitCode === null && !found.timedOut && found.output.length < mostBytes / 4) {
    return failure(
      'The search was killed before it ended. Try again, with a narrower path or glob.',
      'search was killed',
    );
  }
  if (lines.length === 0) notes.unshift(`no match for ${pattern} in ${where}`);
  const cut = [...perFile].filter(([, matches]) => matches > mostPerFile).map(([file]) => shownName(file));
  if (cut.length > 0) {
    const others = cut.length > 3 ? ` and ${cut.length - 3} more files` : '';
    notes.push(`of ${cut.slice(0, 3).join(', ')}${others} only the first ${mostPerFile} matches were taken`);
  }
  if (found.timedOut) notes.push(`the search was stopped after ${timeoutMs / 1000} s: narrow it with path or glob`);
  else if (found.exitCode === null)
    notes.push('the search was stopped, too much was found: narrow it with path, glob or a longer pattern');
  return present(lines, notes, count(perFile.size, 'file'), context);
}

/** What was found, as much as fits, and one sentence on what is not shown. */
function present(lines: string[], notes: string[], where: string, context: ToolContext): ToolResult {
  const shown = withinLimits(lines);
  if (shown.length < lines.length) {
    const handle = context.keepOutput(lines.join('\n'));
    notes.unshift(
      `${shown.length} of the ${lines.length} matches found are shown, read on with path "${handle}" and offset ${shown.length + 1}`,
    );
  }
  const summary = lines.length === 0 ? 'no match' : `${count(lines.length, 'match', 'matches')} in ${where}`;
  return { ok: true, text: [...shown, ...(notes.length > 0 ? [`[${notes.join('; ')}]`] : [])].join('\n'), summary };
}

function withinLimits(lines: string[]): string[] {
  let size = 0;
  const over = lines.findIndex((line, index) => {
    size += Buffer.byteLength(line) + 1;
    return index >= mostMatches || size > resultBytes;
  });
  return over === -1 ? lines : lines.slice(0, over);
}

function advise(pattern: string, glob: string | undefined, errors: string): ToolResult {
  // ripgrep's hint names an option of its own, which nobody can pass here.
  const said = cutLine(errors.replace(/\n\s*Consider enabling PCRE2[\s\S]*$/, '').trim(), 1000);
  const glued = glob && /glob/.test(said);
  const advice = glued
    ? `glob ${glob} is not a glob such as *.ts or src/**/*.py.`
    : 'Escape characters that should mean themselves, such as \\( \\[ \\{ \\. — look-around and back-references are not supported.';
  return failure(`The search for ${pattern} could not run.\n${said}\n${advice}`, 'not a valid search');
}
