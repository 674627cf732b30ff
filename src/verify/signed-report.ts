import { createHmac, timingSafeEqual } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestResult } from '../ledger/events.ts';
import { loadingId, relativePath, testId } from './ids.ts';
import { type ReadResult, settle } from './settle.ts';
import type { ReportInput } from './types.ts';

/** The report our own reporters write: JSON lines, the last one a signature over all before it. */
export const reportName = 'report.jsonl';

/** Bytes. A larger report is refused rather than read into memory. */
const largestReport = 128 * 1024 * 1024;

interface ReportLine {
  /** Absolute or relative to the runner's folder. */
  file?: string;
  path?: string[];
  state?: TestResult['state'];
  durationMs?: number;
  message?: string;
  /** The file could not be loaded, so its tests are unknown. */
  loading?: boolean;
  /** Something that makes the whole run untrustworthy, in words. */
  problem?: string;
  end?: boolean;
  mac?: string;
}

/**
 * Reads a report that one of our reporters signed with the key of this run. The reporter takes the key away before code
 * under test is loaded, so a report that such code writes itself cannot carry a right signature. (Code that searches the
 * memory of the process it shares with the runner could still find it: that is the wall's height.)
 */
export async function readSigned(input: ReportInput): Promise<ReadResult> {
  const { exitCode, timedOut } = input;
  const read = await readReport(join(input.reportFolder, reportName));
  if (read.problem !== undefined)
    return settle({ tests: [], finished: false, exitCode, timedOut, problem: read.problem });

  const lines: ReportLine[] = [];
  let finished = false;
  let problem: string | undefined;
  const text = read.text;
  const lastStart = text.lastIndexOf('\n', text.length - 2) + 1;
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    try {
      lines.push(JSON.parse(line) as ReportLine);
    } catch {
      problem = `line ${index + 1} of the report cannot be read: it was cut off or altered`;
    }
  }
  const last = lines.at(-1);
  if (last?.end) {
    lines.pop();
    if (isSignedBy(input.key, text.slice(0, lastStart), last.mac ?? '')) finished = true;
    else problem = 'the report is not signed by the reporter of this run: something else wrote or altered it';
  }
  const tests: TestResult[] = [];
  for (const line of lines) {
    if (line.problem) problem ??= line.problem;
    if (!line.state) continue;
    const file = line.file ? relativePath(line.file, input.root) : '';
    tests.push({
      id: line.loading ? loadingId(file) : testId(file, ...(line.path ?? [])),
      state: line.state,
      ...(line.durationMs === undefined ? {} : { durationMs: line.durationMs }),
      ...(line.message ? { message: line.message.slice(0, 4000) } : {}),
    });
  }
  return settle({ tests, finished, exitCode, timedOut, problem });
}

function isSignedBy(key: string, body: string, mac: string): boolean {
  const right = createHmac('sha256', key).update(body).digest();
  const given = Buffer.from(mac, 'hex');
  return given.length === right.length && timingSafeEqual(given, right);
}

/** Reads a report file up to the largest size; an absent one is empty text. */
export async function readReport(path: string): Promise<{ text: string; problem?: string }> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(path, 'r');
  } catch {
    return { text: '' };
  }
  try {
    const { size } = await handle.stat();
    if (size > largestReport) return { text: '', problem: `the report is too large to read (${size} bytes)` };
    return { text: await handle.readFile('utf8') };
  } finally {
    await handle.close();
  }
}
