import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applyRun, undoApply } from '../../src/attempts/apply.ts';
import { resumeRun, startRun } from '../../src/attempts/run.ts';
import { readRun } from '../../src/attempts/run-state.ts';
import { Fixture, files, fix, git, turnOf } from './fixture.ts';

const fixing = (request: Parameters<typeof turnOf>[0]) =>
  turnOf(request) === 0 ? { calls: [fix] } : { text: 'Fixed.' };

test('a fix is verified, kept, applied and undone; the working tree is untouched before', async () => {
  await using fixture = await Fixture.open(fixing);
  fixture.write('note.txt', 'untracked\n');
  const result = await startRun(fixture.input(), fixture.context());
  expect(result).toMatchObject({ status: 'solved', exitCode: 0 });
  expect(git(fixture.repository, 'status', '--porcelain')).toBe('?? note.txt\n');

  const state = readRun(fixture.ledger, result.run);
  expect(state.verify).toMatchObject({ command: 'npm test', runner: 'node:test', strength: 'report' });
  expect(state.baseline).toMatchObject({ usable: true, failing: ['sum.test.js › adds'] });
  expect(state.attempts.get(1)?.evidence).toMatchObject({ verified: true, broken: [], stillFailing: [] });

  await applyRun(fixture.context(), result.run, {});
  expect(fixture.read('sum.js')).toBe(files['sum.js'].replace('total = 1', 'total = 0'));
  expect(await applyRun(fixture.context(), result.run, {})).toMatchObject({ files: [] });
  await undoApply(fixture.context(), { folder: fixture.repository });
  expect(fixture.read('sum.js')).toBe(files['sum.js']);
  await expect(undoApply(fixture.context(), { folder: fixture.repository })).rejects.toThrow('nothing to undo');
});

test('edits made meanwhile are merged, or the change is refused and nothing is written', async () => {
  await using fixture = await Fixture.open(fixing);
  const { run } = await startRun(fixture.input(), fixture.context());
  const commented = files['sum.js'].replace('  return total;', '  return total; // the sum');
  fixture.write('sum.js', commented);
  await applyRun(fixture.context(), run, {});
  expect(fixture.read('sum.js')).toBe(commented.replace('total = 1', 'total = 0'));
  await undoApply(fixture.context(), { folder: fixture.repository });
  expect(fixture.read('sum.js')).toBe(commented);

  const clashing = files['sum.js'].replace('total = 1', 'total = 100');
  fixture.write('sum.js', clashing);
  await expect(applyRun(fixture.context(), run, {})).rejects.toMatchObject({ exitCode: 6 });
  expect(fixture.read('sum.js')).toBe(clashing);
});

test('editing the tests instead of the code is not verified', async () => {
  const cheat = {
    name: 'write',
    input: { path: 'sum.test.js', content: "import { test } from 'node:test';\ntest('adds', () => {});\n" },
  };
  await using fixture = await Fixture.open((request) =>
    turnOf(request) === 0 ? { calls: [cheat] } : { text: 'Fixed.' },
  );
  const result = await startRun(fixture.input(), fixture.context());
  expect(result).toMatchObject({ status: 'not-verified', exitCode: 3 });
  const state = readRun(fixture.ledger, result.run);
  expect(state.attempts.get(1)?.evidence).toMatchObject({ verified: false, restored: ['sum.test.js'] });
  await expect(applyRun(fixture.context(), result.run, {})).rejects.toMatchObject({ exitCode: 3 });
});

test('of several attempts the verified one is kept, and the losers are on the bill', async () => {
  let started = 0;
  const wrong = { name: 'edit', input: { path: 'sum.js', old: 'return total', new: 'return total - 1 || total' } };
  await using fixture = await Fixture.open((request) => {
    if (turnOf(request) > 0) return { text: 'Fixed.' };
    started += 1;
    return {
      calls: [
        started === 1
          ? { name: 'edit', input: { path: 'sum.js', old: 'total = 1', new: 'total = 2' } }
          : started === 2
            ? fix
            : wrong,
      ],
    };
  });
  const result = await startRun(fixture.input({ attempts: 3, parallel: 1 }), fixture.context());
  expect(result.status).toBe('solved');
  const state = readRun(fixture.ledger, result.run);
  expect(state.selection?.kept).toBe(2);
  expect([...state.attempts.values()].map(({ usage }) => usage.output)).toEqual([10, 10, 10]);
});

test('a test that is broken by the change disqualifies it', async () => {
  const breaking = {
    name: 'edit',
    input: { path: 'sum.js', old: 'return total', new: 'return numbers.length === 2 ? 3 : "many"' },
  };
  await using fixture = await Fixture.open((request) =>
    turnOf(request) === 0 ? { calls: [breaking] } : { text: 'Fixed.' },
  );
  const result = await startRun(fixture.input(), fixture.context());
  expect(result.status).toBe('not-verified');
  const evidence = readRun(fixture.ledger, result.run).attempts.get(1)?.evidence;
  expect(evidence?.fixed).toEqual(['sum.test.js › adds']);
  expect(evidence?.broken.length).toBeGreaterThan(0);
});

test('a stopped run keeps what it has, is resumed, and leaves no workspace behind', async () => {
  const stop = new AbortController();
  await using fixture = await Fixture.open((request) => {
    if (turnOf(request) === 0) return { calls: [fix] };
    if (!stop.signal.aborted) {
      stop.abort();
      return { text: 'never read', waitMs: 100 };
    }
    return { text: 'Fixed.' };
  });
  const stopped = await startRun(fixture.input(), fixture.context(stop.signal));
  expect(stopped).toMatchObject({ status: 'stopped', exitCode: 130 });
  expect(readRun(fixture.ledger, stopped.run).attempts.get(1)?.finish?.outcome?.changes).toHaveLength(1);
  const result = await resumeRun(stopped.run, fixture.context());
  expect(result.status).toBe('solved');
  expect(fixture.server.requests.map(turnOf)).toEqual([0, 1, 1]);
  const left = join(fixture.stateFolder, 'workspaces');
  expect(existsSync(left) ? readdirSync(left) : []).toEqual([]);
});

