import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makePlace, parlay, run } from './rig.ts';

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'));

/** An older Node of the machine, if it has one. */
const older = ['/usr/bin/node', '/usr/local/bin/node'].find((program) => {
  const answer = spawnSync(program, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' });
  return answer.status === 0 && Number(answer.stdout) < 22;
});

test('--version, --help and help for a command', async () => {
  const { repository, environment } = makePlace();
  const command = (...args: string[]) => run(args, { cwd: repository, env: environment });
  expect(await command('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
  const help = await command('--help');
  expect(help).toMatchObject({ code: 0, err: '' });
  for (const name of ['run', 'demo', 'runs', 'show', 'diff', 'apply', 'undo', 'resume', 'bill', 'models', 'clean']) {
    expect(help.out).toMatch(new RegExp(`^  ${name} `, 'm'));
  }
  expect((await command()).out).toBe(help.out);
  expect((await command('help', 'run')).out).toBe((await command('run', '--help')).out);
});

test.skipIf(!older)('an older Node hands over to the one the checkout brings', async () => {
  const { repository, environment } = makePlace();
  const done = await run(['show', 'nope'], { cwd: repository, env: environment, program: older });
  expect(done.code).toBe(2);
  expect(done.err).toContain('There is no run "nope".');
});

test('the source can be read by type stripping alone', () => {
  const main = join(parlay, '..', '..', 'src', 'cli', 'main.ts');
  expect(execFileSync(process.execPath, [main, '--version'], { encoding: 'utf8' })).toBe(`${version}\n`);
});
