import { change, grouped, type Operator, type Proposal, replace, type Site } from '../proposal.ts';
import { call, isCall, isExpression, isFunction, isIdentifier, isMember, memberName, memberObject } from '../syntax.ts';
import { ancestor, field, namedChildren } from '../tree.ts';
import { siblings } from './families.ts';
import { likeness } from './variables.ts';

/** Wrong call: another function or method, a call too many or too few, an await, a yield. */
export const calls: Operator = {
  name: 'calls',
  *propose(site) {
    const { node, scope, python } = site;
    if (isMember(node) && !(isCall(node.parent!) && node.field === 'function')) {
      for (const [other, prior] of siblings(memberName(node)?.text ?? ''))
        yield replace(memberName(node)!, other, prior * 0.3, change(node.text, other));
    }
    const made = call(node);
    if (made && isCall(node)) {
      const named = isMember(made.callee) ? memberName(made.callee)! : made.callee;
      const known = siblings(named.text);
      for (const [other, prior] of known)
        yield replace(named, other, prior, change(made.callee.text, made.callee.text.replace(named.text, other)));
      const others = isMember(made.callee) ? scope.methods : scope.called;
      const ranked = [...others, ...(isMember(made.callee) ? [] : scope.functions.keys())]
        .filter((other) => other !== named.text && other !== '' && !known.has(other) && /^[\w$.]+$/.test(other))
        .map((other): [string, number] => [
          other,
          0.1 +
            likeness(named.text, other) * 0.3 +
            (scope.functions.get(other)?.length === made.values.length ? 0.08 : 0),
        ])
        .sort((one, two) => two[1] - one[1]);
      for (const [other, prior] of ranked.slice(0, 5))
        yield replace(named, other, prior, change(made.callee.text, other));
      if (named.text === 'insert' && made.values.length === 2 && made.values[0]!.text === '0')
        yield replace(
          node,
          `${memberObject(named.parent!)!.text}.append(${made.values[1]!.text})`,
          0.4,
          change(node.text, 'append'),
        );
      if (named.text === 'append' && made.values.length === 1)
        yield replace(
          node,
          `${memberObject(named.parent!)?.text ?? ''}.insert(0, ${made.values[0]!.text})`,
          0.2,
          change(node.text, 'insert at the start'),
        );
      if (!isExpression(node)) return;
      if (made.values.length === 1 && isExpression(made.values[0]!))
        yield replace(node, made.values[0]!.text, 0.25, change(node.text, made.values[0]!.text));
      if (isMember(made.callee)) {
        const object = memberObject(made.callee)!;
        yield replace(node, object.text, 0.22, change(node.text, object.text));
      }
      if (
        python &&
        made.callee.text === 'range' &&
        made.values.length === 1 &&
        made.values[0]!.text.startsWith('len(')
      ) {
        yield replace(
          node,
          made.values[0]!.text.slice(4, -1),
          0.15,
          change(node.text, made.values[0]!.text.slice(4, -1)),
        );
      }
    }
    yield* waiting(site);
    if (isExpression(node)) yield* wrapped(site);
  },
};

function* waiting({ node, python }: Site): Generator<Proposal> {
  if (node.named && (node.type === 'await_expression' || node.type === 'await')) {
    const inner = namedChildren(node)[0];
    if (!inner) return;
    yield replace(node, inner.text, 0.1, change(node.text, inner.text));
  }
  if (isCall(node) && !/await/.test(node.parent!.type)) {
    const owner = ancestor(node, isFunction);
    if (owner && /^(static\s+)?async\b/.test(owner.text)) {
      const text = isMember(node.parent!) ? `(await ${node.text})` : `await ${node.text}`;
      yield replace(node, text, 0.45, change(node.text, `await ${node.text}`));
    }
  }
  if (node.named && (node.type === 'yield' || node.type === 'yield_expression')) {
    const inner = namedChildren(node)[0];
    if (!inner) return;
    const [from, all] = python ? ['yield from', /^yield\s+from/] : ['yield*', /^yield\s*\*/];
    if (all.test(node.text)) yield replace(node, `yield ${inner.text}`, 0.3, change(node.text, `yield ${inner.text}`));
    else yield replace(node, `${from} ${inner.text}`, 0.3, change(node.text, `${from} ${inner.text}`));
    const made = call(inner);
    if (made && made.values.length === 1)
      yield replace(inner, made.values[0]!.text, 0.3, change(inner.text, made.values[0]!.text));
  }
}

