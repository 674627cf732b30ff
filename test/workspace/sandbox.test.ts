import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { deleteFolder } from '../../src/workspace/cleaning.ts';
import { sandboxStatus } from '../../src/workspace/sandbox.ts';
import { copyBase } from '../../src/workspace/workspace.ts';
import { freeze, git, makeRepository, noSandbox, open, run, temporaryFolder, testEffects, write } from './support.ts';

/** A home folder that is not under /tmp, which a sandbox replaces anyway. */
function makeHome(): string {
  return realpathSync(mkdtempSync(join(homedir(), '.parlay-test-home-')));
}

async function eventually(check: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    if (check()) return true;
    await wait(50);
  }
  return false;
}

/** Whether any process has these words in its command line. */
function isRunning(words: string): boolean {
  return spawnSync('pgrep', ['-f', words]).status === 0;
}

test('the status says whether the sandbox works, and what to do when it does not', async () => {
  const status = await sandboxStatus();
  expect(status.why).not.toBe('');
  expect(status.works).toBe(status.next === '');
});

describe.skipIf(noSandbox !== '')(`in the sandbox${noSandbox && `: skipped, ${noSandbox}`}`, () => {
  test('writes outside the workspace and private folders fail', async () => {
    const folder = makeRepository({ 'a.txt': 'a\n' });
    const workspace = await open(folder);
    const target = join(homedir(), `parlay-escape-${process.pid}`);
    const result = await run(workspace, `touch ${target}; touch /etc/parlay-escape; echo inside > b.txt; touch /tmp/t`);
    expect(result.exitCode).toBe(0);
    expect(result.text.match(/Read-only file system/g)).toHaveLength(2);
    expect(existsSync(target)).toBe(false);
    expect(existsSync(join(folder, 'b.txt'))).toBe(false);
    expect(existsSync('/tmp/t')).toBe(false);
    expect((await workspace.files.read('b.txt')).toString()).toBe('inside\n');
  });

  test('the network is out of reach unless it is asked for', async () => {
    const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const base = await freeze(makeRepository({ 'a.txt': 'a\n' }));
    const connect = `exec 3<>/dev/tcp/127.0.0.1/${port} && cat <&3`;
    const without = await open(base, { name: 'without' });
    expect((await run(without, connect)).exitCode).not.toBe(0);
    const withNetwork = await open(base, { name: 'with', network: true });
    expect((await run(withNetwork, connect)).text).toBe('hello');
    const resolver = existsSync('/etc/resolv.conf') ? readFileSync('/etc/resolv.conf', 'utf8') : '';
    expect((await run(withNetwork, 'cat /etc/resolv.conf')).text).toBe(resolver);
    server.close();
  });

  test('secrets in the home folder are hidden, the rest is readable, caches are private', async () => {
    const home = makeHome();
    try {
      write(home, {
        '.ssh/id_ed25519': 'PRIVATE KEY',
        '.netrc': 'password PRIVATE',
        '.cargo/credentials.toml': 'PRIVATE',
        '.cargo/config.toml': 'public',
        '.claude/.credentials.json': 'PRIVATE',
        '.cache/tool/data': 'cached',
        '.bashrc': 'public',
      });
      const folder = makeRepository({ 'a.txt': 'a\n' });
      const workspace = await open(folder, {}, testEffects({ HOME: home }));
      const secrets = await run(
        workspace,
        `cd; cat .ssh/* .netrc .cargo/credentials.toml .claude/.credentials.json; ls -A .ssh`,
      );
      expect(secrets.text).not.toContain('PRIVATE');
      const open_ = await run(
        workspace,
        'cd; cat .bashrc .cargo/config.toml .cache/tool/data; echo new > .cache/tool/data; cat .cache/tool/data; touch .other',
      );
      expect(open_.text).toBe("publicpubliccachednew\ntouch: cannot touch '.other': Read-only file system\n");
      expect(readFileSync(join(home, '.cache/tool/data'), 'utf8')).toBe('cached');
    } finally {
      await deleteFolder(home);
    }
  });

  test('other attempts, the base and the ledger cannot be seen, nor the original history', async () => {
    const home = makeHome();
    try {
      // Outside /tmp, so that it is the mask that hides it and not the private /tmp.
      const effects = testEffects({ PARLAY_HOME: join(home, 'state') });
      const main = join(home, 'main');
      mkdirSync(main);
      git(main, 'init', '-q');
      git(main, 'commit', '-q', '--allow-empty', '-m', 'Later work');
      const linked = join(home, 'linked');
      git(main, 'worktree', 'add', '-q', '-b', 'linked', linked);
      const base = await freeze(linked, effects);
      writeFileSync(join(home, 'state', 'ledger.sqlite'), 'LEDGER');
      const other = await open(base, { name: 'attempt-2' }, effects);
      await other.files.write('theirs.txt', 'THEIRS');
      const workspace = await open(base, { name: 'attempt-1' }, effects);
      const result = await run(
        workspace,
        `find ${home} -not -path '${linked}/*'; git -C ${main} log; cat ${home}/state/ledger.sqlite`,
      );
      expect(result.text).not.toMatch(/THEIRS|LEDGER|Later work|theirs\.txt|attempt-2|objects/);
      expect(result.text).toContain(linked);
    } finally {
      await deleteFolder(home);
    }
  });

  test('the environment holds nothing secret', async () => {
    const effects = testEffects({
      ANTHROPIC_API_KEY: 'sk-1',
      GITHUB_TOKEN: 'ghp-1',
      MY_SECRET: 's',
      SSH_AUTH_SOCK: '/run/agent',
      LD_PRELOAD: '',
      NODE_OPTIONS: '--max-old-space-size=4096',
      LC_TIME: 'C',
    });
    for (const sandbox of [true, false]) {
      const workspace = await open(makeRepository({ 'a.txt': 'a\n' }), { name: `a-${sandbox}`, sandbox }, effects);
      const { text } = await run(workspace, 'env; cat /proc/self/environ /proc/1/environ | tr "\\0" "\\n"');
      expect(text).not.toMatch(/sk-1|ghp-1|MY_SECRET|SSH_AUTH_SOCK|NODE_OPTIONS/);
      expect(text).toContain('LC_TIME=C');
      expect((await run(workspace, 'echo $ADDED', { environment: { ADDED: "it's here" } })).text).toBe("it's here\n");
    }
  });

  test('sockets of the machine are gone, and there are no capabilities', async () => {
    const workspace = await open(makeRepository({ 'a.txt': 'a\n' }));
    const { text } = await run(
      workspace,
      'ls -A /run /var/run/; grep -E "Cap(Eff|Prm|Bnd|Amb)" /proc/self/status | grep -v 0000000000000000; ps -e 2>/dev/null | wc -l',
    );
    expect(text).not.toMatch(/docker|dbus|systemd|Cap/);
  });

  test.each([
    ['no home folder', { HOME: '/nowhere/at/all' }],
    ['the root as home folder', { HOME: '/' }],
  ])('%s does not stand in the way', async (_, environment) => {
    const workspace = await open(makeRepository({ 'a.txt': 'a\n' }), {}, testEffects(environment));
    const { text, exitCode } = await run(workspace, 'cat a.txt; echo x > "$TMPDIR/x" && cd');
    expect({ text, exitCode }).toEqual({ text: 'a\n', exitCode: 0 });
  });

  test('programs on the PATH are there even where the folder around them is hidden', async () => {
    const tools = temporaryFolder('parlay-tools');
    write(tools, {
      'bin/greet': '#!/bin/sh\n. "$(dirname "$0")/../lib/words"\n',
      'lib/words': 'echo hello\n',
      other: 'x',
    });
    chmodSync(join(tools, 'bin/greet'), 0o755);
    const environment = { PATH: `${join(tools, 'bin')}:${process.env.PATH}` };
    const workspace = await open(makeRepository({ 'a.txt': 'a\n' }), {}, testEffects(environment));
    expect((await run(workspace, 'greet')).text).toBe('hello\n');
    expect((await run(workspace, `echo broken > ${join(tools, 'lib/words')}`)).exitCode).not.toBe(0);
    expect(readFileSync(join(tools, 'lib/words'), 'utf8')).toBe('echo hello\n');
  });

  test('a repository in a hidden place is still there', async () => {
    const home = makeHome();
    try {
      const folder = join(home, '.config/gh/my repository');
      write(folder, { 'a.txt': 'a\n' });
      write(home, { '.config/gh/hosts.yml': 'oauth_token: PRIVATE' });
      git(folder, 'init', '-q');
      const workspace = await open(folder, {}, testEffects({ HOME: home }));
      const { text } = await run(workspace, 'pwd; cat a.txt; cat ../hosts.yml');
      expect(text).toContain(`${folder}\na\n`);
      expect(text).not.toContain('PRIVATE');
    } finally {
      await deleteFolder(home);
    }
  });
});

