import { isFunction, isLoop } from '../syntax.ts';
import { ancestor, field, type ParsedFile, type SyntaxNode, walk } from '../tree.ts';

/** How a variable of a function is used: what a step that was forgotten leaves behind. */
export interface Flow {
  name: string;
  /** The value it starts with, when that is known. */
  initial: string;
  declaration: SyntaxNode;
  /** Places that give it a new value, the first one left out. */
  writes: SyntaxNode[];
  /** Places that read it; a call of a method that only adds to it is none. */
  reads: SyntaxNode[];
  /** Calls of its methods that add to it or take from it, as statements. */
  grown: SyntaxNode[];
}

const growing = /^(append|push|add|extend|insert|unshift|appendleft|update|set|concat)$/;
const flowsOf = new WeakMap<SyntaxNode, Map<string, Flow>>();

/** The variables a function declares, by name. */
export function flows(owner: SyntaxNode): Map<string, Flow> {
  const known = flowsOf.get(owner);
  if (known) return known;
  const found = new Map<string, Flow>();
  flowsOf.set(owner, found);
  for (const node of walk(owner)) {
    if (node.type !== 'identifier') continue;
    const parent = node.parent!;
    const member = /^(attribute|member_expression)$/.test(parent.type);
    if (member && (node.field === 'attribute' || node.field === 'property')) continue;
    if (/parameter/.test(parent.type) || node.field === 'parameter' || isFunction(parent)) continue;
    const flow = found.get(node.text);
    const holder = holderOf(node);
    if (holder) {
      if (flow) flow.writes.push(holder);
      else
        found.set(node.text, {
          name: node.text,
          initial: initialOf(holder, node),
          declaration: holder,
          writes: [],
          reads: [],
          grown: [],
        });
      // `x += 1` is no first value.
      continue;
    }
    if (!flow) continue;
    if (member && growing.test(field(parent, 'attribute')?.text ?? field(parent, 'property')?.text ?? '')) {
      const statement = parent.parent?.parent;
      if (statement?.type === 'expression_statement') {
        flow.grown.push(statement);
        continue;
      }
    }
    flow.reads.push(node);
  }
  return found;
}

/** The assignment, declaration or loop that gives an identifier its value; null where it is read. */
function holderOf(node: SyntaxNode): SyntaxNode | null {
  let current = node;
  while (current.parent && /pattern|^tuple$|^array$|^list$/.test(current.parent.type)) current = current.parent;
  const parent = current.parent!;
  if (/assignment/.test(parent.type) && current.field === 'left') return parent;
  if (parent.type === 'variable_declarator' && current.field === 'name') return parent;
  if (/^(for_statement|for_in_statement|for_in_clause)$/.test(parent.type) && current.field === 'left') return parent;
  return parent.type === 'update_expression' ? parent : null;
}

function initialOf(holder: SyntaxNode, name: SyntaxNode): string {
  const value = field(holder, 'value') ?? (/^for/.test(holder.type) ? undefined : field(holder, 'right'));
  if (!value) return '';
  const target = field(holder, 'left') ?? field(holder, 'name');
  if (target === name) return value.text;
  const targets = (target?.children ?? []).filter((child) => child.named);
  const values = value.children.filter((child) => child.named);
  return values.length === targets.length ? (values[targets.indexOf(name)]?.text ?? '') : '';
}

/** The outermost loop around a node inside a function. */
export function outermostLoop(node: SyntaxNode, owner: SyntaxNode): SyntaxNode | null {
  let found: SyntaxNode | null = null;
  for (let loop = ancestor(node, isLoop); loop && loop.start >= owner.start; loop = ancestor(loop, isLoop))
    found = loop;
  return found;
}

/** Attributes of a file: where each is given a value, with what, and whether it is ever read. */
export interface Attribute {
  name: string;
  values: { text: string; sign: string; object: string; node: SyntaxNode }[];
  reads: number;
  /** Methods called on it, such as `push`. */
  methods: Set<string>;
}

const attributesOf = new WeakMap<ParsedFile, Map<string, Attribute>>();

/** Every attribute that a file sets, by name; a property of an object literal counts. */
export function attributes(file: ParsedFile): Map<string, Attribute> {
  const known = attributesOf.get(file);
  if (known) return known;
  const found = new Map<string, Attribute>();
  attributesOf.set(file, found);
  const entry = (name: string) => {
    const own = found.get(name) ?? { name, values: [], reads: 0, methods: new Set<string>() };
    found.set(name, own);
    return own;
  };
  for (const node of walk(file.root)) {
    if (node.type === 'pair') {
      const key = field(node, 'key');
      if (key && /^\w+$/.test(key.text) && file.grammar !== 'python')
        entry(key.text).values.push({ text: field(node, 'value')?.text ?? '', sign: ':', object: '', node });
    }
    if (node.type === 'shorthand_property_identifier')
      entry(node.text).values.push({ text: node.text, sign: ':', object: '', node });
    if (!/^(attribute|member_expression)$/.test(node.type)) continue;
    const name = (field(node, 'attribute') ?? field(node, 'property'))?.text ?? '';
    const object = field(node, 'object')?.text ?? '';
    const parent = node.parent!;
    if (/assignment/.test(parent.type) && node.field === 'left')
      entry(name).values.push({
        text: field(parent, 'right')?.text ?? '',
        sign: parent.children.find((child) => /=$/.test(child.text) && child.text.length < 4)?.text ?? '=',
        object,
        node: parent,
      });
    else if (parent.type === 'update_expression')
      entry(name).values.push({ text: '1', sign: parent.text.includes('++') ? '+=' : '-=', object, node: parent });
    else {
      if (/^(attribute|member_expression)$/.test(parent.type) && node.field === 'object')
        entry(name).methods.add((field(parent, 'attribute') ?? field(parent, 'property'))?.text ?? '');
      entry(name).reads += 1;
    }
  }
  return found;
}

/** Notes a statement that may have been forgotten, with its prior. */
export type Add = (text: string, prior: number) => void;

/** Values a variable starts with that say nothing yet. */
export const constant =
  /^(None|null|undefined|true|false|True|False|-?\d+|''|""|\[\]|\{\}|set\(\)|float\(.*\)|-?Infinity)$/;
