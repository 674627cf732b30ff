import { change, grouped, type Operator, type Proposal, replace, type Site } from '../proposal.ts';
import {
  binary,
  isArithmetic,
  isCall,
  isExpression,
  isIdentifier,
  isInteger,
  isMember,
  isStatement,
  isSubscript,
  memberObject,
} from '../syntax.ts';
import { field, type SyntaxNode, walk } from '../tree.ts';
import { remainders, settled, signs, units } from './quantities.ts';
import { unreadMarks } from './widening.ts';

/** Larger wrong expressions: two names exchanged, a term or factor left out, a whole expression for a name. */
export const expressions: Operator = {
  name: 'expressions',
  *propose(site) {
    const { node } = site;
    if (isStatement(node) || node.type === 'variable_declarator') yield* exchanged(site);
    if (isExpression(node)) {
      yield* stored(site);
      yield* twins(site);
      yield* truths(site);
      yield* remainders(site);
      yield* units(site);
      yield* signs(site);
      if (isArithmetic(node)) yield* shifted(site);
    }
    if (/assignment/.test(node.type)) yield* gathered(site);
    if (node.type === 'update_expression') yield* strides(site);
  },
};

/** Two names of a short statement exchanged everywhere in it. */
function* exchanged({ node, scope }: Site): Generator<Proposal> {
  if (node.text.includes('\n') || node.text.length > 120) return;
  const uses = new Map<string, SyntaxNode[]>();
  for (const part of walk(node))
    if (isIdentifier(part) && scope.names.includes(part.text) && !(isCall(part.parent!) && part.field === 'function'))
      uses.set(part.text, [...(uses.get(part.text) ?? []), part]);
  const names = [...uses.keys()].slice(0, 5);
  for (const [index, one] of names.entries()) {
    for (const two of names.slice(index + 1)) {
      const edits = [
        ...uses.get(one)!.map((part) => ({ start: part.start, end: part.end, text: two })),
        ...uses.get(two)!.map((part) => ({ start: part.start, end: part.end, text: one })),
      ];
      yield {
        edits,
        prior: edits.length === 2 ? 0.22 : 0.15,
        note: `\`${one}\` and \`${two}\` are exchanged in \`${node.text}\``,
      };
    }
  }
}

/** A value to be returned, stored or passed is another expression of the function, or joined with one. */
function* stored({ node, scope, python }: Site): Generator<Proposal> {
  const place = settled(node);
  if (place === 0 || node.text.length > 60) return;
  const others = scope.expressions.filter(
    (other) => other.text !== node.text && other.text.length > 1 && other.text.length < 30,
  );
  if (!isIdentifier(node))
    for (const name of scope.names.slice(0, 8))
      if (!scope.functions.has(name)) yield replace(node, name, 0.12 * place, change(node.parent!.text, name));
  let count = 0;
  for (const other of others) {
    if (
      isInteger(other) ||
      /string|list|array|lambda|function|comparison|boolean/.test(other.type) ||
      isIdentifier(other) ||
      other.text.includes(node.text)
    )
      continue;
    if (++count > 10) break;
    if (other.type !== node.type) yield replace(node, other.text, 0.09 * place, change(node.parent!.text, other.text));
    if (isSubscript(other) || isMember(other) || isCall(other)) {
      yield replace(
        node,
        `${grouped(other)} + ${grouped(node)}`,
        0.1 * place,
        change(node.text, `${other.text} + ${node.text}`),
      );
      if (isSubscript(other))
        yield replace(
          node,
          `${grouped(node)} - ${other.text}`,
          0.04 * place,
          change(node.text, `${node.text} - ${other.text}`),
        );
    }
  }
  for (const name of scope.names.slice(0, 6)) {
    if (name === node.text || scope.functions.has(name)) continue;
    const attributes = scope.attributes.filter((attribute) => !scope.methods.has(attribute)).slice(0, 4);
    if (scope.roles.get(name)?.has('object'))
      for (const attribute of attributes)
        if (node.text !== `${name}.${attribute}`)
          yield replace(node, `${name}.${attribute}`, 0.12 * place, change(node.parent!.text, `${name}.${attribute}`));
    if (isIdentifier(node) && /^argument|return/.test(node.parent!.type)) {
      for (const operator of python ? ['//', '%', '*'] : ['/', '%', '*'])
        yield replace(
          node,
          `${node.text} ${operator} ${name}`,
          0.06 * place,
          change(node.text, `${node.text} ${operator} ${name}`),
        );
    }
  }
}

