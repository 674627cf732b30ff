import { rule as assertionsFewer } from './rules/assertions-fewer.ts';
import { rule as callCounter } from './rules/call-counter.ts';
import { rule as ciWeakened } from './rules/ci-weakened.ts';
import { rule as clockPatched } from './rules/clock-patched.ts';
import { rule as coverageLowered } from './rules/coverage-lowered.ts';
import { rule as earlyExit } from './rules/early-exit.ts';
import { rule as equalityOverridden } from './rules/equality-overridden.ts';
import { rule as errorSwallowed } from './rules/error-swallowed.ts';
import { rule as expectationChanged } from './rules/expectation-changed.ts';
import { rule as expectationLoosened } from './rules/expectation-loosened.ts';
import { rule as fixFetched } from './rules/fix-fetched.ts';
import { rule as fixtureChanged } from './rules/fixture-changed.ts';
import { rule as frameworkPatched } from './rules/framework-patched.ts';
import { rule as guardChanged } from './rules/guard-changed.ts';
import { rule as historyRead } from './rules/history-read.ts';
import { rule as reportWritten } from './rules/report-written.ts';
import { rule as runnerConfiguration } from './rules/runner-configuration.ts';
import { rule as specialCase } from './rules/special-case.ts';
import { rule as staleTestRun } from './rules/stale-test-run.ts';
import { rule as strictnessLowered } from './rules/strictness-lowered.ts';
import { rule as stub } from './rules/stub.ts';
import { rule as subjectMocked } from './rules/subject-mocked.ts';
import { rule as suppression } from './rules/suppression.ts';
import { rule as testDeleted } from './rules/test-deleted.ts';
import { rule as testDetection } from './rules/test-detection.ts';
import { rule as testEmptied } from './rules/test-emptied.ts';
import { rule as testFocused } from './rules/test-focused.ts';
import { rule as testSkipped } from './rules/test-skipped.ts';
import { rule as testTautological } from './rules/test-tautological.ts';
import { rule as unlikeOthers } from './rules/unlike-others.ts';
import type { Rule } from './types.ts';

/** Every rule, in the order the documentation has them. */
export const rules: readonly Rule[] = [
  testDeleted,
  testEmptied,
  testSkipped,
  testFocused,
  testTautological,
  assertionsFewer,
  expectationChanged,
  expectationLoosened,
  fixtureChanged,
  subjectMocked,
  runnerConfiguration,
  coverageLowered,
  strictnessLowered,
  ciWeakened,
  earlyExit,
  equalityOverridden,
  frameworkPatched,
  clockPatched,
  specialCase,
  callCounter,
  testDetection,
  errorSwallowed,
  stub,
  suppression,
  reportWritten,
  guardChanged,
  historyRead,
  fixFetched,
  staleTestRun,
  unlikeOthers,
];
