import { change, type Operator, type Proposal, replace, type Site } from '../proposal.ts';
import {
  call,
  enclosingFunction,
  functionName,
  isBlock,
  isCall,
  isLoop,
  isMember,
  isStatement,
  memberObject,
  statementsOf,
} from '../syntax.ts';
import { ancestor, field, namedChildren, type SyntaxNode } from '../tree.ts';
import { cutLines, indentOf, indentUnit, insertAfter, isOnOwnLine, lineEnd, lineStart, reindented } from './lines.ts';
import { ending, inserted } from './steps.ts';

/** Statements missing, too many, or in the wrong place. */
export const statements: Operator = {
  name: 'statements',
  *propose(site) {
    const { node, file, python } = site;
    if (!isStatement(node) || !node.parent || !isOnOwnLine(file, node)) return;
    const block = node.parent;
    if (!isBlock(block)) return;
    const around = statementsOf(block);
    const index = around.indexOf(node);
    const simple = !node.text.includes('\n');
    if (around.length > 1 || !python) {
      if (!/declaration/.test(node.type))
        yield {
          edits: [cutLines(file, node)],
          prior: simple ? 0.14 : 0.05,
          note: `\`${node.text.split('\n')[0]}\` goes`,
        };
    }
    const next = around[index + 1];
    if (next && isOnOwnLine(file, next) && (simple || !next.text.includes('\n'))) yield swapped(site, node, next);
    yield* outOfBlock(site, block, index === around.length - 1, around.length);
    if (
      next &&
      (isLoop(node) || /^(if|try|with)_statement$/.test(node.type)) &&
      !next.text.includes('\n') &&
      !/declaration/.test(next.type)
    )
      yield* intoBlock(site, next);
    if (next && node.type === 'if_statement' && !field(node, 'alternative')) yield* asElse(site, next);
    if (node.type === 'expression_statement') yield* asReturn(site);
    if (enclosingFunction(node)) yield* inserted(site, index, around);
    if (index === around.length - 1 && !/return|raise|throw|break|continue/.test(node.type)) yield* atEnd(site, block);
    if (node.type === 'break_statement')
      yield replace(node, node.text.replace('break', 'continue'), 0.3, '`break` becomes `continue`');
    if (node.type === 'continue_statement') {
      yield replace(node, node.text.replace('continue', 'break'), 0.3, '`continue` becomes `break`');
      yield replace(node, python ? 'return' : 'return;', 0.05, '`continue` becomes `return`');
    }
    if (node.type === 'pass_statement') yield replace(node, 'continue', 0.1, '`pass` becomes `continue`');
  },
};

function swapped({ file }: Site, one: SyntaxNode, two: SyntaxNode): Proposal {
  const indent = indentOf(file, one);
  const start = lineStart(file.source, one.start);
  const between = file.source.slice(lineEnd(file.source, one.end), lineStart(file.source, two.start));
  const newline = file.source[lineEnd(file.source, two.end) - 1] === '\n' ? '\n' : '';
  const semicolon = (node: SyntaxNode) => file.source.slice(node.end, lineEnd(file.source, node.end)).trimEnd();
  return {
    edits: [
      {
        start,
        end: lineEnd(file.source, two.end),
        text: `${reindented(file, two, indent)}${semicolon(two)}\n${between}${reindented(file, one, indent)}${semicolon(one)}${newline}`,
      },
    ],
    prior: 0.16,
    note: `\`${one.text.split('\n')[0]}\` comes after \`${two.text.split('\n')[0]}\``,
  };
}

