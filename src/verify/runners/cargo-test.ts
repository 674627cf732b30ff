import type { TestResult } from '../../ledger/events.ts';
import { loadingId, testId } from '../ids.ts';
import { settle } from '../settle.ts';
import type { TestRunner } from '../types.ts';
import { joinWords, programIndex, programName, type Word, word } from '../words.ts';
import { simpleCommand } from './simple.ts';

/**
 * `cargo test`: libtest's lines, the only stable format (its JSON needs a nightly compiler), of every test binary and of
 * doc tests. The lines share the output with the code under test, so each binary's must add up with its own announcement
 * and summary. https://doc.rust-lang.org/rustc/tests/index.html
 */
export const cargoTest: TestRunner = {
  name: 'cargo test',

  async matches(command) {
    return testIndex(simpleCommand(command) ?? []) > 0;
  },

  async instrument(command) {
    const words = simpleCommand(command)!;
    const at = testIndex(words) + 1;
    const rest = words
      .slice(at)
      .filter((entry) => !/^(-q|--quiet|--nocapture|--no-capture|--no-fail-fast)$/.test(entry.value));
    const all = [...words.slice(0, at), word('--no-fail-fast'), ...rest];
    // One stream keeps cargo's own lines, on stderr, in order with those of the binaries.
    return { command: `${joinWords(all)} 2>&1`, environment: { CARGO_TERM_COLOR: 'never', RUST_BACKTRACE: '0' } };
  },

  async read({ output, exitCode, timedOut }) {
    return settle({ ...readCargoLines(output), exitCode, timedOut });
  },
};

function testIndex(words: readonly Word[]): number {
  const index = programIndex(words);
  if (programName(words) !== 'cargo') return -1;
  const toolchain = words[index + 1]?.value.startsWith('+') ? 1 : 0;
  return /^(test|t)$/.test(words[index + 1 + toolchain]?.value ?? '') ? index + 1 + toolchain : -1;
}

const states: Record<string, TestResult['state']> = {
  ok: 'passed',
  FAILED: 'failed',
  ignored: 'skipped',
  bench: 'passed',
};

/** Turns the lines into tests; `finished` when every binary that announced tests gave its summary. */
export function readCargoLines(output: string): { tests: TestResult[]; finished: boolean; problem?: string } {
  const tests: TestResult[] = [];
  let scope: string[] = [];
  let announced: number | null = null;
  let block: TestResult[] = [];
  let blocks = 0;
  let problem: string | undefined;
  let compile: string | undefined;
  let failure: { name: string; lines: string[] } | null = null;
  const close = () => {
    if (announced !== null) problem ??= `a test binary ended before its tests did (${scope.join(' ')})`;
    announced = null;
    failure = null;
  };
  for (const line of output.split(/\r?\n/)) {
    const running = /^\s*Running (?:unittests )?(\S+) \((?:.*[/\\])?([^/\\]+?)-[0-9a-f]{8,}(?:\.exe)?\)$/.exec(line);
    const documents = /^\s*Doc-tests (\S+)$/.exec(line);
    if (running || documents) {
      close();
      scope = running ? [running[2]!, running[1]!.replaceAll('\\', '/')] : [documents![1]!, 'doc tests'];
      continue;
    }
    const begin = /^running (\d+) tests?$/.exec(line);
    if (begin && failure === null) {
      if (announced !== null) problem ??= `one test binary announced its tests twice (${scope.join(' ')})`;
      announced = Number(begin[1]);
      block = [];
      continue;
    }
    const end = /^test result: (?:ok|FAILED)\. (\d+) passed; (\d+) failed; (\d+) ignored; (\d+) measured;/.exec(line);
    if (end) {
      const [passed, failed, ignored, measured] = end.slice(1, 5).map(Number) as [number, number, number, number];
      const count = (state: string) => block.filter((test) => test.state === state).length;
      const agrees =
        count('passed') === passed + measured && count('failed') === failed && count('skipped') === ignored;
      if (announced === null || announced !== block.length || !agrees) {
        problem ??= `the results of ${scope.join(' ')} do not add up: ${announced ?? 'no'} tests announced, ${block.length} reported, and the summary says otherwise`;
      }
      tests.push(...block);
      blocks += 1;
      announced = null;
      failure = null;
      continue;
    }
    const compiling = /^error(?:\[\w+\])?: could not compile `([^`]+)`/.exec(line);
    if (compiling) compile ??= compiling[1]!;
    if (announced === null) continue;
    const heading = /^---- (.+?)(?: stdout)? ----$/.exec(line);
    if (heading) {
      failure = { name: heading[1]!, lines: [] };
      continue;
    }
    if (failure) {
      failure.lines.push(line);
      const failed = block.find((test) => test.id === testId(...scope, stableName(failure!.name)));
      if (failed) failed.message = failure.lines.join('\n').trim().slice(0, 4000);
      continue;
    }
    const result = /^test (.+?)(?: - should panic)?(?: - compile(?: fail)?)? \.\.\. (ok|FAILED|ignored|bench)\b/.exec(
      line,
    );
    if (result) block.push({ id: testId(...scope, stableName(result[1]!)), state: states[result[2]!]! });
  }
  if (announced !== null) {
    tests.push(...block);
    close();
  }
  if (compile !== undefined) {
    const message = output.slice(Math.max(0, output.search(/^error/m))).slice(0, 4000);
    tests.push({ id: loadingId(), state: 'failed', message });
  }
  return { tests, finished: blocks > 0 || compile !== undefined, problem };
}

/** Doc tests are named after their line, which moves with every edit above it. */
function stableName(name: string): string {
  return name.replace(/ \(line \d+\)/, '');
}
