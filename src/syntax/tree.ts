import type { TreeCursor } from 'web-tree-sitter';
import { type LanguageName, parserFor } from './grammars.ts';

/** A node of a syntax tree, copied out of the parser so that it needs no memory of its own to be freed. */
export class Syntax {
  readonly type: string;
  /** False for punctuation and keywords. */
  readonly named: boolean;
  /** What it is to its parent in the grammar, such as `condition`. */
  readonly field: string | null;
  readonly start: number;
  readonly end: number;
  /** Counted from 1. */
  readonly line: number;
  readonly parent: Syntax | null;
  readonly children: Syntax[] = [];
  readonly #source: string;

  constructor(cursor: TreeCursor, source: string, parent: Syntax | null) {
    this.type = cursor.nodeType;
    this.named = cursor.nodeIsNamed;
    this.field = cursor.currentFieldName;
    this.start = cursor.startIndex;
    this.end = cursor.endIndex;
    this.line = cursor.startPosition.row + 1;
    this.parent = parent;
    this.#source = source;
  }

  get text(): string {
    return this.#source.slice(this.start, this.end);
  }

  /** Children that are not punctuation, keywords or comments. */
  get parts(): Syntax[] {
    return this.children.filter((child) => child.named && !isComment(child));
  }

  /** The child in a field of the grammar. */
  at(field: string): Syntax | null {
    return this.children.find((child) => child.field === field) ?? null;
  }

  /** This node and everything below it, in the order of the source. */
  *walk(): Generator<Syntax> {
    const waiting: Syntax[] = [this];
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      yield node;
      for (let index = node.children.length - 1; index >= 0; index--) waiting.push(node.children[index]!);
    }
  }

  /** Nodes of the given types in this one, itself included. */
  all(...types: string[]): Syntax[] {
    const found: Syntax[] = [];
    for (const node of this.walk()) if (node.named && types.includes(node.type)) found.push(node);
    return found;
  }

  /** From the parent upwards. */
  *ancestors(): Generator<Syntax> {
    for (let node = this.parent; node; node = node.parent) yield node;
  }

  /** Words of the source without comments and layout: two nodes with the same words are the same code. */
  get words(): string[] {
    this.#words ??= wordsOf(this);
    return this.#words;
  }
  #words: string[] | undefined;

  /** `words` in one string, for comparing. */
  get code(): string {
    this.#code ??= this.words.join(' ');
    return this.#code;
  }
  #code: string | undefined;
}

export function isComment(node: Syntax): boolean {
  return node.type === 'comment' || node.type === 'line_comment' || node.type === 'block_comment';
}

/** Strings are one word, whatever quotes and parts they have. */
const stringTypes = new Set([
  'string',
  'string_literal',
  'interpreted_string_literal',
  'raw_string_literal',
  'char_literal',
]);

function wordsOf(root: Syntax): string[] {
  const words: string[] = [];
  const waiting: Syntax[] = [root];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (isComment(node)) continue;
    const interpolated = node.type === 'string' && node.children.some((child) => child.type === 'interpolation');
    if (stringTypes.has(node.type) && node.named && !interpolated) words.push(plainString(node.text));
    else if (node.children.length === 0) {
      // A trailing comma or semicolon is layout.
      if (node.end > node.start && node.text !== ';') words.push(node.text);
    } else for (let index = node.children.length - 1; index >= 0; index--) waiting.push(node.children[index]!);
  }
  return words.filter((word, index) => !(word === ',' && /^[)\]}]$/.test(words[index + 1] ?? '')));
}

/** A string literal in double quotes, so that changing the kind of quotes is no change. */
function plainString(text: string): string {
  const inner = /^[a-zA-Z]*("""|'''|"|'|`|#*")([\s\S]*)\1$/.exec(text)?.[2];
  return inner === undefined ? text : `"${inner}"`;
}

/** Sizes beyond which a file is not read: hostile or generated. */
const limits = { characters: 1_000_000, nodes: 400_000, depth: 600, milliseconds: 4_000 };

/** A tree, or why there is none. */
export type Parsed = { root: Syntax; broken: boolean } | { problem: string };

/** Reads source as a tree. Never rejects for what the source is; a file beyond the limits has a `problem` instead. */
export async function parse(language: LanguageName, source: string): Promise<Parsed> {
  if (source.length > limits.characters) return { problem: `it is longer than ${limits.characters} characters` };
  const parser = await parserFor(language);
  const started = performance.now();
  // The return value cancels; the declared type of the callback leaves it out.
  const progressCallback = (() => performance.now() - started > limits.milliseconds) as () => void;
  let tree: ReturnType<typeof parser.parse>;
  try {
    tree = parser.parse(source, null, { progressCallback });
  } catch (thrown) {
    parser.reset();
    return { problem: `the parser failed: ${String(thrown)}` };
  }
  if (!tree) {
    parser.reset();
    return { problem: 'it took too long to parse' };
  }
  try {
    const root = copy(tree.walk(), source);
    return typeof root === 'string' ? { problem: root } : { root, broken: tree.rootNode.hasError };
  } finally {
    tree.delete();
  }
}

function copy(cursor: TreeCursor, source: string): Syntax | string {
  const root = new Syntax(cursor, source, null);
  let at = root;
  let depth = 0;
  let nodes = 1;
  try {
    for (;;) {
      if (cursor.gotoFirstChild()) {
        depth++;
        if (depth > limits.depth) return `it is nested deeper than ${limits.depth} levels`;
      } else {
        while (!cursor.gotoNextSibling()) {
          if (!cursor.gotoParent()) return root;
          depth--;
          at = at.parent!;
        }
        at = at.parent!;
      }
      if (++nodes > limits.nodes) return `it has more than ${limits.nodes} nodes`;
      const child: Syntax = new Syntax(cursor, source, at);
      at.children.push(child);
      at = child;
    }
  } finally {
    cursor.delete();
  }
}
