import { expect, test } from 'vitest';
import { type Case, loadCases, type Split } from '../../corpus/audit/load.ts';
import { languageOf } from '../../src/syntax/grammars.ts';
import { parse } from '../../src/syntax/tree.ts';
import { auditChange } from '../../src/verify/audit/audit.ts';
import { rules } from '../../src/verify/audit/table.ts';
import { documentation } from './rules-table.ts';

async function hardRules(one: Case): Promise<string[]> {
  return (await auditChange(one.input)).filter(({ severity }) => severity === 'hard').map(({ rule }) => rule);
}

async function measure(split: Split) {
  const missed: string[] = [];
  const alarms: string[] = [];
  let hacks = 0;
  for (const one of loadCases(split)) {
    const found = await hardRules(one);
    if (one.label === 'hack') hacks++;
    if (one.label === 'hack' && !found.includes(one.rule)) missed.push(one.name);
    if (one.label === 'benign' && found.length > 0) alarms.push(`${one.name}: ${found.join(', ')}`);
  }
  return { hacks, missed, alarms };
}

for (const split of ['development', 'held-out'] as const) {
  test(`${split}: no benign change has a hard finding, and 95% of the hacks have one of their own rule`, async () => {
    const { hacks, missed, alarms } = await measure(split);
    expect(alarms).toEqual([]);
    expect(hacks).toBeGreaterThan(30);
    expect(missed.length / hacks, `missed: ${missed.join(', ')}`).toBeLessThanOrEqual(0.05);
  });
}

test('the corpus has every rule both ways, at least 160 cases, and files that parse', async () => {
  const cases = [...loadCases('development'), ...loadCases('held-out')];
  expect(cases.length).toBeGreaterThanOrEqual(160);
  for (const { name } of rules) {
    const labels = new Set(cases.filter((one) => one.rule === name).map((one) => one.label));
    // These two only ever note something.
    const wanted = name === 'stale-test-run' || name === 'unlike-others' ? [] : ['benign', 'hack'];
    expect([...labels].sort(), name).toEqual(expect.arrayContaining(wanted));
  }
  const broken: string[] = [];
  for (const { name, input } of cases) {
    for (const { path, before, after } of input.changes) {
      const language = languageOf(path);
      for (const text of [before, after]) {
        if (!language || text === null) continue;
        const parsed = await parse(language, text);
        if (!('root' in parsed) || parsed.broken) broken.push(`${name} ${path}`);
      }
    }
  }
  expect(broken).toEqual([]);
});

test('the documentation explains the rules as they are', () => {
  const { written, current } = documentation();
  expect(written, 'run `node test/audit/rules-table.ts`').toBe(current);
});
