import type { EventData, Evidence, TestReport } from '../ledger/events.ts';
import { isWithin, loadingScope } from './ids.ts';

/** What the base's own tests did, from two runs of the same code. */
export type Baseline = EventData['baseline.settled'];

/**
 * Settles the base from its runs (two are the rule). Tests whose state differs between runs are flaky and set aside.
 * Only whole reports count; without one there is nothing to compare with, and `problem` says why.
 */
export function settleBaseline(reports: readonly TestReport[]): Baseline {
  const whole = reports.filter((report) => report.complete);
  if (whole.length === 0) {
    const problem = reports.find((report) => report.problem)?.problem ?? 'the tests were not run';
    return { passing: [], failing: [], flaky: [], usable: false, problem };
  }
  const passing: string[] = [];
  const failing: string[] = [];
  const flaky: string[] = [];
  const states = whole.map((report) => new Map(report.tests.map((test) => [test.id, test.state])));
  for (const id of new Set(whole.flatMap((report) => report.tests.map((test) => test.id)))) {
    const seen = new Set(states.map((run) => run.get(id)));
    if (seen.size > 1) flaky.push(id);
    else if (seen.has('passed')) passing.push(id);
    else if (seen.has('failed')) failing.push(id);
  }
  const broken = reports.find((report) => !report.complete);
  const problem = broken ? `one of ${reports.length} runs could not be read: ${broken.problem}` : undefined;
  return { passing, failing, flaky, usable: true, ...(problem === undefined ? {} : { problem }) };
}

/**
 * Judges an attempt by the report of its tests, made in a fresh copy with pristine tests. `restored` are the protected
 * files that grading put back; they are recorded and decide nothing.
 */
export function judge(baseline: Baseline, report: TestReport, restored: readonly string[]): Evidence {
  const states = new Map(report.tests.map((test) => [test.id, test.state]));
  const broken = baseline.usable ? baseline.passing.filter((id) => states.get(id) !== 'passed') : [];
  const fixed: string[] = [];
  const stillFailing: string[] = [];
  for (const id of baseline.failing) (isFixed(id, baseline, report) ? fixed : stillFailing).push(id);
  // Half of a task may live in tests that were not run: whoever reads the verdict should know.
  const files = `${restored.length} test or configuration ${restored.length === 1 ? 'file' : 'files'}`;
  const unused = restored.length > 0 ? `; what it did to ${files} was left out of the check` : '';
  const evidence = (verified: boolean, reason: string): Evidence => ({
    verified,
    reason: reason + unused,
    strength: report.strength,
    fixed: report.complete ? fixed : [],
    // Tests that an unfinished report does not name were not seen to break.
    broken: report.complete ? broken : broken.filter((id) => states.get(id) === 'failed'),
    stillFailing: report.complete ? stillFailing : [],
    restored: [...restored],
  });

  if (!baseline.usable) {
    // A bug that hangs or crashes the whole run leaves nothing to compare with; all tests passing now says enough.
    const passed = report.tests.filter((test) => test.state === 'passed').length;
    const failed = report.tests.some((test) => test.state === 'failed');
    if (report.complete && report.strength === 'report' && passed > 0 && !failed) {
      return evidence(true, `all ${tests(passed)} pass now; before, they could not be read (${baseline.problem})`);
    }
    return {
      ...evidence(
        false,
        `nothing to compare with: the tests of the starting state could not be read (${baseline.problem})`,
      ),
      strength: 'none',
    };
  }
  if (!report.complete)
    return evidence(false, `the tests gave no complete report: ${report.problem ?? 'unknown reason'}`);
  const weaker = report.strength === 'exit-code' ? ' (only the exit code was seen: weaker evidence)' : '';
  if (broken.length > 0) {
    return evidence(
      false,
      `${tests(broken.length)} that passed before ${broken.length === 1 ? 'does' : 'do'} not pass now: ${listed(broken, states)}${weaker}`,
    );
  }
  const aside = baseline.flaky.length > 0 ? `; ${tests(baseline.flaky.length)} set aside as flaky` : '';
  if (baseline.failing.length === 0) {
    if (baseline.passing.length === 0)
      return evidence(false, `no test gave the same result twice on the starting state${aside}`);
    const kept =
      report.strength === 'exit-code'
        ? 'the command still succeeds'
        : `all ${tests(baseline.passing.length)} that passed before still pass`;
    return evidence(true, `${kept}; none failed before, so only regressions were checked${aside}${weaker}`);
  }
  if (fixed.length === 0) {
    return evidence(
      false,
      `none of the ${tests(baseline.failing.length)} that failed before passes now${aside}${weaker}`,
    );
  }
  const rest =
    stillFailing.length > 0
      ? `, ${stillFailing.length} still ${stillFailing.length === 1 ? 'fails' : 'fail'} as before`
      : '';
  const what =
    report.strength === 'exit-code'
      ? 'the command failed before and succeeds now'
      : `${tests(fixed.length)} fixed, none broken${rest}`;
  return evidence(true, `${what}${aside}${weaker}`);
}

/**
 * A file that could not be loaded on the base is fixed when it loads and every test in it that the base could not see
 * passes (skipped ones aside, and at least one).
 */
function isFixed(id: string, baseline: Baseline, report: TestReport): boolean {
  const scope = loadingScope(id);
  if (scope === null) return report.tests.some((test) => test.id === id && test.state === 'passed');
  if (report.tests.some((test) => test.id === id)) return false;
  const known = new Set([...baseline.passing, ...baseline.failing, ...baseline.flaky]);
  const inside = report.tests.filter((test) => !known.has(test.id) && isWithin(test.id, scope));
  return inside.some((test) => test.state === 'passed') && inside.every((test) => test.state !== 'failed');
}

function tests(count: number): string {
  return count === 1 ? '1 test' : `${count} tests`;
}

function listed(ids: readonly string[], states: ReadonlyMap<string, string>): string {
  const shown = ids.slice(0, 3).map((id) => `${id} (${states.get(id) ?? 'missing'})`);
  return shown.join(', ') + (ids.length > 3 ? ` and ${ids.length - 3} more` : '');
}
