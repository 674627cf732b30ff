import { change, grouped, type Operator, type Proposal, replace, type Site } from '../proposal.ts';
import {
  binary,
  condition,
  isBoolean,
  isExpression,
  isIdentifier,
  isLoop,
  isMember,
  isSubscript,
  memberObject,
} from '../syntax.ts';
import { ancestor, field, namedChildren, type SyntaxNode } from '../tree.ts';
import { attributes, flows } from './dataflow.ts';

/** A condition that forgets the empty, the absent, the mark; told by what the condition itself does. */
export const widening: Operator = {
  name: 'widening',
  *propose(site) {
    const { node, python } = site;
    const tested = condition(node);
    const clauses: SyntaxNode[] = [];
    if (tested) collect(tested, clauses);
    if (isExpression(node) && node.parent?.type === 'return_statement' && (binary(node) || isBoolean(node)))
      clauses.push(node);
    const [and, or] = python ? ['and', 'or'] : ['&&', '||'];
    for (const clause of new Set(clauses)) {
      const inner = isBoolean(clause);
      const operator = inner ? binary(clause)!.operator.text : null;
      for (const [text, joint, prior] of wider(site, clause)) {
        const word = joint === 'and' ? and : or;
        const body = operator && operator !== word ? `(${clause.text})` : clause.text;
        const made = `${text} ${word} ${body}`;
        const outer = clause.parent && isBoolean(clause.parent) ? binary(clause.parent)!.operator.text : word;
        yield replace(
          clause,
          outer === word ? made : `(${made})`,
          prior * (inner ? 0.7 : 1),
          change(clause.text, made),
        );
        if (!/\.pop\(|\[/.test(clause.text)) {
          const later = `${body} ${word} ${text}`;
          yield replace(clause, outer === word ? later : `(${later})`, prior * 0.9, change(clause.text, later));
        }
      }
    }
  },
};

function collect(tested: SyntaxNode, clauses: SyntaxNode[]): void {
  clauses.push(tested);
  if (!isBoolean(tested)) return;
  const sides = binary(tested)!;
  for (const side of [sides.left, sides.right])
    collect(side.type === 'parenthesized_expression' ? namedChildren(side)[0]! : side, clauses);
}

/** Attributes that are only true or false and that nobody asks for. */
export function unreadMarks({ file }: Site): string[] {
  return [...attributes(file).values()]
    .filter(
      ({ reads, values }) =>
        reads === 0 && values.length > 0 && values.every(({ text }) => /^(true|false|True|False)$/.test(text)),
    )
    .map(({ name }) => name);
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Clauses that could stand before a condition, with the word that joins them. */
function* wider(site: Site, clause: SyntaxNode): Generator<[string, 'and' | 'or', number]> {
  const { python, scope } = site;
  const text = clause.text;
  if (text.length > 100) return;
  const all = flows(scope.owner);
  const whole = ancestor(clause, (other) => condition(other) !== null);
  const around = (whole && condition(whole)?.text) ?? text;
  const fresh = (test: string) => !around.includes(test);
  const names = [...new Set(text.match(/(?<![.\w$'"])[A-Za-z_$][\w$]*/g) ?? [])];
  for (const name of names) {
    const flow = all.get(name);
    const compared = /[<>]/.test(text);
    if (flow && /^(None|null|undefined)$/.test(flow.initial)) {
      const test = python ? `${name} is None` : `${name} === ${flow.initial}`;
      if (fresh(name + (python ? ' is ' : ' ===')) && !new RegExp(`${name} [!=]==? null`).test(around)) {
        yield [test, 'or', compared ? 0.8 : 0.3];
        yield [python ? `${name} is not None` : `${name} !== ${flow.initial}`, 'and', 0.25];
        yield [python ? `not ${name}` : `!${name}`, 'or', 0.25];
      }
    }
    // The object of a member, which may be absent.
    if (
      new RegExp(`(?<![\\w.])${escaped(name)}\\.\\w|(?<![\\w.])${escaped(name)}\\[`).test(text) &&
      !/^(this|self|Math|Array|Object|Number|String)$/.test(name) &&
      !new RegExp(`(^|and |&& |or |\\|\\| )(not |!)?${escaped(name)}( |$)`).test(around) &&
      scope.names.includes(name)
    ) {
      yield [name, 'and', 0.22];
      yield [python ? `not ${name}` : `!${name}`, 'or', 0.22];
    }
  }
  for (const attribute of unreadMarks(site))
    for (const name of names)
      if (scope.roles.get(name)?.has('object') || scope.assigned.has(name)) {
        yield [`${name}.${attribute}`, 'and', 0.7];
        yield [python ? `not ${name}.${attribute}` : `!${name}.${attribute}`, 'and', 0.2];
      }
  // The last of a stack, the first of a list: there must be one.
  for (const match of text.matchAll(/([A-Za-z_$][\w$.]*?)(\.pop\(\)|\[-1\]|\[0\]|\.at\(-1\)|\[\1\.length - 1\])/g)) {
    const stack = match[1]!;
    const empty = python ? `not ${stack}` : `${stack}.length === 0`;
    if (new RegExp(`(^|and |or |not )${escaped(stack)}( |$)|${escaped(stack)}\\.length`).test(around)) continue;
    yield [empty, 'or', 0.7];
    yield [python ? stack : `${stack}.length > 0`, 'and', 0.7];
  }
  // In JavaScript, null is an object.
  const kind = /typeof (\w+) ([!=]==?) ['"]object['"]/.exec(text);
  if (kind && !new RegExp(`${kind[1]} [!=]==? null`).test(around))
    yield kind[2]!.startsWith('!') ? [`${kind[1]} === null`, 'or', 0.9] : [`${kind[1]} !== null`, 'and', 0.9];
  const absent = /^(\w+) === undefined$/.exec(text);
  if (absent && !around.includes('null')) yield [`${absent[1]} === null`, 'or', 0.35];
  // What is known is kept only while nothing better comes.
  const lacking = python ? /^([\w.[\]]+) not in (\w+)$/.exec(text) : /^!([\w.]+)\.has\((\w+)\)$/.exec(text);
  if (lacking) {
    const [key, container] = python ? [lacking[1]!, lacking[2]!] : [lacking[2]!, lacking[1]!];
    const stored = python
      ? new RegExp(`${escaped(container)}\\[${escaped(key)}\\] = ([\\w.]+)`).exec(
          scope.owner.text.slice(clause.end - scope.owner.start),
        )
      : new RegExp(`${escaped(container)}\\.set\\(${escaped(key)}, ([\\w.]+)\\)`).exec(
          scope.owner.text.slice(clause.end - scope.owner.start),
        );
    const old = python ? `${container}[${key}]` : `${container}.get(${key})`;
    if (stored && /^[a-z]/i.test(stored[1]!) && fresh(old)) {
      yield [`${stored[1]} < ${old}`, 'or', 0.5];
      yield [`${stored[1]} > ${old}`, 'or', 0.25];
    }
  }
  // A flag of the function that this condition does not ask.
  const flags = [...all.values()].filter(
    (flow) =>
      /^(true|false|True|False)$/.test(flow.initial) && flow.writes.length > 0 && !/^for/.test(flow.declaration.type),
  );
  for (const flag of flags.slice(0, 3)) {
    if (names.includes(flag.name)) continue;
    const quiet = /^[fF]/.test(flag.initial);
    yield [python ? `not ${flag.name}` : `!${flag.name}`, 'and', quiet ? 0.4 : 0.15];
    yield [flag.name, 'and', quiet ? 0.15 : 0.3];
    yield [flag.name, 'or', 0.15];
  }
  // A table asked for its size only: its cell at the place in hand.
  for (const match of scope.owner.text.matchAll(/len\((\w+)\[0\]\)|(\w+)\[0\]\.length/g)) {
    const table = match[1] ?? match[2]!;
    const pair = /\((\w+), (\w+)\)/.exec(text) ?? /`\$\{(\w+)\}.\$\{(\w+)\}`/.exec(text);
    const cell = pair ? `${table}[${pair[1]}][${pair[2]}]` : null;
    if (!cell || scope.owner.text.includes(cell)) continue;
    yield [python ? `not ${cell}` : `!${cell}`, 'or', 0.5];
    yield [cell, 'and', 0.3];
    yield [cell, 'or', 0.3];
  }
}

/** What a loop carried and nobody took goes in front of what is given back. */
function* leftOver({ node, scope, python }: Site): Generator<Proposal> {
  for (const flow of flows(scope.owner).values()) {
    const inLoop = flow.writes.some((write) => ancestor(write, isLoop)) && !ancestor(flow.declaration, isLoop);
    if (
      !inLoop ||
      flow.name === node.text ||
      flow.reads.some((read) => !ancestor(read, isLoop)) ||
      !/^\d+$/.test(flow.initial)
    )
      continue;
    for (const text of python
      ? [
          `${flow.name} + ${node.text}`,
          `${node.text} + ${flow.name}`,
          `str(${flow.name}) + ${node.text} if ${flow.name} else ${node.text}`,
        ]
      : [
          `${flow.name} > 0 ? ${flow.name} + ${node.text} : ${node.text}`,
          `${flow.name} ? ${flow.name} + ${node.text} : ${node.text}`,
          `${node.text} + ${flow.name}`,
        ])
      yield replace(node, text, 0.35, change(node.text, text));
  }
}

/** A value that may be absent gets something to stand in for it; what was worked out and forgotten is used. */
export const standing: Operator = {
  name: 'standing',
  *propose(site) {
    const { node, python, scope } = site;
    if (!isExpression(node) || node.text.length > 60) return;
    const parent = node.parent!;
    if (isMember(parent) && parent.children[0] === node) return;
    const looked =
      isSubscript(node) &&
      !node.text.includes(':') &&
      !/^(integer|number)$/.test((field(node, 'subscript') ?? field(node, 'index'))?.type ?? '');
    const got = !python && /\.get\(\w+\)$/.test(node.text);
    const looped = (/^for/.test(parent.type) && node.field === 'right') || /^spread/.test(parent.type);
    const counted = binary(parent) !== null && /^[-+*]$/.test(binary(parent)!.operator.text);
    if ((looked || got) && (looped || counted || /declarator|assignment|^return/.test(parent.type))) {
      const object = looked ? memberObject(node)!.text : '';
      const key = looked ? (field(node, 'subscript') ?? field(node, 'index'))!.text : '';
      const table = python
        ? !new RegExp(`len\\(${escaped(object)}\\)|range`).test(scope.owner.text)
        : !new RegExp(`${escaped(object)}\\.length`).test(scope.owner.text);
      const likely = (table ? 1 : 0.3) * (looped ? 1.2 : counted ? 0.8 : 0.4);
      const values = looped ? ['[]'] : counted ? ['0'] : ['0', '[]', python ? 'None' : 'null'];
      for (const value of values) {
        const text = python
          ? `${object}.get(${key}, ${value})`
          : counted
            ? `(${node.text} ?? ${value})`
            : `${node.text} ?? ${value}`;
        if (!python || looked) yield replace(node, text, 0.4 * likely, change(node.text, text));
      }
    }
    const settled =
      /return|declarator|assignment|comprehension|generator|^argument|^arrow/.test(parent.type) &&
      node.field !== 'left';
    if (!settled || /function|lambda|string|yield/.test(node.type)) return;
    const returned = parent.type === 'return_statement';
    if (returned && isIdentifier(node)) yield* leftOver(site);
    if (returned)
      for (const name of scope.parameters)
        if (
          !scope.unused.has(name) &&
          name !== node.text &&
          scope.returns.includes(name) &&
          !node.text.includes(name) &&
          !python
        )
          yield replace(
            node,
            `${node.text} === undefined ? ${name} : ${node.text}`,
            0.2,
            change(node.text, `${name} when there is none`),
          );
    for (const name of scope.unused) {
      if (new RegExp(`\\b${escaped(name)}\\b`).test(node.text) || node.start < 0) continue;
      if (returned && scope.parameters.includes(name)) {
        const texts = python
          ? [`${node.text} if ${node.text} is not None else ${name}`, `${node.text} or ${name}`]
          : [`${node.text} === undefined ? ${name} : ${node.text}`, `${node.text} ?? ${name}`];
        for (const text of texts)
          if (isIdentifier(node) || isSubscript(node) || isMember(node))
            yield replace(node, text, 0.25, change(node.text, text));
      }
      for (const [operator, prior] of [
        ['*', 0.14],
        ['+', 0.16],
        ['-', 0.14],
      ] as const) {
        const text = `${operator === '+' || operator === '-' ? node.text : grouped(node)} ${operator} ${name}`;
        yield replace(node, text, prior, change(node.text, text));
      }
      yield replace(node, name, 0.1, change(node.text, name));
    }
    if (
      returned &&
      /Infinity|float\(['"]inf/.test(scope.owner.text) &&
      !/if |\?/.test(node.text) &&
      !/^(true|false|-?\d+|None|null)$/i.test(node.text)
    ) {
      const huge = /float\(['"]inf['"]\)/.exec(scope.owner.text)?.[0] ?? (python ? 'math.inf' : 'Infinity');
      for (const value of python ? ['-1', 'None', '0'] : ['-1', 'null', '0']) {
        const text = python
          ? `${node.text} if ${node.text} != ${huge} else ${value}`
          : `${node.text} === Infinity ? ${value} : ${node.text}`;
        yield replace(node, text, value === '-1' ? 0.6 : 0.3, change(node.text, text));
      }
    }
  },
};
