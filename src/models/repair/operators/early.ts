import type { Operator, Proposal, Site } from '../proposal.ts';
import { bodyOf, functionName, isFunction, isLoop, isStatement, parameters, statementsOf } from '../syntax.ts';
import { ancestor, field, namedChildren, type ParsedFile, type SyntaxNode, walk } from '../tree.ts';
import { flows } from './dataflow.ts';
import { insertAfter, insertBefore, isOnOwnLine } from './lines.ts';

/** Leaving early: guards behind the first declarations, guards that a like function has, tests of sizes and ends. */
export const early: Operator = {
  name: 'early',
  *propose(site) {
    const { node } = site;
    if (isFunction(node)) yield* atStart(site);
    if (isStatement(node) && isOnOwnLine(site.file, node)) yield* afterStep(site);
  },
};

const leave = (python: boolean, test: string, how: string) =>
  python ? `if ${test}:\n    ${how}` : `if (${test}) ${how};`;
const back = (value: string) => (value ? `return ${value}` : 'return');

const functionCalls = (text: string, name: string) => name !== '' && text.split(`${name}(`).length > 2;

/** Whether a function answers yes or no. */
const truthful = (site: Site) =>
  /^_?(is|has|can|contains|check|valid|same|equal|are|in|joined|should|exists|match|include)/i.test(
    functionName(site.scope.owner),
  ) || site.scope.returns.some((value) => /^(true|false|True|False)$/.test(value));

