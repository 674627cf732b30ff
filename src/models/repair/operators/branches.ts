import type { Operator, Proposal, Site } from '../proposal.ts';
import {
  call,
  isBlock,
  isBoolean,
  isComparison,
  isLoop,
  isMember,
  isStatement,
  memberObject,
  statementsOf,
} from '../syntax.ts';
import { ancestor, field, namedChildren, walk } from '../tree.ts';
import { indentOf, indentUnit, insertBefore, isOnOwnLine, lineEnd, lineStart } from './lines.ts';
import { exchange, meanings, pairings, partners } from './twins.ts';

/** Branches: a case that is missing, lines that belong under a condition, a size brought into range. */
export const branches: Operator = {
  name: 'branches',
  *propose(site) {
    const { node, file } = site;
    if (!isStatement(node) || !node.parent || !isOnOwnLine(file, node)) return;
    if (node.type === 'if_statement') yield* otherwise(site);
    if (isBlock(node.parent)) {
      yield* under(site);
      yield* inRange(site);
    }
  },
};

/** A chain of cases that all put something somewhere, and nothing is done in the remaining one. */
function* otherwise({ node, file, python, scope }: Site): Generator<Proposal> {
  if (
    node.text.includes('\n') === false ||
    /\belse\b(?! ?if)/.test(node.children.at(-1)?.text.slice(0, 6) ?? '') ||
    (node.children.at(-1)?.type === 'else_clause' && python)
  )
    return;
  if (!python && node.field === 'alternative') return;
  const bodies = [...walk(node)].filter(
    (part) =>
      isBlock(part) &&
      /^(if_statement|elif_clause|else_clause)$/.test(part.parent!.type) &&
      ancestor(part, isLoop) === ancestor(node, isLoop),
  );
  const lasts = bodies.map((body) => statementsOf(body).at(-1)).filter((last) => last !== undefined);
  const calls = lasts
    .map((last) => call(namedChildren(last)[0] ?? last))
    .filter((made) => made !== null && isMember(made.callee));
  if (calls.length === 0 || calls.length < lasts.length) return;
  const callee = calls[0]!.callee.text;
  if (!calls.every((made) => made!.callee.text === callee)) return;
  const loop = ancestor(node, (other) => /^(for_statement|for_in_statement)$/.test(other.type));
  const items = loop
    ? (field(loop, 'left')?.text.match(/\w+/g) ?? []).filter((name) => !/const|let|var/.test(name))
    : scope.parameters;
  for (const item of items) {
    if (memberObject(calls[0]!.callee)?.text === item) continue;
    const text = `${callee}(${item})`;
    const indent = indentOf(file, node);
    const made = python
      ? `\n${indent}else:\n${indent}${indentUnit(file)}${text}`
      : ` else {\n${indent}${indentUnit(file)}${text};\n${indent}}`;
    yield {
      edits: [{ start: node.end, end: node.end, text: made }],
      prior: calls.length > 1 ? 0.5 : 0.2,
      note: `\`${text}\` in the remaining case`,
    };
  }
}

/** The conditions lines could be put under: twins of other guards, parts of the loop's own condition. */
function guardsFor({ node, scope }: Site): Map<string, number> {
  const found = new Map<string, number>();
  const loop = ancestor(node, isLoop);
  const tested = loop && field(loop, 'condition');
  const add = (text: string, prior: number) => found.set(text, Math.max(prior, found.get(text) ?? 0));
  if (tested)
    for (const part of walk(tested))
      if (isComparison(part) && part.parent && isBoolean(part.parent)) add(part.text, 0.35);
  const signs = new Set(scope.conditions.flatMap((test) => test.match(/<=?|>=?/g) ?? []));
  for (const [one, two] of partners)
    if (scope.names.includes(one) && scope.names.includes(two))
      for (const sign of signs) if (sign.startsWith('<')) add(`${one} ${sign} ${two}`, 0.35);
  for (const test of scope.conditions.slice(0, 10)) {
    for (const pairs of [...pairings(scope.owner).slice(0, 6), ...meanings(test)]) {
      const text = exchange(test, pairs);
      if (text !== test && text.length < 50) add(text, 0.25);
    }
    if (!/[()]/.test(test)) add(test, 0.08);
  }
  return found;
}

/** One to three lines that should only run under a condition. */
function* under(site: Site): Generator<Proposal> {
  const { node, file, python } = site;
  if (/^(return|break|continue|throw|raise|lexical)/.test(node.type)) return;
  const around = statementsOf(node.parent!);
  const index = around.indexOf(node);
  for (let count = 1; count <= 3; count++) {
    const last = around[index + count - 1];
    if (!last || !isOnOwnLine(file, last) || /^(return|lexical)/.test(last.type)) break;
    const multiple = count > 1 || node.text.includes('\n');
    if (!multiple) continue;
    const start = lineStart(file.source, node.start);
    const end = lineEnd(file.source, last.end);
    const lines = file.source.slice(start, end);
    if (lines.split('\n').length > 9) break;
    const indent = indentOf(file, node);
    const body = lines.replace(/^(?=.*\S)/gm, indentUnit(file));
    for (const [test, prior] of guardsFor(site)) {
      const names = test.match(/[A-Za-z_$]\w*/g) ?? [];
      const touched =
        names.filter((name) => new RegExp(`\\b${name}\\b`).test(lines)).length / Math.max(1, names.length);
      if (touched === 0 || lines.includes(`if ${test}`) || lines.includes(`if (${test})`)) continue;
      const changes = names.some((name) => new RegExp(`\\b${name}\\b *(\\+=|-=|=(?!=)|\\+\\+|--)`).test(lines))
        ? 1
        : 0.5;
      yield {
        edits: [
          {
            start,
            end,
            text: python ? `${indent}if ${test}:\n${body}` : `${indent}if (${test}) {\n${body}${indent}}\n`,
          },
        ],
        prior: prior * touched * changes * (index + count === around.length ? 1 : 0.9),
        note: `\`${node.text.split('\n')[0]}\` only when \`${test}\``,
      };
    }
  }
}

/** A number of steps over something with an end is taken modulo its size; a table asked for is begun. */
function* inRange({ node, scope, python, file }: Site): Generator<Proposal> {
  const around = statementsOf(node.parent!);
  if (!/function|method/.test(node.parent!.parent?.type ?? '') || around.indexOf(node) > 3 || around.indexOf(node) < 0)
    return;
  const numbers = scope.parameters.filter(
    (name) =>
      !scope.roles.get(name)?.has('container') &&
      /step|shift|rot|offset|count|key|^[kn]$|turn|by|amount|index/i.test(name),
  );
  const containers = scope.parameters.filter((name) => !numbers.includes(name));
  for (const number of numbers.slice(0, 2))
    for (const container of containers.slice(0, 2)) {
      if (!node.text.includes(number)) continue;
      const size = python ? `len(${container})` : `${container}.length`;
      yield insertBefore(
        file,
        node,
        python ? `${number} = ${number} % ${size}` : `${number} = ${number} % ${size};`,
        0.25,
        `\`${number}\` within the size of \`${container}\``,
      );
    }
}
