/** Measures the repair model on the faults of this folder: `node test/repair/evaluate.ts [py|js] [effort] [name[:index]]`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { javascriptPrograms } from './faults/javascript.ts';
import { pythonPrograms } from './faults/python.ts';
import { converse, project } from './harness.ts';

const [language = 'py', effort = 'medium', only = '', every = '1', from = '0'] = process.argv.slice(2);
let seen = 0;
const python = language === 'py';
let fixed = 0;
let total = 0;
let exact = 0;
for (const { name, source, test, faults } of python ? pythonPrograms : javascriptPrograms) {
  for (const [index, [good, bad]] of faults.entries()) {
    if (only && only !== name && only !== `${name}:${index}`) continue;
    seen += 1;
    if ((seen - 1) % Number(every) !== Number(from)) continue;
    if (!source.includes(good)) throw new Error(`${name} has no ${good}`);
    const files: Record<string, string> = python
      ? { 'program.py': source.replace(good, () => bad), 'test_program.py': test }
      : { 'program.js': source.replace(good, () => bad), 'program.test.js': test, 'package.json': '{"type":"module"}' };
    const place = project(files);
    const started = performance.now();
    const verify = python ? 'python3 -m pytest -q' : 'node --test';
    const result = await converse(
      `Something is wrong in ${name}.\n\nThe change will be checked with: ${verify}`,
      place,
      { effort },
    );
    const seconds = (performance.now() - started) / 1000;
    const now = readFileSync(join(place.root, python ? 'program.py' : 'program.js'), 'utf8');
    const ok = / passes after the change/.test(result.text);
    total += 1;
    if (ok) fixed += 1;
    if (now === source) exact += 1;
    console.log(
      `${ok ? (now === source ? 'exact' : 'fixed') : 'MISS '} ${name}:${index} ${seconds.toFixed(0)} s  ${JSON.stringify([good, bad]).slice(0, 110)}\n        ${result.text.slice(0, 260)}`,
    );
    if (only.includes(':'))
      for (const { tool, input, result: text } of result.calls)
        console.log(`--- ${tool}`, JSON.stringify(input).slice(0, 200), '\n', text.slice(0, 1500));
    place.remove();
  }
}
console.log(`${language} ${effort}: fixed ${fixed} of ${total}, ${exact} of them exactly as it was`);
