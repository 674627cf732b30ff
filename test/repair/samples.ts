/** Runs the repair model on the samples: `node test/repair/samples.ts [name] [effort]`. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { converse, project } from './harness.ts';

const [only = '', effort = 'medium'] = process.argv.slice(2);
const samples = join(import.meta.dirname, '../../samples');
for (const name of readdirSync(samples).sort()) {
  if (only && !name.includes(only)) continue;
  const { task, verify } = JSON.parse(readFileSync(join(samples, name, 'sample.json'), 'utf8'));
  const root = join(samples, name, 'repository');
  const files: Record<string, string> = {};
  for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    try {
      files[path] = readFileSync(join(root, path), 'utf8');
    } catch {
      // A folder.
    }
  }
  const place = project(files);
  const started = performance.now();
  const { text, calls } = await converse(`${task}\n\nThe change will be checked with: ${verify}`, place, { effort });
  console.log(
    `${text.includes('passes after') ? 'fixed' : 'MISS '} ${name} ${((performance.now() - started) / 1000).toFixed(0)} s, ${Math.round(JSON.stringify(calls).length / 4)} tokens: ${text.slice(0, 230)}`,
  );
  if (text.includes('passes after'))
    console.log(
      execFileSync('git', ['diff', '-U0'], { cwd: place.root, encoding: 'utf8' })
        .split('\n')
        .filter((line) => /^[-+][^-+]/.test(line))
        .join('\n'),
    );
  if (only)
    for (const { tool, input, result } of calls)
      console.log(`--- ${tool}`, JSON.stringify(input).slice(0, 300), '\n', result.slice(0, 1800));
  place.remove();
}
