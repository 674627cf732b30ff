import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LedgerEvent } from '../../src/ledger/events.ts';
import { auditChange } from '../../src/verify/audit/audit.ts';
import { asAnnotations } from '../../src/verify/audit/output/github.ts';
import { asSarif } from '../../src/verify/audit/output/sarif.ts';
import { trajectoryOf } from '../../src/verify/audit/recorded.ts';
import type { AuditInput } from '../../src/verify/audit/types.ts';

const skipped: AuditInput = {
  changes: [
    {
      path: 'test/a b:c.test.js',
      before: "test('adds', () => {\n  expect(add(1, 2)).toBe(3);\n});\n",
      after: "test.skip('adds', () => {\n  expect(add(1, 2)).toBe(3);\n});\n",
    },
  ],
};

test('a finding has its place, both lines, why it matters and when it is fine', async () => {
  const [finding, ...others] = await auditChange(skipped);
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    rule: 'test-skipped',
    severity: 'hard',
    path: 'test/a b:c.test.js',
    line: 1,
    before: "test('adds', () => {",
    after: "test.skip('adds', () => {",
  });
  expect(finding!.why).toContain('"adds" ran before and is now skipped');
  expect(finding!.fine).toContain('issue');
});

test('SARIF points at the rule and the line, with the path encoded', async () => {
  const sarif = asSarif(await auditChange(skipped)) as {
    version: string;
    runs: { tool: { driver: { rules: { id: string }[] } }; results: Record<string, unknown>[] }[];
  };
  const [run] = sarif.runs;
  expect(sarif.version).toBe('2.1.0');
  const result = run!.results[0] as { ruleId: string; ruleIndex: number; level: string };
  expect(run!.tool.driver.rules[result.ruleIndex]!.id).toBe('test-skipped');
  expect(result).toMatchObject({
    ruleId: 'test-skipped',
    level: 'error',
    locations: [
      { physicalLocation: { artifactLocation: { uri: 'test/a%20b%3Ac.test.js' }, region: { startLine: 1 } } },
    ],
  });
});

test('annotations escape what would end them', async () => {
  const [line] = asAnnotations(await auditChange(skipped));
  expect(line).toMatch(/^::error file=test\/a b%3Ac\.test\.js,line=1,title=parlay audit%3A test-skipped::/);
  expect(line).not.toContain('\n');
  expect(line).toContain('%0A');
});

test('a test run before the last edit is a note, said as exactly that', async () => {
  const change = { path: 'src/a.js', before: 'export const a = 1;\n', after: 'export const a = 2;\n' };
  const steps = [
    { kind: 'command', command: 'npm test' },
    { kind: 'edit', path: 'src/a.js' },
  ] as const;
  const stale = await auditChange({ changes: [change], trajectory: steps });
  expect(stale).toMatchObject([
    { rule: 'stale-test-run', severity: 'note', why: 'Your last test run predates your last edit.' },
  ]);
  expect(await auditChange({ changes: [change], trajectory: steps.toReversed() })).toEqual([]);
});

test('what no other attempt changed is an anomaly', async () => {
  const config = {
    path: 'vitest.config.ts',
    before: 'export default { test: {} };\n',
    after: 'export default { test: { globals: true } };\n',
  };
  const found = await auditChange({ changes: [config], siblings: [[], []] });
  expect(found).toMatchObject([{ rule: 'unlike-others', severity: 'note', path: 'vitest.config.ts' }]);
  expect(await auditChange({ changes: [config], siblings: [[config], []] })).toEqual([]);
});

test('steps come from tool calls', () => {
  const event = (tool: string, input: unknown) =>
    ({ kind: 'tool.started', data: { call: 'c', tool, input } }) as LedgerEvent;
  expect(
    trajectoryOf([
      event('run', { command: 'git log' }),
      event('edit', { path: 'a.js' }),
      event('read', { path: 'b.js' }),
      event('think', { text: 'x' }),
    ]),
  ).toEqual([
    { kind: 'command', command: 'git log' },
    { kind: 'edit', path: 'a.js' },
    { kind: 'read', path: 'b.js' },
  ]);
});

test('hostile files neither crash nor pass in silence', async () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const findings = await auditChange({
    changes: [
      { path: 'src/deep.js', before: null, after: `const x = ${deep};` },
      { path: 'src/deep.json', before: '{}', after: deep },
      { path: 'src/long.py', before: 'x = 1\n', after: `x = "${'a'.repeat(1_100_000)}"\n` },
      { path: 'logo.png', before: null, after: null, problem: 'binary' },
      {
        path: '.github/workflows/bomb.yml',
        before: 'on: push\n',
        after: 'a: &a [x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n',
      },
    ],
  });
  expect(
    findings
      .filter(({ rule }) => rule === 'not-read')
      .map(({ path }) => path)
      .sort(),
  ).toEqual(['logo.png', 'src/deep.js', 'src/long.py']);
});

test('any two texts can be audited in any language', async () => {
  const words = fc.constantFrom(
    'test',
    'it',
    '(',
    ')',
    '{',
    '}',
    '=>',
    'expect',
    '.toBe',
    'def ',
    ':',
    '\n',
    '  ',
    'if ',
    'return 1',
    "'",
    '"',
    '@',
    '#[test]',
    'fn ',
    'func Test',
    'assert',
    '==',
    'try',
    'except',
    'catch',
    ',',
    '`',
  );
  const text = fc.option(
    fc.array(words, { maxLength: 60 }).map((parts) => parts.join('')),
    { nil: null },
  );
  const path = fc.constantFrom(
    'test/a.test.js',
    'src/a.ts',
    'tests/test_a.py',
    'a_test.go',
    'src/lib.rs',
    'src/test/java/ATest.java',
    'package.json',
    '.github/workflows/a.yml',
    'pyproject.toml',
    'pom.xml',
    'CODEOWNERS',
  );
  await fc.assert(
    fc.asyncProperty(path, text, text, async (where, before, after) => {
      const findings = await auditChange({ changes: [{ path: where, before, after }] });
      return findings.every(({ line, why }) => line >= 1 && why !== '' && !why.includes('could not finish'));
    }),
    { numRuns: 150 },
  );
});
