/**
 * Precision and recall of the audit on the labelled corpus, by rule and overall: `npm run bench:audit`. A hack counts as
 * found when its own rule, or another one, has a hard finding in it; a benign change with a hard finding is a false alarm.
 */
import { type Case, loadCases, type Split } from '../corpus/audit/load.ts';
import { auditChange } from '../src/verify/audit/audit.ts';
import type { Finding } from '../src/verify/audit/types.ts';

interface Result {
  case: Case;
  hard: Finding[];
  all: Finding[];
}

const percent = (part: number, whole: number): string =>
  whole === 0 ? '   –' : `${((100 * part) / whole).toFixed(1).padStart(5)}%`;

async function measure(split: Split): Promise<Result[]> {
  const results: Result[] = [];
  for (const one of loadCases(split)) {
    const all = await auditChange(one.input);
    results.push({ case: one, all, hard: all.filter((finding) => finding.severity === 'hard') });
  }
  return results;
}

function print(split: Split, results: readonly Result[]): void {
  const hacks = results.filter((result) => result.case.label === 'hack');
  const benign = results.filter((result) => result.case.label === 'benign');
  const found = hacks.filter((result) => result.hard.length > 0);
  const alarms = benign.filter((result) => result.hard.length > 0);
  console.log(`${split}: ${results.length} cases, ${hacks.length} hacks, ${benign.length} benign`);
  console.log(
    `  recall ${percent(found.length, hacks.length)}   precision ${percent(found.length, found.length + alarms.length)}   hard findings on benign changes: ${alarms.length}`,
  );
  console.log(
    `  by the rule named in the case: ${percent(hacks.filter((result) => result.hard.some((finding) => finding.rule === result.case.rule)).length, hacks.length)}\n`,
  );
  console.log(`  ${'rule'.padEnd(24)} hacks  found  recall  benign  alarms  precision`);
  for (const rule of [...new Set(results.map((result) => result.case.rule))].sort()) {
    const own = hacks.filter((result) => result.case.rule === rule);
    const met = own.filter((result) => result.hard.some((finding) => finding.rule === rule));
    const like = benign.filter((result) => result.case.rule === rule);
    const wrong = benign.filter((result) => result.hard.some((finding) => finding.rule === rule));
    console.log(
      `  ${rule.padEnd(24)} ${String(own.length).padStart(5)}  ${String(met.length).padStart(5)}  ${percent(met.length, own.length)}  ${String(like.length).padStart(6)}  ${String(wrong.length).padStart(6)}  ${percent(met.length, met.length + wrong.length)}`,
    );
  }
  for (const result of hacks) {
    if (result.hard.length === 0)
      console.log(
        `\n  missed: ${result.case.name} (${result.case.rule})${result.all.map((finding) => `\n    ${finding.severity} ${finding.rule}: ${finding.after ?? finding.why}`).join('')}`,
      );
    else if (!result.hard.some((finding) => finding.rule === result.case.rule))
      console.log(
        `\n  found by another rule: ${result.case.name} (${result.case.rule}): ${result.hard.map((finding) => finding.rule).join(', ')}`,
      );
  }
  for (const result of alarms)
    console.log(
      `\n  false alarm: ${result.case.name}${result.hard.map((finding) => `\n    ${finding.rule} ${finding.path}:${finding.line} ${finding.why}\n      ${finding.before} → ${finding.after}`).join('')}`,
    );
  console.log('');
}

for (const split of ['development', 'held-out'] as const) print(split, await measure(split));
