import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import type { LedgerEvent } from '../../src/ledger/events.ts';
import { Fixture, files, fix } from '../attempts/fixture.ts';
import type { Reply } from '../models/scripted-server.ts';
import { parlay, run } from './rig.ts';

const schema = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'events.schema.json'), 'utf8'));
const model = ['--model', 'openai-compatible/scripted', '--no-sandbox'];

/** A scripted model that mends the bug in its first step and says so in its second. */
const mends = (_: unknown, n: number): Reply => (n % 2 === 0 ? { calls: [fix] } : { text: 'The sum begins at 0 now.' });

function commandLine(fixture: Fixture, variables: Record<string, string> = {}) {
  const env = { ...fixture.environment, LANG: 'C.UTF-8', ...variables };
  return (...args: string[]) => run(args, { cwd: fixture.repository, env });
}

test('run shows why it kept what it kept, leaves the tree alone, and apply and undo bring it in and out', async () => {
  await using fixture = await Fixture.open(mends);
  const command = commandLine(fixture);
  const done = await command('run', 'the', 'sum', 'is', 'one', 'too', 'high', ...model);
  expect(done.err).toBe('');
  expect(done.code).toBe(0);
  expect(done.out).toContain('the sum is one too high');
  expect(done.out).toContain('2 passed, 1 failed → 3 passed');
  expect(done.out).toMatch(/Verify +npm test \(from package\.json script "test"; read by node:test\)/);
  expect(done.out).toContain('sum.js  +1 −1');
  expect(done.out).not.toContain('\x1b');
  const file = join(fixture.repository, 'sum.js');
  expect(readFileSync(file, 'utf8')).toBe(files['sum.js']);

  const applied = await command('apply');
  expect(applied).toMatchObject({ code: 0, err: '' });
  expect(readFileSync(file, 'utf8')).toContain('let total = 0');
  const undone = await command('undo');
  expect(undone).toMatchObject({ code: 0, err: '' });
  expect(readFileSync(file, 'utf8')).toBe(files['sum.js']);
  const again = await command('undo');
  expect(again.code).toBe(2);
  expect(again.err).toContain('nothing to undo');
});

test('--json prints exactly the events of the ledger, each valid by the published schema, and --apply applies', async () => {
  await using fixture = await Fixture.open(mends);
  const done = await commandLine(fixture)('run', 'mend it', '--json', '--apply', ...model);
  expect(done.code).toBe(0);
  const events = done.out
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as LedgerEvent);
  const validate = new Ajv2020({ strict: false }).compile(schema);
  for (const event of events) expect(validate(event), `${event.kind} ${JSON.stringify(event.data)}`).toBe(true);
  expect(events).toEqual(fixture.ledger.events());
  const kinds = events.map((event) => event.kind);
  expect(kinds[0]).toBe('run.created');
  expect(kinds).toEqual(expect.arrayContaining(['selection.made', 'run.finished', 'patch.applied', 'patch.written']));
  expect(readFileSync(join(fixture.repository, 'sum.js'), 'utf8')).toContain('let total = 0');
});

test('with --apply the change is applied and nobody is told to do it', async () => {
  await using fixture = await Fixture.open(mends);
  const done = await commandLine(fixture)('run', 'mend it', '--apply', ...model);
  expect(done.out).toContain('Applied attempt 1');
  expect(done.out).not.toContain('Next: parlay apply');
});

