import { change, grouped, type Operator, replace } from '../proposal.ts';
import { binary, isArithmetic, isBoolean, isInteger } from '../syntax.ts';
import { field } from '../tree.ts';

const swaps: Record<string, [string, number][]> = {
  '+': [
    ['-', 0.5],
    ['*', 0.2],
  ],
  '-': [
    ['+', 0.5],
    ['%', 0.06],
    ['*', 0.05],
    ['/', 0.1],
    ['//', 0.12],
  ],
  '*': [
    ['+', 0.25],
    ['/', 0.15],
    ['**', 0.12],
    ['-', 0.06],
  ],
  '/': [
    ['//', 0.5],
    ['*', 0.3],
    ['%', 0.2],
    ['-', 0.05],
  ],
  '//': [
    ['/', 0.35],
    ['%', 0.25],
    ['*', 0.15],
  ],
  '%': [
    ['//', 0.3],
    ['/', 0.25],
    ['*', 0.05],
  ],
  '**': [['*', 0.3]],
  '&': [
    ['|', 0.4],
    ['^', 0.3],
    ['&&', 0.1],
  ],
  '|': [
    ['&', 0.4],
    ['^', 0.3],
    ['||', 0.1],
  ],
  '^': [
    ['&', 0.5],
    ['|', 0.3],
    ['**', 0.2],
  ],
  '<<': [['>>', 0.5]],
  '>>': [
    ['<<', 0.5],
    ['>>>', 0.3],
  ],
  '>>>': [
    ['>>', 0.4],
    ['<<', 0.3],
  ],
  '+=': [
    ['-=', 0.5],
    ['=', 0.35],
    ['*=', 0.2],
  ],
  '-=': [
    ['+=', 0.5],
    ['=', 0.25],
  ],
  '*=': [
    ['+=', 0.3],
    ['/=', 0.2],
    ['=', 0.1],
  ],
  '/=': [
    ['//=', 0.4],
    ['*=', 0.3],
    ['%=', 0.1],
  ],
  '//=': [
    ['/=', 0.2],
    ['*=', 0.2],
    ['%=', 0.15],
    ['-=', 0.08],
  ],
  '%=': [
    ['//=', 0.2],
    ['/=', 0.2],
  ],
  '|=': [
    ['&=', 0.4],
    ['^=', 0.3],
    ['=', 0.2],
  ],
  '&=': [
    ['|=', 0.4],
    ['^=', 0.3],
  ],
  '^=': [
    ['&=', 0.5],
    ['|=', 0.3],
  ],
  '<<=': [['>>=', 0.5]],
  '>>=': [
    ['<<=', 0.5],
    ['>>>=', 0.3],
  ],
  '>>>=': [['>>=', 0.4]],
  '||=': [['??=', 0.4]],
};
const onlyPython = new Set(['//', '//=']);
const onlyJavaScript = new Set(['>>>', '>>>=', '&&', '||', '??=']);

/** Wrong arithmetic or bitwise operator, wrong side, wrong sign, wrong grouping, wrong kind of division. */
export const arithmetic: Operator = {
  name: 'arithmetic',
  *propose({ node, python }) {
    const fits = ([other]: [string, number]) => !(python ? onlyJavaScript : onlyPython).has(other);
    if (/^augmented_assignment/.test(node.type)) {
      const operator = field(node, 'operator');
      for (const [other, prior] of (operator ? (swaps[operator.text] ?? []) : []).filter(fits)) {
        yield replace(operator!, other, prior, change(node.text, node.text.replace(operator!.text, other)));
      }
    }
    if (node.type === 'update_expression') {
      const other = node.text.includes('++') ? node.text.replace('++', '--') : node.text.replace('--', '++');
      yield replace(node, other, 0.3, change(node.text, other));
      const name = field(node, 'argument')!.text;
      const sign = node.text.includes('++') ? '++' : '--';
      const moved = node.text.startsWith(sign) ? name + sign : sign + name;
      if (node.parent?.type !== 'expression_statement' && node.field !== 'increment') {
        yield replace(node, moved, 0.4, change(node.text, moved));
      }
    }
    if (/^unary_(operator|expression)$/.test(node.type) && node.children[0]?.text === '-') {
      yield replace(node, node.children[1]!.text, 0.25, change(node.text, node.children[1]!.text));
    }
    if (!isArithmetic(node)) return;
    const { left, operator, right } = binary(node)!;
    for (const [other, prior] of (swaps[operator.text] ?? []).filter(fits)) {
      yield replace(operator, other, prior, change(node.text, `${left.text} ${other} ${right.text}`));
    }
    yield* sides(node);
    const outer = node.parent && isArithmetic(node.parent) ? binary(node.parent) : null;
    if (outer && outer.left === node && operator.text !== outer.operator.text) {
      const text = `${left.text} ${operator.text} (${right.text} ${outer.operator.text} ${outer.right.text})`;
      yield replace(node.parent!, text, 0.25, change(node.parent!.text, text));
    }
    if (outer && outer.right === node) {
      const text = `(${outer.left.text} ${outer.operator.text} ${left.text}) ${operator.text} ${right.text}`;
      yield replace(node.parent!, text, 0.3, change(node.parent!.text, text));
    }
    if (node.parent?.type === 'parenthesized_expression' && node.parent.parent && isArithmetic(node.parent.parent)) {
      yield replace(node.parent, node.text, 0.2, change(node.parent.parent.text, node.text));
    }
    if (operator.text === '/' && !python) {
      yield replace(node, `Math.floor(${node.text})`, 0.35, change(node.text, `Math.floor(${node.text})`));
      yield replace(node, `Math.ceil(${node.text})`, 0.12, change(node.text, `Math.ceil(${node.text})`));
      yield replace(node, `Math.trunc(${node.text})`, 0.1, change(node.text, `Math.trunc(${node.text})`));
    }
  },
};

function* sides(node: Parameters<typeof binary>[0]) {
  const { left, operator, right } = binary(node)!;
  if (
    ['-', '/', '//', '%', '**', '<<', '+', '*'].includes(operator.text) &&
    left.text !== right.text &&
    !isBoolean(left)
  ) {
    const commutes = operator.text === '*' || (operator.text === '+' && (isInteger(left) || isInteger(right)));
    const text = `${grouped(right)} ${operator.text} ${grouped(left)}`;
    if (!commutes) yield replace(node, text, operator.text === '+' ? 0.15 : 0.3, change(node.text, text));
  }
  yield replace(node, left.text, isInteger(right) ? 0.5 : 0.22, change(node.text, left.text));
  yield replace(node, right.text, isInteger(left) ? 0.5 : 0.18, change(node.text, right.text));
}
