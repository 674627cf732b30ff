import type { Operator, Proposal, Site } from '../proposal.ts';
import { bodyOf, functionName, isFunction, isLoop, isStatement, parameters, statementsOf } from '../syntax.ts';
import { ancestor, field, type ParsedFile, type SyntaxNode, walk } from '../tree.ts';
import { afterStep } from './aftersteps.ts';
import { flows } from './dataflow.ts';
import { answers, back, leave, truthful } from './leaving.ts';
import { insertBefore, isOnOwnLine } from './lines.ts';

/** Leaving early: guards behind the first declarations, guards that a like function has, tests of sizes and ends. */
export const early: Operator = {
  name: 'early',
  *propose(site) {
    const { node } = site;
    if (isFunction(node)) yield* atStart(site);
    if (isStatement(node) && isOnOwnLine(site.file, node)) yield* afterStep(site);
  },
};

const functionCalls = (text: string, name: string) => name !== '' && text.split(`${name}(`).length > 2;

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
