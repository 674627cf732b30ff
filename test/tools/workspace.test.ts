import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { realEffects } from '../../src/system/effects.ts';
import { parseInput } from '../../src/tools/schema.ts';
import { tools } from '../../src/tools/table.ts';
import { freezeBase } from '../../src/workspace/base.ts';
import { sandboxStatus } from '../../src/workspace/sandbox.ts';
import type { Workspace } from '../../src/workspace/types.ts';
import { openWorkspace } from '../../src/workspace/workspace.ts';
import { plainContext } from './plain-workspace.ts';

const status = await sandboxStatus();
if (!status.works) console.warn(`The tools were not tested in a sandbox: ${status.why} ${status.next}`);

describe.each([false, true])('in a workspace of Parlay, sandbox %s', (sandbox) => {
  const inSandbox = sandbox && !status.works ? test.skip : test;
  let folder: string;
  let workspace: Workspace;
  let context: ReturnType<typeof plainContext>;

  const call = (name: string, input: unknown) => {
    const tool = tools.find((each) => each.name === name)!;
    const parsed = parseInput(tool, JSON.stringify(input));
    if (!parsed.ok) throw new Error(parsed.message);
    return tool.run(parsed.value, context);
  };

  beforeAll(async () => {
    if (sandbox && !status.works) return;
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'parlay-tools-')));
    const repository = join(folder, 'a repository');
    mkdirSync(join(repository, 'src'), { recursive: true });
    writeFileSync(join(repository, 'src/dos.ts'), '\uFEFFone\r\nneedle\r\n', { mode: 0o755 });
    writeFileSync(join(repository, '.gitignore'), 'built/\n');
    mkdirSync(join(repository, 'built'));
    writeFileSync(join(repository, 'built/out.js'), 'needle\n');
    symlinkSync(homedir(), join(repository, 'home'));
    execFileSync('git', ['init', '-q'], { cwd: repository });
    const effects = realEffects({ ...process.env, PARLAY_HOME: join(folder, 'state') });
    const base = await freezeBase(repository, join(folder, 'state/workspaces/run/base'), effects);
    workspace = await openWorkspace(base, { name: 'attempt-1', sandbox, network: false }, effects);
    context = plainContext(workspace);
  });
  afterAll(async () => {
    await workspace?.remove();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  inSandbox('search runs ripgrep itself, and git decides what is ignored', async () => {
    const result = await call('search', { pattern: 'n..dle' });
    expect(result.text).toBe('src/dos.ts:2: needle');
    expect((await call('search', { pattern: 'needle', path: 'built' })).text).toBe('built/out.js:1: needle');
    expect((await call('search', { pattern: '(' })).text).toContain('unclosed group');
  });

  inSandbox('edit, write and run see the same files', async () => {
    expect((await call('edit', { path: 'src/dos.ts', old: 'needle', new: 'pin' })).ok).toBe(true);
    expect((await call('run', { command: 'od -c src/dos.ts | head -n 2; stat -c %a src/dos.ts' })).text).toContain(
      '755',
    );
    expect(await workspace.files.read('src/dos.ts')).toEqual(Buffer.from('\uFEFFone\r\npin\r\n'));
    await call('write', { path: 'new folder/a.txt', content: 'x\n' });
    const run = await call('run', { command: 'cat a.txt; echo y >> a.txt; exit 4', folder: 'new folder' });
    expect(run.text).toMatch(/^exit code 4, \d+\.\d s\nx$/);
    expect((await call('edit', { path: 'new folder/a.txt', old: 'y', new: 'z' })).text).toContain('had changed since');
    expect((await call('list', {})).text).toContain('new folder/\n  a.txt');
    expect(readFileSync(join(folder, 'a repository/src/dos.ts'), 'utf8')).toContain('needle');
  });

  inSandbox('nothing outside is reached', async () => {
    for (const path of ['../x', '/etc/hostname', 'home/x', 'home']) {
      for (const [name, input] of [
        ['read', { path }],
        ['list', { path }],
        ['search', { pattern: 'a', path }],
        ['edit', { path, old: 'a', new: 'b' }],
        ['write', { path, content: 'x' }],
        ['run', { command: 'pwd', folder: path }],
      ] as const) {
        const result = await call(name, input);
        expect(result.ok, `${name} ${path}: ${result.text}`).toBe(false);
        expect(result.text).toContain("not part of the task's repository");
      }
    }
  });

  inSandbox('a timeout is said and the shell works again', async () => {
    const slow = await call('run', { command: 'echo begun; sleep 60', timeout: 1 });
    expect(slow.text).toMatch(/^killed after the timeout of 1 s\nbegun\n/);
    expect((await call('run', { command: 'echo again' })).text).toMatch(/\nagain$/);
  });

  inSandbox('much output is cut, with a line where the middle was dropped', async () => {
    const result = await call('run', { command: 'head -c 20000000 /dev/zero | tr "\\0" z; echo end' });
    expect(Buffer.byteLength(result.text)).toBeLessThan(17_000);
    expect(context.kept.at(-1)).toMatch(/^z{2097152}\n\[… 15\.8 MB dropped here …\]\nz+end\n$/);
  });
});
