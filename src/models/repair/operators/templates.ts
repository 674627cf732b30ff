import { change, type Operator, replace } from '../proposal.ts';
import { call, isCall, isExpression } from '../syntax.ts';
import { type ParsedFile, type SyntaxNode, walk } from '../tree.ts';

/** A value that is worked up elsewhere in the file in a way of its own is worked up that way here. */
export const templates: Operator = {
  name: 'templates',
  *propose({ node, file, scope }) {
    if (
      !isExpression(node) ||
      !/return_statement|declarator|assignment/.test(node.parent!.type) ||
      node.field === 'left'
    )
      return;
    const made = isCall(node) ? call(node) : null;
    const inner = made && made.values.length === 1 ? made.values[0]! : node;
    for (const { before, after, from } of shapes(file)) {
      if (from.start >= scope.owner.start && from.end <= scope.owner.end) continue;
      const text = `${before}${inner.text}${after}`;
      if (text !== node.text) yield replace(node, text, made ? 0.3 : 0.12, change(node.text, text));
    }
  },
};

interface Shape {
  before: string;
  after: string;
  from: SyntaxNode;
}

const shapesOf = new WeakMap<ParsedFile, Shape[]>();

/** What is put around values in the file's returns and declarations: two calls deep at least, with no names of its own. */
function shapes(file: ParsedFile): Shape[] {
  const known = shapesOf.get(file);
  if (known) return known;
  const found = new Map<string, Shape>();
  for (const node of walk(file.root)) {
    if (!isCall(node) || !/return_statement|declarator|assignment/.test(node.parent!.type) || node.text.length > 140)
      continue;
    const calls = [...walk(node)].filter(isCall).length;
    if (calls < 2) continue;
    for (const hole of walk(node)) {
      if (
        hole === node ||
        hole.text.length < 4 ||
        !/^(binary_|call|parenthesized|identifier)/.test(hole.type) ||
        hole.field === 'function'
      )
        continue;
      const content = hole.type === 'parenthesized_expression' ? hole.children[1]! : hole;
      const before = file.source.slice(node.start, content.start);
      const after = file.source.slice(content.end, node.end);
      const words = `${before} ${after}`.match(/(?<![.\w])[a-z_]\w*(?!\w| *=)/g) ?? [];
      const own = words.every(
        (word) =>
          /^(int|str|float|round|list|sorted|len|abs|rounding)$/.test(word) ||
          new RegExp(`(def|function|import|from .* import .*) *${word}\\b`).test(file.source),
      );
      if (own && (before + after).split('(').length > 2 && before.length + after.length < 90)
        found.set(`${before}_${after}`, { before, after, from: node });
    }
  }
  const list = [...found.values()].slice(0, 6);
  shapesOf.set(file, list);
  return list;
}
