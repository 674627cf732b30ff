import type { FileView } from './types.ts';
import { splitCommand, type Word } from './words.ts';

/** The names make looks for, in its order. */
export const makefiles = ['GNUmakefile', 'makefile', 'Makefile'];

/**
 * The commands behind `make <target>`, with simple variables filled in and the target's prerequisites made first. null
 * when the recipe uses more of make or of the shell than can be followed: then make itself is run.
 */
export async function recipe(
  words: readonly Word[],
  files: FileView,
  folder: string,
): Promise<{ lines: string[]; folder: string } | null> {
  const values = words.slice(1).map((entry) => entry.value);
  let inside = folder;
  if (values[0] === '-C' && values[1]) {
    inside = inside === '' ? values[1] : `${inside}/${values[1]}`;
    values.splice(0, 2);
  }
  const target = values[0];
  if (values.length !== 1 || !target || !/^[\w.-]+$/.test(target) || target.startsWith('-')) return null;
  const text = await readMakefile(files, inside);
  if (text === null) return null;
  const rule = readRules(text).get(target);
  if (!rule || rule.lines.length === 0) return null;

  const variables = readVariables(text);
  const targets = readRules(text);
  const lines: string[] = [];
  for (const needed of rule.needs) if ((targets.get(needed)?.lines.length ?? 0) > 0) lines.push(`make ${needed}`);
  for (const line of rule.lines) {
    const command = expand(line.replace(/^[@+-]+\s*/, ''), variables);
    if (command === null || splitCommand(command) === null) return null;
    // make ignores the failure of a line that begins with a dash.
    if (/^@?-/.test(line)) return null;
    lines.push(command);
  }
  return { lines, folder: inside };
}

export async function readMakefile(files: FileView, folder: string): Promise<string | null> {
  for (const name of makefiles) {
    const text = await files.read(folder === '' ? name : `${folder}/${name}`);
    if (text !== null) return text.replaceAll('\r\n', '\n').replace(/\\\n[ \t]*/g, ' ');
  }
  return null;
}

interface Rule {
  needs: string[];
  lines: string[];
}

export function readRules(text: string): Map<string, Rule> {
  const rules = new Map<string, Rule>();
  let current: Rule | null = null;
  for (const line of text.split('\n')) {
    if (line.startsWith('\t')) {
      const command = line.trim();
      if (current && command !== '' && !command.startsWith('#')) current.lines.push(command);
      continue;
    }
    const header = /^([\w.-]+(?:[ \t]+[\w.-]+)*)[ \t]*::?(?!=)([^=]*)$/.exec(line.replace(/#.*/, ''));
    if (!header) {
      if (line.trim() !== '' && !line.startsWith('#')) current = null;
      continue;
    }
    const [needs = '', inline] = header[2]!.split(';');
    current = { needs: needs.split(/\s+/).filter((need) => need !== '' && need !== '|'), lines: [] };
    if (inline?.trim()) current.lines.push(inline.trim());
    for (const name of header[1]!.split(/\s+/)) {
      const known = rules.get(name);
      if (known && current.lines.length === 0 && known.lines.length > 0) known.needs.push(...current.needs);
      else rules.set(name, current);
    }
  }
  return rules;
}

function readVariables(text: string): Map<string, string> {
  const variables = new Map<string, string>();
  for (const match of text.matchAll(/^([A-Za-z_]\w*)[ \t]*(?:\?|::?)?=[ \t]*([^\n#]*)/gm)) {
    variables.set(match[1]!, match[2]!.trim());
  }
  return variables;
}

/** null when something is left that only make understands. */
function expand(line: string, variables: ReadonlyMap<string, string>): string | null {
  let text = line;
  for (let round = 0; round < 5 && /\$[({]/.test(text); round += 1) {
    text = text.replace(/\$[({](\w+)[)}]/g, (whole, name: string) =>
      name === 'MAKE' ? 'make' : (variables.get(name) ?? whole),
    );
  }
  return /\$[({@<^*]/.test(text) ? null : text.replaceAll('$$', '$');
}
