import type { Edit } from './proposal.ts';
import { isBlock, isFunction, parameters } from './syntax.ts';
import { ancestor, field, type ParsedFile, type SyntaxNode, walk } from './tree.ts';

type Range = [from: number, to: number];

interface Sense {
  /** Where each name of the owner can be used. */
  visible: Map<string, Range[]>;
  /** Names that hold several things, and names that hold a number, as far as their uses tell. */
  containers: Set<string>;
  /** What would use a name as what it is not. */
  misuses: Map<string, RegExp>;
  numbers: Set<string>;
  /** Names that must not be given another value. */
  constants: Set<string>;
}

const senses = new WeakMap<SyntaxNode, Sense>();

function senseOf(owner: SyntaxNode, python: boolean): Sense {
  const known = senses.get(owner);
  if (known) return known;
  const sense: Sense = {
    visible: new Map(),
    containers: new Set(),
    numbers: new Set(),
    constants: new Set(),
    misuses: new Map(),
  };
  senses.set(owner, sense);
  const add = (name: string, from: number, to: number) =>
    sense.visible.set(name, [...(sense.visible.get(name) ?? []), [from, to]]);
  for (const node of walk(owner)) {
    if (isFunction(node)) for (const name of parameters(node)) add(name, node.start, node.end);
    if (isFunction(node) && node !== owner) {
      const name = field(node, 'name');
      if (name) add(name.text, owner.start, owner.end);
    }
    const target = field(node, 'left') ?? (node.type === 'variable_declarator' ? field(node, 'name') : undefined);
    if (
      !target ||
      !/assignment|declarator|^for_|for_in_clause/.test(node.type) ||
      /^(subscript|member|attribute)/.test(target.type)
    )
      continue;
    const reach = python ? (ancestor(node, isFunction) ?? owner) : (ancestor(node, isBlock) ?? owner);
    const loop = /^for_(in_)?statement$/.test(node.type);
    const comprehension = node.type === 'for_in_clause' ? node.parent! : null;
    for (const part of walk(target)) {
      if (!/^(identifier|shorthand_property_identifier_pattern)$/.test(part.type)) continue;
      if (part !== target && /^(attribute|member_expression|subscript|subscript_expression)$/.test(part.parent!.type))
        continue;
      if (comprehension) add(part.text, comprehension.start, comprehension.end);
      else if (loop) add(part.text, field(node, 'body')?.start ?? node.start, python ? owner.end : node.end);
      else if (node.type === 'variable_declarator' && node.parent?.parent?.type === 'for_statement')
        add(part.text, node.start, node.parent.parent.end);
      else if (node.type === 'variable_declarator' || !/^augmented/.test(node.type))
        add(part.text, node.end, reach.end);
      if (/^const\b/.test(node.parent?.text ?? '') && node.type === 'variable_declarator')
        sense.constants.add(part.text);
      const value = (field(node, 'value') ?? field(node, 'right'))?.text ?? '';
      if (part === target && !loop && /^(-?\d+$|len\(|Math\.|int\(|sum\()/.test(value)) sense.numbers.add(part.text);
      if (part === target && !loop && /^(\[|\{|set\(|list\(|dict\(|new (Map|Set|Array)|sorted\()/.test(value))
        sense.containers.add(part.text);
    }
  }
  const text = owner.text;
  for (const name of sense.visible.keys()) {
    const word = `(?<![\\w$.])${name.replace(/\$/g, '\\$')}`;
    if (
      new RegExp(
        `${word}(\\.(append|push|pop|shift|has|get|set|add|keys|values|items|map|filter|length|size|sort)\\b|\\[(?!:))|(len|sorted|enumerate|reversed)\\(${word}\\)|\\b(in|of) ${word}\\s*[:)]`,
      ).test(text) &&
      !sense.numbers.has(name)
    )
      sense.containers.add(name);
    else if (
      new RegExp(`${word} *([-*/%]|//) *[\\w(]|${word} *[-+]= *1\\b|${word}(\\+\\+|--)|range\\(${word}\\)`).test(text)
    )
      sense.numbers.add(name);
  }
  for (const name of sense.containers) {
    const safe = name.replace(/\$/g, '\\$');
    sense.misuses.set(
      name,
      new RegExp(
        `(?<![\\w$.])${safe} ([-+*/%]|//) \\d|\\w\\[${safe}\\]|[<>]=? ${safe}(?![\\w$.[(])|(?<![\\w$.])${safe} [<>]=? ?\\d|\\d [-+*/%] ${safe}(?![\\w$.[(])`,
      ),
    );
  }
  for (const name of sense.numbers) {
    const safe = name.replace(/\$/g, '\\$');
    sense.misuses.set(
      name,
      new RegExp(
        `(?<![\\w$.])${safe}(\\[|\\.\\w)|len\\(${safe}\\)|\\bin ${safe}(?![\\w$.[(])|\\.\\.\\.${safe}(?![\\w$.[(])`,
      ),
    );
  }
  return sense;
}

const words = /(?<![\w$.'"])[A-Za-z_$][\w$]*/g;
const same =
  /(?<![\w$.\])+*/%-] ?)([A-Za-z_$][\w$.]*(?:\[[^\]]*\])?) (<=?|>=?|===?|!==?|-|and|or|&&|\|\||%|\/\/?|is|in) \1(?![\w$.[(])(?! [*/%])|(?:max|min)\(([^(),]+), \3\)/;

/**
 * A factor for how sensible a change is before anything is run: 0 for names that are not there yet, for things compared
 * with themselves and for new values of constants; less than 1 where a name is used as what it is not.
 */
export function sensible(file: ParsedFile, owner: SyntaxNode, edits: readonly Edit[]): number {
  const sense = senseOf(owner, file.grammar === 'python');
  let factor = 1;
  for (const { start, end, text } of edits) {
    if (text === '') continue;
    const old = file.source.slice(start, end);
    const bare = /['"`]/.test(text) ? text.replace(/'[^'\n]*'|"[^"\n]*"/g, '""') : text;
    for (const [name] of bare.matchAll(words)) {
      const ranges = sense.visible.get(name);
      if (!ranges || ranges.some(([from, to]) => start >= from && start <= to + 1)) continue;
      if (!new RegExp(`(?<![\\w$])${name.replace(/\$/g, '\\$')}(?![\\w$])`).test(old) && !declares(bare, name))
        return 0;
    }
    const from = file.source.lastIndexOf('\n', start - 1) + 1;
    const close = file.source.indexOf('\n', end);
    const head = file.source.slice(Math.max(from, start - 60), start);
    const tail = file.source.slice(end, Math.min(close < 0 ? file.source.length : close, end + 60));
    const line = head + text + tail;
    if (same.test(line) && !same.test(head + old + tail)) return 0;
    const assigned = /^\s*(\w+) *(?:[-+*/]?=(?!=)|\+\+|--)/.exec(line.trimStart())?.[1];
    if (assigned && sense.constants.has(assigned) && !/^(const|let|var)\b/.test(line.trim())) return 0;
    if (/(\.length|\.size|len\([\w.]+\)) (>= 0|< 0|> -1|<= -1)(?!\d)/.test(line) || /[-+] 0(?![\d.])/.test(text))
      factor = Math.min(factor, 0.1);
    for (const [name] of bare.matchAll(words)) {
      const misuse = sense.misuses.get(name);
      if (misuse?.test(line) && !misuse.test(head + old + tail)) factor = Math.min(factor, 0.15);
    }
  }
  return factor;
}

/** Whether a text brings the name itself: as a parameter, a loop's item or an assignment. */
const declares = (text: string, name: string) =>
  new RegExp(
    `(?<![\\w$])(${name.replace(/\$/g, '\\$')} *(=(?!=)|=>)|(for|const|let|lambda|\\() *\\(?\\[?${name.replace(/\$/g, '\\$')}\\b.*(=>|\\bin\\b|\\bof\\b|:|=))`,
  ).test(text);
