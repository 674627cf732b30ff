import {
  call,
  condition,
  functionName,
  isCall,
  isExpression,
  isFunction,
  isIdentifier,
  isMember,
  isStatement,
  memberName,
  parameters,
} from './syntax.ts';
import { ancestor, field, namedChildren, type ParsedFile, type SyntaxNode, walk } from './tree.ts';

/** The names and pieces around a place that a fix may be made of. */
export interface Scope {
  /** The outermost function around the place, or the whole file. */
  owner: SyntaxNode;
  /** Parameters of the functions around, innermost first. */
  parameters: string[];
  /** Parameters and variables that can be used here, in order of appearance. */
  names: string[];
  /** Names that are assigned somewhere in the owner after their declaration. */
  assigned: Set<string>;
  /** Attribute names used in the owner first, then in the file. */
  attributes: string[];
  /** Functions and methods of the file and how many parameters each has. */
  functions: Map<string, string[]>;
  /** Names called in the file, such as `len` or `Math.max`. */
  called: Set<string>;
  /** Methods called in the file, such as `append`. */
  methods: Set<string>;
  /** Conditions tested in the owner. */
  conditions: string[];
  /** Short statements of the owner, outermost text trimmed. */
  statements: SyntaxNode[];
  /** Values returned by the owner's functions. */
  returns: string[];
  /** Small expressions of the owner, each once. */
  expressions: SyntaxNode[];
  /** Variables and parameters that are declared and then never used: often the very thing that was forgotten. */
  unused: Set<string>;
  /** Texts and numbers of the file, each once. */
  literals: { texts: string[]; numbers: string[] };
  /** How each name is used: as a number, a container, an object, a function. */
  roles: Map<string, Set<string>>;
}

const scopes = new WeakMap<SyntaxNode, Scope>();
const fileFacts = new WeakMap<
  ParsedFile,
  {
    functions: Map<string, string[]>;
    called: Set<string>;
    methods: Set<string>;
    attributes: string[];
    literals: Scope['literals'];
  }
>();

/** The scope of a node; computed once for each innermost function. */
export function scopeOf(file: ParsedFile, node: SyntaxNode): Scope {
  const inner = isFunction(node) ? node : (ancestor(node, isFunction) ?? file.root);
  let scope = scopes.get(inner);
  if (!scope) {
    scope = compute(file, inner);
    scopes.set(inner, scope);
  }
  return scope;
}

