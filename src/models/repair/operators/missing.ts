import type { Operator, Site } from '../proposal.ts';
import {
  binary,
  call,
  isBlock,
  isLoop,
  isMember,
  isStatement,
  isSubscript,
  memberObject,
  statementsOf,
} from '../syntax.ts';
import { ancestor, field, namedChildren, type SyntaxNode, walk } from '../tree.ts';
import { type Add, constant, type Flow, flows, outermostLoop } from './dataflow.ts';
import { insertAfter, insertBefore, isOnOwnLine } from './lines.ts';
import { members } from './members.ts';

/** A step that was forgotten, told by what it leaves behind: a variable that never changes, a mark never set. */
export const missing: Operator = {
  name: 'missing',
  *propose(site) {
    const { node, file, python } = site;
    if (!isStatement(node) || !node.parent || !isBlock(node.parent) || !isOnOwnLine(file, node)) return;
    const wanted = new Map<string, number>();
    const around = statementsOf(node.parent);
    const last = around.at(-1) === node;
    const add = (text: string, prior: number) => {
      const whole = python || text.endsWith('}') ? text : text.replace(/(?<!;)$/, ';');
      wanted.set(whole, Math.max(prior, wanted.get(whole) ?? 0));
    };
    frozen(site, add);
    carried(site, add, around);
    marks(site, add);
    members(site, add);
    untried(site, add);
    const leaves = /^(return|break|continue|throw|raise)/.test(node.type);
    const behindLoop = isLoop(around[around.indexOf(node) - 1] ?? node) && !isLoop(node);
    const blockWhole = node.text.includes('\n');
    for (const [text, prior] of wanted) {
      if (around.some((other) => other.text === text.replace(/;$/, '') || other.text === text)) continue;
      const note = `\`${text.split('\n')[0]}\` is added`;
      // Once before a statement, and behind the last; what reads the new name's source comes first.
      const target = /^([\w.]+(?:\[[^\]]*\])?) /.exec(text)?.[1] ?? '';
      const source = /= (\w+);?$/.exec(text)?.[1] ?? '';
      const changes =
        source !== '' && new RegExp(`^(?:let |const )?${source} [-+]?=|^${source}(\\+\\+|--)`).test(node.text);
      const reads = target !== '' && node.text.includes(target) && /^(if|while)/.test(node.type);
      if (!/^if /.test(text) || !blockWhole)
        yield insertBefore(
          file,
          node,
          text,
          prior * (changes || reads ? 1.2 : leaves || behindLoop ? 0.9 : 0.35),
          note,
        );
      if (last && !leaves) yield insertAfter(file, node, text, prior, note);
    }
  },
};

/** A variable that is given a first value, read in a loop and never given another. */
function frozen({ node, scope, python }: Site, add: Add): void {
  const loop = ancestor(node, isLoop);
  if (!loop) return;
  const all = flows(scope.owner);
  for (const flow of all.values()) {
    if (flow.writes.length > 0 || flow.grown.length > 0 || !flow.declaration.type.match(/declarator|assignment/))
      continue;
    const outer = outermostLoop(node, scope.owner)!;
    if (flow.declaration.start >= outer.start) continue;
    const late = flow.reads.some((read) => read.start > outer.start);
    if (!late) continue;
    const changeable =
      /^let\b/.test(flow.declaration.parent?.text ?? '') ||
      (python && (constant.test(flow.initial) || /^\w+(\[0\])?$/.test(flow.initial)));
    if (!changeable || /\b(len|range)\b|^[A-Z_]+$/.test(flow.initial + flow.name)) continue;
    steps(flow, { scope, python } as Site, add, 0.5);
  }
  // A variable that loses its value in each round but not here: other branches of the same loop set it.
  for (const flow of all.values()) {
    if (flow.writes.length === 0 || flow.writes.length > 2) continue;
    if (
      !flow.writes.every(
        (write) => write.start > loop.start && write.end < loop.end && /^augmented|update/.test(write.type),
      )
    )
      continue;
    if (constant.test(flow.initial)) add(`${flow.name} = ${flow.initial}`, 0.12);
  }
  // What is only gathered in a loop and never read must become something.
  for (const flow of all.values()) {
    if (flow.reads.length > 0 || flow.declaration.start < loop.start) continue;
    if (flow.grown.length === 0 && flow.writes.length > 0) continue;
    for (const other of all.values())
      if (other.declaration.start < loop.start && other.reads.length > 0 && other.grown.length === 0)
        add(
          `${other.name} = ${flow.name}`,
          new RegExp(`\\b${other.name}\\b`).test(field(loop, 'condition')?.text ?? '') ? 0.9 : 0.4,
        );
  }
}

