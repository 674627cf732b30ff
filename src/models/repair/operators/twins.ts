import { binary, isExpression, isStatement } from '../syntax.ts';
import { type SyntaxNode, walk } from '../tree.ts';

/** Names that stand for each other in like pieces of a function: `left` for `right`, `i` for `j`. */
export type Pairing = ReadonlyMap<string, string>;

const token = /[A-Za-z_$][\w$]*|\d+|\S/g;
const isName = (text: string) => /^[A-Za-z_$]/.test(text);
const keywords = new Set(
  'if else elif for while in not and or return is None True False null true false const let var of new this self def function typeof undefined continue break'.split(
    ' ',
  ),
);

const split = (text: string): string[] => text.match(token) ?? [];

/** The pairing that makes one text the other, names for names; null when they differ in more, or in nothing. */
function align(one: readonly string[], two: readonly string[]): Map<string, string> | null {
  if (one.length !== two.length) return null;
  const pairs = new Map<string, string>();
  for (const [index, name] of one.entries()) {
    const other = two[index]!;
    if (!isName(name) || keywords.has(name)) {
      if (name !== other) return null;
      continue;
    }
    if (!isName(other) || keywords.has(other)) return null;
    if (pairs.has(name) && pairs.get(name) !== other) return null;
    pairs.set(name, other);
  }
  for (const [name, other] of pairs) if (name === other) pairs.delete(name);
  return pairs.size > 0 ? pairs : null;
}