function facts(file: ParsedFile) {
  let known = fileFacts.get(file);
  if (known) return known;
  known = {
    functions: new Map<string, string[]>(),
    called: new Set<string>(),
    methods: new Set<string>(),
    attributes: [] as string[],
    literals: {
      texts: [...new Set(file.source.match(/'[^'\n\\]{0,20}'|"[^"\n\\]{0,20}"/g) ?? [])],
      numbers: [...new Set(file.source.match(/(?<![\w.])\d[\d_]{1,}(?![\w.])/g) ?? [])],
    },
  };
  const attributes = new Set<string>();
  for (const node of walk(file.root)) {
    if (isFunction(node)) {
      const name = functionName(node);
      if (name) known.functions.set(name, parameters(node));
      // A class is called with what its constructor takes.
      if (name === '__init__' || name === 'constructor') {
        const owner = ancestor(node, (other) => /^class/.test(other.type) && field(other, 'name') !== undefined);
        if (owner) known.functions.set(field(owner, 'name')!.text, parameters(node));
      }
    } else if (isCall(node)) {
      const callee = call(node)?.callee;
      if (callee && isMember(callee)) known.methods.add(memberName(callee)?.text ?? '');
      if (callee && callee.text.length < 30) known.called.add(callee.text);
    } else if (isMember(node)) attributes.add(memberName(node)?.text ?? '');
  }
  known.attributes = [...attributes];
  fileFacts.set(file, known);
  return known;
}

function compute(file: ParsedFile, inner: SyntaxNode): Scope {
  const around: SyntaxNode[] = [];
  for (let node: SyntaxNode | null = inner; node; node = node.parent) if (isFunction(node)) around.push(node);
  const owner = around.at(-1) ?? file.root;
  const known = facts(file);
  const scope: Scope = {
    owner,
    parameters: around.flatMap(parameters),
    names: [],
    assigned: new Set(),
    attributes: [],
    functions: known.functions,
    called: known.called,
    methods: known.methods,
    conditions: [],
    statements: [],
    returns: [],
    expressions: [],
    roles: new Map(),
    unused: new Set(),
    literals: known.literals,
  };
  const names = new Set(scope.parameters);
  const attributes = new Set<string>();
  const conditions = new Set<string>();
  const returns = new Set<string>();
  const seen = new Set<string>();
  for (const node of walk(owner)) {
    if (isFunction(node) && node !== owner && !around.includes(node))
      for (const name of parameters(node)) names.add(name);
    for (const name of declared(node)) names.add(name);
    if (/assignment|update_expression/.test(node.type)) {
      const left = field(node, 'left') ?? field(node, 'argument');
      if (left) for (const part of walk(left)) if (isIdentifier(part)) scope.assigned.add(part.text);
    }
    if (isMember(node)) attributes.add(memberName(node)?.text ?? '');
    const tested = condition(node);
    if (tested && tested.text.length < 60) conditions.add(tested.text);
    if (isStatement(node) && node.text.length < 80 && !node.text.includes('\n')) scope.statements.push(node);
    if (node.type === 'return_statement') {
      const value = namedChildren(node)[0];
      if (value && value.text.length < 60) returns.add(value.text);
    }
    if (isExpression(node) && node.text.length < 40 && !seen.has(node.text)) {
      seen.add(node.text);
      scope.expressions.push(node);
    }
    if (isIdentifier(node)) note(scope.roles, node);
  }
  const counts = new Map<string, number>();
  for (const node of walk(owner))
    if (/^identifier$|shorthand_property/.test(node.type)) counts.set(node.text, (counts.get(node.text) ?? 0) + 1);
  for (const name of names)
    if ((counts.get(name) ?? 0) <= 1 && name.length > 0 && !name.startsWith('_')) scope.unused.add(name);
  scope.names = [...names].filter((name) => name !== '_');
  scope.attributes = [...new Set([...attributes, ...known.attributes])];
  scope.conditions = [...conditions];
  scope.returns = [...returns];
  return scope;
}

/** The names a node declares. */
function* declared(node: SyntaxNode): Generator<string> {
  let target: SyntaxNode | undefined;
  if (node.type === 'variable_declarator') target = field(node, 'name');
  else if (/^(assignment|for_statement|for_in_statement|for_in_clause)$/.test(node.type)) target = field(node, 'left');
  else if (
    node.type === 'function_declaration' ||
    (node.type === 'function_definition' && node.parent?.parent?.parent)
  ) {
    return;
  }
  if (!target) return;
  for (const part of walk(target)) {
    const inAttribute = part.parent && (isMember(part.parent) || /subscript/.test(part.parent.type));
    if (
      (part.type === 'identifier' || part.type === 'shorthand_property_identifier_pattern') &&
      !(inAttribute && part !== target)
    )
      yield part.text;
  }
}

function note(roles: Map<string, Set<string>>, node: SyntaxNode): void {
  const parent = node.parent;
  if (!parent) return;
  const role = /subscript/.test(parent.type)
    ? node.field === 'index' || node.field === 'subscript'
      ? 'number'
      : 'container'
    : isMember(parent)
      ? 'object'
      : isCall(parent) && node.field === 'function'
        ? 'function'
        : /binary|augmented|update/.test(parent.type)
          ? 'number'
          : /for_in|for_statement/.test(parent.type)
            ? node.field === 'left'
              ? 'element'
              : 'container'
            : '';
  if (!role) return;
  const known = roles.get(node.text) ?? new Set<string>();
  known.add(role);
  roles.set(node.text, known);
}
