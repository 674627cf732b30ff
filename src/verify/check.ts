import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { makefiles, readMakefile, readRules } from './makefile.ts';
import { readPackage, scriptCall } from './packages.ts';
import { joinFolder, resolveSteps } from './resolve.ts';
import type { FileView, VerifyPlan } from './types.ts';
import { baseName, programIndex, splitCommand, type Word } from './words.ts';

export interface Runnable {
  ok: boolean;
  /** What is missing, and what to do about it, in words for a person. */
  problem?: string;
  next?: string;
}

/** Programs that come with the runners' packages, so that a missing `node_modules` explains their absence. */
const packageRunners = new Set(['vitest', 'jest', 'mocha']);

const builtins =
  /^(cd|export|set|unset|true|false|test|\[|\[\[|echo|exec|eval|source|\.|if|for|while|until|case|time|command|!|\{|\()$/;

/**
 * Says before money is spent what would keep the plan's command from running: a missing script, make target, program or
 * `node_modules`. `hasProgram` tells whether the shell that will run it finds a program by name. Nothing of the
 * repository is run.
 */
export async function checkRunnable(
  plan: VerifyPlan,
  files: FileView,
  hasProgram: (name: string) => Promise<boolean>,
): Promise<Runnable> {
  const missing = await missingScript(plan, files);
  if (missing) return missing;
  for (const step of await resolveSteps(plan.command, files, plan.folder)) {
    const split = splitCommand(step.command);
    if (split?.length !== 1) continue;
    const words = split[0]!;
    for (const name of programsOf(words)) {
      const problem = await missingProgram(name, step.folder, files, hasProgram);
      if (problem) return problem;
    }
  }
  return { ok: true };
}

/** Finds programs in the folders of a PATH variable. */
export function programsOnPath(path: string | undefined): (name: string) => Promise<boolean> {
  return async (name) => {
    for (const folder of name.startsWith('/') ? [''] : (path ?? '').split(':').filter((entry) => entry !== '')) {
      const found = await access(join(folder, name), constants.X_OK).then(
        () => true,
        () => false,
      );
      if (found) return true;
    }
    return false;
  };
}

/** The first program of a command, and the one that it starts where it only starts another. */
function programsOf(words: readonly Word[]): string[] {
  const first = words.find((entry) => !/^\w+=/.test(entry.value))?.value;
  const started = words[programIndex(words)]?.value;
  // npx and its kin fetch what is missing.
  const names =
    first !== undefined && /^(npx|bunx|pnpx|uv|poetry|pipenv|pdm|hatch)$/.test(first) ? [first] : [first, started];
  return [...new Set(names)].filter(
    (name) => name !== undefined && !builtins.test(name) && !/[$*?`]/.test(name),
  ) as string[];
}

async function missingProgram(
  name: string,
  folder: string,
  files: FileView,
  hasProgram: (name: string) => Promise<boolean>,
): Promise<Runnable | null> {
  if (name.includes('/') && !name.startsWith('/')) {
    if (await files.exists(joinFolder(folder, name))) return null;
    const absent = name.includes('node_modules/') ? await missingPackage(baseName(name), folder, files) : null;
    if (absent) return absent;
    return {
      ok: false,
      problem: `the verify command starts ${name}, which does not exist`,
      next: 'Correct the path, or give another command with --verify.',
    };
  }
  const folders = [''];
  for (const part of folder.split('/')) if (part !== '') folders.unshift(joinFolder(folders[0]!, part));
  for (const each of folders) if (await files.exists(joinFolder(each, `node_modules/.bin/${name}`))) return null;
  const absent = await missingPackage(name, folder, files);
  if (absent) return absent;
  if (await hasProgram(name)) return null;
  return {
    ok: false,
    problem: `the verify command starts ${name}, which is not installed`,
    next: `Install ${name}, or give another command with --verify.`,
  };
}

/** A program that a package brings, whose dependencies are not installed: one of the same name elsewhere will not do. */
async function missingPackage(name: string, folder: string, files: FileView): Promise<Runnable | null> {
  const found = (await readPackage(files, folder)) ?? (await readPackage(files, ''));
  if (!found) return null;
  const declared = found.devDependencies?.[name] ?? found.dependencies?.[name];
  const installed = (await files.exists(joinFolder(folder, 'node_modules'))) || (await files.exists('node_modules'));
  if (installed || (declared === undefined && !packageRunners.has(name))) return null;
  return {
    ok: false,
    problem: `the verify command needs ${name}, but node_modules is missing`,
    next: 'Install the dependencies (npm install) and start again.',
  };
}

async function missingScript(plan: VerifyPlan, files: FileView): Promise<Runnable | null> {
  let current = plan.folder;
  for (const words of splitCommand(plan.command) ?? []) {
    if (words[0]!.value === 'cd' && words.length === 2) {
      if (/^[/~$]/.test(words[1]!.value)) return null;
      current = joinFolder(current, words[1]!.value);
      continue;
    }
    const call = scriptCall(words);
    const folder = joinFolder(current, call?.folder ?? '');
    if (call && !call.everywhere) {
      const manager = baseName(words[call.prefix.length]!.value);
      const found = await readPackage(files, folder);
      if (!found) {
        return {
          ok: false,
          problem: `"${plan.command}" needs a package.json, and there is none${folder === '' ? '' : ` in ${folder}/`} (or it is not valid JSON)`,
          next: 'Give the test command with --verify.',
        };
      }
      const isScript = typeof found.scripts?.[call.names[0]!] === 'string';
      // yarn and pnpm also start programs of packages by name.
      const isProgram =
        manager !== 'npm' && (await files.exists(joinFolder(folder, `node_modules/.bin/${call.names[0]}`)));
      if (!isScript && !isProgram && !call.names[0]!.includes('*')) {
        const known = Object.keys(found.scripts ?? {})
          .slice(0, 8)
          .join(', ');
        return {
          ok: false,
          problem: `package.json has no script "${call.names[0]}"`,
          next: known ? `Its scripts are: ${known}. Name one with --verify.` : 'Give the test command with --verify.',
        };
      }
    }
    const target = words[1]?.value;
    if (
      baseName(words[0]!.value) === 'make' &&
      words.length === 2 &&
      target &&
      /^[\w.-]+$/.test(target) &&
      !target.startsWith('-')
    ) {
      const text = await readMakefile(files, current);
      if (text === null)
        return {
          ok: false,
          problem: `"${plan.command}" needs a Makefile, and there is none`,
          next: 'Give the test command with --verify.',
        };
      const rules = readRules(text);
      if (!rules.has(target) && !/^\s*-?include\b|%|^\S*\$/m.test(text)) {
        return {
          ok: false,
          problem: `${makefiles.at(-1)} has no target "${target}"`,
          next: `Its targets are: ${[...rules.keys()].slice(0, 8).join(', ')}.`,
        };
      }
    }
  }
  return null;
}