function answers(site: Site): string[] {
  const { python, scope } = site;
  const truths = python ? ['False', 'True'] : ['false', 'true'];
  const own = scope.returns.filter((value) => value.length < 24 && !/[=(]/.test(value));
  return [
    ...new Set([
      ...(truthful(site) ? truths : []),
      ...own,
      ...(python ? ['None', '[]', '0', '-1'] : ['null', '[]', '0', '-1', 'undefined']),
    ]),
  ];
}

function* atStart(site: Site): Generator<Proposal> {
  const { node, python, scope, file } = site;
  const body = bodyOf(node);
  if (!body) return;
  let statements = statementsOf(body);
  if (statements[0]?.text.match(/^("""|'''|"|')/)) statements = statements.slice(1);
  const first = statements[0];
  if (!first || !isOnOwnLine(file, first)) return;
  const names = parameters(node).filter((name) => /^\w+$/.test(name));
  let index = 0;
  while (
    index < statements.length - 1 &&
    /^(lexical_declaration|expression_statement)$/.test(statements[index]!.type) &&
    /^(const|let|var)|^[\w., ]+ = /.test(statements[index]!.text)
  )
    index += 1;
  const behind = index > 0 ? statements[index]! : null;
  const declared = [...flows(scope.owner).values()].filter(
    (flow) => behind && flow.declaration.start < behind.start && flow.declaration.start > node.start,
  );
  const results = new Set(scope.returns.filter((value) => declared.some((flow) => flow.name === value)));
  const equal = python ? '==' : '===';
  const tests: [string, number][] = [];
  for (const name of names) {
    const roles = scope.roles.get(name);
    tests.push([python ? `not ${name}` : `!${name}`, 1]);
    if (!roles?.has('number')) tests.push([python ? `len(${name}) == 0` : `${name}.length === 0`, python ? 0.3 : 0.7]);
  }
  if (behind && isOnOwnLine(file, behind))
    for (const [test, rate] of tests)
      for (const value of results)
        yield insertBefore(
          file,
          behind,
          leave(python, test, back(value)),
          0.5 * rate,
          `when \`${test}\`, return \`${value}\` at once`,
        );
  const place = behind ?? first;
  if (!isOnOwnLine(file, place)) return;
  // Two of a kind: equal ones, ones of unlike size.
  const [one, two] = names;
  if (one && two) {
    const values = answers(site);
    for (const [rank, value] of values.slice(0, 5).entries()) {
      const prior = (truthful(site) ? 0.3 : 0.16) / (1 + rank * 0.3);
      yield insertBefore(
        file,
        place,
        leave(python, `${one} ${equal} ${two}`, back(value)),
        prior,
        `when both are the same, return \`${value}\``,
      );
      if (python && truthful(site))
        yield insertBefore(
          file,
          place,
          leave(true, `len(${one}) != len(${two})`, back(value)),
          prior,
          'the sizes differ',
        );
      if (!python && truthful(site))
        yield insertBefore(
          file,
          place,
          leave(false, `${one}.length !== ${two}.length`, back(value)),
          prior,
          'the sizes differ',
        );
    }
    const sized = scope.expressions.find(
      (other) => /^(Object\.keys|set|sorted|list)\(/.test(other.text) && other.text.includes(`(${one})`),
    );
    if (sized && truthful(site) && !scope.owner.text.includes(`${sized.text}.length`)) {
      const twin = sized.text.replace(`(${one})`, `(${two})`);
      const unlike = python ? `len(${one}) != len(${two})` : `${sized.text}.length !== ${twin}.length`;
      yield insertBefore(file, place, leave(python, unlike, back(python ? 'False' : 'false')), 0.5, 'the sizes differ');
      if (place !== statements.at(-1)) {
        const later = statements.find(
          (other) => other.start >= place.start && other.text.includes(sized.text) && isOnOwnLine(file, other),
        );
        if (later && later !== place)
          yield insertBefore(
            file,
            later,
            leave(python, unlike, back(python ? 'False' : 'false')),
            0.5,
            'the sizes differ',
          );
      }
    }
    for (const flow of declared.filter(
      ({ initial, name }) => new RegExp(`\\b${one}\\b`).test(initial) && !names.includes(name),
    )) {
      const twin = flow.initial.replace(new RegExp(`\\b${one}\\b`, 'g'), () => two);
      const unlike = python ? `len(${flow.name}) != len(${twin})` : `${flow.name}.length !== ${twin}.length`;
      if (truthful(site) || names.length === 2)
        for (const value of python ? ['False', 'None'] : ['false', 'null'])
          yield insertBefore(
            file,
            place,
            leave(python, unlike, back(value)),
            /^[fF]/.test(value) && truthful(site) ? 0.5 : 0.1,
            'the sizes differ',
          );
    }
  }
  // The end of what is gone through by number.
  for (const number of names.filter(
    (name) => scope.roles.get(name)?.has('number') || /^(i|j|k|at|pos|index|n)$/.test(name),
  ))
    for (const container of names.filter((name) => name !== number && !/^[ijkn]$/.test(name)).slice(0, 2)) {
      const size = python ? `len(${container})` : `${container}.length`;
      if (
        scope.owner.text.includes(`${number} ${equal} ${size}`) ||
        !functionCalls(scope.owner.text, functionName(node))
      )
        continue;
      for (const [rank, value] of answers(site).slice(0, 4).entries())
        for (const operator of [equal, '>='])
          yield insertBefore(
            file,
            first,
            leave(python, `${number} ${operator} ${size}`, back(value)),
            0.25 / (1 + rank * 0.4),
            `\`${container}\` ends there`,
          );
      for (const [rank, value] of answers(site).slice(0, 2).entries())
        yield insertBefore(
          file,
          first,
          leave(python, `${number} < 0`, back(value)),
          0.3 / (1 + rank * 0.4),
          `\`${number}\` went too far`,
        );
    }
  // A guard that a like function has.
  const copies = guardsOf(file).filter((guard) => guard.start < scope.owner.start || guard.end > scope.owner.end);
  let count = 0;
  for (const guard of copies) {
    const words = new Set(guard.text.replace(/'[^']*'|"[^"]*"/g, '').match(/(?<![.\w$])[A-Za-z_$][\w$]*/g) ?? []);
    const usable = [...words].every((word) => scope.names.includes(word) || !declaresIn(file, word));
    if (!usable || scope.owner.text.includes(field(guard, 'condition')?.text ?? guard.text) || ++count > 4) continue;
    const shared = names.some((name) => words.has(name));
    const depth = guard.start - file.source.lastIndexOf('\n', guard.start - 1) - 1;
    const text = guard.text
      .split('\n')
      .map((line, row) => (row === 0 ? line : line.slice(depth)))
      .join('\n');
    yield insertBefore(file, first, text, shared ? 0.7 : 0.3, `\`${text.split('\n')[0]}\` as elsewhere`);
    if (behind) yield insertBefore(file, behind, text, shared ? 0.4 : 0.15, `\`${text.split('\n')[0]}\` as elsewhere`);
  }
  // Nothing is left in what belongs to the object.
  const own = new Set(
    (node.text.match(/\b(?:this|self)\.\w+/g) ?? []).filter((text) =>
      new RegExp(`${text.replace('.', '\\.')}(\\.(pop|shift|length|popleft)|\\[|\\.at\\()`).test(node.text),
    ),
  );
  for (const text of [...own].slice(0, 3))
    for (const [rank, value] of (python ? ['None', 'False', ''] : ['undefined', 'null', 'false', '']).entries()) {
      const test = python ? `not ${text}` : `${text}.length === 0`;
      yield insertBefore(
        file,
        first,
        leave(python, test, back(value)),
        0.4 / (1 + rank * 0.4),
        `when \`${test}\`, nothing is done`,
      );
    }
}

const guardLists = new WeakMap<ParsedFile, SyntaxNode[]>();

/** The short conditions of a file that only leave or complain. */
function guardsOf(file: ParsedFile): SyntaxNode[] {
  const known = guardLists.get(file);
  if (known) return known;
  const found = [...walk(file.root)].filter(
    (node) =>
      node.type === 'if_statement' &&
      node.text.length < 120 &&
      node.text.split('\n').length <= 3 &&
      !field(node, 'alternative') &&
      !ancestor(node, isLoop) &&
      /\b(raise|throw|return)\b/.test(node.text) &&
      isOnOwnLine(file, node),
  );
  guardLists.set(file, found);
  return found;
}

const declaredWords = new WeakMap<ParsedFile, Set<string>>();

/** Whether a name belongs to some function of the file, as a parameter or variable. */
function declaresIn(file: ParsedFile, word: string): boolean {
  let known = declaredWords.get(file);
  if (!known) {
    known = new Set();
    for (const node of walk(file.root)) {
      if (isFunction(node)) for (const name of parameters(node)) known.add(name);
      if (
        /^(assignment|variable_declarator|for_statement|for_in_statement)$/.test(node.type) &&
        ancestor(node, isFunction)
      ) {
        const target = field(node, 'left') ?? field(node, 'name');
        if (target && !/[.[]/.test(target.text)) for (const name of target.text.match(/\w+/g) ?? []) known.add(name);
      }
    }
    declaredWords.set(file, known);
  }
  return known.has(word);
}

/** After a name for a part of the first of two: leave when the second has another size, or when both are the same. */
function* sameSize({ node, python, scope, file }: Site, name: string, value: string): Generator<Proposal> {
  const [one, two] = scope.parameters;
  if (one && two && new RegExp(`\\b${one}\\b`).test(value) && !value.includes(two)) {
    const twin = value.replace(new RegExp(`\\b${one}\\b`, 'g'), () => two);
    const unlike = python ? `len(${name}) != len(${twin})` : `${name}.length !== ${twin}.length`;
    if (!scope.owner.text.includes(unlike) && /keys|split|sorted|list\(|set\(|entries|values/i.test(value))
      yield insertAfter(file, node, leave(python, unlike, back(python ? 'False' : 'false')), 0.5, 'the sizes differ');
  }
  const equal = python ? '==' : '===';
  for (const parameter of scope.parameters)
    if (parameter !== name && !value.includes(parameter) && !scope.roles.get(parameter)?.has('container'))
      for (const [rank, answer] of ['', ...scope.returns.filter((text) => /^\w+$/.test(text)), ...scope.parameters]
        .slice(0, 5)
        .entries())
        if (answer !== parameter)
          yield insertAfter(
            file,
            node,
            leave(python, `${name} ${equal} ${parameter}`, back(answer)),
            0.16 / (1 + rank * 0.2),
            `nothing is done when \`${name}\` is \`${parameter}\``,
          );
}

/** After a step into something: leave when there is nothing; with a parameter that nobody used, that is what is given. */
function* afterStep(site: Site): Generator<Proposal> {
  const { node, python, scope, file } = site;
  const loop = ancestor(node, isLoop);
  if (!/^(expression_statement|lexical_declaration)$/.test(node.type) || node.text.includes('\n')) return;
  const inner = namedChildren(node)[0];
  const target = inner ? (field(inner, 'left') ?? field(inner, 'name')) : undefined;
  const value = inner ? (field(inner, 'right') ?? field(inner, 'value')) : undefined;
  if (!target || !value || !/^\w+$/.test(target.text)) return;
  const name = target.text;
  const unused = scope.parameters.filter((parameter) => scope.unused.has(parameter));
  yield* sameSize(site, name, value.text);
  if (!/\[|\.get\(|\.pop\(|\.find\(|\.\w+$/.test(value.text) && unused.length === 0) return;
  const absent = python
    ? [`${name} is None`, `not ${name}`]
    : [`!${name}`, `${name} === undefined`, `${name} === undefined || ${name} === null`];
  for (const [rank, test] of absent.entries()) {
    for (const parameter of unused) {
      yield insertAfter(file, node, leave(python, test, back(parameter)), 0.3, `\`${parameter}\` when \`${test}\``);
      if (loop)
        yield insertBefore(file, node, leave(python, test, back(parameter)), 0.3, `\`${parameter}\` when \`${test}\``);
    }
    if (/\[|\.get\(|\.find\(/.test(value.text))
      for (const [place, answer] of answers(site).slice(0, 4).entries())
        if (answer !== name && !answer.startsWith(`${name}.`))
          yield insertAfter(
            file,
            node,
            leave(python, test, back(answer)),
            (truthful(site) && place > 1 ? 0.1 : 0.28) / (1 + place * 0.4 + rank * 0.4),
            `return \`${answer}\` when \`${test}\``,
          );
  }
}