describe.each(noSandbox === '' ? [true, false] : [false])('processes, sandbox %s', (sandbox) => {
  test('end with the workspace', async () => {
    const workspace = await open(makeRepository({ 'a.txt': 'a\n' }), { sandbox });
    const words = `parlay-sleeper-${process.pid}-${sandbox}`;
    const sleeper = `exec -a ${words} sleep 1000`;
    await run(workspace, `setsid bash -c '${sleeper}' & nohup bash -c '${sleeper}' >/dev/null 2>&1 &`);
    expect(await eventually(() => isRunning(words))).toBe(true);
    await workspace.close();
    expect(await eventually(() => !isRunning(words))).toBe(true);
  });

  test('and their mounts end when Parlay is killed, even while a command runs', async () => {
    const folder = makeRepository({ 'a.txt': 'a\n' });
    const words = `parlay-orphan-${process.pid}-${sandbox}`;
    const script = join(temporaryFolder(), 'script.ts');
    const source = (name: string) => JSON.stringify(new URL(`../../src/${name}`, import.meta.url).pathname);
    writeFileSync(
      script,
      `import { freezeBase } from ${source('workspace/base.ts')};
       import { openWorkspace } from ${source('workspace/workspace.ts')};
       import { realEffects } from ${source('system/effects.ts')};
       const effects = realEffects();
       const base = await freezeBase(${JSON.stringify(folder)}, process.env.PARLAY_HOME + '/workspaces/run/base', effects);
       const workspace = await openWorkspace(base, { name: 'a', sandbox: ${sandbox}, network: false }, effects);
       await workspace.shell.run('echo kept > kept.txt; echo started >&2; exec -a ${words} sleep 1000',
         { timeoutMs: 100000, onOutput: (chunk) => process.stdout.write(chunk) });`,
    );
    const effects = testEffects();
    const parlay: ChildProcess = spawn(process.execPath, [script], {
      env: { ...process.env, PARLAY_HOME: effects.environment.PARLAY_HOME },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => parlay.stdout!.once('data', resolve));
    expect(await eventually(() => isRunning(words))).toBe(true);
    parlay.kill('SIGKILL');
    expect(await eventually(() => !isRunning(words))).toBe(true);
    const home = effects.environment.PARLAY_HOME!;
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(home);
    // What the attempt had written is found again under its name.
    const again = await open(await freeze(folder, effects, 'run'), { name: 'a', sandbox }, effects);
    expect((await again.files.read('kept.txt')).toString()).toBe('kept\n');
  });
});

describe.each(noSandbox === '' ? [true, false] : [false])('what a person is told, sandbox %s', (sandbox) => {
  test('a dependency folder that cannot be laid under is empty and named; the workspace works', async () => {
    const folder = makeRepository({ '.gitignore': 'node_modules\n', 'a.txt': 'a\n' });
    write(folder, { 'node_modules/x/index.js': 'x' });
    const base = await freeze(folder);
    const whole = await open(base, { name: 'whole', sandbox });
    if (whole.kind === 'overlay') expect(whole.notices).toEqual([]);
    await deleteFolder(join(folder, 'node_modules'));
    const workspace = await open(base, { name: 'without', sandbox });
    expect(workspace.kind).toBe(whole.kind);
    expect(workspace.notices.join()).toContain('node_modules');
    expect((await run(workspace, 'cat a.txt; ls -A node_modules')).text).toContain('a\n');
  });

  test('a copy says that it is one, and what is not in it', async () => {
    const folder = makeRepository({ '.gitignore': 'node_modules\n', 'a.txt': 'a\n' });
    write(folder, { 'node_modules/x/index.js': 'x' });
    const effects = testEffects();
    const base = await freeze(folder, effects);
    const state = join(base.folder, '..', 'copied');
    mkdirSync(state);
    await copyBase(base, state);
    const workspace = await open(base, { name: 'copied', sandbox }, effects);
    expect(workspace.kind).toBe('copy');
    expect(workspace.notices.join()).toMatch(sandbox ? /can be read .* node_modules/ : /without .* node_modules/);
    expect((await run(workspace, 'ls node_modules')).text).toBe(sandbox ? 'x\n' : '');
  });

  test('the folder of reports has no names to list in a sandbox, and they can be used', async () => {
    const workspace = await open(makeRepository({ 'a.txt': 'a\n' }), { sandbox });
    const { inside, outside } = await workspace.shell.exchange();
    expect((await run(workspace, `echo report > ${inside}/report`)).exitCode).toBe(0);
    expect(readFileSync(join(outside, 'report'), 'utf8')).toBe('report\n');
    if (sandbox) expect((await run(workspace, `ls $(dirname ${inside})`)).text).toMatch(/Permission denied/);
  });
});
