import type { Parser, TreeCursor } from 'web-tree-sitter';
import type { GrammarName } from './grammars.ts';

/** A node of a syntax tree as plain data, so that operators can walk it freely and the parser's memory is let go. */
export interface SyntaxNode {
  type: string;
  named: boolean;
  /** The name of the parent's field this node fills, such as `condition`, or ''. */
  field: string;
  /** Offsets into the source, in UTF-16 units. */
  start: number;
  end: number;
  /** Line of the first and the last character, counted from 0. */
  row: number;
  endRow: number;
  text: string;
  parent: SyntaxNode | null;
  children: SyntaxNode[];
}

export interface ParsedFile {
  path: string;
  grammar: GrammarName;
  source: string;
  root: SyntaxNode;
  /** False where the parser had to recover from an error. */
  sound: boolean;
}

/** Parses a whole file. */
export function parseFile(path: string, grammar: GrammarName, source: string, parser: Parser): ParsedFile {
  const tree = parser.parse(source);
  if (!tree) throw new Error(`The parser gave no tree for ${path}.`);
  const cursor = tree.walk();
  const root = plain(cursor, source, null);
  const sound = !tree.rootNode.hasError;
  cursor.delete();
  tree.delete();
  return { path, grammar, source, root, sound };
}

/** Whether a text parses without an error. */
export function parses(source: string, parser: Parser): boolean {
  const tree = parser.parse(source);
  if (!tree) return false;
  const sound = !tree.rootNode.hasError;
  tree.delete();
  return sound;
}

function plain(cursor: TreeCursor, source: string, parent: SyntaxNode | null): SyntaxNode {
  const node: SyntaxNode = {
    type: cursor.nodeType,
    named: cursor.nodeIsNamed,
    field: cursor.currentFieldName ?? '',
    start: cursor.startIndex,
    end: cursor.endIndex,
    row: cursor.startPosition.row,
    endRow: cursor.endPosition.row,
    text: source.slice(cursor.startIndex, cursor.endIndex),
    parent,
    children: [],
  };
  if (cursor.gotoFirstChild()) {
    do node.children.push(plain(cursor, source, node));
    while (cursor.gotoNextSibling());
    cursor.gotoParent();
  }
  return node;
}

/** The child that fills a field. */
export function field(node: SyntaxNode, name: string): SyntaxNode | undefined {
  return node.children.find((child) => child.field === name);
}

/** Children that are not punctuation, keywords or comments. */
export function namedChildren(node: SyntaxNode): SyntaxNode[] {
  return node.children.filter((child) => child.named && child.type !== 'comment');
}

/** The node and everything below it, in source order. */
export function* walk(node: SyntaxNode): Generator<SyntaxNode> {
  yield node;
  for (const child of node.children) yield* walk(child);
}

/** The nearest ancestor (not the node itself) that satisfies the test. */
export function ancestor(node: SyntaxNode, test: (node: SyntaxNode) => boolean): SyntaxNode | null {
  for (let current = node.parent; current; current = current.parent) if (test(current)) return current;
  return null;
}
