import type { FileView } from './types.ts';
import { baseName, type Word } from './words.ts';

export interface PackageJson {
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  packageManager?: string;
  workspaces?: string[] | { packages?: string[] };
  [key: string]: unknown;
}

const at = (folder: string, path: string) => (folder === '' ? path : `${folder}/${path}`);

/** A folder's package.json; null when there is none or it is not JSON. */
export async function readPackage(files: FileView, folder: string): Promise<PackageJson | null> {
  const text = await files.read(at(folder, 'package.json'));
  if (text === null) return null;
  try {
    const parsed = JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
    return parsed !== null && typeof parsed === 'object' ? (parsed as PackageJson) : null;
  } catch {
    return null;
  }
}

/** npm, pnpm, yarn or bun: by the `packageManager` field, else by the lock file, else npm. */
export async function packageManager(files: FileView, folder: string): Promise<'npm' | 'pnpm' | 'yarn' | 'bun'> {
  const named = /^(npm|pnpm|yarn|bun)@/.exec((await readPackage(files, folder))?.packageManager ?? '')?.[1];
  if (named) return named as 'npm';
  if (await files.exists(at(folder, 'pnpm-lock.yaml'))) return 'pnpm';
  if (await files.exists(at(folder, 'yarn.lock'))) return 'yarn';
  if ((await files.exists(at(folder, 'bun.lock'))) || (await files.exists(at(folder, 'bun.lockb')))) return 'bun';
  return 'npm';
}

/** The folders of a monorepo's packages: exact paths and `folder/*` of `workspaces` or pnpm-workspace.yaml. */
export async function packageFolders(files: FileView, folder: string): Promise<string[]> {
  const declared = (await readPackage(files, folder))?.workspaces;
  let patterns = Array.isArray(declared) ? declared : (declared?.packages ?? []);
  if (patterns.length === 0) {
    const yaml = (await files.read(at(folder, 'pnpm-workspace.yaml'))) ?? '';
    const block = /^packages:\s*\n((?:[ \t]*(?:-.*|#.*)?\n?)*)/m.exec(yaml)?.[1] ?? '';
    patterns = [...block.matchAll(/^[ \t]*-[ \t]*['"]?([^'"#\n]+?)['"]?[ \t]*$/gm)].map((match) => match[1]!);
  }
  const found: string[] = [];
  for (const pattern of patterns) {
    const clean = pattern.replace(/^\.\//, '').replace(/\/+$/, '');
    const parent = clean.replace(/\/\*{1,2}$/, '');
    const candidates =
      parent === clean
        ? [at(folder, clean)]
        : (await files.list(at(folder, parent))).sort().map((name) => at(folder, `${parent}/${name}`));
    for (const candidate of candidates) {
      if (!found.includes(candidate) && (await files.exists(`${candidate}/package.json`))) found.push(candidate);
    }
  }
  return found;
}

export interface ScriptCall {
  /** Words before the package manager: assignments and programs that start it. */
  prefix: Word[];
  /** Script names; `run-s` takes several, with `*`. */
  names: string[];
  args: string[];
  /** From `--prefix`, `-C` or `--cwd`. */
  folder: string;
  /** In every package of the monorepo that has the script. */
  everywhere: boolean;
}

const neutral = /^(cross-env|env|c8|nyc|time)$/;
const withFolder = /^(--prefix|-C|--dir|--cwd)$/;
const recursive = /^(-r|--recursive|--workspaces|-ws)$/;

/** Reads `npm test`, `npm run x -- …`, `pnpm -r test`, `yarn x`, `run-s a b:*` and the like; null for anything else. */
export function scriptCall(words: readonly Word[]): ScriptCall | null {
  let index = 0;
  while (index < words.length && (/^\w+=/.test(words[index]!.value) || neutral.test(words[index]!.value))) index += 1;
  const manager = baseName(words[index]?.value ?? '');
  const prefix = words.slice(0, index);
  const rest = words.slice(index + 1).map((entry) => entry.value);
  if (manager === 'run-s' || manager === 'npm-run-all') {
    const names = rest.filter((value) => !value.startsWith('-'));
    if (rest.some((value) => /^(-p|--parallel)$/.test(value)) || names.length === 0) return null;
    return { prefix, names, args: [], folder: '', everywhere: false };
  }
  if (!/^(npm|pnpm|yarn|bun)$/.test(manager)) return null;

  let folder = '';
  let everywhere = false;
  let name: string | undefined;
  const args: string[] = [];
  for (let position = 0; position < rest.length; position += 1) {
    const value = rest[position]!;
    if (name !== undefined && value === '--') {
      args.push(...rest.slice(position + 1));
      break;
    }
    if (name === undefined || manager === 'npm') {
      if (withFolder.test(value)) {
        folder = rest[position + 1] ?? '';
        position += 1;
        continue;
      }
      if (recursive.test(value)) {
        everywhere = true;
        continue;
      }
      // A filter chooses packages in a way only the manager knows.
      if (/^(-w|-F|--workspace|--filter)(=.*)?$/.test(value)) return null;
      if (value.startsWith('-')) continue;
    }
    if (name !== undefined) args.push(value);
    else if (/^(run|run-script|rum|urn)$/.test(value)) continue;
    else if (manager === 'yarn' && value === 'workspaces' && /^(run|foreach)$/.test(rest[position + 1] ?? ''))
      everywhere = true;
    else if (/^(exec|dlx|x)$/.test(value)) return null;
    // `bun test` is a runner of its own, whatever the script of that name says.
    else if (manager === 'bun' && value === 'test' && rest[0] !== 'run') return null;
    else name = manager !== 'yarn' && /^(t|tst)$/.test(value) ? 'test' : value;
  }
  return name === undefined ? null : { prefix, names: [name], args, folder, everywhere };
}

/** Script names in the order of the patterns; `test:*` stands for every script that begins so. */
export function expandPattern(patterns: readonly string[], scripts: readonly string[]): string[] {
  return patterns.flatMap((pattern) => {
    if (!pattern.includes('*')) return [pattern];
    const start = pattern.slice(0, pattern.indexOf('*'));
    return scripts.filter((script) => script.startsWith(start));
  });
}