/** The last statement of a block moves behind it; a statement moves before it. */
function* outOfBlock(
  { node, file, python }: Site,
  block: SyntaxNode,
  last: boolean,
  count: number,
): Generator<Proposal> {
  const holder = ancestor(node, (other) => isStatement(other) && isOnOwnLine(file, other));
  if (!holder || enclosingFunction(holder) !== enclosingFunction(node) || (count < 2 && python)) return;
  const indent = indentOf(file, holder);
  const cut = cutLines(file, node);
  const text = `${reindented(file, node, indent)}\n`;
  const elseFollows =
    ['if_statement', 'try_statement'].includes(holder.type) &&
    field(holder, 'consequence') !== undefined &&
    field(holder, 'alternative') !== undefined;
  if (last && !elseFollows) {
    const at = lineEnd(file.source, holder.end);
    yield {
      edits: [cut, { start: at, end: at, text }],
      prior: /return/.test(node.type) ? 0.4 : 0.2,
      note: `\`${node.text.split('\n')[0]}\` moves out behind the block`,
    };
  }
  if (!/return|break|continue/.test(node.type)) {
    const at = lineStart(file.source, holder.start);
    yield {
      edits: [{ start: at, end: at, text }, cut],
      prior: isLoop(holder) ? 0.12 : 0.08,
      note: `\`${node.text.split('\n')[0]}\` moves out before the block`,
    };
  }
  void block;
}

/** The statement behind a block moves into it. */
function* intoBlock({ node, file }: Site, next: SyntaxNode): Generator<Proposal> {
  const body = field(node, 'body') ?? field(node, 'consequence');
  const inside = body && isBlock(body) ? statementsOf(body) : [];
  const last = inside.at(-1);
  if (!last || !isOnOwnLine(file, last) || !isOnOwnLine(file, next)) return;
  const at = lineEnd(file.source, last.end);
  const prior = /return/.test(next.type) ? 0.05 : 0.16;
  yield {
    edits: [{ start: at, end: at, text: `${indentOf(file, last)}${next.text}\n` }, cutLines(file, next)],
    prior,
    note: `\`${next.text}\` moves into the block before it`,
  };
}

/** The statement behind an if belongs to the other case only. */
function* asElse({ file, python }: Site, next: SyntaxNode): Generator<Proposal> {
  if (!isOnOwnLine(file, next) || next.text.includes('\n') || /declaration/.test(next.type)) return;
  const indent = indentOf(file, next);
  const edit = {
    start: next.start,
    end: next.end,
    text: python ? `else:\n${indent}${indentUnit(file)}${next.text}` : `else ${next.text}`,
  };
  yield { edits: [edit], prior: 0.2, note: `\`${next.text}\` only in the other case` };
}

function* asReturn({ node }: Site): Generator<Proposal> {
  const inner = namedChildren(node)[0];
  if (!inner || !isCall(inner) || /\.(append|push|add|extend|insert|set|delete|sort|unshift)\(/.test(inner.text))
    return;
  yield {
    edits: [{ start: node.start, end: node.start, text: 'return ' }],
    prior: 0.35,
    note: change(node.text, `return ${node.text}`),
  };
}

/** A function that ends without a return, or a loop that does not step on. */
function* atEnd({ node, scope, python, file }: Site, block: SyntaxNode): Generator<Proposal> {
  const owner = block.parent;
  if (
    !owner ||
    !/function|method/.test(owner.type) ||
    functionName(owner) === '__init__' ||
    functionName(owner) === 'constructor'
  )
    return;
  const values = [
    ...new Set([
      ...scope.returns,
      ...scope.names.slice(0, 8),
      ...(python ? ['None', '[]', '0', 'True', 'False', '-1'] : ['null', '[]', '0', 'true', 'false', '-1']),
    ]),
  ];
  for (const [index, value] of values.entries()) {
    yield insertAfter(
      file,
      node,
      `return ${value}${ending(python)}`,
      0.3 / (1 + index * 0.15),
      `the function ends with \`return ${value}\``,
    );
  }
  const made = namedChildren(node)[0];
  if (made && call(made) && isMember(call(made)!.callee)) {
    const object = memberObject(call(made)!.callee)!.text;
    yield insertAfter(
      file,
      node,
      `return ${object}${ending(python)}`,
      0.2,
      `the function ends with \`return ${object}\``,
    );
  }
}
