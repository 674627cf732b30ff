import type { Site } from '../proposal.ts';
import { bodyOf, functionName } from '../syntax.ts';
import { type SyntaxNode, walk } from '../tree.ts';
import { type Add, attributes, constant, flows } from './dataflow.ts';

/** Attributes: counters that a twin method keeps, marks that are read and never set, what a method leaves out. */
export function members(site: Site, add: Add): void {
  const { scope, file } = site;
  const name = functionName(scope.owner);
  if (name === '__init__' || name === 'constructor') return;
  const body = bodyOf(scope.owner);
  if (!body) return;
  const self = file.grammar === 'python' ? 'self' : 'this';
  const receivers = scope.names.filter((other) => scope.roles.get(other)?.has('object')).slice(0, 4);
  for (const attribute of attributes(file).values()) {
    const own = `${self}.${attribute.name}`;
    const others = attribute.values.filter(
      ({ node: where }) => where.start < scope.owner.start || where.end > scope.owner.end,
    );
    const here = attribute.values.filter(
      ({ node: where }) => where.start >= scope.owner.start && where.end <= scope.owner.end,
    );
    if (others.some(({ object }) => object === self) && /\bthis\b|\bself\b/.test(scope.owner.text)) {
      const first = others.find(({ object, sign }) => object === self && sign === '=')?.text ?? '';
      const counted = others.filter(({ sign, object }) => object === self && /^[-+]=$/.test(sign));
      const stepsHere = here.filter(({ sign }) => /^[-+]=$/.test(sign));
      if (/^\d+$/.test(first) && stepsHere.length === 0) {
        const up = counted.some(({ sign }) => sign === '+=');
        const down = counted.some(({ sign }) => sign === '-=');
        add(`${own} += 1`, up && !down ? 0.15 : 0.4);
        add(`${own} -= 1`, down && !up ? 0.15 : up && !down ? 0.5 : 0.3);
        for (const { sign, text } of counted)
          if (text !== '1' && text.split(/\W+/).every((word) => scope.names.includes(word) || word === self))
            add(`${own} ${sign} ${text}`, 0.3);
        for (const { sign, text } of counted)
          if (scope.parameters.includes(text)) add(`${own} ${sign === '+=' ? '-=' : '+='} ${text}`, 0.4);
      }
      if (/^(None|null|0)$/.test(first) && here.length === 0)
        for (const flow of flows(scope.owner).values()) {
          const unread = flow.writes.length > 0 && flow.reads.length <= 1 ? 2 : 1;
          add(`${own} = ${flow.name}`, 0.25 * unread);
        }
      if (attribute.methods.has('append') || attribute.methods.has('push')) {
        for (const statement of textsWith(file, `${own}.`))
          if (statement.start < scope.owner.start || statement.end > scope.owner.end) {
            const text = statement.text;
            if (!scope.owner.text.includes(`${own}.`)) {
              const twin = /'(\w+)'/.exec(text)?.[1];
              const word = twin
                ? name
                    .split(/_|(?=[A-Z])/)
                    .find(
                      (part) =>
                        part.length > 1 &&
                        part !== twin &&
                        functionNames(file).filter((other) => other.includes(part)).length === 1,
                    )
                : undefined;
              if (twin && word) add(text.replace(`'${twin}'`, `'${word}'`), 0.5);
              if (twin)
                for (const part of name.split(/_|(?=[A-Z])/))
                  add(text.replace(`'${twin}'`, `'${part.toLowerCase()}'`), 0.4);
              if (!twin) add(text, 0.35);
            }
          }
      }
    }
    // A mark that starts as false, is read, and never set.
    const only = attribute.values.every(({ sign, text }) => sign === ':' || (sign === '=' && constant.test(text)));
    if (only && attribute.values.length > 0) {
      const distinct = new Set(attribute.values.map(({ text }) => text));
      const truth = ({ true: 'false', false: 'true', True: 'False', False: 'True' } as Record<string, string>)[
        [...distinct][0] ?? ''
      ];
      if (truth && distinct.size === 1 && attribute.reads > 0)
        for (const receiver of [...receivers, self])
          add(`${receiver}.${attribute.name} = ${truth}`, receiver === self ? 0.2 : 0.6);
    }
    // Set under a shorthand or in a literal from a parameter, and never given a new value.
    if (attribute.values.length <= 1 || attribute.values.every(({ sign }) => sign === ':'))
      for (const receiver of receivers)
        if (scope.parameters.includes(attribute.name) && receiver !== attribute.name)
          add(`${receiver}.${attribute.name} = ${attribute.name}`, 0.3);
  }
}

const statementsWith = new WeakMap<object, SyntaxNode[]>();

function textsWith(file: Site['file'], text: string): SyntaxNode[] {
  let all = statementsWith.get(file);
  if (!all) {
    all = [...walk(file.root)].filter(
      (node) => node.type === 'expression_statement' && node.text.length < 70 && !node.text.includes('\n'),
    );
    statementsWith.set(file, all);
  }
  return all.filter((node) => node.text.startsWith(text));
}

const functionNames = (file: Site['file']) =>
  [...file.source.matchAll(/(?:def|function) (\w+)|^ {2}(\w+)\(.*\{$/gm)].map((match) => match[1] ?? match[2] ?? '');
