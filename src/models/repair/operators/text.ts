import { change, type Operator, replace } from '../proposal.ts';
import { call, isString } from '../syntax.ts';

/** Regular expressions and string methods: flags, anchors, quantifiers, classes, escapes, letter case. */
export const text: Operator = {
  name: 'text',
  *propose({ node, python }) {
    if (node.type === 'regex') {
      const end = node.text.lastIndexOf('/');
      const pattern = node.text.slice(1, end);
      const flags = node.text.slice(end + 1);
      const write = (body: string, marks: string, prior: number) =>
        replace(node, `/${body}/${marks}`, prior, change(node.text, `/${body}/${marks}`));
      for (const flag of ['g', 'i', 'm', 'u', 's']) {
        if (flags.includes(flag)) yield write(pattern, flags.replace(flag, ''), 0.15);
        else yield write(pattern, flags + flag, flag === 'g' ? 0.5 : flag === 'i' ? 0.35 : 0.1);
      }
      for (const [body, prior] of patterns(pattern)) yield write(body, flags, prior);
    }
    if (isString(node)) {
      const made = node.parent?.parent ? call(node.parent.parent) : null;
      const forPattern = /^(r|R)/.test(node.text) || (made && /^re\.|RegExp$/.test(made.callee.text));
      if (forPattern) {
        const open = /^[rRbBfF]*("""|'''|"|')/.exec(node.text)![0];
        const close = open.replace(/^[rRbBfF]*/, '');
        for (const [body, prior] of patterns(node.text.slice(open.length, -close.length)))
          yield replace(node, open + body + close, prior, change(node.text, open + body + close));
      }
    }
    const made = call(node);
    if (made && !python && /\.replace$/.test(made.callee.text) && isString(made.values[0] ?? node)) {
      yield replace(made.callee, `${made.callee.text}All`, 0.6, change(made.callee.text, `${made.callee.text}All`));
    }
    if (made && python && /^re\.match$/.test(made.callee.text))
      yield replace(made.callee, 're.fullmatch', 0.4, change('re.match', 're.fullmatch'));
    if (made && /\.(split)$/.test(made.callee.text) && made.values.length === 1) {
      if (python) yield replace(made.list, '()', 0.15, change(node.text, 'split()'));
      yield replace(
        made.list,
        `(${made.values[0]!.text}, 1)`,
        python ? 0.25 : 0.05,
        change(node.text, 'one split only'),
      );
    }
  },
};

/** Small changes to a regular expression. */
function patterns(body: string): [string, number][] {
  const found = new Map<string, number>();
  const add = (pattern: string, prior: number) => {
    if (pattern !== body) found.set(pattern, Math.max(prior, found.get(pattern) ?? 0));
  };
  add(body.startsWith('^') ? body.slice(1) : `^${body}`, 0.25);
  add(body.endsWith('$') && !body.endsWith('\\$') ? body.slice(0, -1) : `${body}$`, 0.25);
  if (!body.startsWith('^') && !body.endsWith('$')) add(`^${body}$`, 0.25);
  for (let index = 0; index < body.length; index++) {
    const at = (replacement: string, length = 1) => body.slice(0, index) + replacement + body.slice(index + length);
    const character = body[index]!;
    const escaped = body[index - 1] === '\\' && body[index - 2] !== '\\';
    if (escaped) {
      const other = { d: 'w', w: 'd', s: 'S', S: 's', D: 'd', W: 'w', b: 'B' }[character];
      if (other) add(at(other), 0.12);
      const many =
        /[dwsDWS]/.test(character) && !/[+*?{]/.test(body[index + 1] ?? '') && !/\[[^\]]*$/.test(body.slice(0, index));
      if (many) {
        add(at(`${character}+`), 0.4);
        add(at(`${character}*`), 0.2);
        add(at(`${character}?`), 0.15);
      }
      continue;
    }
    if (character === '+') {
      add(at('*'), 0.3);
      add(at(''), 0.15);
      add(at('+?'), 0.15);
    }
    if (character === '*') {
      add(at('+'), 0.3);
      add(at('*?'), 0.25);
    }
    if (character === '?' && index > 0) {
      add(at(''), 0.25);
      add(at('*'), 0.1);
    }
    if (character === '.') add(at('\\.'), 0.3);
    if (character === ']' || character === ')') {
      const open = /[+*?{]/.test(body[index + 1] ?? '') ? 0.1 : 1;
      add(at(`${character}+`), 0.3 * open);
      add(at(`${character}*`), 0.15 * open);
      add(at(`${character}?`), 0.15 * open);
    }
    if (character === '[') add(body[index + 1] === '^' ? at('[', 2) : at('[^'), 0.1);
    const range = /^(a-z|A-Z|0-9|1-9)/.exec(body.slice(index))?.[0];
    if (range === 'a-z' && !body.includes('A-Z')) add(at('a-zA-Z', 3), 0.3);
    if (range === 'A-Z' && !body.includes('a-z')) add(at('a-zA-Z', 3), 0.3);
    if (range === '1-9') add(at('0-9', 3), 0.3);
    if (range === '0-9') add(at('1-9', 3), 0.1);
    if (range && !body.includes('_')) add(at(`${range}_`, 3), 0.12);
    if (range && !body.includes('0-9')) add(at(`${range}0-9`, 3), 0.15);
    if (range && !body.includes('-]')) add(at(`${range}.-`, 3), 0.05);
    const digits = /^\{(\d+)(,?)(\d*)\}/.exec(body.slice(index));
    if (digits) {
      const [all, low, comma, high] = digits;
      for (const [first, last] of [
        [Number(low) + 1, high],
        [Number(low) - 1, high],
        [Number(low), high ? Number(high) + 1 : ''],
        [Number(low), high ? Number(high) - 1 : ''],
      ])
        add(at(`{${first}${comma}${last}}`, all.length), 0.2);
      if (!comma) add(at(`{${low},}`, all.length), 0.15);
    }
  }
  return [...found];
}
