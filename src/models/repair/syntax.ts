import { ancestor, field, namedChildren, type SyntaxNode } from './tree.ts';

/** What the operators need to know of a grammar, JavaScript's, TypeScript's and Python's names side by side. */
const functionTypes = new Set([
  'function_declaration',
  'function_expression',
  'function',
  'generator_function_declaration',
  'generator_function',
  'arrow_function',
  'method_definition',
  'function_definition',
  'lambda',
]);
const blockTypes = new Set(['block', 'statement_block', 'module', 'program', 'switch_case', 'switch_default']);
const identifierTypes = new Set(['identifier', 'shorthand_property_identifier']);
const expressionTypes = new Set([
  'identifier',
  'call',
  'call_expression',
  'attribute',
  'member_expression',
  'subscript',
  'subscript_expression',
  'binary_operator',
  'binary_expression',
  'comparison_operator',
  'boolean_operator',
  'not_operator',
  'unary_operator',
  'unary_expression',
  'integer',
  'float',
  'number',
  'string',
  'true',
  'false',
  'none',
  'null',
  'undefined',
  'list',
  'array',
  'dictionary',
  'object',
  'tuple',
  'set',
  'list_comprehension',
  'generator_expression',
  'set_comprehension',
  'dictionary_comprehension',
  'conditional_expression',
  'ternary_expression',
  'parenthesized_expression',
  'await_expression',
  'await',
  'new_expression',
  'template_string',
  'this',
  'regex',
  'concatenated_string',
  'arrow_function',
  'function_expression',
  'lambda',
  'yield',
  'yield_expression',
  'as_expression',
  'non_null_expression',
]);
const statementTypes = new Set([
  'expression_statement',
  'return_statement',
  'if_statement',
  'while_statement',
  'for_statement',
  'for_in_statement',
  'do_statement',
  'break_statement',
  'continue_statement',
  'throw_statement',
  'raise_statement',
  'pass_statement',
  'lexical_declaration',
  'variable_declaration',
  'try_statement',
  'switch_statement',
  'assert_statement',
  'delete_statement',
  'with_statement',
]);

export const isFunction = (node: SyntaxNode) => functionTypes.has(node.type) && node.named;
export const isBlock = (node: SyntaxNode) => blockTypes.has(node.type) && node.named;
export const isIdentifier = (node: SyntaxNode) => identifierTypes.has(node.type) && node.named;
export const isStatement = (node: SyntaxNode) => statementTypes.has(node.type) && node.named;
export const isCall = (node: SyntaxNode) => node.type === 'call' || node.type === 'call_expression';
export const isMember = (node: SyntaxNode) => node.type === 'attribute' || node.type === 'member_expression';
export const isSubscript = (node: SyntaxNode) => node.type === 'subscript' || node.type === 'subscript_expression';
export const isInteger = (node: SyntaxNode) =>
  (node.type === 'integer' || node.type === 'number') && node.named && /^\d+$/.test(node.text);
export const isString = (node: SyntaxNode) => node.type === 'string' && node.named;
export const isNegation = (node: SyntaxNode) =>
  node.type === 'not_operator' || (node.type === 'unary_expression' && node.children[0]?.type === '!');
export const isLoop = (node: SyntaxNode) => /^(while|for|for_in|do)_statement$/.test(node.type);

const comparisonTokens = new Set([
  '<',
  '<=',
  '>',
  '>=',
  '==',
  '!=',
  '===',
  '!==',
  'in',
  'not in',
  'is',
  'is not',
  'instanceof',
]);
const booleanTokens = new Set(['&&', '||', '??', 'and', 'or']);

/** The operator token of a binary node of any kind, and its sides; null for other nodes and for chains. */
export function binary(node: SyntaxNode): { left: SyntaxNode; operator: SyntaxNode; right: SyntaxNode } | null {
  if (node.type === 'comparison_operator') {
    const sides = namedChildren(node).filter((child) => child.field !== 'operators');
    const operators = node.children.filter((child) => child.field === 'operators');
    if (sides.length !== 2 || operators.length !== 1) return null;
    return { left: sides[0]!, operator: operators[0]!, right: sides[1]! };
  }
  if (node.type !== 'binary_expression' && node.type !== 'binary_operator' && node.type !== 'boolean_operator')
    return null;
  const left = field(node, 'left');
  const operator = field(node, 'operator');
  const right = field(node, 'right');
  return left && operator && right ? { left, operator, right } : null;
}

export const isComparison = (node: SyntaxNode) => {
  const parts = binary(node);
  return node.type === 'comparison_operator' || (parts !== null && comparisonTokens.has(parts.operator.text));
};
export const isBoolean = (node: SyntaxNode) => {
  const parts = binary(node);
  return parts !== null && booleanTokens.has(parts.operator.text);
};
export const isArithmetic = (node: SyntaxNode) => binary(node) !== null && !isComparison(node) && !isBoolean(node);

