export type Token =
  | { kind: 'number'; value: number }
  | { kind: 'name'; text: string }
  | { kind: 'symbol'; text: string };

const PATTERN = /\s*(?:(\d+(?:\.\d)?(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(\*\*|[-+*/(),]))/y;

/** Splits a formula into tokens; throws SyntaxError at a character that starts none. */
export function tokenise(source: string): Token[] {
  const tokens: Token[] = [];
  const text = source.trimEnd();
  let position = 0;
  while (position < text.length) {
    PATTERN.lastIndex = position;
    const match = PATTERN.exec(text);
    if (!match) {
      throw new SyntaxError(`unexpected character at ${position}: ${text.slice(position).trim()[0]}`);
    }
    const [whole, number, name, symbol] = match;
    if (number !== undefined) {
      tokens.push({ kind: 'number', value: Number(number) });
    } else if (name !== undefined) {
      tokens.push({ kind: 'name', text: name });
    } else {
      tokens.push({ kind: 'symbol', text: symbol! });
    }
    position += whole.length;
  }
  return tokens;
}
