import { recipe } from './makefile.ts';
import { expandPattern, packageFolders, readPackage, scriptCall } from './packages.ts';
import { runners } from './runners/table.ts';
import type { FileView, TestRunner } from './types.ts';
import { baseName, joinWords, quote, splitCommand, type Word } from './words.ts';

/** One simple command of a resolved test command. */
export interface Step {
  command: string;
  /** Relative to the repository's top; empty for the top. */
  folder: string;
  runner: TestRunner;
}

/** Scripts that call scripts deeper than this are run as they stand. */
const deepest = 8;

/**
 * Takes a test command apart into the steps that it ends in: package scripts (with their `pre` and `post`), make
 * targets, `cd`, and `&&` are followed; what cannot be followed stays one step as it is.
 */
export async function resolveSteps(command: string, files: FileView, folder = '', depth = 0): Promise<Step[]> {
  const split = depth < deepest ? splitCommand(command) : null;
  if (!split) return [{ command, folder, runner: await runnerOf(command, files, folder) }];
  const steps: Step[] = [];
  let current = folder;
  for (const words of split) {
    if (words[0]!.value === 'cd' && words.length === 2 && !/^[/~$]/.test(words[1]!.value)) {
      current = joinFolder(current, words[1]!.value);
      continue;
    }
    steps.push(...(await resolveOne(words, files, current, depth)));
  }
  return steps;
}

async function resolveOne(words: readonly Word[], files: FileView, folder: string, depth: number): Promise<Step[]> {
  const call = scriptCall(words);
  if (call) {
    const top = joinFolder(folder, call.folder);
    const folders = call.everywhere ? await packageFolders(files, top) : [top];
    const steps: Step[] = [];
    for (const each of folders) {
      const scripts = (await readPackage(files, each))?.scripts ?? {};
      for (const name of expandPattern(call.names, Object.keys(scripts))) {
        for (const part of [`pre${name}`, name, `post${name}`]) {
          const script = scripts[part];
          if (typeof script !== 'string' || script.trim() === '') continue;
          const text = part === name ? withArguments(script, call.args) : script;
          for (const step of await resolveSteps(text, files, each, depth + 1)) {
            const prefix = joinWords(call.prefix);
            steps.push(prefix === '' ? step : { ...step, command: `${prefix} ${step.command}` });
          }
        }
      }
    }
    if (steps.length > 0) return steps;
  }
  if (/^g?make$/.test(baseName(words[0]!.value))) {
    const made = await recipe(words, files, folder);
    if (made) {
      const steps: Step[] = [];
      for (const line of made.lines) steps.push(...(await resolveSteps(line, files, made.folder, depth + 1)));
      return steps;
    }
    return [{ command: joinWords(words), folder, runner: await runnerBehindMake(words, files, folder) }];
  }
  const command = joinWords(words);
  return [{ command, folder, runner: await runnerOf(command, files, folder) }];
}

/** As a package manager does it: the arguments go behind the script's text. */
function withArguments(script: string, args: readonly string[]): string {
  return [script, ...args.map((value) => quote(value))].join(' ');
}

async function runnerOf(command: string, files: FileView, folder: string): Promise<TestRunner> {
  const view = inFolder(files, folder);
  for (const runner of runners) if (await runner.matches(command, view)) return runner;
  return runners.at(-1)!;
}

/** A recipe that cannot be taken apart may still start a runner that listens to environment variables. */
async function runnerBehindMake(words: readonly Word[], files: FileView, folder: string): Promise<TestRunner> {
  const text = (await files.read(joinFolder(folder, 'Makefile'))) ?? '';
  const target = words.at(-1)?.value ?? '';
  const block = new RegExp(`^${target.replace(/\W/g, '\\$&')}\\s*:[^\\n]*\\n((?:\\t[^\\n]*\\n?|\\s*\\n)*)`, 'm').exec(
    text,
  );
  for (const runner of runners) {
    if (/^(pytest|node:test)$/.test(runner.name) && (await runner.matches(`( ${block?.[1] ?? ''} )`, files)))
      return runner;
  }
  return runners.at(-1)!;
}

/** `folder` and `path` put together and tidied; both relative to the top. */
export function joinFolder(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of `${folder}/${path}`.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** The same files, seen from a folder below. */
export function inFolder(files: FileView, folder: string): FileView {
  if (folder === '') return files;
  return {
    read: (path) => files.read(joinFolder(folder, path)),
    exists: (path) => files.exists(joinFolder(folder, path)),
    list: (path) => files.list(joinFolder(folder, path)),
  };
}
