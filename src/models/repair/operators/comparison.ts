import { change, type Operator, replace } from '../proposal.ts';
import { binary, isComparison } from '../syntax.ts';

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