/** A node that stands for a value: not a name being declared or assigned, not an attribute's name, not an import. */
export function isExpression(node: SyntaxNode): boolean {
  if (!node.named || !expressionTypes.has(node.type)) return false;
  const parent = node.parent;
  if (!parent) return false;
  if (isTarget(node)) return false;
  if (node.type === 'string' && (parent.type === 'expression_statement' || /import/.test(parent.type))) return false;
  if (/^(import|export_specifier|dotted_name|aliased_import|decorator|type|typed|namespace)/.test(parent.type))
    return false;
  if (node.field === 'name' || node.field === 'attribute' || node.field === 'property' || node.field === 'key')
    return false;
  if (/parameter/.test(parent.type) && node.field !== 'value') return false;
  if (parent.type === 'keyword_argument' && node.field === 'name') return false;
  if (parent.type === 'arrow_function' && node.field === 'parameter') return false;
  if (/_type$|^type_/.test(parent.type)) return false;
  return true;
}

/** Whether a node is what an assignment, a loop or a declaration writes to. */
function isTarget(node: SyntaxNode): boolean {
  const parent = node.parent;
  if (!parent) return false;
  if (node.field === 'left' && /assignment|for_statement|for_in_statement|for_in_clause/.test(parent.type)) return true;
  if (/pattern/.test(parent.type)) return true;
  if (parent.type === 'update_expression' || parent.type === 'delete_statement') return true;
  return false;
}

/** What a call calls, and its arguments. */
export function call(node: SyntaxNode): { callee: SyntaxNode; list: SyntaxNode; values: SyntaxNode[] } | null {
  if (!isCall(node) && node.type !== 'new_expression') return null;
  const callee = field(node, 'function') ?? field(node, 'constructor');
  const list = field(node, 'arguments');
  if (callee && list?.type === 'generator_expression') return { callee, list, values: [list] };
  if (!callee || !list || !/^argument/.test(list.type)) return null;
  return { callee, list, values: namedChildren(list) };
}

/** The attribute name node of `a.b`. */
export function memberName(node: SyntaxNode): SyntaxNode | undefined {
  return field(node, 'attribute') ?? field(node, 'property');
}

/** The object of `a.b` or `a[b]`. */
export function memberObject(node: SyntaxNode): SyntaxNode | undefined {
  return field(node, 'object') ?? field(node, 'value');
}

/** The condition of an if, a while, a ternary or a for; parentheses taken off. */
export function condition(node: SyntaxNode): SyntaxNode | null {
  if (node.type === 'conditional_expression') return namedChildren(node)[1] ?? null;
  if (!/^(if_statement|elif_clause|while_statement|do_statement|ternary_expression|for_statement)$/.test(node.type))
    return null;
  const found = field(node, 'condition');
  if (!found?.named) return null;
  if (found.type === 'parenthesized_expression') return namedChildren(found)[0] ?? null;
  return found;
}

/** The function a node is inside of, or null at the top level. */
export const enclosingFunction = (node: SyntaxNode) => ancestor(node, isFunction);

/** The statements of a block, comments left out. */
export const statementsOf = (block: SyntaxNode) => namedChildren(block);

/** The body of a function when it is a block. */
export function bodyOf(node: SyntaxNode): SyntaxNode | null {
  const body = field(node, 'body');
  return body && isBlock(body) ? body : null;
}

/** Parameter names of a function, in order; `self` and `cls` are left out. */
export function parameters(node: SyntaxNode): string[] {
  const single = field(node, 'parameter');
  if (single) return [single.text];
  const list = field(node, 'parameters');
  if (!list) return [];
  const names: string[] = [];
  for (const child of namedChildren(list)) {
    const name = parameterName(child);
    if (name && name !== 'self' && name !== 'cls') names.push(name);
  }
  return names;
}

function parameterName(node: SyntaxNode): string | null {
  if (node.type === 'identifier') return node.text;
  const inner = field(node, 'name') ?? field(node, 'left') ?? field(node, 'pattern') ?? namedChildren(node)[0];
  return inner?.type === 'identifier' ? inner.text : null;
}

/** The name a function goes by, or ''. */
export function functionName(node: SyntaxNode): string {
  const own = field(node, 'name');
  if (own) return own.text;
  const parent = node.parent;
  if (parent && /variable_declarator|assignment|pair/.test(parent.type)) {
    return (field(parent, 'name') ?? field(parent, 'left') ?? field(parent, 'key'))?.text ?? '';
  }
  return '';
}
