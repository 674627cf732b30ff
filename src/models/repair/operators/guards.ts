import { change, type Operator, type Proposal, replace, type Site } from '../proposal.ts';
import {
  binary,
  bodyOf,
  enclosingFunction,
  isExpression,
  isFunction,
  isIdentifier,
  isLoop,
  isMember,
  isStatement,
  isSubscript,
  memberObject,
  parameters,
  statementsOf,
} from '../syntax.ts';
import { field, namedChildren } from '../tree.ts';
import { before, insertAfter, insertBefore, isOnOwnLine } from './lines.ts';

/** Missing guard or base case: for what is absent, empty, zero or already seen. */
export const guards: Operator = {
  name: 'guards',
  *propose(site) {
    const { node } = site;
    if (isFunction(node)) yield* atStart(site);
    if (isLoop(node)) yield* inLoop(site);
    if (/^(expression_statement|lexical_declaration)$/.test(node.type) && isOnOwnLine(site.file, node))
      yield* afterwards(site);
    if (isStatement(node) && isOnOwnLine(site.file, node) && !/return|break|continue|pass|throw|raise/.test(node.type))
      yield* around(site);
    if (isExpression(node)) yield* softened(site);
  },
};

const returning = (python: boolean, test: string, value: string) =>
  python ? `if ${test}:\n    return${value ? ` ${value}` : ''}` : `if (${test}) return${value ? ` ${value}` : ''};`;

function* atStart({ node, python, scope, file }: Site): Generator<Proposal> {
  const body = bodyOf(node);
  const statements = body ? statementsOf(body) : [];
  let first = statements[0];
  if (python && first?.type === 'expression_statement' && first.children[0]?.type === 'string') first = statements[1];
  if (!first || !isOnOwnLine(file, first)) return;
  const names = parameters(node).filter((name) => /^\w+$/.test(name));
  const own = new Set(scope.returns.filter((value) => value.length < 20));
  const defaults = [
    ...own,
    ...(python
      ? ['None', '[]', '0', 'False', 'True', "''", '1', '-1', '{}']
      : ['null', '[]', '0', 'false', 'true', "''", '1', '-1', '{}']),
  ];
  const weight = (value: string, index: number) => (own.has(value) ? 0.3 : 0.16) / (1 + index * 0.12);
  const attributed = scope.attributes.length > 0;
  for (const name of names) {
    const absent = python ? `not ${name}` : `!${name}`;
    const roles = scope.roles.get(name);
    const tests: [string, number][] = [[absent, 1]];
    if (attributed || roles?.has('object')) tests.push([python ? `${name} is None` : `${name} == null`, 0.9]);
    if (roles?.has('container') || !roles?.has('number'))
      tests.push(
        [python ? `len(${name}) == 0` : `${name}.length === 0`, python ? 0.2 : 0.9],
        [python ? `len(${name}) <= 1` : `${name}.length <= 1`, 0.5],
      );
    if (roles?.has('number') || roles === undefined)
      tests.push(
        [`${name} ${python ? '==' : '==='} 0`, 0.6],
        [`${name} <= 1`, 0.5],
        [`${name} < 0`, 0.5],
        [`${name} <= 0`, 0.4],
        [`${name} ${python ? '==' : '==='} 1`, 0.3],
        [`${name} < 2`, 0.3],
      );
    for (const [test, rate] of tests) {
      for (const [index, value] of [...new Set([...defaults, ...names])].entries()) {
        yield insertBefore(
          file,
          first,
          returning(python, test, value),
          rate * weight(value, index),
          `when \`${test}\`, return \`${value}\` at once`,
        );
      }
    }
  }
  for (const collection of scope.names.filter(
    (name) =>
      /seen|visited|done|used|found|marked|known|closed|path/i.test(name) && !(names.length === 1 && names[0] === name),
  )) {
    for (const name of names) {
      if (name === collection) continue;
      for (const value of ['', ...defaults.slice(0, 4)]) {
        yield insertBefore(
          file,
          first,
          returning(python, python ? `${name} in ${collection}` : `${collection}.has(${name})`, value),
          0.25,
          `nothing is done for a \`${name}\` that is already in \`${collection}\``,
        );
      }
    }
  }
  if (names.length >= 2) {
    for (const test of [
      `${names[0]} == ${names[1]}`,
      `${names[0]} >= ${names[1]}`,
      `${names[0]} > ${names[1]}`,
      `${names[1]} == 0`,
    ]) {
      for (const value of [...defaults.slice(0, 4), names[0]!])
        yield insertBefore(
          file,
          first,
          returning(python, test.replace('==', python ? '==' : '==='), value),
          0.06,
          `when \`${test}\`, return \`${value}\` at once`,
        );
    }
  }
}

