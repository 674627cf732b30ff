import { change, type Operator, type Proposal, replace, type Site } from '../proposal.ts';
import {
  binary,
  call,
  enclosingFunction,
  functionName,
  isCall,
  isExpression,
  isIdentifier,
  isMember,
  isStatement,
  isSubscript,
  memberName,
  memberObject,
} from '../syntax.ts';
import { ancestor, field, type SyntaxNode, walk } from '../tree.ts';

/** What the function or its neighbours already do, done here as well: its own recursion, a copy, a call beside, one more. */
export const reuse: Operator = {
  name: 'reuse',
  *propose(site) {
    const { node } = site;
    if (isStatement(node) && !node.text.includes('\n')) yield* everywhere(site);
    if (!isExpression(node) || node.text.length > 100) return;
    yield* recursion(site);
    yield* copies(site);
    yield* besides(site);
    yield* oneMore(site);
    yield* stored(site);
    yield* found(site);
  },
};

const settled = (node: SyntaxNode) =>
  /^(return_statement|variable_declarator|assignment|assignment_expression|argument_list|arguments|pair)$/.test(
    node.parent!.type,
  ) && node.field !== 'left';

/** A part that is handed out as it is should go through the function itself, as others do. */
function* recursion({ node, scope, python }: Site): Generator<Proposal> {
  const own = functionName(scope.owner);
  const count = scope.functions.get(own)?.length ?? 0;
  if (!own || count === 0 || isCall(node) || !settled(node)) return;
  const recursive = scope.called.has(own) || scope.methods.has(own);
  const name = scope.methods.has(own) && !scope.called.has(own) ? `${python ? 'self' : 'this'}.${own}` : own;
  const rest = scope.parameters
    .slice(1, count)
    .map((parameter) => `, ${parameter}`)
    .join('');
  const part = isSubscript(node) || isMember(node) || (isIdentifier(node) && !scope.parameters.includes(node.text));
  if (part && recursive) {
    const text = `${name}(${node.text}${rest})`;
    const inCall = call(node.parent?.parent ?? node)?.callee.text === own;
    if (!inCall) yield replace(node, text, isSubscript(node) || isMember(node) ? 0.4 : 0.15, change(node.text, text));
  }
  if (
    isIdentifier(node) &&
    recursive &&
    node.parent!.type === 'return_statement' &&
    ancestor(node, (other) => /if_statement/.test(other.type) && /isArray|isinstance/.test(other.text))
  ) {
    const text = python
      ? `[${name}(item${rest}) for item in ${node.text}]`
      : `${node.text}.map((item) => ${name}(item${rest}))`;
    yield replace(node, text, 0.5, change(node.text, text));
  }
}

/** What is put into something lasting while it goes on changing must be a copy; a list of results is spread. */
function* copies({ node, scope, python }: Site): Generator<Proposal> {
  const made = node.parent?.parent ? call(node.parent.parent) : null;
  const keeps = made?.values.includes(node) && /\.(append|push|add|set|insert|unshift)$/.test(made.callee.text);
  if (isIdentifier(node) && (keeps || node.parent!.type === 'yield' || node.parent!.type === 'return_statement')) {
    const changed = new RegExp(
      `(?<![\\w.])${node.text}(\\.(append|push|pop|splice|sort|reverse|shift|unshift|extend|add|delete|remove|clear)\\(|\\[[^\\]]*\\] *[-+]?=(?!=))`,
    ).test(scope.owner.text);
    const prior = changed ? (keeps ? 0.6 : 0.15) : 0;
    for (const text of python
      ? [`list(${node.text})`, `${node.text}[:]`, `${node.text}.copy()`]
      : [`[...${node.text}]`, `${node.text}.slice()`])
      if (prior > 0) yield replace(node, text, prior, change(node.text, text));
  }
  if (!python && keeps && made && isCall(node) && /\.push$/.test(made.callee.text))
    yield replace(
      node,
      `...${node.text}`,
      call(node)!.callee.text === functionName(scope.owner) ? 0.6 : 0.2,
      change(node.text, `...${node.text}`),
    );
  // What an object keeps is its own.
  if (
    /^(self|this)\.\w+$/.test(field(node.parent!, 'left')?.text ?? '') &&
    node.field === 'right' &&
    /(\bor\b|\|\||\?\?) *(\[\]|\{\})$/.test(node.text)
  ) {
    const texts = python
      ? [/\{\}$/.test(node.text) ? `dict(${node.text})` : `list(${node.text})`]
      : [/\{\}$/.test(node.text) ? `{ ...(${node.text}) }` : `[...(${node.text})]`];
    for (const text of texts) yield replace(node, text, 0.45, change(node.text, text));
  }
}

/** A call that is made of the thing beside is made here too. */
function* besides({ node }: Site): Generator<Proposal> {
  if (
    !(isIdentifier(node) || isMember(node) || isSubscript(node)) ||
    (isCall(node.parent!) && node.field === 'function') ||
    isMember(node.parent!)
  )
    return;
  const line = ancestor(node, isStatement);
  if (!line || line.text.length > 160) return;
  const inMap = new Set<string>();
  for (const part of walk(line)) {
    const made = call(part);
    if (made?.values.length !== 1 || part.text.includes(node.text) || part.type === 'new_expression') continue;
    const value = made.values[0]!;
    if (
      !/identifier|member|attribute|subscript/.test(value.type) ||
      /^(len|print|range)$|\.(push|append|add|get|has|set|log)$/.test(made.callee.text)
    )
      continue;
    inMap.add(made.callee.text);
  }
  for (const callee of inMap)
    yield replace(node, `${callee}(${node.text})`, 0.4, change(node.text, `${callee}(${node.text})`));
}

