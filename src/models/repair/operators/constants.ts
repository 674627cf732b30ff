import { change, type Operator, replace } from '../proposal.ts';
import { isExpression, isInteger, isString } from '../syntax.ts';
import { namedChildren } from '../tree.ts';

const units = new Map(
  Object.entries<string[]>({
    '60': ['1000', '3600', '24'],
    '1000': ['60', '1024', '1'],
    '3600': ['60', '1000', '86400'],
    '24': ['60', '12'],
    '12': ['24'],
    '7': ['6', '8', '30'],
    '100': ['10', '1000', '1'],
    '10': ['2', '16', '100'],
    '16': ['10', '2', '8'],
    '2': ['10', '3'],
    '365': ['366'],
    '1024': ['1000'],
    '255': ['256'],
    '256': ['255'],
    '31': ['30'],
    '26': ['25'],
    '90': ['180'],
    '180': ['360', '90'],
    '360': ['180'],
  }),
);
const words = new Map(
  Object.entries<[string, number][]>({
    True: [['False', 0.45]],
    False: [['True', 0.45]],
    true: [['false', 0.45]],
    false: [['true', 0.45]],
    None: [
      ['[]', 0.1],
      ['0', 0.1],
      ['False', 0.1],
      ['""', 0.06],
      ['{}', 0.05],
    ],
    null: [
      ['undefined', 0.15],
      ['[]', 0.1],
      ['0', 0.1],
      ['false', 0.08],
      ["''", 0.06],
    ],
    undefined: [
      ['null', 0.2],
      ['0', 0.1],
    ],
    Infinity: [
      ['-Infinity', 0.45],
      ['0', 0.15],
    ],
    '-Infinity': [
      ['Infinity', 0.45],
      ['0', 0.1],
    ],
    "float('inf')": [
      ["float('-inf')", 0.4],
      ['0', 0.1],
    ],
    'float("inf")': [
      ['float("-inf")', 0.4],
      ['0', 0.1],
    ],
    "float('-inf')": [
      ["float('inf')", 0.4],
      ['0', 0.1],
    ],
    'float("-inf")': [['float("inf")', 0.4]],
    'Number.MAX_SAFE_INTEGER': [['Number.MIN_SAFE_INTEGER', 0.3]],
  }),
);

/** Wrong constant: truth values, empty values, first values, units, texts. */
export const constants: Operator = {
  name: 'constants',
  *propose({ node, python, scope }) {
    if (!isExpression(node)) return;
    const inReturn = node.parent?.type === 'return_statement';
    const assigned = /declarator|^assignment/.test(node.parent?.type ?? '');
    for (const [other, prior] of words.get(node.text) ?? []) {
      yield replace(
        node,
        other,
        prior * (inReturn || assigned ? 1 : 0.7),
        change(node.parent!.text, node.parent!.text.replace(node.text, other)),
      );
    }
    if (isInteger(node)) {
      for (const other of units.get(node.text) ?? [])
        yield replace(node, other, Number(node.text) > 2 ? 0.25 : 0.06, change(node.text, other));
      if (assigned || inReturn || node.field === 'value') {
        for (const other of scope.names.slice(0, 6)) yield replace(node, other, 0.07, change(node.text, other));
        const arrays = scope.names.filter(
          (name) =>
            scope.roles.get(name)?.has('container') || new RegExp(`(?<![\\w$])${name}\\[`).test(scope.owner.text),
        );
        const indices = scope.names.filter((name) => /^[ijknm]$|index|pos/.test(name)).slice(0, 2);
        if (/^[01]$/.test(node.text))
          for (const array of arrays.slice(0, 3))
            for (const index of indices)
              for (const place of [`${index} - 1`, index])
                yield replace(node, `${array}[${place}]`, 0.09, change(node.text, `${array}[${place}]`));
        if (node.text === '0' || node.text === '1') {
          const huge = python ? ["float('-inf')", "float('inf')"] : ['-Infinity', 'Infinity'];
          yield replace(node, huge[0]!, 0.12, change(node.text, huge[0]!));
          yield replace(node, huge[1]!, 0.06, change(node.text, huge[1]!));
        }
      }
    }
    const empty = (node.type === 'list' || node.type === 'array') && namedChildren(node).length === 0;
    if (empty && (inReturn || assigned)) {
      yield replace(node, '[[]]', inReturn ? 0.35 : 0.15, change(node.parent!.text, '[[]]'));
      for (const name of scope.parameters.slice(0, 3))
        yield replace(node, `[${name}]`, 0.15, change(node.parent!.text, `[${name}]`));
      yield replace(node, '[0]', 0.08, change(node.parent!.text, '[0]'));
      yield replace(node, '[1]', 0.06, change(node.parent!.text, '[1]'));
    }
    if (empty && assigned) yield replace(node, python ? 'set()' : 'new Set()', 0.03, change('[]', 'an empty set'));
    if (isString(node)) {
      const quote = node.text.at(-1)!;
      const inner = node.text.slice(1, -1);
      const others =
        inner === ''
          ? [' ', '0', ',']
          : inner === ' '
            ? ['', '  ', '\\t', '\\n']
            : [inner.trim(), inner.toLowerCase(), inner.toUpperCase(), ` ${inner}`, `${inner} `, ''];
      for (const other of new Set(others)) {
        if (other !== inner)
          yield replace(
            node,
            quote + other + quote,
            inner.length <= 1 ? 0.12 : 0.06,
            change(node.text, quote + other + quote),
          );
      }
      let count = 0;
      for (const other of scope.literals.texts) {
        if (other.slice(1, -1) === inner || count >= 8) continue;
        count += 1;
        const close = Math.abs(other.length - node.text.length) <= 1 ? 0.12 : 0.05;
        yield replace(node, other, close, change(node.text, other));
      }
    }
    if (inReturn && !isString(node)) {
      for (const other of [...scope.returns, ...scope.names.slice(0, 8)]) {
        if (other !== node.text) yield replace(node, other, 0.12, change(`return ${node.text}`, `return ${other}`));
      }
    }
  },
};
