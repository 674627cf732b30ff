/** The part of docs/audit.md that comes from the rules themselves. `node test/audit/rules-table.ts` writes it anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rules } from '../../src/verify/audit/table.ts';

const file = join(import.meta.dirname, '..', '..', 'docs', 'audit.md');
const [begin, end] = ['<!-- rules: begin -->', '<!-- rules: end -->'];

/** Every rule by what it says of itself. */
function rulesTable(): string {
  return rules
    .map(({ name, finds, why, fine }) => `### ${name}\n${finds}\n\n- Why it matters: ${why}\n- Fine when: ${fine}`)
    .join('\n\n');
}

/** The page as it is, and as it should be. */
export function documentation(): { written: string; current: string } {
  const written = readFileSync(file, 'utf8');
  const [before = '', rest = ''] = written.split(begin);
  const after = rest.split(end)[1] ?? '\n';
  return { written, current: `${before}${begin}\n${rulesTable()}\n${end}${after}` };
}

if (process.argv[1] === import.meta.filename) writeFileSync(file, documentation().current);
