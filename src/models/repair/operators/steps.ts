import type { Proposal, Site } from '../proposal.ts';
import { isLoop, isMember, memberName } from '../syntax.ts';
import { ancestor, field, type SyntaxNode, walk } from '../tree.ts';
import { insertAfter, insertBefore } from './lines.ts';

export const ending = (python: boolean) => (python ? '' : ';');

/** Steps that may have been forgotten before or after a statement. */
export function* inserted(site: Site, index: number, around: SyntaxNode[]): Generator<Proposal> {
  const { node, file, scope, python } = site;
  const inLoop = ancestor(node, isLoop) !== null;
  const calls = /\.(append|push|add|extend)\(/.test(node.text);
  const wanted = new Map<string, number>();
  const add = (text: string, prior: number) => wanted.set(text, Math.max(prior, wanted.get(text) ?? 0));
  const end = ending(python);
  for (const other of scope.statements) {
    if (other === node || /return|declaration|if_|for_|while_/.test(other.type)) continue;
    add(other.text, 0.12);
  }
  const target = ancestor(node, (other) => /^(for_statement|for_in_statement)$/.test(other.type));
  const item = target ? field(target, 'left')?.text : undefined;
  const near = [item, ...scope.names].filter(
    (name): name is string => !!name && /^\w+$/.test(name) && !scope.functions.has(name),
  );
  for (const collection of scope.names) {
    const kind = collectionKind(collection, site);
    if (!kind) continue;
    for (const name of new Set(near.slice(0, 9))) {
      if (name === collection) continue;
      const loopItem = name === item ? 1.2 : 1;
      if (kind === 'set') add(`${collection}.add(${name})${end}`, 0.3 * loopItem);
      if (kind === 'list') add(`${collection}.${python ? 'append' : 'push'}(${name})${end}`, 0.2 * loopItem);
    }
  }
  for (const name of scope.names) {
    if (!scope.assigned.has(name)) continue;
    if (scope.roles.get(name)?.has('number') && inLoop) {
      add(python ? `${name} += 1` : `${name}++;`, 0.16);
      add(python ? `${name} -= 1` : `${name}--;`, 0.08);
      add(`${name} = 0${end}`, 0.06);
    }
    for (const other of scope.names) {
      if (other !== name && scope.roles.get(other) && shareRole(name, other, site))
        add(`${name} = ${other}${end}`, 0.12);
    }
    for (const attribute of scope.attributes.slice(0, 4))
      if (!scope.methods.has(attribute)) add(`${name} = ${name}.${attribute}${end}`, 0.1);
  }
  for (const expression of scope.expressions) {
    if (!isMember(expression) || !/^(self|this)\./.test(expression.text) || !memberName(expression)) continue;
    add(python ? `${expression.text} += 1` : `${expression.text}++;`, 0.06);
    add(python ? `${expression.text} -= 1` : `${expression.text}--;`, 0.06);
  }
  if (inLoop) {
    add(`break${end}`, 0.08);
    add(`continue${end}`, 0.06);
  }
  for (const value of scope.returns.slice(0, 4)) add(`return ${value}${end}`, 0.05);
  for (const [name, value] of starts(scope.owner)) {
    if (!inLoop || !scope.names.includes(name)) continue;
    add(`${name} = ${value}${end}`, node.text.includes(name) && calls ? 0.4 : node.text.includes(name) ? 0.2 : 0.1);
  }
  for (const other of scope.statements) {
    const flushed = /\.(append|push|add)\((\w+)\);?$/.exec(other.text)?.[2];
    if (!flushed || inLoop || !ancestor(other, isLoop)) continue;
    add(other.text, 0.3);
    add(python ? `if ${flushed}:\n    ${other.text}` : `if (${flushed}.length > 0) ${other.text}`, 0.28);
    if (!python) add(`if (${flushed}) ${other.text}`, 0.15);
  }
  for (const text of elsewhere(site)) add(text, 0.08);
  for (const [text, prior] of undone(site)) add(text, prior);
  for (const [text, prior] of stuck(site)) add(text, prior);
  const present = new Set(around.map((other) => other.text));
  const ranked = [...wanted].sort((one, two) => two[1] - one[1]).slice(0, 34);
  for (const [text, prior] of ranked) {
    const factor = present.has(text) ? 0.3 : 1;
    if (index === 0 || !/^(return|break|continue)/.test(text))
      yield insertBefore(
        file,
        node,
        text,
        prior * factor * (index === 0 ? 0.9 : 0.7),
        `\`${text}\` is added before \`${node.text.split('\n')[0]}\``,
      );
    if (index === around.length - 1 && !/return|break|continue/.test(node.type))
      yield insertAfter(file, node, text, prior * factor, `\`${text}\` is added after \`${node.text.split('\n')[0]}\``);
  }
}

const kinds = new WeakMap<object, Map<string, 'set' | 'list' | null>>();

/** What a name holds, as far as its uses tell; remembered for each scope. */
function collectionKind(name: string, site: Site): 'set' | 'list' | null {
  const known = kinds.get(site.scope) ?? new Map<string, 'set' | 'list' | null>();
  kinds.set(site.scope, known);
  if (!known.has(name)) known.set(name, kindOf(name, site));
  return known.get(name)!;
}

function kindOf(name: string, { scope }: Site): 'set' | 'list' | null {
  for (const statement of scope.statements) {
    const text = statement.text;
    if (new RegExp(`\\b${name}\\.add\\(`).test(text)) return 'set';
    if (new RegExp(`\\b${name}\\.(append|push)\\(`).test(text)) return 'list';
    if (new RegExp(`\\b${name}\\b.*= *(set\\(|new Set|\\{\\w)`).test(text)) return 'set';
    if (new RegExp(`\\b${name} *= *\\[`).test(text)) return 'list';
  }
  if (scope.parameters.includes(name) && /visited|seen/i.test(name)) return 'set';
  return null;
}

function shareRole(one: string, two: string, { scope }: Site): boolean {
  const roles = scope.roles.get(one);
  if (!roles) return true;
  for (const role of scope.roles.get(two) ?? []) if (roles.has(role)) return true;
  return /prev|last|cur|node|next|best|max|min|old|new/i.test(one + two);
}

/** Variables of a function with the value they start with. */
const startsOf = new WeakMap<SyntaxNode, [string, string][]>();

/** The same, remembered for each function. */
function starts(owner: SyntaxNode): [string, string][] {
  const known = startsOf.get(owner);
  if (known) return known;
  const found: [string, string][] = [];
  startsOf.set(owner, found);
  for (const node of walk(owner)) {
    if (node.type !== 'variable_declarator' && node.type !== 'assignment') continue;
    const name = field(node, 'name') ?? field(node, 'left');
    const value = field(node, 'value') ?? field(node, 'right');
    if (
      name &&
      value &&
      /^\w+$/.test(name.text) &&
      value.text.length <= 10 &&
      /^(\[\]|\{\}|''|""|-?\d+|None|null|set\(\)|true|false|True|False)$/.test(value.text) &&
      !ancestor(node, isLoop)
    )
      found.push([name.text, value.text]);
  }
  return found;
}

/** Short statements of the file's other functions that use only what is in scope here. */
const elsewhereOf = new WeakMap<object, string[]>();

/** The same, remembered for each scope. */
function elsewhere({ file, scope }: Site): string[] {
  const remembered = elsewhereOf.get(scope);
  if (remembered) return remembered;
  const found = new Set<string>();
  const known = new Set([
    ...scope.names,
    'this',
    'self',
    'true',
    'false',
    'None',
    'True',
    'False',
    'null',
    'len',
    'max',
    'min',
    'Math',
  ]);
  for (const node of walk(file.root)) {
    if (node.type !== 'expression_statement' || node.text.length > 60 || node.text.includes('\n') || found.size > 12)
      continue;
    if (node.start >= scope.owner.start && node.end <= scope.owner.end) continue;
    const names = [...walk(node)].filter((part) => part.type === 'identifier' && part.field !== 'attribute');
    if (names.length > 0 && names.every((part) => known.has(part.text)) && /this|self/.test(node.text))
      found.add(node.text);
  }
  elsewhereOf.set(scope, [...found]);
  return [...found];
}

/** Calls that undo or prepare what the function does to its collections: `pop` after `push`, `delete` before `set`. */
function undone({ scope, python }: Site): [string, number][] {
  const found: [string, number][] = [];
  for (const statement of scope.statements) {
    const made = /^(?:await )?([\w.#$]+)\.(append|push|add|set)\((\w+)/.exec(statement.text);
    if (!made) continue;
    const [, object, method, value] = made;
    if (scope.owner.text.includes(`${object}.pop`) || scope.owner.text.includes(`${object}.shift`)) continue;
    if (method === 'append' || method === 'push') found.push([`${object}.pop()${ending(python)}`, 0.36]);
    if (method === 'add') found.push([`${object}.${python ? 'remove' : 'delete'}(${value})${ending(python)}`, 0.24]);
    if (method === 'set') found.push([`${object}.delete(${value})${ending(python)}`, 0.24]);
  }
  return found;
}

/** Steps for a while loop whose condition reads a name that its body never changes. */
function stuck({ node, scope, python }: Site): [string, number][] {
  const loop = ancestor(node, isLoop);
  if (loop?.type !== 'while_statement') return [];
  const tested = field(loop, 'condition')?.text ?? '';
  const body = field(loop, 'body')?.text ?? '';
  const found: [string, number][] = [];
  const end = ending(python);
  for (const name of new Set(tested.match(/[A-Za-z_$][\w$]*/g) ?? [])) {
    if (
      !scope.names.includes(name) ||
      new RegExp(
        `\\b${name}\\b *([-+*/%|&^<>]*=(?!=)|\\+\\+|--)|\\b${name}\\b.*,.*=(?!=)|\\b${name}\\.(pop|shift|popleft)`,
      ).test(body)
    )
      continue;
    for (const attribute of scope.attributes.filter((other) => !scope.methods.has(other)).slice(0, 5))
      found.push([`${name} = ${name}.${attribute}${end}`, /next|parent|link|tail|rest/.test(attribute) ? 0.8 : 0.4]);
    if (/[<>=]/.test(tested)) for (const step of ['+= 1', '-= 1']) found.push([`${name} ${step}${end}`, 0.6]);
    for (const step of python ? ['//= 2', '//= 10', '-= 1'] : ['>>= 1', '-= 1'])
      found.push([`${name} ${step}${end}`, 0.3]);
    for (const other of scope.names)
      if (other !== name && scope.unused.has(other)) found.push([`${name} = ${other}${end}`, 0.5]);
  }
  return found;
}