test('a limit on steps ends the run with its own exit code', async () => {
  await using fixture = await Fixture.open(() => ({ calls: [{ name: 'run', input: { command: 'date +%N' } }] }));
  const result = await startRun(fixture.input({ limits: { maxSteps: 3 } }), fixture.context());
  expect(result).toMatchObject({ status: 'limit-reached', exitCode: 4 });
  expect(fixture.server.requests).toHaveLength(3);
  expect(readRun(fixture.ledger, result.run).attempts.get(1)?.finish?.steps).toBe(3);
});

test('what was changed before a limit was reached is graded all the same', async () => {
  await using fixture = await Fixture.open((_, n) => ({
    calls: [n === 0 ? fix : { name: 'run', input: { command: 'date +%N' } }],
  }));
  const result = await startRun(fixture.input({ limits: { maxSteps: 2 } }), fixture.context());
  expect(result).toMatchObject({ status: 'solved', exitCode: 0 });
});

test('--max-time ends attempts that hang in a command', async () => {
  await using fixture = await Fixture.open(() => ({ calls: [{ name: 'run', input: { command: 'sleep 100' } }] }));
  const result = await startRun(fixture.input({ limits: { maxTime: 2 } }), fixture.context());
  expect(result).toMatchObject({ status: 'limit-reached', exitCode: 4 });
});

test('a question is answered without a change', async () => {
  await using fixture = await Fixture.open(() => ({ text: 'It adds numbers.' }));
  const result = await startRun(fixture.input({ verify: null }), fixture.context());
  expect(result).toMatchObject({ status: 'answered', exitCode: 0 });
});

test('a refused key ends all attempts with one message', async () => {
  await using fixture = await Fixture.open(() => ({ status: 401, body: { error: { message: 'bad key' } } }));
  const result = await startRun(fixture.input({ attempts: 4 }), fixture.context());
  expect(result).toMatchObject({ status: 'failed', exitCode: 5 });
  expect(fixture.server.requests.length).toBeLessThanOrEqual(2);
});

test('a base whose tests hang is given up on once the fixed tests show how long they take', {
  timeout: 120_000,
}, async () => {
  const looping = files['sum.js'].replace('let total = 1;', 'let total = 0;\n  while (numbers.length === 2);');
  await using fixture = await Fixture.open(
    (request) =>
      turnOf(request) === 0
        ? { calls: [{ name: 'edit', input: { path: 'sum.js', old: '  while (numbers.length === 2);\n', new: '' } }] }
        : { text: 'Fixed.' },
    { ...files, 'sum.js': looping },
  );
  const result = await startRun(fixture.input({ verifyTimeout: 600 }), fixture.context());
  expect(result.status).toBe('solved');
});

test('two runs at once in one repository do not disturb each other', async () => {
  await using fixture = await Fixture.open(fixing);
  const results = await Promise.all([1, 2].map(() => startRun(fixture.input(), fixture.context())));
  expect(results.map(({ status }) => status)).toEqual(['solved', 'solved']);
});

test('a wrong model stops the attempts with that model, and no others', async () => {
  await using fixture = await Fixture.open((request) =>
    request.body.model === 'absent'
      ? { status: 404, body: { error: { message: 'The model `absent` does not exist', code: 'model_not_found' } } }
      : { ...fixing(request), waitMs: 300 },
  );
  const setting = (model: string) => ({ agent: 'parlay' as const, model, effort: 'off' as const });
  const settings = [setting('openai-compatible/scripted'), setting('openai-compatible/absent')];
  const result = await startRun(fixture.input({ settings, attempts: 4 }), fixture.context());
  expect(result).toMatchObject({ status: 'solved', exitCode: 0 });
  const { attempts, selection } = readRun(fixture.ledger, result.run);
  expect(selection?.candidates).toMatchObject([{ attempts: [1, 3], verified: true }]);
  expect(attempts.get(2)?.finish).toMatchObject({ reason: 'failed', fatal: true });
  expect(fixture.server.requests.filter(({ body }) => body.model === 'absent')).toHaveLength(1);
});

test('in a part of a repository the tests of that part are found, and a command means what it means there', async () => {
  const parts = Object.fromEntries(
    ['one', 'two 2'].flatMap((part) => Object.entries(files).map(([name, text]) => [`packages/${part}/${name}`, text])),
  );
  const mend = { ...fix, input: { ...fix.input, path: 'packages/two 2/sum.js' } };
  await using fixture = await Fixture.open(
    (request) => (turnOf(request) === 0 ? { calls: [mend] } : { text: 'Fixed.' }),
    { ...parts, 'packages/empty/note.txt': 'no tests\n' },
  );
  const folder = join(fixture.repository, 'packages', 'two 2');
  for (const verify of [undefined, 'npm test']) {
    const result = await startRun(fixture.input({ folder, verify }), fixture.context());
    expect(result).toMatchObject({ status: 'solved' });
    const { verify: plan, task } = readRun(fixture.ledger, result.run);
    expect(plan).toMatchObject({ command: "cd 'packages/two 2' && npm test", runner: 'node:test', strength: 'report' });
    expect(task.verify).toBe(plan?.command);
  }
  await expect(
    startRun(
      fixture.input({ folder: join(fixture.repository, 'packages', 'empty'), verify: 'npm test' }),
      fixture.context(),
    ),
  ).rejects.toMatchObject({ exitCode: 2 });
});