/** The steps a variable may take, by what it starts with. */
function steps(flow: Flow, { scope, python }: Site, add: Add, prior: number): void {
  const all = flows(scope.owner);
  const number = /^-?\d+$/.test(flow.initial);
  const truth = /^(true|false|True|False)$/.test(flow.initial);
  if (truth) {
    add(
      `${flow.name} = ${({ true: 'false', false: 'true', True: 'False', False: 'True' } as Record<string, string>)[flow.initial]}`,
      prior,
    );
    return;
  }
  if (number) {
    add(python ? `${flow.name} += 1` : `${flow.name} += 1`, prior * 0.8);
    if (!python) add(`${flow.name}++`, prior * 0.8);
    add(`${flow.name} -= 1`, prior * 0.4);
  }
  for (const attribute of scope.attributes.slice(0, 5))
    if (!scope.methods.has(attribute) && scope.roles.get(flow.name)?.has('object'))
      add(`${flow.name} = ${flow.name}.${attribute}`, prior * 0.6);
  for (const other of all.values()) {
    if (other.name === flow.name) continue;
    const inside = outermostLoop(other.declaration, scope.owner) !== null || /^for/.test(other.declaration.type);
    const stepping = other.writes.some((write) => outermostLoop(write, scope.owner) !== null);
    if (!inside && !stepping) continue;
    const empty = /^(None|null)$/.test(flow.initial);
    const unread = other.reads.length === 0 ? 1.6 : 1;
    add(`${flow.name} = ${other.name}`, prior * unread * (empty || stepping || !number ? 1.1 : 0.6));
    if (number) add(`${flow.name} += ${other.name}`, prior * 0.4 * unread);
  }
}