function* inLoop({ node, python, scope, file }: Site): Generator<Proposal> {
  const body = field(node, 'body');
  const first = body ? statementsOf(body)[0] : undefined;
  if (!first || !isOnOwnLine(file, first)) return;
  const target = field(node, 'left');
  const item = target?.text ?? '';
  const collections = scope.names.filter((name) =>
    /seen|visited|done|used|found|marked|set|known|closed|cache|memo/i.test(name),
  );
  const names = [item, ...scope.names].filter((name) => /^\w+$/.test(name)).slice(0, 8);
  const leave = (test: string, how: string) => (python ? `if ${test}:\n    ${how}` : `if (${test}) ${how};`);
  for (const collection of collections) {
    for (const name of names) {
      if (name === collection) continue;
      for (const test of python
        ? [`${name} in ${collection}`]
        : [`${collection}.has(${name})`, `${collection}[${name}]`]) {
        yield insertBefore(file, first, leave(test, 'continue'), name === item ? 0.35 : 0.2, `skip when \`${test}\``);
      }
    }
  }
  for (const name of names.slice(0, 4)) {
    for (const how of ['continue', 'break']) {
      yield insertBefore(
        file,
        first,
        leave(python ? `not ${name}` : `!${name}`, how),
        name === item ? 0.14 : 0.08,
        `${how} when there is no \`${name}\``,
      );
    }
  }
  for (const other of scope.conditions.slice(0, 6)) {
    yield insertBefore(file, first, leave(other, 'continue'), 0.06, `skip when \`${other}\``);
    yield insertBefore(file, first, leave(other, 'break'), 0.06, `stop when \`${other}\``);
  }
}

/** A statement that should only happen under a condition. */
function* around({ node, python, scope, file }: Site): Generator<Proposal> {
  if (!/^(expression_statement|assignment|augmented)/.test(node.type) || node.text.includes('\n')) return;
  const used = [...new Set(node.text.match(/[A-Za-z_$][\w$]*/g) ?? [])].filter((name) => scope.names.includes(name));
  const tests: [string, number][] = [];
  for (const name of used) {
    tests.push([name, 0.12], [python ? `not ${name}` : `!${name}`, 0.06]);
    for (const other of scope.names) {
      if (/seen|visited|done|used|result|out|set|known/i.test(other) && other !== name)
        tests.push([python ? `${name} not in ${other}` : `!${other}.has(${name})`, 0.14]);
    }
  }
  for (const other of scope.conditions.slice(0, 8))
    tests.push([other, 0.1], [python ? `not (${other})` : `!(${other})`, 0.05]);
  for (const [test, prior] of tests.slice(0, 24)) {
    const text = python ? `if ${test}:\n    ${node.text}` : `if (${test}) ${node.text}`;
    yield {
      edits: [{ start: node.start, end: node.end, text: before(file, node, text) }],
      prior,
      note: `\`${node.text}\` only when \`${test}\``,
    };
  }
}

