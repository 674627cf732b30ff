import type { EventData, TestReport } from '../ledger/events.ts';
import type { Base } from '../workspace/types.ts';
import { changesOf } from './attempt.ts';
import {
  type Baseline,
  baselinePatience,
  conclude,
  type EvidenceInput,
  type GradedReport,
  gradeChanges,
  runBaseline,
} from './evidence.ts';
import { type RunState, readRun } from './run-state.ts';
import type { FlowContext } from './types.ts';

/**
 * The evidence of one run: tests the base while attempts are at work, and each attempt's change when it is there. A base
 * whose tests hang (the bug may be an endless loop) is given up on once a graded change shows how long they should take.
 */
export class Grader {
  readonly #state: RunState;
  readonly #context: FlowContext;
  readonly #input: Promise<EvidenceInput>;
  readonly #baseline: Promise<Baseline>;
  readonly #tooLong = new AbortController();
  readonly #startedAt: number;
  #patience: NodeJS.Timeout | undefined;

  constructor(state: RunState, plan: EventData['verify.found'], base: Promise<Base>, context: FlowContext) {
    const { created } = state;
    this.#state = state;
    this.#context = context;
    this.#startedAt = context.effects.elapsed();
    this.#input = base.then((ready) => ({
      run: state.id,
      base: ready,
      plan,
      timeoutMs: created.verifyTimeout * 1000,
      sandbox: created.sandbox === 'bubblewrap',
      network: created.network,
    }));
    this.#baseline = this.#settleBaseline();
    this.#baseline.catch(() => {});
    this.#input.catch(() => {});
  }

  /** Grades what an attempt left, if it left a change and was not graded before, and records the evidence. */
  async grade(attempt: number): Promise<void> {
    const { ledger } = this.#context;
    const current = readRun(ledger, this.#state.id).attempts.get(attempt);
    const outcome = current?.finish?.outcome;
    if (!outcome || outcome.changes.length === 0 || current.evidence) return;
    const input = await this.#input;
    const { run } = input;
    ledger.append(run, attempt, 'attempt.phase', { phase: 'grading' });
    const graded = await gradeChanges(input, this.#context, attempt, changesOf(ledger, outcome));
    this.#limitBaseline(graded);
    conclude(input, this.#context, attempt, await this.#baseline, graded);
    ledger.append(run, attempt, 'attempt.phase', { phase: 'done' });
  }

  /** Ends a baseline that nobody waits for any more, and waits until its workspace is gone. */
  async close(): Promise<void> {
    clearTimeout(this.#patience);
    this.#tooLong.abort();
    await this.#baseline.catch(() => {});
  }

  async #settleBaseline(): Promise<Baseline> {
    if (this.#state.baseline) return this.#state.baseline;
    const { ledger } = this.#context;
    const earlier = this.#state.baselineRuns.map(
      ({ report }): TestReport => JSON.parse(ledger.blob(report).toString('utf8')),
    );
    return runBaseline(await this.#input, this.#context, earlier, this.#tooLong.signal);
  }

  #limitBaseline({ report }: GradedReport): void {
    if (!report.complete || this.#patience) return;
    const used = this.#context.effects.elapsed() - this.#startedAt;
    const left = Math.max(0, baselinePatience(report.wallMs) - used);
    this.#patience = setTimeout(() => this.#tooLong.abort(), left);
  }
}
