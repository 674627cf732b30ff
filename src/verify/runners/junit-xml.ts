import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestResult } from '../../ledger/events.ts';
import { loadingId, testId } from '../ids.ts';
import { type ReadResult, settle } from '../settle.ts';
import { readReport } from '../signed-report.ts';
import type { ReportInput } from '../types.ts';
import { quote } from '../words.ts';

/**
 * The command with the old reports below `folders` cleared away before it and the new ones copied to the exchange folder
 * after it, with its exit code kept. Build tools write reports next to what they build and cannot be told otherwise on
 * the command line.
 */
export function collectReports(command: string, folders: readonly string[], reportFolder: string): string {
  const named = folders.map((name) => `-name ${quote(name)}`).join(' -o ');
  const inside = folders.map((name) => `-path ${quote(`*/${name}/*`)}`).join(' -o ');
  return [
    `{ find . -type d \\( ${named} \\) -prune -exec rm -rf {} + ;`,
    `${command} ; parlay_code=$? ; parlay_number=0`,
    `find . -type f -name 'TEST-*.xml' \\( ${inside} \\) | LC_ALL=C sort | while IFS= read -r parlay_file ; do`,
    `parlay_number=$((parlay_number + 1)) ; cp "$parlay_file" ${quote(reportFolder)}/"$parlay_number.xml" ; done`,
    `( exit $parlay_code ) ; }`,
  ].join('\n');
}

interface XmlCase {
  '@name'?: string;
  '@classname'?: string;
  /** Seconds. */
  '@time'?: string;
  failure?: unknown;
  error?: unknown;
  skipped?: unknown;
}

/** Reads every JUnit XML file in the exchange folder. `compileFailed` tells from the output that there could be none. */
export async function readXmlReports(
  input: ReportInput,
  rules: { compileFailed: RegExp; announced?: (output: string) => number | null },
): Promise<ReadResult> {
  const { exitCode, timedOut, output, reportFolder } = input;
  const names = (await readdir(reportFolder).catch(() => [])).filter((name) => /^\d+\.xml$/.test(name));
  names.sort((left, right) => Number.parseInt(left, 10) - Number.parseInt(right, 10));
  const tests: TestResult[] = [];
  let problem: string | undefined;
  for (const name of names) {
    const report = await readReport(join(reportFolder, name));
    problem ??= report.problem;
    try {
      tests.push(...(await readJunitXml(report.text)));
    } catch (thrown) {
      problem ??= `a report cannot be read: it was cut off or altered (${thrown instanceof Error ? thrown.message : thrown})`;
    }
  }
  const compileFailed = rules.compileFailed.test(output);
  const announced = rules.announced?.(output) ?? null;
  if (announced !== null && announced !== tests.length) {
    problem ??= `the reports hold ${tests.length} tests, but the build tool says it ran ${announced}`;
  }
  if (compileFailed) tests.push({ id: loadingId(), state: 'failed', message: output.slice(-4000) });
  return settle({ tests, finished: names.length > 0 || compileFailed, exitCode, timedOut, problem });
}

/** The test cases of one JUnit XML file. Throws when it is not whole. */
export async function readJunitXml(text: string): Promise<TestResult[]> {
  const { XMLParser, XMLValidator } = await import('fast-xml-parser');
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw new Error(valid.err.msg);
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseAttributeValue: false,
    parseTagValue: false,
    isArray: (name) => name === 'testcase' || name === 'testsuite',
  });
  const found: TestResult[] = [];
  const walk = (node: unknown): void => {
    if (node === null || typeof node !== 'object') return;
    const { testcase = [], testsuite = [] } = node as { testcase?: XmlCase[]; testsuite?: unknown[] };
    for (const each of testcase) found.push(toResult(each));
    for (const each of testsuite) walk(each);
  };
  const document = parser.parse(text) as { testsuites?: unknown };
  walk(document);
  walk(document.testsuites);
  return found;
}

function toResult(each: XmlCase): TestResult {
  const bad = each.failure ?? each.error;
  const state = bad !== undefined ? 'failed' : each.skipped !== undefined ? 'skipped' : 'passed';
  const message = textOf(bad);
  const seconds = Number(each['@time']?.replace(',', '') ?? Number.NaN);
  return {
    id: testId(each['@classname'] ?? '', each['@name'] ?? ''),
    state,
    ...(Number.isFinite(seconds) ? { durationMs: seconds * 1000 } : {}),
    ...(message === '' ? {} : { message: message.slice(0, 4000) }),
  };
}

function textOf(node: unknown): string {
  if (typeof node === 'string') return node;
  if (Array.isArray(node)) return textOf(node[0]);
  if (node === null || typeof node !== 'object') return '';
  const { '#text': text, '@message': message } = node as { '#text'?: string; '@message'?: string };
  return text ?? message ?? '';
}
