import { added, change, grouped, type Operator, type Proposal, replace } from '../proposal.ts';
import { binary, call, isComparison, isExpression, isInteger, isSubscript } from '../syntax.ts';
import { field, namedChildren, type SyntaxNode } from '../tree.ts';

/** Off by one: in indices, slices, ranges, arguments, bounds, results. */
export const bounds: Operator = {
  name: 'bounds',
  *propose({ node, python }) {
    if (node.type === 'slice') yield* slice(node);
    const arguments_ = call(node);
    if (arguments_ && arguments_.callee.text === 'range') yield* range(arguments_.values, arguments_.list);
    if (!isExpression(node) || node.type === 'string') return;
    const weight = place(node);
    if (weight === 0) return;
    const parts = binary(node);
    if (isInteger(node)) {
      const value = Number(node.text);
      for (const [other, prior] of [
        [value + 1, 1],
        [value - 1, 1],
        [-value, 0.35],
      ] as const) {
        if (value === 0 && other === 0) continue;
        yield replace(
          node,
          String(other),
          weight * prior * (value <= 2 ? 1 : 0.5),
          change(node.parent!.text, node.parent!.text.replace(node.text, String(other))),
        );
      }
      return;
    }
    if (parts && (parts.operator.text === '+' || parts.operator.text === '-') && parts.right.text === '1') {
      const opposite = parts.operator.text === '+' ? '-' : '+';
      yield replace(
        node,
        `${parts.left.text} ${opposite} 1`,
        weight * 0.6,
        change(node.text, `${parts.left.text} ${opposite} 1`),
      );
      yield replace(
        node,
        `${parts.left.text} ${parts.operator.text} 2`,
        weight * 0.3,
        change(node.text, `${parts.left.text} ${parts.operator.text} 2`),
      );
      return;
    }
    if (!numeric(node, python)) return;
    for (const sign of ['+', '-']) {
      const text = `${added(node)} ${sign} 1`;
      const kept =
        /binary|subscript|member|attribute/.test(node.parent!.type) &&
        !isSubscript(node.parent!) &&
        !isComparison(node.parent!) &&
        !sums(node)
          ? `(${text})`
          : text;
      yield replace(node, kept, weight * (sign === '+' ? 1 : 0.95), change(node.text, text));
    }
  },
};

/** Whether an expression stands in a sum where one more term needs no parentheses. */
function sums(node: SyntaxNode): boolean {
  const parts = node.parent ? binary(node.parent) : null;
  return parts !== null && (parts.operator.text === '+' || (parts.operator.text === '-' && parts.left === node));
}

/** How often a one too many or too few is found at such a place. */
function place(node: SyntaxNode): number {
  const parent = node.parent!;
  if (node.field === 'index' || node.field === 'subscript') return 0.45;
  if (parent.type === 'slice') return 0.5;
  if (isComparison(parent)) return 0.4;
  if (/^argument/.test(parent.type)) {
    const callee = call(parent.parent!)?.callee.text ?? '';
    if (callee === 'range' || /slice|substring|substr|splice|repeat|Array$/.test(callee)) return 0.5;
    return isInteger(node) ? 0.25 : 0.2;
  }
  if (parent.type === 'return_statement') return 0.3;
  if (/declarator|assignment/.test(parent.type)) return isInteger(node) ? 0.4 : 0.2;
  if (binary(parent)) return isInteger(node) ? 0.25 : 0.06;
  if (/ternary|conditional/.test(parent.type)) return 0.12;
  if (isInteger(node)) return 0.2;
  return 0;
}

function numeric(node: SyntaxNode, python: boolean): boolean {
  if (/^(identifier|subscript|subscript_expression)$/.test(node.type)) return true;
  if (node.type === 'member_expression') return true;
  if (node.type === 'attribute') return python;
  if (/^(call|call_expression)$/.test(node.type)) {
    return (
      /^(len|max|min|abs|sum|int|round|Math\.\w+|Number|parseInt)$|\.(indexOf|index|find|count|length|get\w*)$/.test(
        call(node)?.callee.text ?? '',
      ) ||
      node.parent?.type === 'return_statement' ||
      /binary/.test(node.parent?.type ?? '')
    );
  }
  const parts = binary(node);
  return parts !== null && /^([-+*/%]|\/\/|<<|>>)$/.test(parts.operator.text);
}

function* range(values: SyntaxNode[], list: SyntaxNode): Generator<Proposal> {
  const texts = values.map((value) => value.text);
  const make = (parts: string[], prior: number): Proposal =>
    replace(list, `(${parts.join(', ')})`, prior, change(`range(${texts.join(', ')})`, `range(${parts.join(', ')})`));
  if (texts.length === 1) {
    yield make(['1', texts[0]!], 0.35);
    yield make(['1', `${texts[0]} + 1`], 0.35);
    yield make([`${texts[0]} - 1`, '-1', '-1'], 0.1);
  }
  if (texts.length === 2) {
    yield make([texts[1]!], 0.2);
    yield make([`${grouped(values[0]!)} + 1`, `${grouped(values[1]!)} + 1`], 0.15);
    yield make([...texts, '2'], 0.04);
    yield make([texts[1]!, texts[0]!, '-1'], 0.1);
    yield make([`${grouped(values[1]!)} - 1`, `${grouped(values[0]!)} - 1`, '-1'], 0.1);
  }
  if (texts.length === 3) {
    yield make(texts.slice(0, 2), 0.15);
    yield make([texts[1]!, texts[0]!, texts[2]!], 0.15);
  }
}

function* slice(node: SyntaxNode): Generator<Proposal> {
  const colon = node.text.indexOf(':');
  const parts = node.text.split(':');
  if (colon < 0 || parts.length > 3) return;
  const [low = '', high = '', step] = parts.map((part) => part.trim());
  const variants: [string, string, number][] = [
    ['', high, 0.2],
    [low, '', 0.2],
    [high, low, 0.25],
    [low || '1', high, 0.25],
    [low, high || '-1', 0.25],
  ];
  if (low) variants.push([`${low} + 1`, high, 0.3], [`${low} - 1`, high, 0.2]);
  if (high) variants.push([low, `${high} + 1`, 0.3], [low, `${high} - 1`, 0.25]);
  const seen = new Set([node.text]);
  for (const [from, to, prior] of variants) {
    const text = `${from}:${to}${step ? `:${step}` : ''}`;
    if (seen.has(text)) continue;
    seen.add(text);
    yield replace(node, text, prior, change(node.text, text));
  }
  if (!step) {
    yield replace(node, `${low}:${high}:-1`, 0.08, change(node.text, `${low}:${high}:-1`));
    if (node.parent && isSubscript(node.parent)) {
      const whole = field(node.parent, 'value')?.text ?? namedChildren(node.parent)[0]!.text;
      yield replace(node.parent, whole, 0.15, change(node.parent.text, whole));
    }
  }
}
