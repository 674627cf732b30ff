/** One word of a shell command: as written, and as the shell would pass it on. */
export interface Word {
  raw: string;
  value: string;
}

/**
 * Splits a command at top-level `&&` into simple commands of words. null when the command uses anything else of the
 * shell (pipes, `;`, `||`, redirections, substitutions, several lines): those are run as they stand and not taken apart.
 */
export function splitCommand(command: string): Word[][] | null {
  const steps: Word[][] = [[]];
  let raw = '';
  let value = '';
  const endWord = () => {
    if (raw !== '') steps.at(-1)!.push({ raw, value });
    raw = '';
    value = '';
  };
  for (let index = 0; index < command.length; index += 1) {
    const character = command[index]!;
    if (character === ' ' || character === '\t') endWord();
    else if (character === '&' && command[index + 1] === '&') {
      endWord();
      steps.push([]);
      index += 1;
    } else if (character === "'" || character === '"') {
      const end = closingQuote(command, index);
      if (end < 0) return null;
      const inner = command.slice(index + 1, end);
      if (character === '"' && /[`]|\$\(/.test(inner)) return null;
      raw += command.slice(index, end + 1);
      value += character === '"' ? inner.replace(/\\(["\\$`])/g, '$1') : inner;
      index = end;
    } else if (character === '\\') {
      raw += command.slice(index, index + 2);
      value += command[index + 1] ?? '';
      index += 1;
    } else if (/[|;&<>()`\n\r]/.test(character)) return null;
    else if (character === '#' && raw === '') return null;
    else {
      raw += character;
      value += character;
    }
  }
  endWord();
  return steps.every((step) => step.length > 0) ? steps : null;
}

function closingQuote(command: string, start: number): number {
  const quote = command[start];
  for (let index = start + 1; index < command.length; index += 1) {
    if (quote === '"' && command[index] === '\\') index += 1;
    else if (command[index] === quote) return index;
  }
  return -1;
}

export function joinWords(words: readonly Word[]): string {
  return words.map((word) => word.raw).join(' ');
}

/** Quotes a value for the shell where it needs it. */
export function quote(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}

export function word(value: string): Word {
  return { raw: quote(value), value };
}

const assignment = /^[A-Za-z_][A-Za-z0-9_]*=/;

/** Programs that only start another one; the number of extra words that belong to them cannot be told, so none are taken. */
const wrappers: readonly (readonly string[])[] = [
  ['npx'],
  ['bunx'],
  ['pnpx'],
  ['pnpm', 'exec'],
  ['pnpm', 'dlx'],
  ['npm', 'exec'],
  ['yarn', 'exec'],
  ['yarn', 'run'],
  ['yarn'],
  ['pnpm'],
  ['bun', 'run'],
  ['c8'],
  ['nyc'],
  ['cross-env'],
  ['env'],
  ['time'],
  ['dotenv'],
  ['uv', 'run'],
  ['poetry', 'run'],
  ['pipenv', 'run'],
  ['pdm', 'run'],
  ['hatch', 'run'],
  ['rye', 'run'],
  ['coverage', 'run'],
  ['xvfb-run'],
];

/**
 * Where the program of a simple command stands: after assignments (`A=1 …`) and programs that only start another one
 * (`npx`, `cross-env`, `c8`, `uv run`, …) with their flags. -1 when there is none.
 */
export function programIndex(words: readonly Word[]): number {
  let index = 0;
  for (;;) {
    while (index < words.length && assignment.test(words[index]!.value)) index += 1;
    const wrapper = wrappers.find((names) => names.every((name, offset) => words[index + offset]?.value === name));
    if (!wrapper) return index < words.length ? index : -1;
    let next = index + wrapper.length;
    while (next < words.length && /^-/.test(words[next]!.value) && words[next]!.value !== '-m') next += 1;
    // `coverage run -m pytest` starts the module itself: there is no program word after it.
    if (next >= words.length || words[next]!.value === '-m') return index;
    index = next;
  }
}

/** The last part of a program's path: `./node_modules/.bin/vitest` is `vitest`. */
export function programName(words: readonly Word[]): string {
  const index = programIndex(words);
  return index < 0 ? '' : baseName(words[index]!.value);
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
