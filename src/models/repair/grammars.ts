import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Language, Parser } from 'web-tree-sitter';
import { ParlayError } from '../../system/errors.ts';

/** The grammars the repair model reads with. */
export type GrammarName = 'javascript' | 'typescript' | 'tsx' | 'python';

const packages: Record<GrammarName | 'runtime', string> = {
  runtime: 'web-tree-sitter/web-tree-sitter.wasm',
  javascript: 'tree-sitter-javascript/tree-sitter-javascript.wasm',
  typescript: 'tree-sitter-typescript/tree-sitter-typescript.wasm',
  tsx: 'tree-sitter-typescript/tree-sitter-tsx.wasm',
  python: 'tree-sitter-python/tree-sitter-python.wasm',
};

/** Absolute path of a grammar: `grammars/` beside a bundle, the installed package in a checkout. */
function grammarFile(name: GrammarName | 'runtime'): string {
  const specifier = packages[name];
  const file = specifier.slice(specifier.indexOf('/') + 1);
  for (const folder of ['./grammars/', '../grammars/']) {
    const bundled = fileURLToPath(new URL(folder + file, import.meta.url));
    if (existsSync(bundled)) return bundled;
  }
  try {
    return createRequire(import.meta.url).resolve(specifier);
  } catch (cause) {
    throw new ParlayError(`The grammar ${file} of the offline model is missing.`, {
      why: 'It is neither in dist/grammars/ nor in node_modules.',
      next: 'Install Parlay again (npm ci, then npm run build).',
      cause,
    });
  }
}

/** Parsers by grammar, ready to be used without waiting. */
export type Parsers = ReadonlyMap<GrammarName, Parser>;

let loading: Promise<Parsers> | undefined;

/** Loads the parser and every grammar once in a process. Throws `ParlayError` when a grammar file is missing. */
export function loadParsers(): Promise<Parsers> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Parsers> {
  const { Parser, Language } = await import('web-tree-sitter');
  await Parser.init({ locateFile: () => grammarFile('runtime') });
  const parsers = new Map<GrammarName, Parser>();
  for (const name of ['javascript', 'typescript', 'tsx', 'python'] as const) {
    const language: Language = await Language.load(readFileSync(grammarFile(name)));
    parsers.set(name, new Parser().setLanguage(language));
  }
  return parsers;
}

/** The grammar for a file by the end of its name, or null for a language the model does not repair. */
export function grammarOf(path: string): GrammarName | null {
  if (/\.(c|m)?jsx?$/.test(path)) return 'javascript';
  if (/\.(c|m)?ts$/.test(path)) return 'typescript';
  if (path.endsWith('.tsx')) return 'tsx';
  if (path.endsWith('.py')) return 'python';
  return null;
}
