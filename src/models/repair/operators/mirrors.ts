import { change, type Operator, type Proposal, replace, type Site } from '../proposal.ts';
import {
  binary,
  call,
  isArithmetic,
  isBlock,
  isBoolean,
  isComparison,
  isExpression,
  isStatement,
  statementsOf,
} from '../syntax.ts';
import { ancestor, field, namedChildren, type SyntaxNode, walk } from '../tree.ts';
import { operand, value } from './likewise.ts';
import { insertAfter, isOnOwnLine } from './lines.ts';
import { companions, exchange, has, meanings, type Pairing, pairings } from './twins.ts';

/** Symmetry restored: what is done for one of two like names and not for the other, the missing part of a chain. */
export const mirrors: Operator = {
  name: 'mirrors',
  *propose(site) {
    const { node } = site;
    if (isStatement(node) && isOnOwnLine(site.file, node)) yield* statement(site);
    if (!isExpression(node)) return;
    if (isArithmetic(node) || call(node)) yield* chain(site);
    if (isComparison(node) || isBoolean(node) || /not_operator|unary/.test(node.type)) yield* clause(site);
    yield* operand(site);
    yield* value(site);
  },
};

const known = (text: string, { scope, file }: Site) =>
  (text.match(/(?<![\w$.'"])[A-Za-z_$][\w$]*(?!['"])/g) ?? []).every(
    (name) =>
      scope.names.includes(name) || new RegExp(`(?<![\\w$])${name.replace(/\$/g, '\\$')}(?![\\w$])`).test(file.source),
  );

/** A statement done for one name is done for its twin too. */
function* statement(site: Site): Generator<Proposal> {
  const { node, scope, file, python } = site;
  if (node.text.length > 160 || !node.parent || !isBlock(node.parent) || /declaration|return/.test(node.type)) return;
  if (node.text.split('\n').length > 2) return;
  const around = statementsOf(node.parent);
  const seen = new Set<string>();
  const parameters: Pairing[] = [];
  const like = around.filter(
    (other) =>
      call(namedChildren(other)[0] ?? other)?.callee.text === call(namedChildren(node)[0] ?? node)?.callee.text,
  );
  if (like.length > 1 && like.at(-1) === node && call(namedChildren(node)[0] ?? node)) {
    const texts = like.map((other) => other.text.replace(/;$/, ''));
    for (const [text, prior] of companions(texts, scope.owner, scope.names))
      if (!has(scope.owner, text) && known(text, site))
        yield insertAfter(file, node, python ? text : `${text};`, prior, `\`${text}\` is added to its like`);
  }
  const [one, two] = scope.parameters;
  if (one && two) parameters.push(new Map([[one, two]]), new Map([[two, one]]));
  for (const [index, pairs] of [...pairings(scope.owner), ...meanings(node.text), ...parameters].entries()) {
    const text = exchange(node.text, pairs);
    if (text === node.text || seen.has(text) || has(scope.owner, text) || !known(text, site)) continue;
    seen.add(text);
    const both = [...pairs.keys()].every((name) =>
      new RegExp(`(?<![\\w$])${name.replace(/\$/g, '\\$')}(?![\\w$])`).test(node.text),
    );
    const prior = (both ? 0.55 : 0.12) / (1 + index * 0.08);
    yield insertAfter(
      file,
      node,
      dedent(text, file.source, node, python),
      prior,
      `\`${text.split('\n')[0]}\` is added beside \`${node.text.split('\n')[0]}\``,
    );
    const next = around[around.indexOf(node) + 1];
    if (!next) {
      const holder = ancestor(node, isStatement);
      if (holder?.type === 'if_statement') {
        const other = field(holder, 'alternative');
        const body = other ? (field(other, 'body') ?? namedChildren(other)[0]) : undefined;
        const last = body && isBlock(body) ? statementsOf(body).at(-1) : undefined;
        if (last && isOnOwnLine(file, last))
          yield insertAfter(file, last, text, prior, `\`${text}\` is added in the other branch`);
      }
    }
  }
}

/** Later lines of a statement with the indentation of the statement itself taken off. */
function dedent(text: string, source: string, node: SyntaxNode, python: boolean): string {
  const column = node.start - source.lastIndexOf('\n', node.start - 1) - 1;
  const end = python || /[};]$/.test(text) ? '' : ';';
  return (
    text
      .split('\n')
      .map((line, index) => (index === 0 ? line : line.slice(column)))
      .join('\n') + end
  );
}

/** The parts of a chain of one operator, in order. */
function parts(node: SyntaxNode, operator: string): SyntaxNode[] {
  const sides = binary(node);
  if (!sides || sides.operator.text !== operator) return [node];
  return [...parts(sides.left, operator), sides.right];
}

/** A sum, a list of arguments or a difference lacks one of its kind. */
function* chain(site: Site): Generator<Proposal> {
  const { node, scope } = site;
  const sides = binary(node);
  if (node.text.length > 140) return;
  if (sides) {
    const operator = sides.operator.text;
    const outer = node.parent ? binary(node.parent) : null;
    if ((outer && outer.operator.text === operator && outer.left === node) || !/^[-+*]$/.test(operator)) return;
    const all = parts(node, operator);
    const terms = (operator === '-' ? all.slice(1) : all).filter((part) => /[[(.]/.test(part.text));
    if (terms.length === 0) return;
    for (const [text, prior] of companions(
      terms.map((term) => term.text),
      scope.owner,
      scope.names,
    ))
      if (known(text, site))
        yield replace(
          node,
          `${node.text} ${operator} ${text}`,
          prior,
          change(node.text, `${node.text} ${operator} ${text}`),
        );
    return;
  }
  const made = call(node)!;
  const name = made.callee.text;
  if (made.values.length === 0 || made.values.length > 4) return;
  const gathering = /^(max|min|sum|Math\.(max|min|hypot)|any|all)$/.test(name);
  if (!gathering) {
    if (node.parent?.type === 'return_statement' || /assignment|declarator/.test(node.parent?.type ?? '')) {
      for (const [text, prior] of companions([node.text], scope.owner, scope.names))
        for (const operator of ['+', '-'])
          if (known(text, site) && text !== node.text)
            yield replace(
              node,
              `${node.text} ${operator} ${text}`,
              prior * 0.5,
              change(node.text, `${node.text} ${operator} ${text}`),
            );
    }
    return;
  }
  const texts = made.values.map((item) => item.text);
  const [least] = made.values;
  if (texts.length === 1 && /generator|comprehension|spread|splat/.test(least!.type)) return;
  for (const [text, prior] of companions(
    texts.filter((item) => /[[(.]/.test(item)).length ? texts : texts,
    scope.owner,
    scope.names,
  ))
    if (known(text, site))
      yield replace(
        made.list,
        `(${[...texts, text].join(', ')})`,
        prior * (texts.length === 1 ? 2 : 1),
        change(node.text, `${name}(${[...texts, text].join(', ')})`),
      );
}

const turned: Record<string, string> = { '<': '>', '>': '<', '<=': '>=', '>=': '<=' };

/** A condition lacks the clause for the other name or the other bound. */
function* clause(site: Site): Generator<Proposal> {
  const { node, scope, python } = site;
  const outer = node.parent;
  const joinedBy = outer && isBoolean(outer) ? binary(outer)!.operator.text : null;
  if (isBoolean(node) || node.text.length > 80) return;
  const [and, or] = python ? ['and', 'or'] : ['&&', '||'];
  const texts = new Map<string, number>();
  const add = (text: string, prior: number) => {
    if (text !== node.text && !(outer && isBoolean(outer) && has(outer, text)) && known(text, site))
      texts.set(text, Math.max(prior, texts.get(text) ?? 0));
  };
  const [one, two] = scope.parameters;
  const own: Pairing[] = [...pairings(scope.owner), ...meanings(node.text)];
  if (one && two) own.push(new Map([[one, two]]), new Map([[two, one]]));
  for (const [index, pairs] of own.entries()) {
    const all = [...pairs.keys()].every((name) => node.text.includes(name));
    const prior = (all ? 0.3 : 0.1) / (1 + index * 0.1);
    const text = exchange(node.text, pairs);
    if (text === node.text) continue;
    add(text, prior);
    const sides = binary(node);
    const other = sides && turned[sides.operator.text];
    if (sides && other) add(`${exchange(sides.left.text, pairs)} ${other} ${exchange(sides.right.text, pairs)}`, prior);
    // The clause that stands beside the twin elsewhere.
    for (const clauseText of clausesBeside(scope.owner, text)) {
      const back = new Map([...pairs].map(([from, to]) => [to, from]));
      add(exchange(clauseText, back), 0.6);
    }
  }
  for (const [text, prior] of texts) {
    for (const operator of joinedBy ? [joinedBy] : [and, or]) {
      yield replace(
        node,
        `${node.text} ${operator} ${text}`,
        prior,
        change(node.text, `${node.text} ${operator} ${text}`),
      );
      yield replace(
        node,
        `${text} ${operator} ${node.text}`,
        prior,
        change(node.text, `${text} ${operator} ${node.text}`),
      );
    }
  }
}

/** What stands beside a clause in other conditions of the function. */
function clausesBeside(owner: SyntaxNode, text: string): string[] {
  const found: string[] = [];
  for (const node of walk(owner)) {
    if (!isBoolean(node) || node.text.length > 120) continue;
    const sides = binary(node)!;
    if (sides.right.text === text) found.push(sides.left.text);
    else if (sides.left.text === text) found.push(sides.right.text);
  }
  return found;
}
