import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deleteFolder } from '../../src/workspace/cleaning.ts';
import { git, makeRepository, noSandbox, open, run, testEffects, write } from './support.ts';

const isRoot = process.getuid?.() === 0;
const canary = 'CANARY-OF-PARLAY';

/** Puts a canary below the first of these places that does not exist yet, and takes it away again. */
function plant(places: readonly string[], file = 'canary'): string {
  const folder = places.find((path) => !existsSync(path));
  if (folder === undefined) throw new Error(`all of these exist: ${places.join(', ')}`);
  mkdirSync(folder, { recursive: true });
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, file), canary);
  return join(folder, file);
}

/** A home folder that is not under /tmp, which a sandbox replaces anyway. */
function otherHome(parent = homedir()): string {
  const home = realpathSync(mkdtempSync(join(parent, 'parlay-canary-')));
  onTestFinished(() => deleteFolder(home));
  return home;
}

describe.skipIf(noSandbox !== '')(`secrets in the sandbox${noSandbox && `: skipped, ${noSandbox}`}`, () => {
  test('of the real home are hidden too when HOME was replaced', async () => {
    const { homedir: real } = userInfo();
    const secret = plant(['.oci', '.snowflake', '.kaggle', '.chef', '.step', '.boto'].map((name) => join(real, name)));
    const home = otherHome();
    const mine = plant([join(home, '.aws')]);
    const plain = plant([join(home, 'notes')]);
    const workspace = await open(makeRepository({ 'a.txt': 'a\n' }), {}, testEffects({ HOME: home }));
    const { text } = await run(workspace, `cat ${secret} ${mine}; ls -A $(dirname ${secret})`);
    expect(text).not.toMatch(new RegExp(`${canary}|^canary$`, 'm'));
    expect((await run(workspace, `cat ${plain}`)).text).toBe(canary);
  });

  test.runIf(isRoot)('of other people are hidden with their whole home, wherever it is', async () => {
    const theirs = plant([join(otherHome('/home'), 'documents')]);
    const workspace = await open(makeRepository({ 'a.txt': 'a\n' }), {}, testEffects({ HOME: otherHome() }));
    const { text } = await run(workspace, `cat ${theirs}; ls -A ${dirname(dirname(theirs))}`);
    expect(text).not.toMatch(new RegExp(`${canary}|^documents$`, 'm'));
  });

  test.runIf(isRoot)('of the machine are hidden, by links too; the rest of it can be read', async () => {
    const places = ['/etc/vault.d', '/etc/wireguard', '/etc/consul.d', '/var/lib/vault', '/var/lib/tailscale'];
    const secret = plant(places);
    const link = join(otherHome('/opt'), 'link');
    symlinkSync(secret, link);
    const workspace = await open(makeRepository({ 'a.txt': 'a\n' }));
    const { text } = await run(workspace, `cat ${secret} ${link} /etc/shadow /etc/gshadow; ls -A /etc/ssl/private`);
    expect(text).not.toMatch(/CANARY|root:|:!|\.key/);
    expect((await run(workspace, 'head -c 4 /etc/passwd')).text).toBe('root');
  });

  test.runIf(isRoot)("a repository in another person's home works, and shows nothing beside it", async () => {
    const home = otherHome('/home');
    write(home, { 'secret.txt': canary, 'work/repository/a.txt': 'a\n', 'work/repository/.env.local': 'x' });
    const folder = join(home, 'work/repository');
    git(folder, 'init', '-q');
    const workspace = await open(folder, {}, testEffects());
    const { text } = await run(workspace, `pwd; cat a.txt; echo b > b.txt; cat ${home}/secret.txt; ls -A ${home}`);
    expect(text).toMatch(new RegExp(`^${folder}\na\n`));
    expect(text).toMatch(/\nwork\n$/);
    expect(text).not.toContain(canary);
    expect((await workspace.changes()).map(({ path }) => path)).toEqual(['b.txt']);
  });

  test.runIf(isRoot)('a home that PATH leads into keeps its programs, not its secrets', async () => {
    const home = otherHome('/home');
    write(home, { '.netrc': canary, 'bin/tool': '#!/bin/sh\necho ran\n' });
    const environment = { PATH: `${home}/bin:${process.env.PATH}`, HOME: otherHome() };
    const workspace = await open(makeRepository({ 'a.txt': 'a\n' }), {}, testEffects(environment));
    const { text } = await run(workspace, `sh ${home}/bin/tool; cat ${home}/.netrc`);
    expect(text).toBe('ran\n');
  });
});
