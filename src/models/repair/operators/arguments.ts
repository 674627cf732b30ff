import { change, type Operator, replace } from '../proposal.ts';
import { binary, call, functionName, isExpression, isIdentifier, isMember, memberName } from '../syntax.ts';

/** Wrong arguments: swapped, one too many, one too few, the wrong one in a recursive call. */
export const arguments_: Operator = {
  name: 'arguments',
  *propose({ node, scope, python }) {
    const made = call(node);
    if (!made || made.callee.text === 'range' || made.callee.text === 'print') return;
    const { values, list, callee } = made;
    const texts = values.map((value) => value.text);
    const write = (parts: string[], prior: number) =>
      replace(list, `(${parts.join(', ')})`, prior, change(node.text, `${callee.text}(${parts.join(', ')})`));
    for (let one = 0; one < values.length; one++) {
      for (let two = one + 1; two < Math.min(values.length, one + 3); two++) {
        if (/keyword/.test(values[one]!.type + values[two]!.type)) continue;
        const swapped = [...texts];
        [swapped[one], swapped[two]] = [texts[two]!, texts[one]!];
        yield write(swapped, two === one + 1 ? 0.35 : 0.15);
      }
      if (values.length > 1)
        yield write(
          texts.filter((_, index) => index !== one),
          one === values.length - 1 ? 0.15 : 0.07,
        );
    }
    const name = isMember(callee) ? (memberName(callee)?.text ?? '') : callee.text;
    const declared = scope.functions.get(name);
    const recursive = functionName(scope.owner) === name;
    if (declared && values.length < declared.length && !texts.some((text) => /^\*|^\.\.\./.test(text))) {
      for (const other of scope.names.slice(0, 12)) {
        if (!scope.functions.has(other)) yield write([...texts, other], declared[values.length] === other ? 0.6 : 0.15);
      }
      const self = python ? 'self' : 'this';
      for (const attribute of scope.attributes.slice(0, 5))
        if (!scope.methods.has(attribute) && scope.owner.text.includes(`${self}.${attribute}`))
          yield write([...texts, `${self}.${attribute}`], 0.3);
      for (const other of python ? ['0', 'True', 'False', '[]'] : ['0', 'true', 'false', '[]'])
        yield write([...texts, other], 0.06);
    } else if (!declared && values.length <= 2 && values.length > 0) {
      for (const other of scope.names.slice(0, 6)) if (!texts.includes(other)) yield write([...texts, other], 0.03);
    }
    if (recursive || declared) {
      for (const [index, value] of values.entries()) {
        if (!isExpression(value)) continue;
        const target = declared?.[index];
        if (target && target !== value.text && scope.names.includes(target)) {
          yield replace(value, target, 0.3, change(node.text, node.text.replace(value.text, target)));
        }
        const options: [string, number][] = [];
        if (isIdentifier(value)) {
          options.push(
            [`${value.text} + 1`, 0.2],
            [`${value.text} - 1`, 0.3],
            [python ? `${value.text} // 2` : `Math.floor(${value.text} / 2)`, 0.08],
          );
          options.push([python ? `${value.text}[1:]` : `${value.text}.slice(1)`, 0.12]);
          for (const other of scope.names.slice(0, 6)) {
            if (other !== value.text && scope.roles.get(other)?.has('number'))
              options.push(
                [`${value.text} + ${other}`, 0.1],
                [`${value.text} - ${other}`, 0.14],
                [`${other} - ${value.text}`, 0.06],
              );
          }
        } else if (binary(value)) {
          const parts = binary(value)!;
          for (const other of scope.names.slice(0, 6))
            if (other !== parts.right.text) options.push([`${parts.left.text} ${parts.operator.text} ${other}`, 0.08]);
          for (const other of scope.names.slice(0, 6)) {
            if (scope.roles.get(other)?.has('number'))
              options.push([`${value.text} - ${other}`, 0.08], [`${value.text} + ${other}`, 0.06]);
          }
        }
        for (const [text, prior] of options)
          yield replace(
            value,
            text,
            prior * (recursive ? 1 : 0.6),
            change(node.text, node.text.replace(value.text, text)),
          );
      }
    }
  },
};
