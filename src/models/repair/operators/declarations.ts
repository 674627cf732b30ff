import { change, type Operator, replace } from '../proposal.ts';
import {
  bodyOf,
  call,
  isCall,
  isFunction,
  isIdentifier,
  isMember,
  memberName,
  memberObject,
  statementsOf,
} from '../syntax.ts';
import { field } from '../tree.ts';
import { insertBefore, isOnOwnLine } from './lines.ts';

/** Idioms of the languages that go wrong in known ways: shared defaults, shared rows, late closures, text order. */
export const declarations: Operator = {
  name: 'declarations',
  *propose({ node, python, file, scope }) {
    if (python && node.type === 'default_parameter') {
      const name = field(node, 'name')!.text;
      const value = field(node, 'value')!;
      const owner = node.parent?.parent;
      const body = owner && isFunction(owner) ? bodyOf(owner) : null;
      const first = body ? statementsOf(body)[0] : undefined;
      if (first && /^(\[\]|\{\}|set\(\)|dict\(\)|list\(\))$/.test(value.text) && isOnOwnLine(file, first)) {
        const guard = insertBefore(file, first, `if ${name} is None:\n    ${name} = ${value.text}`, 1, '');
        yield {
          edits: [{ start: value.start, end: value.end, text: 'None' }, ...guard.edits],
          prior: 0.95,
          note: `the default of \`${name}\` is made anew for each call`,
        };
      }
    }
    if (node.type === 'var') yield replace(node, 'let', 0.5, '`var` becomes `let`');
    if (node.type === 'let' && node.field === 'kind') yield replace(node, 'var', 0.03, '`let` becomes `var`');
    if (node.type === 'for_in_statement') {
      const operator = field(node, 'operator');
      if (operator)
        yield replace(
          operator,
          operator.text === 'of' ? 'in' : 'of',
          0.45,
          `\`${operator.text}\` becomes \`${operator.text === 'of' ? 'in' : 'of'}\``,
        );
      const over = field(node, 'right');
      if (over && operator?.text === 'of')
        for (const how of ['Object.entries', 'Object.keys', 'Object.values'])
          yield replace(over, `${how}(${over.text})`, 0.12, change(over.text, `${how}(${over.text})`));
    }
    if (python && node.type === 'for_statement') {
      const over = field(node, 'right');
      if (over && over.type === 'identifier') {
        for (const [text, prior] of [
          [`list(${over.text})`, 0.2],
          [`${over.text}[:]`, 0.15],
          [`reversed(${over.text})`, 0.15],
          [`sorted(${over.text})`, 0.15],
          [`${over.text}[1:]`, 0.15],
          [`${over.text}[:-1]`, 0.1],
          [`range(len(${over.text}))`, 0.08],
          [`${over.text}.items()`, 0.08],
          [`enumerate(${over.text})`, 0.06],
        ] as const)
          yield replace(over, text, prior, change(over.text, text));
      }
      if (over && call(over)?.callee.text === 'range')
        yield replace(over, `reversed(${over.text})`, 0.12, change(over.text, `reversed(${over.text})`));
    }
    if (python && node.type === 'lambda') {
      for (const name of scope.names.slice(0, 5)) {
        if (!new RegExp(`\\b${name}\\b`).test(node.text)) continue;
        const text = node.text.replace(
          /^lambda\s*([^:]*):/,
          (_, parameters: string) => `lambda ${parameters ? `${parameters}, ` : ''}${name}=${name}:`,
        );
        yield replace(node, text, 0.12, change(node.text, text));
      }
    }
    if (python && node.type === 'binary_operator' && /^\[+.*\]\s*\*\s*\w+/.test(node.text)) {
      const parts =
        /^\[(\[.*\]\s*\*\s*.+)\]\s*\*\s*(.+)$/s.exec(node.text) ?? /^\[(\[.*\])\]\s*\*\s*(.+)$/s.exec(node.text);
      if (parts)
        yield replace(
          node,
          `[${parts[1]} for _ in range(${parts[2]})]`,
          0.9,
          change(node.text, `[${parts[1]} for _ in range(${parts[2]})]`),
        );
    }
    const made = call(node);
    if (!made || !isCall(node)) return;
    const method = isMember(made.callee) ? memberName(made.callee)!.text : '';
    const object = isMember(made.callee) ? memberObject(made.callee)!.text : '';
    const write = (text: string, prior: number) => replace(node, text, prior, change(node.text, text));
    if (!python) {
      if (/^(sort|toSorted)$/.test(method) && made.values.length === 0) {
        yield write(`${object}.${method}((a, b) => a - b)`, 0.8);
        yield write(`${object}.${method}((a, b) => b - a)`, 0.2);
        yield write(`${object}.${method}((a, b) => a[0] - b[0])`, 0.15);
      }
      if (/^(sort|reverse|splice)$/.test(method)) {
        yield replace(
          memberObject(made.callee)!,
          `[...${object}]`,
          0.3,
          change(node.text, `a copy, [...${object}].${method}`),
        );
      }
      if (
        method === 'fill' &&
        /^Array\(|^new Array\(/.test(object) &&
        /^(\[|\{|new )/.test(made.values[0]?.text ?? '')
      ) {
        const size = /\((.*)\)$/s.exec(object)![1];
        const value = made.values[0]!.text;
        yield write(`Array.from({ length: ${size} }, () => ${value.startsWith('{') ? `(${value})` : value})`, 0.9);
      }
      if (made.callee.text === 'parseInt' && made.values.length === 1)
        yield write(`parseInt(${made.values[0]!.text}, 10)`, 0.15);
      if (method === 'map' && made.values.length === 1 && isIdentifier(made.values[0]!))
        yield write(`${object}.map((value) => ${made.values[0]!.text}(value))`, 0.3);
      if (method === 'join' && made.values.length === 0) yield write(`${object}.join('')`, 0.4);
      if (method === 'split' && made.values.length === 1)
        yield write(`${object}.split(${made.values[0]!.text}).filter(Boolean)`, 0.08);
      if (made.callee.text === 'Object.assign' && made.values[0]?.text !== '{}')
        yield write(`Object.assign({}, ${made.values.map((value) => value.text).join(', ')})`, 0.4);
    } else {
      if (made.callee.text === 'round' && made.values.length === 1) {
        const value = made.values[0]!.text;
        if (/\bDecimal\b/.test(file.source)) {
          yield write(`int((${value}).quantize(Decimal(1), rounding="ROUND_HALF_UP"))`, 0.5);
          yield write(`int((${value}).quantize(Decimal(1), rounding="ROUND_DOWN"))`, 0.2);
        } else yield write(`int(${value} + 0.5)`, 0.3);
      }
      const sorts = made.callee.text === 'sorted' || method === 'sort';
      if (sorts && !node.text.includes('reverse'))
        yield replace(
          made.list,
          `${made.list.text.slice(0, -1)}${made.values.length ? ', ' : ''}reverse=True)`,
          0.3,
          'sort in falling order',
        );
      for (const value of made.values) {
        if (value.type === 'keyword_argument') {
          const rest = made.values
            .filter((other) => other !== value)
            .map((other) => other.text)
            .join(', ');
          yield replace(made.list, `(${rest})`, /^reverse/.test(value.text) ? 0.3 : 0.1, `\`${value.text}\` goes`);
        }
      }
      if (sorts && !node.text.includes('key=')) {
        for (const key of ['len', 'str.lower', 'lambda item: item[0]', 'lambda item: item[1]', 'str', 'int', 'abs'])
          yield replace(
            made.list,
            `${made.list.text.slice(0, -1)}${made.values.length ? ', ' : ''}key=${key})`,
            0.08,
            `sort by ${key}`,
          );
      }
    }
  },
};