/** The text with every name of the pairing exchanged. */
export function exchange(text: string, pairs: Pairing): string {
  return text.replace(/(?<![\w$'"])[A-Za-z_$][\w$]*/g, (name) => pairs.get(name) ?? name);
}

const pairingsOf = new WeakMap<SyntaxNode, Pairing[]>();

/** The pairings that like pieces of a function suggest, those seen oftenest first; at most twelve. */
export function pairings(owner: SyntaxNode): Pairing[] {
  const known = pairingsOf.get(owner);
  if (known) return known;
  const shapes = new Map<string, Map<string, string[]>>();
  for (const node of walk(owner)) {
    if (node.text.length > 80 || node.text.length < 3 || node.text.includes('\n')) continue;
    if (!isStatement(node) && !(isExpression(node) && (binary(node) || /call|assignment/.test(node.type)))) continue;
    const parts = split(node.text);
    if (parts.length < 3) continue;
    const shape = parts.map((part) => (isName(part) && !keywords.has(part) ? '_' : part)).join(' ');
    const group = shapes.get(shape) ?? new Map<string, string[]>();
    if (group.size < 6) group.set(node.text, parts);
    shapes.set(shape, group);
  }
  const counts = new Map<string, { pairs: Map<string, string>; count: number }>();
  const add = (pairs: Map<string, string> | null) => {
    if (!pairs || pairs.size > 3) return;
    const key = [...pairs].sort().join();
    const entry = counts.get(key) ?? { pairs, count: 0 };
    entry.count += 1;
    counts.set(key, entry);
  };
  for (const group of shapes.values()) {
    const members = [...group.values()];
    for (const [index, one] of members.entries())
      for (const two of members.slice(index + 1)) {
        add(align(one, two));
        add(align(two, one));
      }
  }
  const found = [...counts.values()].sort((one, two) => two.count - one.count).map(({ pairs }) => pairs);
  // Two pairings that do not touch each other are one in statements that use the names of both.
  const joined: Map<string, string>[] = [];
  for (const [index, one] of found.slice(0, 6).entries())
    for (const two of found.slice(index + 1, 6))
      if (
        [...two.keys()].every((name) => !one.has(name)) &&
        new Set([...one.values(), ...two.values()]).size === one.size + two.size
      )
        joined.push(new Map([...one, ...two]));
  const result = [...found.slice(0, 12), ...joined.slice(0, 6)];
  pairingsOf.set(owner, result);
  return result;
}

/** Names that go in pairs whatever the program. */
export const partners: [string, string][] = [
  ['left', 'right'],
  ['first', 'second'],
  ['low', 'high'],
  ['lo', 'hi'],
  ['start', 'end'],
  ['min', 'max'],
  ['row', 'col'],
  ['rows', 'cols'],
  ['top', 'bottom'],
  ['width', 'height'],
  ['x', 'y'],
  ['i', 'j'],
  ['a', 'b'],
  ['one', 'two'],
  ['s', 't'],
  ['u', 'v'],
  ['p', 'q'],
  ['l', 'r'],
  ['key', 'value'],
  ['prev', 'next'],
  ['head', 'tail'],
  ['lower', 'upper'],
  ['xs', 'ys'],
  ['before', 'after'],
];

/** Pairings of names that go in pairs by their meaning, both directions, where a text has one of them. */
export function meanings(text: string): Pairing[] {
  const found: Pairing[] = [];
  const names = new Set(split(text));
  for (const [one, two] of partners)
    for (const [from, to] of [
      [one, two],
      [two, one],
    ] as const)
      if (names.has(from)) found.push(new Map([[from, to]]));
  return found;
}

/** Likely missing companions of the parts of a chain: other signs, next numbers, paired names, other combinations. */
export function companions(parts: readonly string[], owner: SyntaxNode, names: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  const present = new Set(parts.map((part) => split(part).join(' ')));
  const add = (text: string, prior: number) => {
    if (!present.has(split(text).join(' '))) found.set(text, Math.max(prior, found.get(text) ?? 0));
  };
  const several = parts.length > 1 && alike(parts);
  const last = parts.at(-1)!;
  for (const part of several ? parts : [last]) {
    const base = several ? 0.5 : 0.22;
    for (const match of part.matchAll(/ ([-+]) /g))
      add(`${part.slice(0, match.index)} ${match[1] === '+' ? '-' : '+'} ${part.slice(match.index + 3)}`, base);
    for (const match of part.matchAll(/(?<![\w.])\d+/g))
      for (const step of [1, -1]) {
        const number = Number(match[0]) + step;
        if (number > 0)
          add(
            part.slice(0, match.index) + number + part.slice(match.index + match[0].length),
            step > 0 ? base * 0.6 : base * 0.3,
          );
      }
    for (const pairs of [...pairings(owner), ...meanings(part)]) {
      const text = exchange(part, pairs);
      if (
        [...pairs.keys()].some((name) => part.includes(name)) &&
        [...pairs.values()].every((name) => names.includes(name) || !names.includes([...pairs.keys()][0]!))
      )
        add(text, base * 0.9);
    }
  }
  if (several) for (const text of crossed(parts)) add(text, 0.6);
  return found;
}

/** Whether parts begin with the same word and are of one kind. */
function alike(parts: readonly string[]): boolean {
  const head = (text: string) => /^\w+(?=[[(.])/.exec(text)?.[0] ?? '';
  return head(parts[0]!) !== '' && parts.every((part) => head(part) === head(parts[0]!));
}

/** The other combinations of what stands in the brackets of like parts. */
function crossed(parts: readonly string[]): string[] {
  const pieces = parts.map((part) => part.split(/(\]\[|, |\[|\]|\(|\))/));
  const size = pieces[0]!.length;
  if (size > 12 || pieces.some((piece) => piece.length !== size)) return [];
  let made: string[][] = [[]];
  for (let place = 0; place < size; place++) {
    const values = [...new Set(pieces.map((piece) => piece[place]!))];
    if (values.length > 3 || made.length * values.length > 24) return [];
    made = made.flatMap((begun) => values.map((value) => [...begun, value]));
  }
  return made.map((piece) => piece.join(''));
}

/** A text without its white space. */
export const squeeze = (text: string) => text.replace(/\s+/g, '');

const ownerTexts = new WeakMap<SyntaxNode, string>();

/** Whether a function has a text somewhere, white space aside. */
export function has(owner: SyntaxNode, text: string): boolean {
  let whole = ownerTexts.get(owner);
  if (whole === undefined) {
    whole = squeeze(owner.text);
    ownerTexts.set(owner, whole);
  }
  return whole.includes(squeeze(text));
}
