/**
 * Readers of Go, Rust and Java reports. Where the program is on this machine it is run for real; where it is not, the
 * reader is tested on small reports written here after the documented formats, and the live test says why it is skipped.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readCargoLines } from '../../src/verify/runners/cargo-test.ts';
import { readGoEvents } from '../../src/verify/runners/go-test.ts';
import { gradle } from '../../src/verify/runners/gradle.ts';
import { readJunitXml } from '../../src/verify/runners/junit-xml.ts';
import { maven } from '../../src/verify/runners/maven.ts';
import { project, verify } from './plain-shell.ts';

function live(program: string, ...args: string[]) {
  const present = spawnSync(program, args, { stdio: 'ignore' }).status === 0;
  if (!present) console.log(`${program} is not installed: its live test is skipped.`);
  return test.skipIf(!present);
}

const states = (tests: readonly { id: string; state: string }[]) =>
  Object.fromEntries(tests.map(({ id, state }) => [id, state]));

describe('go test', () => {
  const event = (value: object) => `${JSON.stringify({ Time: '2026-01-01T00:00:00Z', ...value })}\n`;
  const Package = 'example.com/m/a';
  const whole =
    event({ Action: 'start', Package }) +
    event({ Action: 'run', Package, Test: 'TestA' }) +
    event({ Action: 'run', Package, Test: 'TestA/größe_1' }) +
    event({ Action: 'output', Package, Test: 'TestA/größe_1', Output: 'a_test.go:5: no\n' }) +
    event({ Action: 'fail', Package, Test: 'TestA/größe_1', Elapsed: 0.25 }) +
    event({ Action: 'fail', Package, Test: 'TestA', Elapsed: 0.25 }) +
    event({ Action: 'run', Package, Test: 'TestB' }) +
    event({ Action: 'skip', Package, Test: 'TestB', Elapsed: 0 }) +
    event({ Action: 'run', Package, Test: 'TestC' }) +
    event({ Action: 'pass', Package, Test: 'TestC', Elapsed: 0 }) +
    event({ Action: 'fail', Package, Elapsed: 0.3 });

  test('reads states, subtests and messages', () => {
    const read = readGoEvents(whole);
    expect(read).toMatchObject({ finished: true, problem: undefined });
    expect(states(read.tests)).toEqual({
      [`${Package} › TestA/größe_1`]: 'failed',
      [`${Package} › TestA`]: 'failed',
      [`${Package} › TestB`]: 'skipped',
      [`${Package} › TestC`]: 'passed',
    });
    expect(read.tests[0]).toMatchObject({ durationMs: 250, message: 'a_test.go:5: no\n' });
  });

  test('a build that fails is a failed entry of its package', () => {
    const built = 'example.com/m/b';
    const text =
      event({ Action: 'build-output', ImportPath: `${built} [${built}.test]`, Output: 'undefined: Foo\n' }) +
      event({ Action: 'build-fail', ImportPath: `${built} [${built}.test]` }) +
      event({ Action: 'start', Package: built }) +
      event({ Action: 'fail', Package: built, Elapsed: 0, FailedBuild: `${built} [${built}.test]` });
    const read = readGoEvents(text + whole);
    expect(states(read.tests)[`${built} › (loading)`]).toBe('failed');
    expect(read.tests[0]!.message).toContain('undefined: Foo');
    expect(read.finished).toBe(true);
    const older = readGoEvents(`# ${built}\n./b.go:1:1: undefined: Foo\nFAIL\t${built} [build failed]\n${whole}`);
    expect(states(older.tests)[`${built} › (loading)`]).toBe('failed');
  });

  test('what is cut off, ends early or was never started is told', () => {
    expect(readGoEvents(whole.slice(0, -20)).problem).toContain('cut off');
    expect(readGoEvents(whole.split('\n').slice(0, -2).join('\n')).finished).toBe(false);
    const early = event({ Action: 'run', Package, Test: 'TestA' }) + event({ Action: 'pass', Package, Elapsed: 0 });
    expect(readGoEvents(early).problem).toContain('before its tests');
    expect(readGoEvents(event({ Action: 'pass', Package, Test: 'TestZ' })).problem).toContain('not started');
  });

  live('go', 'version')('runs', async () => {
    const root = await project({
      'go.mod': 'module example.com/m\n\ngo 1.20\n',
      'a_test.go':
        'package m\nimport "testing"\nfunc TestGood(t *testing.T) {}\nfunc TestBad(t *testing.T) { t.Fatal("no") }\n',
    });
    const run = await verify(root, 'go test ./...');
    expect(run.states).toEqual({ 'example.com/m › TestGood': 'passed', 'example.com/m › TestBad': 'failed' });
  });
});

describe('cargo test', () => {
  const lib = 'Running unittests src/lib.rs (target/debug/deps/sample-e6daf73c296d6df0)\n\n';
  const block = (lines: string, count: number, summary: string) =>
    `running ${count} tests\n${lines}\ntest result: ${summary}; 0 measured; 0 filtered out; finished in 0.00s\n`;

  test('reads several binaries and doc tests, whose names hold no line numbers', () => {
    const text =
      lib +
      block(
        'test tests::a ... ok\ntest tests::b - should panic ... ok\ntest tests::c ... ignored, later\n',
        3,
        'ok. 2 passed; 0 failed; 1 ignored',
      ) +
      '     Running tests/it.rs (target/debug/deps/it-4b221586d8d4eec4)\n\nrunning 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n' +
      '   Doc-tests sample\n\n' +
      block('test src/lib.rs - add (line 12) ... ok\n', 1, 'ok. 1 passed; 0 failed; 0 ignored');
    const read = readCargoLines(text.replaceAll('\n', '\r\n'));
    expect(read).toMatchObject({ finished: true, problem: undefined });
    expect(states(read.tests)).toEqual({
      'sample › src/lib.rs › tests::a': 'passed',
      'sample › src/lib.rs › tests::b': 'passed',
      'sample › src/lib.rs › tests::c': 'skipped',
      'sample › doc tests › src/lib.rs - add': 'passed',
    });
  });

  test('lines that the code under test adds, and binaries that end early, are told', () => {
    expect(
      readCargoLines(lib + block('test a ... ok\ntest fake ... ok\n', 1, 'ok. 1 passed; 0 failed; 0 ignored')).problem,
    ).toContain('add up');
    expect(readCargoLines(`${lib}running 2 tests\ntest a ... ok\n`).problem).toContain('ended before');
    expect(
      readCargoLines(`${lib}running 2 tests\n${block('test a ... ok\n', 1, 'ok. 1 passed; 0 failed; 0 ignored')}`)
        .problem,
    ).toContain('twice');
  });

  live('cargo', '--version')('runs, and sees a compile error and an early end', async () => {
    const root = await project({
      'Cargo.toml': '[package]\nname = "sample"\nversion = "0.1.0"\nedition = "2021"\n',
      'src/lib.rs':
        '/// ```\n/// assert_eq!(sample::add(1, 1), 2);\n/// ```\npub fn add(a: i32, b: i32) -> i32 { a + b }\n#[cfg(test)]\nmod tests {\n#[test] fn right() { println!("test fake ... ok"); }\n#[test] fn wrong() { assert_eq!(super::add(1, 1), 3); }\n#[test] #[ignore] fn later() {}\n}\n',
      'tests/it.rs': '#[test] fn outer() { assert_eq!(sample::add(2, 2), 4); }\n',
    });
    const first = await verify(root, 'cargo test --offline -q');
    expect(first.report.problem).toBeUndefined();
    expect(first.states).toEqual({
      'sample › src/lib.rs › tests::right': 'passed',
      'sample › src/lib.rs › tests::wrong': 'failed',
      'sample › src/lib.rs › tests::later': 'skipped',
      'it › tests/it.rs › outer': 'passed',
      'sample › doc tests › src/lib.rs - add': 'passed',
    });
    expect(first.report.tests.find((entry) => entry.state === 'failed')?.message).toContain('left: 2');
    await writeFile(join(root, 'tests/it.rs'), '#[test] fn outer() { std::process::exit(0); }\n');
    expect((await verify(root, 'cargo test --offline')).report).toMatchObject({ complete: false });
    await writeFile(join(root, 'tests/it.rs'), '#[test] fn outer() { absent(); }\n');
    expect((await verify(root, 'cargo test --offline')).states).toEqual({ '(loading)': 'failed' });
  });
});

describe('JUnit XML of maven and gradle', () => {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="a.ATest" tests="4" failures="1" errors="1" skipped="1">
  <testcase name="right" classname="a.ATest" time="0.012"/>
  <testcase name="größe &amp; [1] x" classname="a.ATest" time="1,000.5"><failure message="expected 1" type="E">at a.ATest</failure></testcase>
  <testcase name="broken" classname="a.ATest" time="0"><error message="boom"/></testcase>
  <testcase name="later" classname="a.ATest" time="0"><skipped/></testcase>
</testsuite>
`;

  async function folderWith(files: Record<string, string>): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'parlay-xml-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    return folder;
  }

  const input = { root: '/work', key: '', timedOut: false };

  test('reads states, messages and times', async () => {
    expect(await readJunitXml(xml.replaceAll('\n', '\r\n'))).toEqual([
      { id: 'a.ATest › right', state: 'passed', durationMs: 12 },
      { id: 'a.ATest › größe & [1] x', state: 'failed', durationMs: 1000500, message: 'at a.ATest' },
      { id: 'a.ATest › broken', state: 'failed', durationMs: 0, message: 'boom' },
      { id: 'a.ATest › later', state: 'skipped', durationMs: 0 },
    ]);
  });

  test('reports must be whole and agree with what maven says it ran', async () => {
    const output = (count: number) =>
      `[ERROR] Tests run: 4, Failures: 1, Errors: 1, Skipped: 1, Time elapsed: 0.1 s <<< FAILURE! -- in a.ATest\n[ERROR] Tests run: ${count}, Failures: 1, Errors: 1, Skipped: 1\n`;
    const reportFolder = await folderWith({ '1.xml': xml });
    expect(await maven.read({ ...input, reportFolder, output: output(4), exitCode: 1 })).toMatchObject({
      complete: true,
    });
    const more = await maven.read({ ...input, reportFolder, output: output(5), exitCode: 1 });
    expect(more.problem).toContain('says it ran 5');
    const cut = await maven.read({
      ...input,
      reportFolder: await folderWith({ '1.xml': xml.slice(0, 300) }),
      output: '',
      exitCode: 1,
    });
    expect(cut.problem).toContain('cut off');
    const none = await gradle.read({ ...input, reportFolder: await folderWith({}), output: '', exitCode: 0 });
    expect(none.complete).toBe(false);
  });

  test('a compile error is a failed entry', async () => {
    const reportFolder = await folderWith({});
    const java = await maven.read({ ...input, reportFolder, output: '[ERROR] COMPILATION ERROR : \n', exitCode: 1 });
    expect(java).toMatchObject({ complete: true, tests: [{ id: '(loading)', state: 'failed' }] });
    const output = '> Task :app:compileTestJava FAILED\n';
    expect(await gradle.read({ ...input, reportFolder, output, exitCode: 1 })).toMatchObject({
      tests: [{ id: '(loading)' }],
    });
  });

  test.each([
    ['./gradlew test', 'app/build/test-results/test', 'gradle'],
    ['./mvnw test', 'core/target/surefire-reports', 'maven'],
  ])(
    '%s: old reports are cleared away, new ones collected, and the exit code kept',
    async (command, folder, runner) => {
      // The wrapper stands in for the build tool: what is tested here is the shell around it.
      const root = await project({
        [`${folder}/TEST-old.xml`]: xml.replaceAll('a.ATest', 'old.Test'),
        [command
          .split(' ')[0]!
          .slice(2)]: `#!/bin/sh\nmkdir -p '${folder}'\ncat > '${folder}/TEST-a.xml' <<'EOF'\n${xml}EOF\nexit 7\n`,
      });
      spawnSync('chmod', ['+x', join(root, command.split(' ')[0]!)]);
      const { plan, report } = await verify(root, command);
      expect(plan.runner).toBe(runner);
      expect(report).toMatchObject({ complete: true, exitCode: 7 });
      expect(report.tests.map((entry) => entry.id)).toHaveLength(4);
      expect(report.tests.every((entry) => entry.id.startsWith('a.ATest'))).toBe(true);
      expect(await readdir(join(root, folder))).toEqual(['TEST-a.xml']);
    },
  );
});