/** `f(x)` becomes `f(x) + f(y)`; `a + b` becomes `a + [c] + b`. */
function* twins({ node, scope, python }: Site): Generator<Proposal> {
  const parts = binary(node);
  if (parts && parts.operator.text === '+') {
    for (const name of scope.names.slice(0, 7)) {
      if (parts.left.text === name || parts.right.text === name || scope.functions.has(name)) continue;
      const roles = scope.roles.get(name);
      yield replace(
        node,
        `${parts.left.text} + ${name} + ${parts.right.text}`,
        roles?.has('number') ? 0.05 : 0.03,
        change(node.text, `with ${name}`),
      );
      if (python)
        yield replace(
          node,
          `${parts.left.text} + [${name}] + ${parts.right.text}`,
          0.1,
          change(node.text, `with [${name}]`),
        );
    }
  }
  if (parts && parts.operator.text === '*') {
    for (const factor of new Set([parts.left.text, ...scope.names.slice(0, 5)]))
      yield replace(
        node,
        `${parts.left.text} * ${factor} * ${parts.right.text}`,
        0.08,
        change(node.text, `times ${factor}`),
      );
  }
  if (settled(node) === 0 && !(node.parent && isArithmetic(node.parent))) return;
  if (!(isCall(node) || isSubscript(node) || isMember(node)) || node.text.length > 40) return;
  const inside = [...walk(node)].filter(
    (part) => isIdentifier(part) && scope.names.includes(part.text) && !scope.functions.has(part.text),
  );
  const first = inside.at(-1);
  if (!first) return;
  for (const other of scope.names.slice(0, 6)) {
    if (other === first.text || node.text.includes(other)) continue;
    const twin = node.text.replace(new RegExp(`\\b${first.text}\\b`, 'g'), () => other);
    yield replace(node, `${node.text} + ${twin}`, 0.08, change(node.text, `${node.text} + ${twin}`));
    yield replace(
      node,
      python ? `max(${node.text}, ${twin})` : `Math.max(${node.text}, ${twin})`,
      0.05,
      change(node.text, `the larger of it and ${twin}`),
    );
    yield replace(
      node,
      python ? `min(${node.text}, ${twin})` : `Math.min(${node.text}, ${twin})`,
      0.05,
      change(node.text, `the smaller of it and ${twin}`),
    );
  }
}

/** A returned truth value is a test of something in scope. */
function* truths(site: Site): Generator<Proposal> {
  const { node, scope, python } = site;
  if (node.parent?.type !== 'return_statement' || !/^(true|false|True|False)$/i.test(node.text)) return;
  const tests: [string, number][] = [];
  for (const attribute of unreadMarks(site))
    for (const name of scope.names)
      if (scope.roles.get(name)?.has('object') || scope.assigned.has(name)) tests.push([`${name}.${attribute}`, 0.6]);
  for (const name of scope.names.slice(0, 8)) {
    if (scope.functions.has(name)) continue;
    const own = scope.parameters.includes(name) ? 0.6 : 1;
    if (scope.roles.get(name)?.has('number') || scope.assigned.has(name))
      tests.push([`${name} ${python ? '==' : '==='} 0`, 0.22 * own]);
    tests.push(
      [python ? `not ${name}` : `${name}.length === 0`, 0.2 * own],
      [python ? `len(${name}) == 0` : `!${name}`, 0.16 * own],
      [python ? `len(${name}) > 0` : `${name}.length > 0`, 0.08 * own],
    );
    if (!python) tests.push([`${name}.size === 0`, 0.06]);
  }
  for (const test of scope.conditions) tests.push([test, 0.12]);
  for (const [test, prior] of tests) yield replace(node, test, prior, change(node.parent!.text, `return ${test}`));
}

/** Every index of an expression one lower or higher. */
function* shifted({ node }: Site): Generator<Proposal> {
  const indices = [...walk(node)]
    .filter(isSubscript)
    .map((part) => field(part, 'index') ?? field(part, 'subscript'))
    .filter((part) => part !== undefined);
  if (indices.length < 2 || indices.length > 3) return;
  for (const sign of ['-', '+']) {
    const edits = indices.map((index) => {
      const parts = binary(index);
      const cancels =
        parts && parts.right.text === '1' && parts.operator.text !== sign && /^[+-]$/.test(parts.operator.text);
      return { start: index.start, end: index.end, text: cancels ? parts.left.text : `${index.text} ${sign} 1` };
    });
    yield { edits, prior: 0.12, note: `every index of \`${node.text}\` moves by one` };
  }
}

/** A value put under a key forgets what was there; a value is set only when there is none. */
function* gathered({ node, python, scope }: Site): Generator<Proposal> {
  const left = field(node, 'left');
  const right = field(node, 'right');
  if (!left || !right) return;
  const operator = node.children.find((child) => /=$/.test(child.text) && !child.named)?.text ?? '=';
  if (isSubscript(left) && operator === '=') {
    const object = memberObject(left)!.text;
    const key = (field(left, 'subscript') ?? field(left, 'index'))?.text ?? '';
    const known = python ? `${object}.get(${key}, 0)` : `(${left.text} ?? 0)`;
    yield replace(
      right,
      `${known} + ${grouped(right)}`,
      0.3,
      change(node.text, `${left.text} = ${known} + ${right.text}`),
    );
    if (python)
      yield replace(
        right,
        `${object}.get(${key}, []) + [${right.text}]`,
        0.05,
        change(node.text, 'gathered in a list'),
      );
    if (node.parent?.type === 'expression_statement') {
      if (!python)
        yield {
          edits: [{ start: node.start, end: node.start, text: `if (!${left.text}) ` }],
          prior: 0.25,
          note: `\`${left.text}\` is only set when it is not yet`,
        };
      else
        yield {
          edits: [{ start: node.start, end: node.end, text: `${left.text} = ${object}.get(${key}, ${right.text})` }],
          prior: 0.15,
          note: `\`${left.text}\` is only set when it is not yet`,
        };
    }
  }
  if (right.text === '1' && /^(\+|-)=$/.test(operator)) {
    for (const name of scope.names.slice(0, 10))
      if (name !== left.text && !scope.functions.has(name))
        yield replace(right, name, 0.12, change(node.text, `${left.text} ${operator} ${name}`));
  }
}

function* strides({ node, scope }: Site): Generator<Proposal> {
  const name = field(node, 'argument')!.text;
  const sign = node.text.includes('++') ? '+=' : '-=';
  for (const other of [...scope.names.slice(0, 8), '2'])
    if (other !== name && !scope.functions.has(other))
      yield replace(node, `${name} ${sign} ${other}`, 0.12, change(node.text, `${name} ${sign} ${other}`));
}
