import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applyRun } from '../../src/attempts/apply.ts';
import { startRun } from '../../src/attempts/run.ts';
import { readRun } from '../../src/attempts/run-state.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { ParlayError } from '../../src/system/errors.ts';
import { Fixture, files, fix, git, turnOf } from './fixture.ts';

const fixing = (request: Parameters<typeof turnOf>[0]) =>
  turnOf(request) === 0 ? { calls: [fix] } : { text: 'Fixed.' };

async function refusal(work: Promise<unknown>): Promise<ParlayError> {
  const thrown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(ParlayError);
  expect((thrown as ParlayError).next).not.toBe('');
  return thrown as ParlayError;
}

test('a folder that is no repository is refused with the next step', async () => {
  await using fixture = await Fixture.open(fixing);
  const folder = mkdtempSync(join(tmpdir(), 'parlay-no-repository-'));
  const error = await refusal(startRun(fixture.input({ folder }), fixture.context()));
  expect(error.message).toContain('not in a git repository');
  expect(error.next).toContain('git init');
  rmSync(folder, { recursive: true });
});

test('a repository without a commit works from the files as they are, and says so', async () => {
  await using fixture = await Fixture.open(fixing);
  rmSync(join(fixture.repository, '.git'), { recursive: true });
  git(fixture.repository, 'init', '-q');
  const { run, status } = await startRun(fixture.input(), fixture.context());
  expect(status).toBe('solved');
  expect(JSON.stringify(readRun(fixture.ledger, run).notices)).toContain('no commit yet');
  await applyRun(fixture.context(), run, {});
  expect(fixture.read('sum.js')).toContain('total = 0');
});

test('a detached and dirty repository works, and what was not committed is part of it', async () => {
  await using fixture = await Fixture.open(fixing);
  git(fixture.repository, 'checkout', '-q', '--detach');
  fixture.write('sum.js', `// mine\n${files['sum.js']}`);
  fixture.write('untracked.test.js', "import { test } from 'node:test';\ntest('mine', () => {});\n");
  const { run, status } = await startRun(fixture.input(), fixture.context());
  expect(status).toBe('solved');
  const state = readRun(fixture.ledger, run);
  expect(state.baseline?.passing).toContain('untracked.test.js › mine');
  await applyRun(fixture.context(), run, {});
  expect(fixture.read('sum.js')).toBe(`// mine\n${files['sum.js'].replace('total = 1', 'total = 0')}`);
});

test('a verify command that is missing is refused before anything is asked of a model', async () => {
  await using fixture = await Fixture.open(fixing);
  for (const verify of ['npm run no-such-script', 'no-such-program --all', 'vitest run']) {
    const error = await refusal(startRun(fixture.input({ verify }), fixture.context()));
    expect(error.message).toContain(verify);
  }
  expect(fixture.server.requests).toHaveLength(0);
});

test('a verify command that hangs is ended, and nothing counts as verified', async () => {
  await using fixture = await Fixture.open(fixing);
  const { run, status } = await startRun(fixture.input({ verify: 'sleep 1000', verifyTimeout: 1 }), fixture.context());
  expect(status).toBe('not-verified');
  expect(readRun(fixture.ledger, run).attempts.get(1)?.evidence?.reason).toMatch(/finish|time/);
});

test('a verify command that prints 100 MB is read to its end without keeping it', { timeout: 120_000 }, async () => {
  await using fixture = await Fixture.open(fixing);
  const verify = 'head -c 100000000 /dev/zero | tr "\\\\0" x; node --test';
  const { run, status } = await startRun(fixture.input({ verify }), fixture.context());
  expect(status).toBe('solved');
  for (const { data } of fixture.ledger.events({ run, kinds: ['tests.finished'] })) {
    expect(fixture.ledger.blob(data.report).length).toBeLessThan(1_000_000);
  }
});

test('a model that does not exist, and a provider that does not, are said at once', async () => {
  await using fixture = await Fixture.open(() => ({
    status: 404,
    body: { error: { message: 'The model `nope` does not exist', code: 'model_not_found' } },
  }));
  const result = await startRun(fixture.input(), fixture.context());
  expect(result).toMatchObject({ status: 'failed', exitCode: 5 });
  expect(fixture.server.requests).toHaveLength(1);
  expect(readRun(fixture.ledger, result.run).finished?.summary).toMatch(/model/i);
  const settings = [{ agent: 'parlay', model: 'nobody/knows', effort: 'off' as const }];
  const unknown = await refusal(startRun(fixture.input({ settings }), fixture.context()));
  expect(unknown.message).toContain('nobody/knows');
});

test('a money limit is refused for a model whose price nobody knows, before anything is sent', async () => {
  await using fixture = await Fixture.open(fixing);
  const settings = [{ agent: 'parlay', model: 'openai-chat/no-such-price', effort: 'off' as const }];
  const environment = { ...fixture.environment, OPENAI_API_KEY: 'dummy', OPENAI_BASE_URL: `${fixture.server.url}/v1` };
  const context = { ...fixture.context(), effects: { ...fixture.context().effects, environment } };
  const error = await refusal(startRun(fixture.input({ settings, limits: { maxUsd: 1 } }), context));
  expect(error.message).toContain('--max-usd 1 cannot be kept');
  expect(fixture.server.requests).toHaveLength(0);
});

const mayMount = process.getuid?.() === 0 && spawnSync('mountpoint', ['-q', '/proc']).status === 0;

test.skipIf(!mayMount).each(['1m', '150k'])(
  'a full disk of %s stops the run with a message, and nothing of the person is lost',
  async (size) => {
    await using fixture = await Fixture.open(fixing);
    const disk = join(fixture.folder, 'small disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk]);
    try {
      writeFileSync(join(fixture.repository, 'large.bin'), Buffer.alloc(3_000_000, 7));
      const ledger = new Ledger(join(disk, 'ledger.sqlite'), { now: Date.now });
      const context = fixture.context();
      const effects = { ...context.effects, environment: { ...context.effects.environment, PARLAY_HOME: disk } };
      const error = await refusal(startRun(fixture.input(), { ...context, ledger, effects }));
      expect(error).toBeInstanceOf(ParlayError);
      expect(`${error.message} ${error.why}`).toMatch(/full|space/);
      ledger.close();
      expect(fixture.read('sum.js')).toBe(files['sum.js']);
    } finally {
      execFileSync('umount', ['--lazy', disk]);
    }
  },
);
