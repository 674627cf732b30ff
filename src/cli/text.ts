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
}

/** Aligned columns with two spaces between them; cells may be styled. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  title: (text: string) => string,
): string[] {
  const shown = columns
    .map((column, index) => ({ ...column, index }))
    .filter(({ optional, index }) => !optional || rows.some((row) => row[index] && row[index] !== '–'));
  const widths = shown.map(({ index, title: name }) =>
    Math.max(widthOf(name), ...rows.map((row) => widthOf(row[index] ?? ''))),
  );
  const side = (align: Column['align']) => (align === 'right' ? 'right' : 'left');
  const line = (cell: (column: (typeof shown)[number]) => string) =>
    shown
      .map((column, position) => pad(cell(column), widths[position]!, side(column.align)))
      .join('  ')
      .trimEnd();
  return [title(line((column) => column.title)), ...rows.map((row) => line((column) => row[column.index] ?? ''))];
}
