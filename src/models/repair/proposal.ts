import type { Scope } from './scope.ts';
import type { ParsedFile, SyntaxNode } from './tree.ts';

/** A replacement of source text between two offsets. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** A change an operator proposes at one place. */
export interface Proposal {
  edits: Edit[];
  /** How likely such a change is to be the fix, other things being equal; in (0, 1]. */
  prior: number;
  /** What is done, in words for the final explanation, such as "compare with <= instead of <". */
  note: string;
}

/** Where an operator is asked for proposals. */
export interface Site {
  file: ParsedFile;
  python: boolean;
  node: SyntaxNode;
  scope: Scope;
}

/** One family of changes. */
export interface Operator {
  name: string;
  propose(site: Site): Iterable<Proposal>;
}

/** Replaces a node. */
export const replace = (node: SyntaxNode, text: string, prior: number, note: string): Proposal => ({
  edits: [{ start: node.start, end: node.end, text }],
  prior,
  note,
});

/** Puts parentheses around anything that could bind differently in a new place. */
export function grouped(node: SyntaxNode): string {
  return /^(identifier|integer|number|float|call|call_expression|attribute|member_expression|subscript|subscript_expression|string|list|array|parenthesized_expression|true|false|none|null|this|list_comprehension|template_string|tuple|dictionary|set)$/.test(
    node.type,
  )
    ? node.text
    : `(${node.text})`;
}

/** The same for a place in a sum, where products and sums need none. */
export function added(node: SyntaxNode): string {
  return /^binary_/.test(node.type) &&
    /^([-+*/%]|\/\/)$/.test(node.children.find((child) => child.field === 'operator')?.text ?? '')
    ? node.text
    : grouped(node);
}

const brief = (text: string) => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
};

/** "a → b" for notes. */
export const change = (before: string, after: string) => `\`${brief(before)}\` becomes \`${brief(after)}\``;
