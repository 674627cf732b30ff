import stringWidth from 'string-width';

export const widthOf = (text: string): number => stringWidth(text);

const graphemes = new Intl.Segmenter();

/** Cuts plain text to `columns` with an ellipsis, never in the middle of a character. Line breaks become spaces. */
export function shorten(text: string, columns: number): string {
  const line = oneLine(text);
  if (widthOf(line) <= columns) return line;
  let cut = '';
  let width = 0;
  for (const { segment } of graphemes.segment(line)) {
    const next = widthOf(segment);
    if (width + next > columns - 1) break;
    cut += segment;
    width += next;
  }
  return columns > 0 ? `${cut.trimEnd()}…` : '';
}

/** Text of others on one line, with nothing in it that a terminal would obey. */
export function oneLine(text: string): string {
  return printable(text).replace(/\s+/g, ' ').trim();
}

/** Takes out control characters but for line ends and tabs, so that foreign text cannot move the cursor. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the point
  return text.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}

/** Pads to `columns`; text may be styled. */
export function pad(text: string, columns: number, side: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, columns - widthOf(text)));
  return side === 'left' ? text + space : space + text;
}

/** Breaks text into lines of at most `columns` at spaces; words longer than a line are left whole. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const paragraph of printable(text).split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line && widthOf(line) + 1 + widthOf(word) > columns) {
        lines.push(line);
        line = word;
      } else line = line ? `${line} ${word}` : word;
    }
    lines.push(line);
  }
  return lines;
}

export interface Column {
  title: string;
  /** Numbers read best on the right. */
  align?: 'left' | 'right';
  /** Left out where no row has anything to say in it. */
  optional?: boolean;
  /** Left out where the table is too wide for the terminal, the highest number first. */
  dispensable?: number;
  /** Cut to no less than this where the table is still too wide. */
  least?: number;
}

/** Aligned columns with two spaces between them, no wider than `room` if that can be; cells may be styled. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: { title: (text: string) => string; room: number },
): string[] {
  const cell = (row: readonly string[], index: number) => row[index] ?? '';
  let shown = columns
    .map((column, index) => ({
      ...column,
      index,
      width: Math.max(widthOf(column.title), ...rows.map((row) => widthOf(cell(row, index)))),
    }))
    .filter(
      ({ optional, index }) => !optional || rows.some((row) => cell(row, index) !== '' && cell(row, index) !== '–'),
    );
  const tooWide = () => shown.reduce((sum, { width }) => sum + width + 2, -2) - options.room;
  while (tooWide() > 0) {
    const first = shown.reduce((a, b) => ((b.dispensable ?? 0) > (a.dispensable ?? 0) ? b : a));
    if (first.dispensable === undefined) break;
    shown = shown.filter((column) => column !== first);
  }
  // The last ones hold the longest prose.
  for (const column of shown.toReversed()) {
    const excess = tooWide();
    if (excess > 0 && column.least !== undefined)
      column.width = Math.max(Math.min(column.least, column.width), column.width - excess);
  }
  const line = (text: (column: (typeof shown)[number]) => string) =>
    shown
      .map((column) => {
        const content = text(column);
        const fitting = widthOf(content) > column.width ? shorten(content, column.width) : content;
        return pad(fitting, column.width, column.align === 'right' ? 'right' : 'left');
      })
      .join('  ')
      .trimEnd();
  return [
    options.title(line((column) => column.title)),
    ...rows.map((row) => line((column) => cell(row, column.index))),
  ];
}