/** The step itself counts: one more than what the rest comes to. */
function* oneMore({ node, scope }: Site): Generator<Proposal> {
  if (
    !/^(return_statement|variable_declarator|assignment|assignment_expression)$/.test(node.parent!.type) ||
    node.field === 'left'
  )
    return;
  if (
    /^\d|string|lambda|list|array|compar|boolean/.test(node.type + node.text.slice(0, 1)) ||
    /\bnot\b|=>|==|&&|\|\|/.test(node.text)
  )
    return;
  const own = functionName(scope.owner);
  const inner = functionName(enclosingFunction(node) ?? scope.owner);
  const recursive = [own, inner].some((name) => name && new RegExp(`(?<!\\w)${name}\\(`).test(node.text));
  const table =
    /^(max|min|Math\.max|Math\.min)\(/.test(node.text) ||
    (isSubscript(node) && /\[/.test(field(node.parent!, 'left')?.text ?? ''));
  if (!recursive && !table) return;
  const prior = recursive && node.parent!.type === 'return_statement' ? 0.5 : recursive ? 0.25 : 0.35;
  yield replace(node, `1 + ${node.text}`, prior, change(node.text, `1 + ${node.text}`));
}

/** What is stored for one place builds on what is stored for another. */
function* stored({ node, scope }: Site): Generator<Proposal> {
  if (!isIdentifier(node) || !settled(node)) return;
  const written = new Set(
    [...scope.owner.text.matchAll(/([\w.]+)(?:\.set\(|\[[^\]]+\] *[-+]?=(?!=))/g)].map((match) => match[1]!),
  );
  let rank = 0;
  for (const other of scope.expressions) {
    const made = isCall(other) ? call(other) : null;
    const from = isSubscript(other)
      ? memberObject(other)!.text
      : made && isMember(made.callee) && memberName(made.callee)!.text === 'get'
        ? memberObject(made.callee)!.text
        : '';
    if (!written.has(from) || other.text.includes(node.text) || rank++ > 3) continue;
    const text = `${other.text} + ${node.text}`;
    yield replace(node, text, 0.35 / rank, change(node.text, text));
  }
}

/** A direct look becomes the function that does the whole way. */
function* found({ node, scope, python }: Site): Generator<Proposal> {
  const sides = binary(node);
  const self = python ? 'self' : 'this';
  const reach = (part: SyntaxNode): string[] => {
    if (!isSubscript(part) && !isIdentifier(part)) return [];
    const key = isSubscript(part) ? (field(part, 'subscript') ?? field(part, 'index'))!.text : part.text;
    return [...scope.functions]
      .filter(
        ([name, given]) =>
          given.length === 1 &&
          name !== functionName(scope.owner) &&
          /^[a-z]\w*$/i.test(name) &&
          /find|get|root|top|value|key|at|hash|index|norm|parse|resolve|leader/i.test(name),
      )
      .slice(0, 3)
      .map(([name]) =>
        new RegExp(`(self|this)\\.${name}\\(|^ +${name}\\(`, 'm').test(scope.owner.text) ||
        !new RegExp(`(function|def) ${name}\\(|${name} =`).test(scope.owner.parent?.parent?.text ?? '') ||
        scope.methods.has(name)
          ? `${self}.${name}(${key})`
          : `${name}(${key})`,
      );
  };
  if (sides && isSubscript(sides.left) && isSubscript(sides.right)) {
    const [left, right] = [reach(sides.left), reach(sides.right)];
    for (const [index, text] of left.entries())
      yield {
        edits: [
          { start: sides.left.start, end: sides.left.end, text },
          { start: sides.right.start, end: sides.right.end, text: right[index]! },
        ],
        prior: 0.4,
        note: change(node.text, `${text} ${sides.operator.text} ${right[index]}`),
      };
  } else if (isSubscript(node)) for (const text of reach(node)) yield replace(node, text, 0.2, change(node.text, text));
}

/** The same small change wherever a name stands in a line. */
function* everywhere({ node, scope }: Site): Generator<Proposal> {
  const uses = new Map<string, SyntaxNode[]>();
  for (const part of walk(node))
    if (
      isIdentifier(part) &&
      isExpression(part) &&
      scope.names.includes(part.text) &&
      !(isCall(part.parent!) && part.field === 'function')
    )
      uses.set(part.text, [...(uses.get(part.text) ?? []), part]);
  for (const [name, places] of uses) {
    if (places.length < 2 || places.length > 4) continue;
    const all = (text: string, prior: number): Proposal => ({
      edits: places.map((part) => ({ start: part.start, end: part.end, text })),
      prior,
      note: `\`${name}\` becomes \`${text}\` throughout \`${node.text}\``,
    });
    const sliced = places.every(
      (part) =>
        /slice/.test(part.parent!.type) ||
        /\.slice\($/.test(node.text.slice(0, part.start - node.start)) ||
        /^argument/.test(part.parent!.type),
    );
    if (sliced) yield all(`-${name}`, 0.45);
    if (places.every((part) => isSubscript(part.parent!) || binary(part.parent!) || /slice/.test(part.parent!.type))) {
      yield all(`${name} - 1`, 0.1);
      yield all(`${name} + 1`, 0.1);
    }
    for (const other of scope.names.slice(0, 8))
      if (other !== name && !scope.functions.has(other) && !node.text.includes(other)) yield all(other, 0.12);
  }
}
