/** Ranks at which the known fixes of the samples would be tried, all lines of the file being equally suspicious. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare, rankCandidates } from '../../src/models/repair/candidates.ts';
import { grammarOf, loadParsers } from '../../src/models/repair/grammars.ts';
import { parseFile } from '../../src/models/repair/tree.ts';

const parsers = await loadParsers();
const samples = join(import.meta.dirname, '../../samples');
const squeeze = (text: string) => text.replace(/[\s;()]+/g, '').replaceAll('"', "'");
for (const name of readdirSync(samples).sort()) {
  const patch = readFileSync(join(samples, name, 'fix.patch'), 'utf8');
  const path = /^\+\+\+ b\/(\S+)/m.exec(patch)![1]!;
  const top = mkdtempSync(join(tmpdir(), 'ranks-'));
  cpSync(join(samples, name, 'repository'), top, { recursive: true });
  const source = readFileSync(join(top, path), 'utf8');
  execFileSync('patch', ['-s', '-p1', '-i', join(samples, name, 'fix.patch')], { cwd: top });
  const mended = readFileSync(join(top, path), 'utf8');
  rmSync(top, { recursive: true });
  const grammar = grammarOf(path)!;
  const parser = parsers.get(grammar)!;
  const file = parseFile(path, grammar, source, parser);
  const suspicion = new Map(source.split('\n').map((_, row) => [row, 0.5]));
  const all = rankCandidates([{ file, suspicion }], 0);
  const tried = new Set<string>();
  let rank = 0;
  let found = '';
  for (const candidate of all) {
    if (!prepare(candidate, file, parser, tried)) continue;
    rank += 1;
    if (squeeze(candidate.result) === squeeze(mended)) {
      found = `${rank} ${candidate.operator} prior ${candidate.prior.toFixed(2)}`;
      break;
    }
  }
  console.log(`${found || 'NEVER'} of ${all.length} ${name} (${source.split('\n').length} lines)`);
}
