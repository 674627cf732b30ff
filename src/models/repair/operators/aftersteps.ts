import type { Proposal, Site } from '../proposal.ts';
import { isLoop } from '../syntax.ts';
import { ancestor, field, namedChildren } from '../tree.ts';
import { answers, back, leave, truthful } from './leaving.ts';
import { insertAfter, insertBefore } from './lines.ts';

/** After a name for a part of the first of two: leave when the second has another size, or when both are the same. */
function* sameSize({ node, python, scope, file }: Site, name: string, value: string): Generator<Proposal> {
  const [one, two] = scope.parameters;
  if (one && two && new RegExp(`\\b${one}\\b`).test(value) && !value.includes(two)) {
    const twin = value.replace(new RegExp(`\\b${one}\\b`, 'g'), () => two);
    const unlike = python ? `len(${name}) != len(${twin})` : `${name}.length !== ${twin}.length`;
    if (!scope.owner.text.includes(unlike) && /keys|split|sorted|list\(|set\(|entries|values/i.test(value))
      yield insertAfter(file, node, leave(python, unlike, back(python ? 'False' : 'false')), 0.5, 'the sizes differ');
  }
  const equal = python ? '==' : '===';
  for (const parameter of scope.parameters)
    if (parameter !== name && !value.includes(parameter) && !scope.roles.get(parameter)?.has('container'))
      for (const [rank, answer] of ['', ...scope.returns.filter((text) => /^\w+$/.test(text)), ...scope.parameters]
        .slice(0, 5)
        .entries())
        if (answer !== parameter)
          yield insertAfter(
            file,
            node,
            leave(python, `${name} ${equal} ${parameter}`, back(answer)),
            0.16 / (1 + rank * 0.2),
            `nothing is done when \`${name}\` is \`${parameter}\``,
          );
}

/** After a step into something: leave when there is nothing; with a parameter that nobody used, that is what is given. */
export function* afterStep(site: Site): Generator<Proposal> {
  const { node, python, scope, file } = site;
  const loop = ancestor(node, isLoop);
  if (!/^(expression_statement|lexical_declaration)$/.test(node.type) || node.text.includes('\n')) return;
  const inner = namedChildren(node)[0];
  const target = inner ? (field(inner, 'left') ?? field(inner, 'name')) : undefined;
  const value = inner ? (field(inner, 'right') ?? field(inner, 'value')) : undefined;
  if (!target || !value || !/^\w+$/.test(target.text)) return;
  const name = target.text;
  const unused = scope.parameters.filter((parameter) => scope.unused.has(parameter));
  yield* sameSize(site, name, value.text);
  if (!/\[|\.get\(|\.pop\(|\.find\(|\.\w+$/.test(value.text) && unused.length === 0) return;
  const absent = python
    ? [`${name} is None`, `not ${name}`]
    : [`!${name}`, `${name} === undefined`, `${name} === undefined || ${name} === null`];
  for (const [rank, test] of absent.entries()) {
    for (const parameter of unused) {
      yield insertAfter(file, node, leave(python, test, back(parameter)), 0.3, `\`${parameter}\` when \`${test}\``);
      if (loop)
        yield insertBefore(file, node, leave(python, test, back(parameter)), 0.3, `\`${parameter}\` when \`${test}\``);
    }
    if (/\[|\.get\(|\.find\(/.test(value.text))
      for (const [place, answer] of answers(site).slice(0, 4).entries())
        if (answer !== name && !answer.startsWith(`${name}.`))
          yield insertAfter(
            file,
            node,
            leave(python, test, back(answer)),
            (truthful(site) && place > 1 ? 0.1 : 0.28) / (1 + place * 0.4 + rank * 0.4),
            `return \`${answer}\` when \`${test}\``,
          );
  }
}