/** `x` becomes `f(x)` or `x.f()`. */
function* wrapped({ node, python, scope }: Site): Generator<Proposal> {
  const parent = node.parent!;
  if (isCall(parent) && node.field === 'function') return;
  if (isMember(parent)) {
    if (isIdentifier(node) && scope.parameters.includes(node.text))
      yield replace(node, `${node.text}[0]`, 0.1, change(parent.text, `${node.text}[0]`));
    if (isCall(node) || (isIdentifier(node) && isCall(parent.parent!)))
      for (const method of python ? ['lower', 'upper', 'strip'] : ['toLowerCase', 'toUpperCase', 'trim'])
        if (textual(node.text))
          yield replace(node, `${node.text}.${method}()`, 0.14, change(node.text, `${node.text}.${method}()`));
    return;
  }
  if (node.type === 'string' || /true|True|none|null/.test(node.type)) return;
  const inArguments = /^argument/.test(parent.type);
  const place =
    parent.type === 'return_statement'
      ? 1
      : inArguments
        ? 0.6
        : /assignment|declarator|for_/.test(parent.type)
          ? 0.7
          : /binary|comparison/.test(parent.type)
            ? 0.5
            : 0.3;
  if (/^(integer|number|float)$/.test(node.type)) return;
  const name = isIdentifier(node);
  const around = new Map<string, number>();
  const common = python
    ? {
        'abs(_)': 0.14,
        'len(_)': 0.14,
        'sorted(_)': 0.14,
        'int(_)': 0.12,
        'str(_)': 0.1,
        'list(_)': 0.14,
        'set(_)': 0.1,
        'sum(_)': 0.06,
        'max(0, _)': 0.12,
        'max(_)': 0.05,
        'min(_)': 0.05,
        'round(_)': 0.06,
        'float(_)': 0.05,
        'tuple(_)': 0.05,
        'reversed(_)': 0.06,
        '_[:]': 0.1,
        '_[::-1]': 0.1,
        '_.copy()': 0.06,
        'dict(_)': 0.1,
        ...(textual(node.text)
          ? { '_.lower()': 0.35, '_.strip()': 0.35, '_.upper()': 0.2, '_.split()': 0.06 }
          : { '_.lower()': 0.06, '_.strip()': 0.06 }),
        '_.items()': 0.08,
        '_.values()': 0.05,
        '[_]': 0.14,
        '-_': 0.1,
        'not _': 0.06,
        '_ or []': 0.08,
        '_ or 0': 0.05,
        '_ ** 2': 0.05,
        '_ // 2': 0.08,
        '_ * 2': 0.05,
        '_[0]': 0.08,
        '_[-1]': 0.08,
        '_[1:]': 0.1,
      }
    : {
        'Math.abs(_)': 0.14,
        '_.length': 0.14,
        'Number(_)': 0.12,
        'String(_)': 0.1,
        '[..._]': 0.14,
        'Math.floor(_)': 0.14,
        'Math.max(0, _)': 0.1,
        'Math.round(_)': 0.08,
        'Math.ceil(_)': 0.08,
        '_.slice()': 0.14,
        ...(textual(node.text)
          ? { '_.toLowerCase()': 0.35, '_.trim()': 0.35, '_.toUpperCase()': 0.3 }
          : { '_.toLowerCase()': 0.06, '_.trim()': 0.06 }),
        '[_]': 0.14,
        '-_': 0.1,
        '!_': 0.06,
        '_ ?? []': 0.08,
        '_ ?? 0': 0.08,
        '_.reverse()': 0.08,
        '_.sort()': 0.04,
        'new Set(_)': 0.04,
        '{ ..._ }': 0.16,
        'structuredClone(_)': 0.04,
        '_.map((item) => ({ ...item }))': 0.04,
        '_ ** 2': 0.03,
        '_ * 2': 0.05,
        '_ / 2': 0.06,
        '_[0]': 0.08,
        '_.slice(1)': 0.08,
        'parseInt(_, 10)': 0.05,
        '_.toString()': 0.04,
        '..._': 0.08,
        '_ >>> 0': 0.05,
        'Object.keys(_)': 0.05,
        'Object.values(_)': 0.05,
        'Object.entries(_)': 0.05,
      };
  for (const [text, prior] of Object.entries(common)) around.set(text, prior);
  for (const called of scope.called)
    if (
      /^[\w$.]+$/.test(called) &&
      called.length < 24 &&
      !/^(this|self|super)\b|\.(push|append|add|log)$|^print$|^range$|^require$/.test(called)
    )
      around.set(
        `${called}(_)`,
        Math.max(around.get(`${called}(_)`) ?? 0, isFunctionName(called, scope.functions) ? 0.25 : 0.12),
      );
  for (const [own, parameters] of scope.functions)
    if (parameters.length === 1 && !scope.called.has(own)) around.set(`${own}(_)`, 0.15);
  // A loop over something that its body may change, and a name for something that others hold too.
  const looped = /^for_/.test(parent.type) && node.field === 'right';
  const named =
    /declarator/.test(parent.type) &&
    /^(identifier|member_expression|binary_expression|attribute|subscript)/.test(node.type);
  if (looped || named) {
    for (const text of python ? ['list(_)', '_.copy()', 'dict(_)'] : ['[..._]', '{ ..._ }', '_.slice()'])
      around.set(text, looped ? (text.startsWith('{') ? 0.02 : 0.35) : 0.28);
  }
  // What an object is given it should not share.
  if (name && /^(self|this)\./.test(field(parent, 'left')?.text ?? '') && scope.parameters.includes(node.text)) {
    for (const text of python ? ['list(_)', 'dict(_)', 'set(_)'] : ['[..._]', '{ ..._ }', 'new Map(_)', 'new Set(_)'])
      around.set(text, 0.35);
    if (python) around.set('dict(_ or {})', 0.2).set('list(_ or [])', 0.2);
  }
  const base = name || looped || named ? 1 : isCall(node) ? 0.7 : 0.6;
  for (const [text, prior] of around) {
    if (text === '..._' && !inArguments) continue;
    const whole = text === '_ or []' || text.includes('_ ??') ? `(${text})` : text;
    const made =
      text === '[_]' || text.includes('(_)')
        ? whole.replace('_', () => node.text)
        : whole.replace('_', () => grouped(node));
    const literal = /^\[_\]$/.test(text)
      ? parent.type === 'return_statement' || /binary/.test(parent.type) || inArguments
        ? 1
        : 0.3
      : 1;
    yield replace(
      node,
      made,
      place * base * prior * literal * 0.8,
      change(parent.text, parent.text.replace(node.text, made)),
    );
  }
  const owner = field(parent, 'operator')?.text;
  if (owner === '=' && python) yield replace(node, `list(${node.text})`, 0.05, change(node.text, `list(${node.text})`));
}

const isFunctionName = (name: string, functions: Map<string, string[]>) => functions.get(name)?.length === 1;

/** Whether an expression looks like text, by its names. */
const textual = (expression: string) =>
  /text|str|word|line|name|sign|char|letter|key|value|email|input|query|path|title|label|token|\b[swct]\b|slice|charAt|strip|trim|replace|lower|upper/i.test(
    expression,
  );
