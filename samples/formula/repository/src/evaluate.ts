import { type Token, tokenise } from './tokens.ts';

export type Variables = Readonly<Record<string, number>>;

const FUNCTIONS: Record<string, (...values: number[]) => number> = { max: Math.max, min: Math.min, abs: Math.abs };

/** The value of a formula such as `2 * (width + 1) ** 2`. */
export function evaluate(source: string, variables: Variables = {}): number {
  const tokens = tokenise(source);
  let next = 0;
  const peek = (): Token | undefined => tokens[next];
  const accept = (text: string): boolean => {
    const token = peek();
    if (token?.kind === 'symbol' && token.text === text) {
      next += 1;
      return true;
    }
    return false;
  };
  const expect = (text: string): void => {
    if (!accept(text)) {
      throw new SyntaxError(`expected ${text}`);
    }
  };

  const sum = (): number => {
    let value = product();
    for (;;) {
      if (accept('+')) {
        value += product();
      } else if (accept('-')) {
        value -= product();
      } else {
        return value;
      }
    }
  };
  const product = (): number => {
    let value = negated();
    for (;;) {
      if (accept('*')) {
        value *= negated();
      } else if (accept('/')) {
        value /= negated();
      } else {
        return value;
      }
    }
  };
  const negated = (): number => (accept('-') ? -negated() : power());
  const power = (): number => {
    const base = atom();
    return accept('**') ? base ** negated() : base;
  };
  const atom = (): number => {
    if (accept('(')) {
      const value = sum();
      expect(')');
      return value;
    }
    const token = peek();
    next += 1;
    if (token?.kind === 'number') {
      return token.value;
    }
    if (token?.kind === 'name') {
      return accept('(') ? call(token.text) : lookup(token.text);
    }
    throw new SyntaxError('expected a value');
  };
  const call = (name: string): number => {
    const values = [sum()];
    while (accept(',')) {
      values.push(sum());
    }
    expect(')');
    const apply = FUNCTIONS[name];
    if (!apply) {
      throw new ReferenceError(`unknown function: ${name}`);
    }
    return apply(...values);
  };
  const lookup = (name: string): number => {
    const value = variables[name];
    if (value === undefined) {
      throw new ReferenceError(`unknown variable: ${name}`);
    }
    return value;
  };

  const result = sum();
  if (next < tokens.length) {
    throw new SyntaxError('unexpected text after the formula');
  }
  return result;
}
