import { languageOf } from '../../syntax/grammars.ts';
import { parse } from '../../syntax/tree.ts';
import { protectionOf } from '../protected.ts';
import { goTests } from './languages/go.ts';
import { javaTests } from './languages/java.ts';
import { javascriptTests } from './languages/javascript.ts';
import { pythonTests } from './languages/python.ts';
import { rustTests } from './languages/rust.ts';
import type { AuditInput, Evidence, SourceFile } from './types.ts';

const readers = {
  javascript: javascriptTests,
  typescript: javascriptTests,
  tsx: javascriptTests,
  python: pythonTests,
  go: goTests,
  rust: rustTests,
  java: javaTests,
};

/** Reads one file as a tree with its tests; a word on why where that cannot be done, null where it is no source. */
async function readSource(path: string, text: string): Promise<SourceFile | { problem: string } | null> {
  const language = languageOf(path);
  if (!language) return null;
  const parsed = await parse(language, text);
  if ('problem' in parsed) return parsed;
  const isTest = protectionOf(path) === 'test' || protectionOf(path) === 'fixture';
  // Tests lie beside the code only in Rust; elsewhere a product file with a function called `test…` is no test.
  const looked = isTest || language === 'rust';
  return { path, language, text, root: parsed.root, isTest, tests: looked ? readers[language](parsed.root, path) : [] };
}

/** Parses both sides of every file, once. Files that cannot be read are listed, never skipped in silence. */
export async function gatherEvidence(input: AuditInput): Promise<Evidence> {
  const evidence: Evidence = { input, files: [], context: [], unread: [] };
  for (const change of input.changes) {
    if (change.problem !== undefined) evidence.unread.push({ path: change.path, problem: change.problem });
    const sides: (SourceFile | null)[] = [];
    for (const text of [change.before, change.after]) {
      const source = text === null || change.before === change.after ? null : await readSource(change.path, text);
      if (source && 'problem' in source) evidence.unread.push({ path: change.path, problem: source.problem });
      sides.push(source && 'root' in source ? source : null);
    }
    // One side alone would read as a file that was added or deleted.
    const unreadable = evidence.unread.some((file) => file.path === change.path);
    const [before, after] = unreadable ? [null, null] : [sides[0]!, sides[1]!];
    evidence.files.push({ path: change.path, change, before, after });
  }
  const changed = new Set(input.changes.map((change) => change.path));
  for (const file of input.context ?? []) {
    if (changed.has(file.path)) continue;
    const source = await readSource(file.path, file.text);
    if (source && 'root' in source) evidence.context.push(source);
  }
  return evidence;
}
