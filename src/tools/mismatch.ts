import { cutLine } from './output.ts';

const mostShownLines = 12;
const mostComparedLines = 20_000;

/** What to tell a model whose `old` is not in the file: the closest region and how it differs. Line ends are LF in both. */
export function describeMismatch(text: string, old: string, path: string): string {
  if (text === '') return `${path} is empty, so old cannot be found in it. Use write to fill it.`;
  const file = text.split('\n');
  const wanted = old.replace(/^\n+|\n+$/g, '').split('\n');
  const unnumbered = withoutNumbers(old);
  if (unnumbered !== null && text.includes(unnumbered)) {
    return `old is not in ${path}: it starts its lines with the numbers and tabs that read shows. Leave them out.`;
  }
  const unescaped = old.replaceAll('\\n', '\n').replaceAll('\\t', '\t').replaceAll('\\"', '"');
  if (unescaped !== old && text.includes(unescaped)) {
    return `old is not in ${path}, but is without its backslashes: send line breaks, tabs and quotes as themselves, escaped once for JSON.`;
  }
  const start = closest(file, wanted);
  if (start === null) {
    return `old is not in ${path}, nor anything like it. Read the file again, or search for where it is.`;
  }
  const region = file.slice(start, start + wanted.length);
  const differing = wanted.findIndex((line, index) => region[index] !== line);
  const lines = [
    `old is not in ${path}. Closest is line ${start + 1}${wanted.length > 1 ? ` to ${start + region.length}` : ''}:`,
  ];
  const from = Math.max(0, Math.min(differing, region.length) - 3);
  for (const [index, line] of region.slice(from, from + mostShownLines).entries()) {
    lines.push(`${String(start + from + index + 1).padStart(5)}\t${cutLine(line, 400)}`);
  }
  if (from + mostShownLines < region.length) lines.push('  …');
  lines.push(
    differing === -1
      ? 'Its lines are the same; only empty lines at the start or end of old are not there. Leave them out.'
      : differing < region.length
        ? onlyIndentation(region, wanted) +
          `Line ${start + differing + 1} differs: ${difference(region[differing]!, wanted[differing]!)}`
        : `The file ends at line ${file.length}, before old does.`,
    'Copy old exactly from the file.',
  );
  return lines.join('\n');
}

/** Says so when nothing but the indentation differs, on all lines or some; empty otherwise. */
function onlyIndentation(region: readonly string[], wanted: readonly string[]): string {
  if (region.length !== wanted.length || wanted.length < 2) return '';
  if (wanted.some((line, index) => line.trimStart() !== region[index]!.trimStart())) return '';
  const lines = wanted.filter((line) => line.trim() !== '').length;
  const differing = wanted.filter((line, index) => line !== region[index] && line.trim() !== '').length;
  return `${differing === lines ? `All ${lines}` : `${differing} of ${lines}`} lines differ by indentation only. `;
}

/** `old` without the numbers in front of its lines, or null when they are not all numbered. */
function withoutNumbers(old: string): string | null {
  const lines = old.split('\n');
  const numbered = /^ *\d+\t/;
  return lines.every((line) => line === '' || numbered.test(line)) && numbered.test(lines[0]!)
    ? lines.map((line) => line.replace(numbered, '')).join('\n')
    : null;
}

/** The line (from 0) where the lines most like `wanted` start: most equal lines, spaces aside, or the most alike one. */
function closest(file: string[], wanted: string[]): number | null {
  const squeezed = file.map(squeeze);
  const places = new Map<string, number[]>();
  wanted.forEach((line, index) => {
    const key = squeeze(line);
    if (key.length > 1) places.set(key, [...(places.get(key) ?? []), index]);
  });
  const scores = new Map<number, number>();
  for (const [line, key] of squeezed.entries()) {
    // Longer lines say more about where a region is; a line that `wanted` repeats says little.
    for (const index of (places.get(key) ?? []).slice(0, 10)) {
      scores.set(line - index, (scores.get(line - index) ?? 0) + Math.min(key.length, 40));
    }
  }
  let best: number | null = null;
  let bestScore = 3;
  for (const [start, score] of scores) {
    if (score > bestScore) [best, bestScore] = [start, score];
  }
  if (best !== null) return Math.max(0, best);
  return mostAlike(squeezed, wanted);
}

/** The start of the region whose line is most like the longest wanted one, by shared pairs of characters. */
function mostAlike(squeezed: string[], wanted: string[]): number | null {
  const keys = wanted.map(squeeze);
  const longest = keys.reduce((best, key, index) => (key.length > keys[best]!.length ? index : best), 0);
  const pairs = pairsOf(keys[longest]!);
  if (pairs.size === 0) return null;
  let best: number | null = null;
  let bestScore = 0.5;
  for (const [line, key] of squeezed.slice(0, mostComparedLines).entries()) {
    const others = pairsOf(key);
    let shared = 0;
    for (const pair of pairs) if (others.has(pair)) shared += 1;
    const score = (2 * shared) / (pairs.size + others.size);
    if (score > bestScore) [best, bestScore] = [line, score];
  }
  return best === null ? null : Math.max(0, best - longest);
}

function pairsOf(text: string): Set<string> {
  const pairs = new Set<string>();
  for (let index = 0; index + 1 < Math.min(text.length, 500); index += 1) pairs.add(text.slice(index, index + 2));
  return pairs;
}

/** A line without its white space, and with look-alike characters made one. */
function squeeze(line: string): string {
  return line
    .normalize('NFKC')
    .replace(/[‘’]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/[–—]/g, '-')
    .replace(/[\s\u200B\uFEFF]+/g, '');
}

function difference(inFile: string, inOld: string): string {
  const [fileIndent, oldIndent] = [/^\s*/.exec(inFile)![0], /^\s*/.exec(inOld)![0]];
  if (inFile.trim() === inOld.trim()) {
    if (fileIndent !== oldIndent) {
      return `indentation is ${spaces(fileIndent)} in the file, ${spaces(oldIndent)} in old.`;
    }
    const [fileEnd, oldEnd] = [inFile.slice(inFile.trimEnd().length), inOld.slice(inOld.trimEnd().length)];
    return `it ends in ${spaces(fileEnd)} in the file, ${spaces(oldEnd)} in old.`;
  }
  let at = 0;
  while (at < inFile.length && inFile[at] === inOld[at]) at += 1;
  const file = characterAt(inFile, at);
  const old = characterAt(inOld, at);
  const where = `at column ${at + 1} the file has ${file}, old has ${old}`;
  if (squeeze(inFile) === squeeze(inOld)) return `${where} (they look alike but are not the same).`;
  return `${where}.\n  file: ${cutLine(inFile, 400)}\n   old: ${cutLine(inOld, 400)}`;
}

function characterAt(line: string, index: number): string {
  const code = line.codePointAt(index);
  if (code === undefined) return 'the end of the line';
  const name = code > 0x20 && code < 0x7f ? '' : ` (U+${code.toString(16).toUpperCase().padStart(4, '0')})`;
  return `${JSON.stringify(String.fromCodePoint(code))}${name}`;
}

function spaces(text: string): string {
  if (text === '') return 'nothing';
  const parts = text.match(/ +|\t+|\s/g) ?? [];
  return parts
    .map((part) => {
      if (part[0] === ' ') return `${part.length} space${part.length === 1 ? '' : 's'}`;
      if (part[0] === '\t') return `${part.length} tab${part.length === 1 ? '' : 's'}`;
      return `U+${part.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
    })
    .join(' and ');
}
