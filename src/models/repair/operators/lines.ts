import type { Edit, Proposal } from '../proposal.ts';
import type { ParsedFile, SyntaxNode } from '../tree.ts';

/** Offset of the start of the line an offset is in. */
export const lineStart = (source: string, offset: number) => source.lastIndexOf('\n', offset - 1) + 1;

/** Offset just after the line's end. */
export function lineEnd(source: string, offset: number): number {
  const end = source.indexOf('\n', offset);
  return end < 0 ? source.length : end + 1;
}

/** The white space a node's first line begins with. */
export function indentOf(file: ParsedFile, node: SyntaxNode): string {
  return /^[ \t]*/.exec(file.source.slice(lineStart(file.source, node.start), node.start))![0];
}

/** Whether nothing but white space is before a node on its first line, or after it on its last. */
export function isOnOwnLine(file: ParsedFile, node: SyntaxNode): boolean {
  const head = file.source.slice(lineStart(file.source, node.start), node.start);
  const tail = file.source.slice(node.end, lineEnd(file.source, node.end));
  return head.trim() === '' && /^;?\s*(#.*|\/\/.*)?$/.test(tail);
}

const units = new WeakMap<ParsedFile, string>();

/** One step of indentation, as the file has it. */
function indentUnitOf(source: string): string {
  const found = /\n([ \t]+)\S/.exec(source)?.[1];
  if (!found) return '    ';
  if (found.startsWith('\t')) return '\t';
  let smallest = 8;
  for (const match of source.matchAll(/\n( +)\S/g))
    if (match[1]!.length < smallest && match[1]!.length > 1) smallest = match[1]!.length;
  return ' '.repeat(smallest);
}

/** The same, remembered for each file. */
export function indentUnit(file: ParsedFile): string {
  const unit = units.get(file) ?? indentUnitOf(file.source);
  units.set(file, unit);
  return unit;
}

/** A text of several lines, indented for the place of a node; its own first line has none. */
export function before(file: ParsedFile, node: SyntaxNode, text: string): string {
  const indent = indentOf(file, node);
  const unit = indentUnit(file);
  return text
    .split('\n')
    .map((line, index) => (index === 0 ? line : indent + line.replace(/^ {4}/, unit)))
    .join('\n');
}

/** Puts a statement on a line of its own before a node. */
export function insertBefore(file: ParsedFile, node: SyntaxNode, text: string, prior: number, note: string): Proposal {
  const at = lineStart(file.source, node.start);
  return { edits: [{ start: at, end: at, text: `${indentOf(file, node)}${before(file, node, text)}\n` }], prior, note };
}

/** Puts a statement on a line of its own after a node. */
export function insertAfter(file: ParsedFile, node: SyntaxNode, text: string, prior: number, note: string): Proposal {
  const at = lineEnd(file.source, node.end);
  const newline = file.source[at - 1] === '\n' ? '' : '\n';
  return {
    edits: [{ start: at, end: at, text: `${newline}${indentOf(file, node)}${before(file, node, text)}\n` }],
    prior,
    note,
  };
}

/** Takes whole lines of a node out. */
export function cutLines(file: ParsedFile, node: SyntaxNode): Edit {
  return { start: lineStart(file.source, node.start), end: lineEnd(file.source, node.end), text: '' };
}

/** A node's lines, indented anew. */
export function reindented(file: ParsedFile, node: SyntaxNode, indent: string): string {
  const own = indentOf(file, node);
  return node.text
    .split('\n')
    .map((line, index) => (index === 0 ? indent + line : line.startsWith(own) ? indent + line.slice(own.length) : line))
    .join('\n');
}
