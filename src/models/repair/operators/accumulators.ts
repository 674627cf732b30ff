import { change, grouped, type Operator, replace } from '../proposal.ts';
import { call, isExpression, isIdentifier, isInteger, isMember, isSubscript } from '../syntax.ts';
import { field } from '../tree.ts';

/** What has been gathered is forgotten: a sum, a best so far, an offset, a prefix. */
export const accumulators: Operator = {
  name: 'accumulators',
  *propose({ node, python, scope }) {
    const assignment = /^(assignment|assignment_expression)$/.test(node.type);
    if (assignment) {
      const left = field(node, 'left');
      const right = field(node, 'right');
      if (!left || !right || /pattern|list/.test(left.type)) return;
      const [max, min] = python ? ['max', 'min'] : ['Math.max', 'Math.min'];
      const set = (text: string, prior: number) =>
        replace(right, text, prior, change(node.text, `${left.text} = ${text}`));
      if (
        !right.text.includes(`${max}(`) &&
        !right.text.includes(`${min}(`) &&
        !/list|array|string|dict|object/.test(right.type)
      ) {
        const known = (isIdentifier(left) && scope.assigned.has(left.text)) || isSubscript(left) || isMember(left);
        yield set(`${max}(${left.text}, ${right.text})`, known ? 0.3 : 0.1);
        yield set(`${min}(${left.text}, ${right.text})`, known ? 0.22 : 0.08);
      }
      yield set(`${left.text} + ${grouped(right)}`, 0.25);
      if (isIdentifier(right))
        for (const other of scope.names.slice(0, 6))
          if (other !== right.text && scope.roles.get(other)?.has('number'))
            yield set(`${right.text} - ${other}`, 0.05);
      const operator = node.children.find((child) => child.text === '=');
      if (operator) yield replace(operator, '+=', 0.27, change(node.text, `${left.text} += ${right.text}`));
      if (python && operator && node.parent?.type === 'expression_statement')
        yield replace(operator, '-=', 0.05, change(node.text, `${left.text} -= ${right.text}`));
    }
    if (!isExpression(node) || isInteger(node) || node.type === 'string') return;
    const parent = node.parent!;
    const inReturn = parent.type === 'return_statement';
    const inStore = /declarator/.test(parent.type) || (/assignment/.test(parent.type) && node.field === 'right');
    const inCall = /^argument/.test(parent.type);
    if (!inReturn && !inStore && !inCall && !isSubscript(parent)) return;
    const place = inReturn ? 1 : inStore ? 0.7 : inCall ? 0.5 : 0.5;
    const [max, min] = python ? ['max', 'min'] : ['Math.max', 'Math.min'];
    const callee = inCall ? (call(parent.parent!)?.callee.text ?? '') : '';
    const numbers = scope.names.filter((name) => scope.roles.get(name)?.has('number')).slice(0, 6);
    for (const name of scope.names.slice(0, 10)) {
      if (name === node.text || scope.functions.has(name)) continue;
      const numeric = numbers.includes(name) ? 1 : 0.5;
      yield replace(
        node,
        `${node.text} + ${name}`,
        0.13 * place * numeric,
        change(parent.text, `${node.text} + ${name}`),
      );
      yield replace(
        node,
        `${node.text} - ${name}`,
        0.09 * place * numeric,
        change(parent.text, `${node.text} - ${name}`),
      );
      if (inReturn || inStore) {
        yield replace(node, `${name} + ${grouped(node)}`, 0.06 * place, change(parent.text, `${name} + ${node.text}`));
        yield replace(
          node,
          `${max}(${node.text}, ${name})`,
          0.1 * place * numeric,
          change(parent.text, `${max}(${node.text}, ${name})`),
        );
        yield replace(
          node,
          `${min}(${node.text}, ${name})`,
          0.07 * place * numeric,
          change(parent.text, `${min}(${node.text}, ${name})`),
        );
        yield replace(
          node,
          `${grouped(node)} * ${name}`,
          0.05 * place * numeric,
          change(parent.text, `${node.text} * ${name}`),
        );
        if (numeric === 1)
          yield replace(
            node,
            `${grouped(node)} % ${name}`,
            0.05 * place,
            change(parent.text, `${node.text} % ${name}`),
          );
        yield replace(
          node,
          python ? `${grouped(node)} + [${name}]` : `[...${grouped(node)}, ${name}]`,
          0.05 * place,
          change(parent.text, `${node.text} + [${name}]`),
        );
      }
      if (isIdentifier(node) && !/^(max|min)$/.test(callee) && scope.roles.get(node.text)?.has('container') !== false) {
        yield replace(
          node,
          python ? `${node.text}[${name}:]` : `${node.text}.slice(${name})`,
          0.1 * place * numeric,
          change(parent.text, `${node.text} from ${name} on`),
        );
        yield replace(
          node,
          python ? `${node.text}[:${name}]` : `${node.text}.slice(0, ${name})`,
          0.06 * place * numeric,
          change(parent.text, `${node.text} up to ${name}`),
        );
      }
    }
  },
};
