import { change, type Operator, type Proposal, replace } from '../proposal.ts';
import { binary, isComparison } from '../syntax.ts';
import type { SyntaxNode } from '../tree.ts';

/** Comparison operators and what each is most often mistaken for, with the prior. */
const swaps: Record<string, [string, number][]> = {
  '<': [
    ['<=', 0.9],
    ['>', 0.45],
    ['>=', 0.2],
    ['!=', 0.08],
  ],
  '<=': [
    ['<', 0.9],
    ['>=', 0.35],
    ['>', 0.2],
    ['==', 0.06],
  ],
  '>': [
    ['>=', 0.9],
    ['<', 0.45],
    ['<=', 0.2],
    ['!=', 0.08],
  ],
  '>=': [
    ['>', 0.9],
    ['<=', 0.35],
    ['<', 0.2],
    ['==', 0.06],
  ],
  '==': [
    ['!=', 0.4],
    ['<=', 0.2],
    ['>=', 0.2],
    ['is', 0.03],
    ['>', 0.06],
    ['<', 0.06],
    ['in', 0.05],
  ],
  '!=': [
    ['==', 0.4],
    ['<', 0.12],
    ['>', 0.12],
    ['>=', 0.05],
    ['<=', 0.05],
    ['is not', 0.03],
  ],
  '===': [
    ['!==', 0.4],
    ['<=', 0.2],
    ['>=', 0.2],
    ['==', 0.08],
    ['>', 0.06],
    ['<', 0.06],
  ],
  '!==': [
    ['===', 0.4],
    ['<', 0.12],
    ['>', 0.12],
    ['!=', 0.06],
    ['>=', 0.05],
    ['<=', 0.05],
  ],
  is: [
    ['==', 0.4],
    ['is not', 0.4],
  ],
  'is not': [
    ['is', 0.4],
    ['!=', 0.3],
  ],
  in: [
    ['not in', 0.45],
    ['==', 0.05],
  ],
  'not in': [['in', 0.45]],
};
const onlyJavaScript = new Set(['===', '!==']);
const loose: Record<string, [string, number]> = { '==': ['===', 0.4], '!=': ['!==', 0.4] };

/** Wrong comparison: strict instead of loose bound, turned round, negated. */
export const comparison: Operator = {
  name: 'comparison',
  *propose({ node, python }) {
    if (!isComparison(node)) return;
    const tokens =
      node.type === 'comparison_operator'
        ? node.children.filter((child) => child.field === 'operators')
        : [binary(node)!.operator];
    yield* emptiness(node, python);
    for (const token of tokens) {
      const fitting = (swaps[token.text] ?? []).filter(([other]) =>
        python ? !onlyJavaScript.has(other) : !/^(is|not|in)\b/.test(other),
      );
      if (!python && loose[token.text]) fitting.unshift(loose[token.text]!);
      for (const [other, prior] of fitting) {
        yield replace(token, other, prior, change(node.text, node.text.replace(token.text, other)));
      }
    }
  },
};

/** A test against 0 or 1 with another operator and another bound at once. */
function* emptiness(node: SyntaxNode, python: boolean): Generator<Proposal> {
  const parts = binary(node);
  if (!parts || !/^[012]$/.test(parts.right.text)) return;
  const equal = python ? '==' : '===';
  for (const [tail, prior] of [
    ['<= 1', 0.3],
    ['< 2', 0.05],
    [`${equal} 0`, 0.12],
    [`${equal} 1`, 0.15],
    ['> 0', 0.12],
    ['> 1', 0.15],
    ['<= 0', 0.12],
    ['< 1', 0.05],
  ] as const) {
    const text = `${parts.left.text} ${tail}`;
    if (text !== node.text) yield replace(node, text, prior, change(node.text, text));
  }
}
