import { change, type Proposal, replace, type Site } from '../proposal.ts';
import { binary, isBlock, isFunction, isStatement, statementsOf } from '../syntax.ts';
import { ancestor, field, namedChildren, walk } from '../tree.ts';
import { exchange, has, squeeze } from './twins.ts';

/** One side of an operator, or one of two arguments, treats its name as the other side does. */
export function* operand(site: Site): Generator<Proposal> {
  const { node, scope } = site;
  const outer = node.parent;
  if (!outer || isFunction(outer) || node.text.length > 60 || /^(integer|number|string)$/.test(node.type)) return;
  const sides = binary(outer);
  const list = /^(argument_list|arguments|tuple|array|list)$/.test(outer.type) ? namedChildren(outer) : null;
  const others = sides
    ? [sides.left === node ? sides.right : sides.left]
    : (list?.filter((other) => other !== node) ?? []);
  for (const other of others.slice(0, 3)) {
    const inner = other.type === 'parenthesized_expression' ? namedChildren(other)[0]! : other;
    if (inner.text.length > 60 || inner.text === node.text) continue;
    const mine = [...new Set(node.text.match(/[A-Za-z_$][\w$]*/g) ?? [])].filter((name) => scope.names.includes(name));
    const theirs = [...new Set(inner.text.match(/[A-Za-z_$][\w$]*/g) ?? [])].filter((name) =>
      scope.names.includes(name),
    );
    for (const one of theirs)
      for (const two of mine) {
        if (one === two || theirs.includes(two)) continue;
        const made = exchange(other.text, new Map([[one, two]]));
        if (made === node.text || made.length < node.text.length + 1 || has(outer, made)) continue;
        const contains = squeeze(made).includes(squeeze(node.text)) ? 0.45 : 0.1;
        yield replace(node, made, contains, change(outer.text, `${made} beside ${other.text}`));
      }
  }
}

/** A declaration or assignment does with its name what the one beside it does with the twin. */
export function* value({ node, scope }: Site): Generator<Proposal> {
  const holder = node.parent;
  if (
    !holder ||
    !/^(assignment|assignment_expression|variable_declarator)$/.test(holder.type) ||
    (node.field !== 'right' && node.field !== 'value')
  )
    return;
  const target = field(holder, 'left') ?? field(holder, 'name');
  const line = isStatement(holder) ? holder : ancestor(holder, isStatement);
  const block = line?.parent;
  if (!target || !line || !block || !isBlock(block)) return;
  const around = statementsOf(block);
  const index = around.indexOf(line);
  for (const beside of [around[index - 1], around[index + 1]]) {
    if (!beside || beside.text.length > 120) continue;
    const other = [...walk(beside)].find(
      (part) =>
        (part.field === 'right' || part.field === 'value') && /assignment|declarator/.test(part.parent?.type ?? ''),
    );
    const otherTarget = other && (field(other.parent!, 'left') ?? field(other.parent!, 'name'));
    if (!other || !otherTarget || (other.type === node.type && other.text === node.text)) continue;
    const mine = (node.text.match(/[A-Za-z_$][\w$]*/g) ?? []).filter((name) => scope.names.includes(name));
    const theirs = (other.text.match(/[A-Za-z_$][\w$]*/g) ?? []).filter((name) => scope.names.includes(name));
    const pairs = new Map([[otherTarget.text, target.text]]);
    for (const [place, name] of theirs.entries())
      if (mine[place] && mine[place] !== name && !pairs.has(name)) pairs.set(name, mine[place]!);
    const made = exchange(other.text, pairs);
    if (made !== node.text && made !== other.text)
      yield replace(
        node,
        made,
        squeeze(made).includes(squeeze(node.text)) || squeeze(node.text).includes(squeeze(made)) ? 0.5 : 0.2,
        change(holder.text, `${target.text} = ${made}`),
      );
  }
}
