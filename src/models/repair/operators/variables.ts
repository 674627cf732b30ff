import { change, type Operator, type Proposal, replace, type Site } from '../proposal.ts';
import {
  binary,
  call,
  isCall,
  isExpression,
  isIdentifier,
  isMember,
  isSubscript,
  memberName,
  memberObject,
} from '../syntax.ts';
import { field } from '../tree.ts';

const opposites: Record<string, string> = {
  left: 'right',
  right: 'left',
  next: 'prev',
  prev: 'next',
  previous: 'next',
  first: 'last',
  last: 'first',
  min: 'max',
  max: 'min',
  start: 'end',
  end: 'start',
  low: 'high',
  high: 'low',
  lo: 'hi',
  hi: 'lo',
  begin: 'end',
  head: 'tail',
  tail: 'head',
  row: 'col',
  col: 'row',
  rows: 'cols',
  cols: 'rows',
  width: 'height',
  height: 'width',
  x: 'y',
  y: 'x',
  i: 'j',
  j: 'i',
  key: 'value',
  value: 'key',
  a: 'b',
  b: 'a',
  keys: 'values',
  values: 'keys',
  parent: 'child',
  child: 'parent',
  from: 'to',
  to: 'from',
  source: 'target',
  target: 'source',
  old: 'new',
  new: 'old',
  predecessors: 'successors',
  successors: 'predecessors',
  incoming: 'outgoing',
  outgoing: 'incoming',
  upper: 'lower',
  lower: 'upper',
  hours: 'minutes',
  minutes: 'seconds',
  lineno: 'offset',
  top: 'bottom',
  bottom: 'top',
  p: 'q',
  q: 'p',
  m: 'n',
  n: 'm',
  u: 'v',
  v: 'u',
};

/** Wrong variable, attribute or element: another name of the same kind, more or fewer steps into it. */
export const variables: Operator = {
  name: 'variables',
  *propose(site) {
    const { node, python, scope } = site;
    const value = isExpression(node);
    if (
      isIdentifier(node) &&
      (value || node.field === 'left') &&
      !(isCall(node.parent!) && node.field === 'function')
    ) {
      yield* otherNames(site);
    }
    if (isMember(node)) {
      const name = memberName(node);
      const object = memberObject(node);
      const called = isCall(node.parent!) && node.field === 'function';
      if (name && object && !called) {
        let rank = 0;
        for (const other of scope.attributes) {
          if (other === name.text || scope.methods.has(other) || rank > 6) continue;
          const prior = opposites[name.text] === other ? 0.55 : likeness(name.text, other) * 0.25 + 0.25 / (1 + rank);
          rank += 1;
          yield replace(name, other, prior * 0.7, change(node.text, `${object.text}.${other}`));
        }
        if (value && object.text !== 'this' && object.text !== 'self')
          yield replace(node, object.text, 0.2, change(node.text, object.text));
      }
    }
    if (!value) return;
    const called = isCall(node.parent!) && node.field === 'function';
    if (isSubscript(node)) {
      const object = memberObject(node)!;
      const index = field(node, 'index') ?? field(node, 'subscript');
      yield replace(node, object.text, 0.12, change(node.text, object.text));
      if (index && isExpression(index) && index.type !== 'slice') {
        yield replace(node, index.text, 0.15, change(node.text, index.text));
        if (isSubscript(object)) {
          const outer = memberObject(object)!;
          const first = field(object, 'index') ?? field(object, 'subscript');
          if (first) {
            const text = `${outer.text}[${index.text}][${first.text}]`;
            yield replace(node, text, 0.35, change(node.text, text));
          }
        }
      }
    } else if (isIdentifier(node) && !called && !isMember(node.parent!)) {
      let rank = 0;
      for (const attribute of scope.attributes) {
        if (scope.methods.has(attribute) || rank > 4) continue;
        rank += 1;
        yield replace(
          node,
          `${node.text}.${attribute}`,
          0.14 / rank,
          change(node.parent!.text, `${node.text}.${attribute}`),
        );
      }
      const roles = scope.roles.get(node.text);
      if (roles?.has('number') || roles?.has('element')) {
        for (const name of scope.names.filter((other) => scope.roles.get(other)?.has('container')).slice(0, 3)) {
          if (name !== node.text && !isSubscript(node.parent!))
            yield replace(node, `${name}[${node.text}]`, 0.14, change(node.parent!.text, `${name}[${node.text}]`));
        }
      }
    }
    if ((isIdentifier(node) || isMember(node) || isCall(node) || isSubscript(node) || binary(node)) && !called) {
      let rank = 0;
      const kind = node.type;
      for (const other of scope.expressions) {
        if (other.text === node.text || other.type !== kind || isIdentifier(other) || rank > 5) continue;
        rank += 1;
        yield replace(
          node,
          other.text,
          0.1 / Math.sqrt(rank),
          change(node.parent!.text, node.parent!.text.replace(node.text, other.text)),
        );
      }
    }
    void python;
  },
};

function* otherNames({ node, scope }: Site): Generator<Proposal> {
  const mine = scope.roles.get(node.text) ?? new Set<string>();
  const isParameter = scope.parameters.includes(node.text);
  const ranked: [string, number][] = [];
  const siblings = new Set<string>();
  const parts = node.parent ? binary(node.parent) : null;
  if (parts) siblings.add(parts.left === node ? parts.right.text : parts.left.text);
  const arguments_ = node.parent?.parent ? call(node.parent.parent) : null;
  for (const argument of arguments_?.values ?? []) siblings.add(argument.text);
  for (const other of scope.names) {
    if (other === node.text) continue;
    const roles = scope.roles.get(other) ?? new Set<string>();
    let shared = 0;
    for (const role of mine) if (roles.has(role)) shared += 1;
    let prior = 0.12 + 0.12 * Math.min(shared, 2);
    if (opposites[node.text] === other) prior += 0.25;
    prior += likeness(node.text, other) * 0.2;
    if (scope.parameters.includes(other) === isParameter) prior += 0.05;
    if (siblings.has(other)) prior *= 0.5;
    if (scope.functions.has(other)) prior *= 0.2;
    ranked.push([other, prior]);
  }
  ranked.sort((one, two) => two[1] - one[1]);
  const target = node.field === 'left' ? 0.5 : 1;
  for (const [index, [other, prior]] of ranked.slice(0, 10).entries()) {
    yield replace(
      node,
      other,
      (target * prior) / (1 + index * 0.1),
      change(node.parent!.text, node.parent!.text.replace(node.text, other)),
    );
  }
}

/** Likeness of two names in [0, 1]: shared words and shared letters. */
export function likeness(one: string, two: string): number {
  const split = (name: string) =>
    new Set(
      name
        .replace(/([a-z])([A-Z])/g, '$1_$2')
        .toLowerCase()
        .split(/[_\W\d]+/)
        .filter(Boolean),
    );
  const [left, right] = [split(one), split(two)];
  let shared = 0;
  for (const word of left) if (right.has(word)) shared += 1;
  const words = shared / Math.max(1, Math.min(left.size, right.size));
  let prefix = 0;
  while (prefix < Math.min(one.length, two.length) && one[prefix] === two[prefix]) prefix += 1;
  return Math.max(
    words * 0.9,
    prefix / Math.max(one.length, two.length),
    one.length === two.length && one.length === 1 ? 0.6 : 0,
  );
}
