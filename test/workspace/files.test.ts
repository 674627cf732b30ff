import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { WorkspaceFileError } from '../../src/workspace/files.ts';
import { bothWays, makeRepository, open, run, temporaryFolder } from './support.ts';

describe.each(bothWays)('files, sandbox %s', (sandbox) => {
  const fresh = () => open(makeRepository({ 'a.txt': 'a\n', 'sub/b.txt': 'b\n' }), { sandbox });

  test('reads, writes, lists and removes below the root', async () => {
    const { files, root, shell } = await fresh();
    expect((await files.read('a.txt')).toString()).toBe('a\n');
    expect((await files.read(`${root}/sub/b.txt`)).toString()).toBe('b\n');
    await files.write('deep/er/new file.txt', 'new');
    await files.write('a.txt', Buffer.from([0, 255]));
    expect(await files.read('a.txt')).toEqual(Buffer.from([0, 255]));
    expect(await files.stat('deep/er/new file.txt')).toMatchObject({ kind: 'file', size: 3 });
    expect(await files.stat('deep')).toMatchObject({ kind: 'folder' });
    expect(await files.stat('')).toMatchObject({ kind: 'folder' });
    expect(await files.stat('missing')).toBeNull();
    expect(await files.stat('missing/below')).toBeNull();
    expect(await files.stat('a.txt/below')).toBeNull();
    expect(await files.list('sub')).toEqual([{ name: 'b.txt', kind: 'file' }]);
    expect((await files.list('.')).map((entry) => entry.name).sort()).toEqual(['.git', 'a.txt', 'deep', 'sub']);
    await files.remove('sub');
    expect(await files.stat('sub')).toBeNull();
    const seen = await shell.run('ls; cat "deep/er/new file.txt"', { timeoutMs: 10_000 });
    expect(seen.output.toString()).toBe('a.txt\ndeep\nnew');
  });

  test('keeps the mode of what it writes, and says what went wrong', async () => {
    const workspace = await fresh();
    const { files } = workspace;
    await run(workspace, 'chmod 750 a.txt; mkfifo pipe; ln -s b.txt sub/link; ln -s loop loop');
    await files.write('a.txt', 'changed');
    expect(await files.stat('a.txt')).toMatchObject({ mode: 0o750 });
    await files.write('sub/link', 'through the link');
    expect((await files.read('sub/b.txt')).toString()).toBe('through the link');
    for (const [work, words] of [
      [files.read('missing.txt'), /does not exist/],
      [files.read('sub'), /not a regular file|folder/],
      [files.read('pipe'), /not a regular file/],
      [files.write('pipe', 'x'), /not a regular file/],
      [files.write('sub', 'x'), /is a folder/],
      [files.write('a.txt/x', 'x'), /is a file/],
      [files.read('loop'), /too many links/],
      [files.remove('missing.txt'), /does not exist/],
      [files.remove(''), /root/],
      [files.read('a\0b'), /NUL/],
    ] as const) {
      const error = await (work as Promise<unknown>).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(WorkspaceFileError);
      expect((error as Error).message).toMatch(words);
    }
  });

  test('no path and no link leads outside', async () => {
    const outside = temporaryFolder();
    writeFileSync(join(outside, 'secret.txt'), 'SECRET');
    const workspace = await fresh();
    const { files, root } = workspace;
    await run(
      workspace,
      `ln -s ${outside} out; ln -s ${outside}/secret.txt file; ln -s ../../../../../../etc up; ln -s ${root}/sub inside; ln -s / top; mkdir -p x/y; ln -s ../../.. x/y/z`,
    );
    for (const path of [
      'out/secret.txt',
      'file',
      'up/passwd',
      'top/etc/passwd',
      '../x',
      '/etc/passwd',
      'x/y/z/a',
      'sub/../../x',
      `${root}-other/x`,
    ]) {
      await expect(files.read(path), path).rejects.toThrow(/leads outside|does not exist/);
      await expect(files.write(path, 'x'), path).rejects.toThrow(/leads outside/);
      if (!path.includes('file')) await expect(files.remove(path), path).rejects.toThrow(/outside|does not exist/);
    }
    await expect(files.list('out')).rejects.toThrow(/outside/);
    expect(execFileSync('cat', [join(outside, 'secret.txt')]).toString()).toBe('SECRET');
    // Removing a link removes the link; absolute links into the workspace stay inside it.
    await files.remove('file');
    expect((await files.read('inside/b.txt')).toString()).toBe('b\n');
    expect((await files.read('sub/../a.txt')).toString()).toBe('a\n');
  });

  test('links swapped while they are used never lead outside', async () => {
    const outside = temporaryFolder();
    writeFileSync(join(outside, 'f'), 'SECRET');
    const workspace = await fresh();
    const { files } = workspace;
    await run(
      workspace,
      `mkdir real; echo inside > real/f; ln -s ${outside} evil; ln -s real good; (while :; do ln -sfn ${outside} d; rm -rf d; mkdir d 2>/dev/null; echo inside > d/f; rm -rf d; ln -sfn real d; rm -f d; done) >/dev/null 2>&1 &`,
    );
    let inside = 0;
    // On a busy machine the other side may hardly get to run.
    for (let tries = 0; tries < 500 || (inside === 0 && tries < 20_000); tries++) {
      try {
        const text = (await files.read('d/f')).toString();
        expect(text).not.toContain('SECRET');
        inside++;
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(WorkspaceFileError);
      }
      await files.write('d/f', 'overwritten').catch((thrown) => expect(thrown).toBeInstanceOf(WorkspaceFileError));
      await files.remove('d').catch((thrown) => expect(thrown).toBeInstanceOf(WorkspaceFileError));
    }
    expect(inside).toBeGreaterThan(0);
    expect(execFileSync('cat', [join(outside, 'f')]).toString()).toBe('SECRET');
  });

  test('ignored folders are there, and writing to them does not reach the checkout', async () => {
    const folder = makeRepository({ '.gitignore': 'node_modules\n', 'index.js': "console.log(require('lib'))\n" });
    execFileSync('mkdir', ['-p', join(folder, 'node_modules/lib')]);
    writeFileSync(join(folder, 'node_modules/lib/index.js'), 'module.exports = 42\n');
    symlinkSync('lib', join(folder, 'node_modules/alias'));
    const workspace = await open(folder, { sandbox });
    const ran = await run(
      workspace,
      `'${process.execPath}' index.js; echo broken > node_modules/lib/index.js; rm node_modules/alias; touch node_modules/new`,
    );
    expect(ran.text).toBe('42\n');
    expect((await workspace.files.read('node_modules/lib/index.js')).toString()).toBe('broken\n');
    const real = execFileSync('sh', ['-c', 'cat node_modules/lib/index.js; ls node_modules'], { cwd: folder });
    expect(real.toString()).toBe('module.exports = 42\nalias\nlib\n');
    expect(await workspace.changes()).toEqual([]);
  });
});
