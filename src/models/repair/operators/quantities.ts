import { change, grouped, type Proposal, replace, type Site } from '../proposal.ts';
import { binary, isInteger, isSubscript, memberObject } from '../syntax.ts';
import { field, type SyntaxNode } from '../tree.ts';

/** A quantity in the wrong unit; a quantity that was worked out and then forgotten. */
export function* units({ node, scope, python }: Site): Generator<Proposal> {
  const place = settled(node);
  if (place === 0 || node.type === 'string' || isInteger(node)) return;
  const timed = /time|milli|second|minute|hour|offset|zone|delay|wait|date/i.test(scope.owner.text);
  const constants = [...new Set([...scope.literals.numbers.slice(0, 12), ...(timed ? ['60_000', '1000', '60'] : [])])];
  for (const name of scope.unused) {
    for (const sign of ['-', '+']) {
      for (const factor of constants)
        yield replace(
          node,
          `${node.text} ${sign} ${name} * ${factor}`,
          0.08 * place,
          change(node.text, `${node.text} ${sign} ${name} * ${factor}`),
        );
    }
    yield replace(
      node,
      `${grouped(node)} ${python ? '//' : '/'} ${name}`,
      0.06 * place,
      change(node.text, `divided by ${name}`),
    );
  }
  const target = field(node.parent!, 'name') ?? field(node.parent!, 'left');
  if (
    !/time|elapsed|second|milli|minute|hour|duration|delay|timeout|interval|age\b|wait|percent|rate|ratio|cents|price|\bnow\b/i.test(
      `${target?.text ?? ''} ${node.text}`,
    )
  )
    return;
  for (const [factor, prior] of [
    ['1000', 0.2],
    ['60', 0.15],
    ['100', 0.15],
    ['3600', 0.06],
    ['24', 0.04],
  ] as const) {
    const known = scope.literals.numbers.includes(factor) ? 1.2 : 0.7;
    for (const operator of ['/', '*'])
      yield replace(
        node,
        `${grouped(node)} ${operator} ${factor}`,
        prior * place * known,
        change(node.text, `${node.text} ${operator} ${factor}`),
      );
  }
}

/** A key to sort by that should fall where those beside it do. */
export function* signs({ node }: Site): Generator<Proposal> {
  const parent = node.parent!;
  if (!/^(tuple|array|list)$/.test(parent.type) || /unary|string/.test(node.type)) return;
  const beside = parent.children.some((other) => other !== node && /^-/.test(other.text));
  yield replace(node, `-${grouped(node)}`, beside ? 0.4 : 0.08, change(node.text, `-${node.text}`));
}

/** A remainder that must not be negative; a remainder of the whole. */
export function* remainders({ node, python, scope, file }: Site): Generator<Proposal> {
  const parts = binary(node);
  if (!parts) return;
  if (parts.operator.text === '%' && !python)
    yield replace(
      node,
      `((${node.text}) + ${grouped(parts.right)}) % ${grouped(parts.right)}`,
      0.3,
      'the remainder is never negative',
    );
  if (parts.operator.text === '+' || parts.operator.text === '-') {
    const moduli = new Set(
      scope.expressions
        .filter((other) => binary(other)?.operator.text === '%')
        .map((other) => binary(other)!.right.text),
    );
    for (const match of file.source.matchAll(/%=? ((?:this|self)\.\w+|len\([\w.]+\)|[\w.]+\.length|\w+)/g))
      if (/^(this|self|len)|\./.test(match[1]!) || scope.names.includes(match[1]!)) moduli.add(match[1]!);
    for (const modulus of moduli)
      yield replace(node, `(${node.text}) % ${modulus}`, 0.15, change(node.text, `(${node.text}) % ${modulus}`));
    if (isSubscript(node.parent!)) {
      const whole = memberObject(node.parent!)!.text;
      yield replace(
        node,
        `(${node.text}) % ${python ? `len(${whole})` : `${whole}.length`}`,
        0.15,
        change(node.text, 'round the end'),
      );
    }
  }
}

/** How settled a value is: returned, stored or passed. */
export const settled = (node: SyntaxNode) => {
  const parent = node.parent!;
  if (parent.type === 'return_statement') return 1;
  if (/declarator/.test(parent.type) || (/assignment/.test(parent.type) && node.field === 'right')) return 0.9;
  if (/^argument/.test(parent.type)) return 0.5;
  return 0;
};