/** An expression with something to fall back on. */
function* softened({ node, python, scope }: Site): Generator<Proposal> {
  const parent = node.parent!;
  const stored = /declarator|assignment|return/.test(parent.type) || /^argument/.test(parent.type);
  const name = isIdentifier(node) ? node.text : '';
  if (python && isSubscript(node) && field(node, 'subscript') && !node.text.includes(':')) {
    const text = (value: string) => `${memberObject(node)!.text}.get(${field(node, 'subscript')!.text}, ${value})`;
    for (const value of ['0', 'None', '[]']) yield replace(node, text(value), 0.08, change(node.text, text(value)));
  }
  if (!python && (isMember(node) || isSubscript(node)) && !node.text.includes('?.')) {
    const object = memberObject(node)!;
    const text = isMember(node)
      ? `${object.text}?.${node.text.slice(object.text.length).replace(/^\s*\./, '')}`
      : `${object.text}?.${node.text.slice(object.text.length)}`;
    if (object.text !== 'this' && object.text !== 'Math') yield replace(node, text, 0.1, change(node.text, text));
  }
  if (stored && (isSubscript(node) || name)) {
    for (const value of python ? ['0', '[]'] : ['0', '[]', "''", '{}']) {
      const text = python ? `${node.text} or ${value}` : `${node.text} ?? ${value}`;
      yield replace(
        node,
        /^argument|return|decl|assign/.test(parent.type) ? text : `(${text})`,
        0.05,
        change(node.text, text),
      );
    }
  }
  const parts = binary(node);
  if (parts && /^(\/|\/\/|%)$/.test(parts.operator.text) && /identifier|attribute|member|call/.test(parts.right.type)) {
    const test = parts.right.text;
    const text = python ? `(${node.text} if ${test} else 0)` : `(${test} ? ${node.text} : 0)`;
    yield replace(node, text, 0.2, change(node.text, text));
  }
  if (parts && parts.operator.text === '-' && enclosingFunction(node) && (stored || namedChildren(parent).length > 0)) {
    const text = python ? `max(0, ${node.text})` : `Math.max(0, ${node.text})`;
    yield replace(node, text, 0.1, change(node.text, text));
  }
  void scope;
}

/** After a variable changes: leave when it went too far, or give it a default. */
function* afterwards({ node, python, scope, file }: Site): Generator<Proposal> {
  const inner = namedChildren(node)[0];
  const target = inner ? (field(inner, 'left') ?? field(inner, 'argument') ?? field(inner, 'name')) : undefined;
  const name = target?.text ?? '';
  if (!target || !/^[\w.]+$/.test(name) || node.text.includes('\n')) return;
  const leave = (test: string, how: string) => (python ? `if ${test}:\n    ${how}` : `if (${test}) ${how};`);
  const counted = /augmented|update/.test(inner!.type);
  const equal = python ? '==' : '===';
  if (counted) {
    for (const test of /[-]/.test(inner!.text) ? [`${name} < 0`, `${name} ${equal} 0`] : [`${name} ${equal} 0`]) {
      for (const value of new Set([...scope.returns, python ? 'False' : 'false', python ? 'True' : 'true', '-1']))
        yield insertAfter(file, node, leave(test, `return ${value}`), 0.12, `return \`${value}\` when \`${test}\``);
      yield insertAfter(file, node, leave(test, 'break'), 0.1, `stop when \`${test}\``);
    }
  }
  const searched = /find\(|indexOf\(|index\(|search\(/.test(inner!.text);
  const fetched = /get\(|pop\(|\[/.test(inner!.text);
  if (searched || fetched) {
    const tests = searched
      ? [`${name} ${equal} -1`, `${name} < 0`]
      : [python ? `${name} is None` : `${name} ${equal} undefined`, python ? `not ${name}` : `!${name}`];
    for (const test of tests) {
      for (const other of scope.names.slice(0, 7))
        if (other !== name && !scope.functions.has(other))
          yield insertAfter(
            file,
            node,
            leave(test, `${name} = ${other}`),
            searched ? 0.25 : 0.06,
            `\`${name}\` is \`${other}\` when \`${test}\``,
          );
      for (const value of [...scope.returns.slice(0, 3), ''])
        yield insertAfter(file, node, leave(test, `return ${value}`.trim()), 0.1, `return when \`${test}\``);
      yield insertAfter(file, node, leave(test, 'continue'), 0.1, `go on when \`${test}\``);
      yield insertAfter(file, node, leave(test, 'break'), 0.08, `stop when \`${test}\``);
    }
  }
}
