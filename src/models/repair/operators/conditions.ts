import { change, grouped, type Operator, type Proposal, replace, type Site } from '../proposal.ts';
import { binary, condition, isBoolean, isExpression, isNegation } from '../syntax.ts';
import { field, namedChildren, type SyntaxNode } from '../tree.ts';

/** Wrong condition: negated, too weak, too strong, a part too many, branches swapped. */
export const conditions: Operator = {
  name: 'conditions',
  *propose(site) {
    const { node, python } = site;
    if (isBoolean(node)) yield* joined(node);
    if (isNegation(node)) {
      const inner = field(node, 'argument')!;
      yield replace(node, inner.text, 0.45, change(node.text, inner.text));
      if (/identifier|member|attribute|subscript|call/.test(inner.type))
        for (const [text, prior] of python
          ? ([[`${inner.text} is None`, 0.35]] as const)
          : ([
              [`${inner.text} === undefined`, 0.35],
              [`${inner.text} === null`, 0.15],
              [`${inner.text} == null`, 0.12],
            ] as const))
          yield replace(node, text, prior, change(node.text, text));
    } else if (
      isExpression(node) &&
      /identifier|member|attribute|subscript|call/.test(node.type) &&
      truthTested(node)
    ) {
      for (const [text, prior] of python
        ? ([[`${node.text} is not None`, 0.3]] as const)
        : ([
            [`${node.text} !== undefined`, 0.3],
            [`${node.text} !== null`, 0.15],
          ] as const))
        yield replace(node, text, prior, change(node.text, text));
    }
    const tested = condition(node);
    if (tested) yield* whole(site, tested);
    if (node.type === 'ternary_expression' || node.type === 'conditional_expression') {
      const parts = namedChildren(node);
      const [yes, no] = python ? [parts[0]!, parts[2]!] : [parts[1]!, parts[2]!];
      if (yes && no) {
        yield {
          edits: [
            { start: yes.start, end: yes.end, text: no.text },
            { start: no.start, end: no.end, text: yes.text },
          ],
          prior: 0.4,
          note: `the two outcomes of \`${tested?.text}\` are swapped`,
        };
        yield replace(node, grouped(yes), 0.08, change(node.text, yes.text));
        yield replace(node, grouped(no), 0.08, change(node.text, no.text));
      }
    }
    if (node.type === 'if_statement') yield* branches(node);
    if (node.type === 'elif_clause') {
      const keyword = node.children[0]!;
      yield replace(keyword, 'if', 0.25, '`elif` becomes a separate `if`');
    }
    if (node.type === 'if_clause') {
      const inner = namedChildren(node)[0]!;
      yield replace(
        inner,
        python ? `not (${inner.text})` : `!(${inner.text})`,
        0.3,
        change(inner.text, `not ${inner.text}`),
      );
      yield {
        edits: [{ start: node.start, end: node.end, text: '' }],
        prior: 0.1,
        note: `the filter \`${node.text}\` goes`,
      };
    }
    if (/^return_statement$/.test(node.type)) {
      const value = namedChildren(node)[0];
      if (value && isExpression(value) && (isBoolean(value) || binary(value) || /call/.test(value.type))) {
        const text = python ? `not ${grouped(value)}` : `!${grouped(value)}`;
        yield replace(value, text, 0.1, change(value.text, text));
      }
    }
  },
};

/** Whether a node is asked for its truth as it stands. */
function truthTested(node: SyntaxNode): boolean {
  const outer = node.parent!;
  if (isBoolean(outer)) return truthTested(outer) || /^(&&|and)$/.test(binary(outer)!.operator.text);
  const holder = outer.type === 'parenthesized_expression' ? outer.parent! : outer;
  const tested = condition(holder);
  return tested !== null && tested.start === node.start && tested.end === node.end;
}

function* joined(node: SyntaxNode): Generator<Proposal> {
  const { left, operator, right } = binary(node)!;
  const others: Record<string, [string, number][]> = {
    '&&': [['||', 0.5]],
    '||': [
      ['&&', 0.5],
      ['??', 0.35],
    ],
    '??': [['||', 0.4]],
    and: [['or', 0.5]],
    or: [['and', 0.5]],
  };
  for (const [other, prior] of others[operator.text] ?? []) {
    yield replace(operator, other, prior, change(node.text, `${left.text} ${other} ${right.text}`));
  }
  yield replace(node, left.text, 0.3, change(node.text, left.text));
  yield replace(node, right.text, 0.3, change(node.text, right.text));
  const swapped = `${right.text} ${operator.text} ${left.text}`;
  yield replace(node, swapped, 0.12, change(node.text, swapped));
}