/** What a loop carries from round to round and nobody takes at its end. */
function carried({ node, scope, python }: Site, add: Add, around: SyntaxNode[]): void {
  const previous = around.slice(0, Math.max(0, around.indexOf(node))).findLast(isLoop);
  if (!previous) {
    ordered(node, scope, add);
    return;
  }
  const all = flows(scope.owner);
  const flushes = new Set<string>();
  const inside: SyntaxNode[] = [...walk(previous)].filter(
    (part) => part.type === 'expression_statement' && part.text.length < 70 && !part.text.includes('\n'),
  );
  for (const flow of all.values()) {
    const carries =
      flow.declaration.end <= previous.start &&
      flow.writes.some((write) => write.start > previous.start && write.end <= previous.end);
    const taken = flow.reads.some((read) => read.start > previous.end);
    if (!carries || taken) continue;
    for (const statement of inside) {
      const kept = namedChildren(statement)[0] ?? statement;
      const made = call(kept);
      if (/assignment/.test(kept.type)) {
        const [left, right] = [field(kept, 'left'), field(kept, 'right')];
        if (!left || !right || left.text === flow.name || !/^\w+$/.test(left.text)) continue;
        if (/^augmented/.test(kept.type) && new RegExp(`\\b${flow.name}\\b`).test(right.text)) {
          add(statement.text, 0.6);
          add(python ? `if ${flow.name}:\n    ${statement.text}` : `if (${flow.name}) ${statement.text}`, 0.5);
        }
        // A text or number built up front to back takes what is left over in front.
        const sides = binary(right);
        if (sides?.operator.text === '+' && (sides.left.text === left.text || sides.right.text === left.text)) {
          const over = python && /str\(/.test(right.text) ? `str(${flow.name})` : flow.name;
          const whole = sides.left.text === left.text ? `${left.text} + ${over}` : `${over} + ${left.text}`;
          for (const test of python ? [flow.name, `${flow.name} > 0`] : [`${flow.name} > 0`, flow.name])
            add(python ? `if ${test}:\n    ${left.text} = ${whole}` : `if (${test}) ${left.text} = ${whole};`, 0.5);
        }
        continue;
      }
      if (!made || !isMember(made.callee)) continue;
      if (new RegExp(`\\b${flow.name}\\b`).test(made.list.text)) {
        flushes.add(statement.text);
        add(statement.text, 0.7);
        add(python ? `if ${flow.name}:\n    ${statement.text}` : `if (${flow.name}) ${statement.text}`, 0.6);
        if (!python) add(`if (${flow.name}.length > 0) ${statement.text}`, 0.5);
        add(python ? `if ${flow.name}:\n    ${statement.text}` : `if (${flow.name} > 0) ${statement.text}`, 0.4);
      } else if (made.values.length === 1 && !flushes.has(statement.text)) {
        const text = `${made.callee.text}(${flow.name})`;
        add(python ? `if ${flow.name}:\n    ${text}` : `if (${flow.name}) ${text};`, 0.45);
        add(text, 0.3);
        if (!python) add(`if (${flow.name} > 0) ${text};`, 0.4);
      }
    }
  }
  ordered(node, scope, add);
}

/** A list that was gathered is put in order before it is given back. */
function ordered(node: SyntaxNode, scope: Site['scope'], add: Add): void {
  if (node.type === 'return_statement' && /^return \w+;?$/.test(node.text)) {
    const name = /\w+;?$/.exec(node.text)![0].replace(';', '');
    if (flows(scope.owner).get(name)?.grown.length)
      for (const method of ['reverse', 'sort']) add(`${name}.${method}()`, method === 'reverse' ? 0.22 : 0.15);
  }
}

/** A text, a key or a member that is asked for and never put there. */
function marks(site: Site, add: Add): void {
  const { node, scope, file, python } = site;
  for (const part of walk(scope.owner)) {
    const sides = binary(part);
    if (!sides) continue;
    const literal = sides.right;
    if (literal.type === 'string' && /^(==|===|!=|!==)$/.test(sides.operator.text) && literal.text.length > 3) {
      const others = file.source.split(literal.text).length - 1;
      const compared = [
        ...file.source.matchAll(
          new RegExp(
            `[=!]== *${literal.text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}|[=!]= *${literal.text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`,
            'g',
          ),
        ),
      ].length;
      if (others > compared) continue;
      const made = call(sides.left);
      const place =
        made && isMember(made.callee)
          ? `${memberObject(made.callee)!.text}[${made.values[0]?.text ?? ''}]`
          : sides.left.text;
      if (made && !python) add(`${memberObject(made.callee)?.text}.set(${made.values[0]?.text}, ${literal.text})`, 0.7);
      else if (isSubscript(sides.left) || isMember(sides.left) || made) add(`${place} = ${literal.text}`, 0.7);
    }
    // `x in seen`, and nothing is ever put in.
    if (/^(in|not in)$/.test(sides.operator.text) && /^[\w.]+$/.test(sides.right.text)) {
      const flow = flows(scope.owner).get(sides.right.text);
      const never = !new RegExp(
        `${sides.right.text.replace('.', '\\.')}(\\.(add|append|update|extend)\\(|\\[.*\\] *=)`,
      ).test(file.source);
      if (never && flow?.initial === 'set()') add(`${sides.right.text}.add(${sides.left.text})`, 0.9);
      if (never && flow?.initial === '[]') add(`${sides.right.text}.append(${sides.left.text})`, 0.7);
    }
  }
  for (const part of walk(scope.owner)) {
    const made = call(part);
    if (!made || python || !/\.has$/.test(made.callee.text)) continue;
    const object = made.callee.text.slice(0, -4);
    if (!new RegExp(`${object.replace(/[.$]/g, '\\$&')}\\.(add|set)\\(`).test(file.source))
      add(`${object}.add(${made.values[0]?.text ?? ''})`, 0.8);
  }
  // An element is asked for its value where nobody changes it.
  if (node.type === 'if_statement') {
    const tested = field(node, 'condition');
    const inner = tested?.type === 'parenthesized_expression' ? namedChildren(tested)[0] : tested;
    const sides = inner ? binary(inner) : null;
    if (
      sides &&
      (isSubscript(sides.left) || isMember(sides.left)) &&
      /^[<>=!]+$/.test(sides.operator.text) &&
      /^\d+$/.test(sides.right.text)
    ) {
      const place = sides.left.text;
      const stepped = new RegExp(`${place.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')} *([-+]?=(?!=)|\\+\\+|--)`);
      const changed = stepped.test((outermostLoop(node, scope.owner) ?? scope.owner).text);
      if (!changed) for (const step of ['-= 1', '+= 1']) add(`${place} ${step}`, 0.6);
    }
  }
}

/** A table of zeros that is only ever added to from itself. */
function untried({ node, scope, python }: Site, add: Add): void {
  for (const flow of flows(scope.owner).values()) {
    if (!/^\[0\] \*|^\[False\] \*|\.fill\((0|false)\)/.test(flow.initial)) continue;
    const target = `${flow.name}[0]`;
    if (new RegExp(`${flow.name}\\[0\\] *=`).test(scope.owner.text)) continue;
    if (node.start < flow.declaration.start || ancestor(node, isLoop)) continue;
    const truth = /False|false/.test(flow.initial);
    add(`${target} = ${truth ? (python ? 'True' : 'true') : '1'}`, 0.5);
  }
}
