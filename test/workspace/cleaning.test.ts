import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ParlayError } from '../../src/system/errors.ts';
import { workspacesFolder } from '../../src/system/paths.ts';
import { freezeBase } from '../../src/workspace/base.ts';
import { cleanWorkspaces, deleteFolder } from '../../src/workspace/cleaning.ts';
import { freeze, makeRepository, open, run, temporaryFolder, testEffects, write } from './support.ts';

test('what no run needs is deleted, what a run needs stays', async () => {
  const effects = testEffects();
  const folder = makeRepository({ 'a.txt': 'a\n' });
  for (const name of ['finished', 'interrupted']) {
    const workspace = await open(await freeze(folder, effects, name), { sandbox: false }, effects);
    await run(workspace, 'mkdir -p closed/inner; echo x > closed/inner/x; chmod 500 closed/inner closed');
    await workspace.close();
  }
  mkdirSync(join(workspacesFolder(effects), '.deleted-earlier-abc/work/work'), { recursive: true });
  expect(await cleanWorkspaces(effects, (name) => name === 'interrupted')).toEqual(['finished']);
  expect(readdirSync(workspacesFolder(effects))).toEqual(['interrupted']);
  expect(await cleanWorkspaces(effects, () => true)).toEqual([]);
  expect(await cleanWorkspaces(testEffects(), () => false)).toEqual([]);
});

test('folders that cannot be entered are deleted, links are not followed', async () => {
  const outside = temporaryFolder();
  write(outside, { 'kept.txt': 'kept' });
  const folder = join(temporaryFolder(), 'doomed');
  mkdirSync(join(folder, 'work/work'), { recursive: true });
  mkdirSync(join(folder, 'read-only'));
  writeFileSync(join(folder, 'read-only/file'), 'x');
  symlinkSync(outside, join(folder, 'link'));
  chmodSync(join(folder, 'read-only'), 0o500);
  chmodSync(join(folder, 'work/work'), 0);
  await deleteFolder(folder);
  expect(existsSync(folder)).toBe(false);
  expect(readdirSync(outside)).toEqual(['kept.txt']);
  await deleteFolder(folder);
});

test('a full disk is said to be one, with a next step, and leaves nothing half done', async ({ skip }) => {
  const mount = mkdtempSync(join(temporaryFolder(), 'small-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount], { stdio: 'ignore' });
  } catch {
    skip('only root can mount a small disk');
  }
  try {
    const repository = makeRepository({ 'large.bin': Buffer.alloc(4 * 1024 * 1024, 'x') });
    const error = await freezeBase(repository, join(mount, 'run/base'), testEffects()).then(
      () => null,
      (thrown: unknown) => thrown as ParlayError,
    );
    expect(error).toBeInstanceOf(ParlayError);
    expect(error!.message).toMatch(/disk is full/);
    expect(error!.next).toMatch(/PARLAY_HOME/);
    expect(existsSync(join(mount, 'run/base'))).toBe(false);
  } finally {
    execFileSync('umount', [mount]);
  }
});