function* whole(site: Site, tested: SyntaxNode): Generator<Proposal> {
  const { python, scope, node } = site;
  const [not, and, or] = python ? ['not ', 'and', 'or'] : ['!', '&&', '||'];
  const literal = /^(true|True|1)$/.test(tested.text);
  if (!isNegation(tested) && !literal) {
    const text = not + (python && !isBoolean(tested) ? tested.text : grouped(tested));
    yield replace(tested, text, binary(tested) ? 0.12 : 0.4, change(tested.text, text));
  }
  const inScope = scope.names.filter((name) => !scope.functions.has(name));
  if (literal) {
    for (const name of inScope.slice(0, 8)) {
      yield replace(tested, name, 0.5, change(tested.text, name));
      yield replace(tested, python ? `len(${name}) > 0` : `${name}.length > 0`, 0.15, change(tested.text, name));
    }
  }
  const extra: [string, number][] = [];
  const used = new Set(tested.text.match(/\w+/g));
  for (const name of inScope) {
    const near = used.has(name) ? 1 : 0.5;
    extra.push([name, 0.22 * near], [not + name, 0.16 * near]);
  }
  for (const other of scope.conditions)
    if (other !== tested.text && other.length < 40) extra.push([other, 0.1], [`${not}(${other})`, 0.06]);
  for (const part of literalsOf(site, tested)) extra.push([part, 0.14]);
  for (const part of comparisonsOf(site)) extra.push([part, 0.12]);
  extra.sort((one, two) => two[1] - one[1]);
  for (const [text, prior] of extra.slice(0, 30)) {
    if (text === tested.text || text === not + tested.text) continue;
    const own = isBoolean(tested) && binary(tested)!.operator.text;
    const base = own && own !== and ? `(${tested.text})` : tested.text;
    const baseOr = own && own !== or && !python ? `(${tested.text})` : tested.text;
    yield replace(tested, `${base} ${and} ${text}`, prior, change(tested.text, `${base} ${and} ${text}`));
    yield replace(tested, `${text} ${and} ${base}`, prior * 0.9, change(tested.text, `${text} ${and} ${base}`));
    yield replace(tested, `${baseOr} ${or} ${text}`, prior * 0.8, change(tested.text, `${baseOr} ${or} ${text}`));
  }
  if (node.type === 'if_statement' && !literal) {
    yield replace(tested, python ? 'True' : 'true', 0.08, change(tested.text, 'true'));
    yield replace(tested, python ? 'False' : 'false', 0.06, change(tested.text, 'false'));
  }
  if (node.type === 'if_statement') yield replace(node.children[0]!, 'while', 0.12, '`if` becomes `while`');
  if (node.type === 'while_statement' && !literal) yield replace(node.children[0]!, 'if', 0.06, '`while` becomes `if`');
}

/** Comparisons that could bound a loop or an index: between numbers in scope, and with lengths. */
function* comparisonsOf({ scope, python }: Site): Generator<string> {
  const numbers = scope.names.filter((name) => scope.roles.get(name)?.has('number')).slice(0, 4);
  const containers = scope.names.filter((name) => scope.roles.get(name)?.has('container')).slice(0, 2);
  for (const name of numbers) {
    for (const container of containers) yield python ? `${name} < len(${container})` : `${name} < ${container}.length`;
    yield `${name} > 0`;
    yield `${name} >= 0`;
  }
}

function* branches(node: SyntaxNode): Generator<Proposal> {
  const yes = field(node, 'consequence');
  const other = field(node, 'alternative');
  const no = other?.type === 'else_clause' ? (field(other, 'body') ?? namedChildren(other)[0]) : undefined;
  if (yes && no && no.type === yes.type) {
    yield {
      edits: [
        { start: yes.start, end: yes.end, text: no.text },
        { start: no.start, end: no.end, text: yes.text },
      ],
      prior: 0.2,
      note: 'the two branches of the condition are swapped',
    };
  }
}

/** Tests of the last item or of a name against a text that stands nearby. */
function* literalsOf({ scope, python }: Site, tested: SyntaxNode): Generator<string> {
  const texts = [...new Set(scope.owner.text.match(/'[^'\n\\]{1,6}'|"[^"\n\\]{1,6}"/g) ?? [])].slice(0, 5);
  for (const name of scope.names.filter((other) => tested.text.includes(other)).slice(0, 2)) {
    for (const text of texts) {
      if (scope.methods.has('push') || scope.methods.has('append')) {
        yield python ? `${name}[-1] != ${text}` : `${name}.at(-1) !== ${text}`;
        yield python ? `${name}[-1] == ${text}` : `${name}.at(-1) === ${text}`;
      }
      yield python ? `${name} != ${text}` : `${name} !== ${text}`;
    }
  }
}