test('a reader that goes away stops the run kindly', async () => {
  await using fixture = await Fixture.open(mends);
  const child = spawn(process.execPath, [parlay, 'run', 'mend it', '--json', ...model], {
    cwd: fixture.repository,
    env: fixture.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(code).toBe(130);
  expect(err).not.toMatch(/EPIPE|internal|mistake/);
  expect(fixture.ledger.events({ kinds: ['run.finished'] })[0]?.data.status).toBe('stopped');
});

test('the first Ctrl-C keeps and bills what there is, and resume finishes the run', async () => {
  let stopped = () => {};
  const asked = new Promise<void>((resolve) => {
    stopped = resolve;
  });
  await using fixture = await Fixture.open(async (_, n) => {
    if (n === 1) {
      stopped();
      await new Promise((resolve) => setTimeout(resolve, 60_000).unref());
    }
    return n === 0 ? { calls: [fix] } : { text: 'The sum begins at 0 now.' };
  });
  const child = spawn(process.execPath, [parlay, 'run', 'mend it', ...model], {
    cwd: fixture.repository,
    env: fixture.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  await asked;
  child.kill('SIGINT');
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(130);
  const text = Buffer.concat(output).toString();
  expect(text).toContain('stopped');
  expect(text).toMatch(/Next: parlay resume \w+/);
  const resumed = await commandLine(fixture)('resume');
  expect(resumed).toMatchObject({ code: 0, err: '' });
  expect(resumed.out).toContain('2 passed, 1 failed → 3 passed');
  const bill = JSON.parse((await commandLine(fixture)('bill', '--json')).out);
  expect(bill.total).toMatchObject({ requests: 3, cancelled: 1 });
});

test('exit codes: not verified, limit reached, model unavailable', async () => {
  await using idle = await Fixture.open(() => ({ text: 'I would rather not.' }));
  const nothing = await commandLine(idle)('run', 'mend it', ...model);
  expect(nothing.code).toBe(3);
  expect(nothing.out).toContain('I would rather not.');
  const limited = await commandLine(idle)('run', 'mend it', '--max-tokens', '10', ...model);
  expect(limited.code).toBe(4);
  await using refusing = await Fixture.open(() => ({ status: 401 }));
  const refused = await commandLine(refusing)('run', 'mend it', ...model);
  expect(refused.code).toBe(5);
});

describe('mistakes are explained in three calm lines with exit code 2, and nothing is spent', () => {
  const mistakes: [string, string[], RegExp][] = [
    [
      'a mistyped option',
      ['run', 'x', '--effrot', 'high'],
      /^Unknown option '--effrot'\.\nNext: Did you mean --effort\?\n$/,
    ],
    ['a mistyped command', ['rnus'], /^Unknown command 'rnus'\.\nNext: Did you mean runs?\?\n$/],
    ['a missing prompt', ['run'], /^Missing required argument 'prompt'\.\nNext: /],
    ['an empty prompt', ['run', ' '], /^The prompt is empty\.\nNext: /],
    ['an impossible number', ['run', 'x', '--attempts', '0'], /^--attempts takes a whole number from 1 up, not "0"\./],
    ['an unknown effort', ['run', 'x', '--effort', 'huge'], /^"huge" is not an effort\.\nWhy: .*xhigh/],
    ['a model without a provider', ['run', 'x', '--model', 'gpt'], /^--model takes a model written as provider\/model/],
    ['a folder that is not there', ['run', 'x', '-C', 'nowhere'], /^There is no folder .*nowhere\.\nNext: /],
    ['an attempt that cannot be', ['show', '--attempt', 'two'], /Attempts are numbered 1, 2, 3/],
  ];
  test.each(mistakes)('%s', async (_, args, expected) => {
    await using fixture = await Fixture.open(() => ({}));
    const done = await commandLine(fixture)(...args);
    expect(done).toMatchObject({ code: 2, out: '' });
    expect(done.err).toMatch(expected);
    expect(done.err.trim().split('\n').length).toBeLessThanOrEqual(3);
    expect(fixture.server.requests).toHaveLength(0);
    expect(existsSync(fixture.stateFolder)).toBe(false);
  });

  test('with --json it is one JSON object on stderr', async () => {
    await using fixture = await Fixture.open(() => ({}));
    const done = await commandLine(fixture)('show', 'nope', '--json');
    expect(done).toMatchObject({ code: 2, out: '' });
    expect(JSON.parse(done.err)).toEqual({
      error: { what: 'There is no run "nope".', why: '', next: expect.stringContaining('parlay runs'), exitCode: 2 },
    });
  });
});

test('an internal error leaves a report without keys and exits 1', async () => {
  await using fixture = await Fixture.open(() => ({}));
  const secret = 'sk-planted-0123456789abcdef';
  writeFileSync(
    join(fixture.folder, 'bin.mjs'),
    `
    import { openTerminal } from ${JSON.stringify(join(import.meta.dirname, '../../src/cli/terminal.ts'))};
    import { reportFailure } from ${JSON.stringify(join(import.meta.dirname, '../../src/cli/failure.ts'))};
    process.exitCode = reportFailure(openTerminal(), new Error('lost ${secret} on the way'), ['run', '${secret}']);
  `,
  );
  const child = spawn(process.execPath, [join(fixture.folder, 'bin.mjs')], {
    env: { ...fixture.environment, SOME_API_KEY: secret },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(1);
  const report = readFileSync(/A report without keys is in (\S+\.txt)/.exec(err)![1]!, 'utf8');
  expect(report).toContain('at ');
  expect(report + err).not.toContain(secret);
});

test('the prompt can come from stdin', async () => {
  await using fixture = await Fixture.open(mends);
  const env = { ...fixture.environment, LANG: 'C.UTF-8' };
  const done = await run(['run', '-', '--json', ...model], {
    cwd: fixture.repository,
    env,
    input: 'die Summe\nist zu groß 漢字\n',
  });
  expect(done.code).toBe(0);
  expect(fixture.ledger.events({ kinds: ['run.created'] })[0]?.data.task.prompt).toBe('die Summe\nist zu groß 漢字');
});
