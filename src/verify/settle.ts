import type { TestReport, TestResult } from '../ledger/events.ts';
import { uniqueIds } from './ids.ts';

export type ReadResult = Pick<TestReport, 'tests' | 'complete' | 'problem'>;

export interface Observed {
  tests: readonly TestResult[];
  /** True when the runner's report says that it came to its end. */
  finished: boolean;
  exitCode: number | null;
  timedOut: boolean;
  /** What is wrong with the report itself, where its reader found something. */
  problem?: string;
}

/**
 * The one place where a report is called complete: it is whole, holds tests, and agrees with the exit code. Anything
 * else carries the reason in words for a person.
 */
export function settle(observed: Observed): ReadResult {
  const tests = uniqueIds(observed.tests);
  const problem = problemOf(observed, tests);
  return problem === undefined ? { tests, complete: true } : { tests, complete: false, problem };
}

function problemOf(observed: Observed, tests: readonly TestResult[]): string | undefined {
  const { exitCode, finished, timedOut, problem } = observed;
  if (timedOut) return 'the tests did not finish in time and were stopped';
  if (exitCode === null) return 'the test command was killed before it ended';
  if (problem !== undefined) return problem;
  if (!finished) {
    return tests.length > 0
      ? `the test run ended early (exit code ${exitCode}): ${tests.length} results came, but not the end of the report`
      : `the test command ended with exit code ${exitCode} and left no report: the runner did not start, or something ended it early, such as process.exit() or os._exit()`;
  }
  if (tests.length === 0) return `the runner reported no tests (exit code ${exitCode})`;
  const failed = tests.filter((test) => test.state === 'failed').length;
  if (exitCode === 0 && failed > 0) {
    return `the report has ${failed} failed ${failed === 1 ? 'test' : 'tests'}, but the command ended with exit code 0`;
  }
  if (exitCode !== 0 && failed === 0) {
    return `no test failed, but the command ended with exit code ${exitCode}: something besides the tests went wrong (an error outside the tests, a coverage threshold, a later step)`;
  }
  return undefined;
}
