import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bothWays, freeze, makeRepository, open, run, testEffects } from './support.ts';

/** Makes a workspace a copy, as where the kernel has no overlays: its folder already holds one. */
const kinds = bothWays.flatMap((sandbox) => [
  { kind: 'overlay' as const, sandbox },
  { kind: 'copy' as const, sandbox },
]);

async function openKind(kind: 'overlay' | 'copy', sandbox: boolean, folder: string) {
  const effects = testEffects();
  const base = await freeze(folder, effects);
  if (kind === 'copy') {
    const { copyBase } = await import('../../src/workspace/workspace.ts');
    mkdirSync(join(dirname(base.folder), 'attempt-1'));
    await copyBase(base, join(dirname(base.folder), 'attempt-1'));
  }
  const workspace = await open(base, { sandbox }, effects);
  expect(workspace.kind).toBe(kind);
  return workspace;
}

describe.each(kinds)('changes of an $kind, sandbox $sandbox', ({ kind, sandbox }) => {
  test('are what differs from the base, and nothing else', async () => {
    const folder = makeRepository({
      '.gitignore': 'ignored/\n*.log\n',
      'kept.txt': 'kept\n',
      'edited.txt': 'one\n',
      'deleted.txt': 'gone\n',
      'mode.sh': '#!/bin/sh\n',
      'crlf.txt': 'a\r\nb\r\n',
      'binary.bin': Buffer.from([0, 1, 2]),
      'dir/one.txt': '1\n',
      'dir/two.txt': '2\n',
      'becomes-folder': 'file\n',
      'replaced/x.txt': 'x\n',
      'rewritten.txt': 'same\n',
      'renamed/a/b.txt': 'b\n',
    });
    symlinkSync('kept.txt', join(folder, 'link'));
    writeFileSync(join(folder, 'tracked.log'), 'tracked\n');
    await import('./support.ts').then(({ git }) => {
      git(folder, 'add', '-f', '-A', '.');
      git(folder, 'commit', '-qm', 'More');
    });
    const workspace = await openKind(kind, sandbox, folder);
    expect(await workspace.changes()).toEqual([]);
    const result = await run(
      workspace,
      `set -e
      echo two >> edited.txt; rm deleted.txt; chmod +x mode.sh; printf 'a\\r\\nc\\r\\n' > crlf.txt
      printf '\\0\\377' > binary.bin; rm -r dir; echo file > dir
      rm becomes-folder; mkdir becomes-folder; echo in > becomes-folder/in.txt
      rm -r replaced; mkdir replaced; echo y > replaced/y.txt
      cp rewritten.txt t; cat t > rewritten.txt; rm t; touch kept.txt
      mv renamed moved
      ln -sfn edited.txt link; ln -s nowhere 'odd
name ü'
      mkdir -p ignored; echo i > ignored/i; echo l > new.log; echo changed >> tracked.log
      mkdir empty; mkfifo fifo; git init -q inner; echo n > inner/n.txt
      git add -A >/dev/null 2>&1 || true`,
    );
    expect(result).toMatchObject({ exitCode: 0 });
    const changes = await workspace.changes();
    const text = (bytes: Buffer | null) => bytes?.toString('latin1') ?? null;
    expect(changes.map((c) => [c.kind, c.path, c.modeBefore, c.modeAfter, text(c.before), text(c.after)])).toEqual(
      [
        ['added', 'becomes-folder/in.txt', null, '100644', null, 'in\n'],
        ['deleted', 'becomes-folder', '100644', null, 'file\n', null],
        ['modified', 'binary.bin', '100644', '100644', '\0\u0001\u0002', '\0\u00ff'],
        ['modified', 'crlf.txt', '100644', '100644', 'a\r\nb\r\n', 'a\r\nc\r\n'],
        ['deleted', 'deleted.txt', '100644', null, 'gone\n', null],
        ['added', 'dir', null, '100644', null, 'file\n'],
        ['deleted', 'dir/one.txt', '100644', null, '1\n', null],
        ['deleted', 'dir/two.txt', '100644', null, '2\n', null],
        ['modified', 'edited.txt', '100644', '100644', 'one\n', 'one\ntwo\n'],
        ['added', 'inner/n.txt', null, '100644', null, 'n\n'],
        ['modified', 'link', '120000', '120000', 'kept.txt', 'edited.txt'],
        ['modified', 'mode.sh', '100644', '100755', '#!/bin/sh\n', '#!/bin/sh\n'],
        ['added', 'moved/a/b.txt', null, '100644', null, 'b\n'],
        ['added', 'odd\nname ü', null, '120000', null, 'nowhere'],
        ['deleted', 'renamed/a/b.txt', '100644', null, 'b\n', null],
        ['deleted', 'replaced/x.txt', '100644', null, 'x\n', null],
        ['added', 'replaced/y.txt', null, '100644', null, 'y\n'],
        ['modified', 'tracked.log', '100644', '100644', 'tracked\n', 'tracked\nchanged\n'],
      ].sort(([, one], [, other]) => (one! < other! ? -1 : 1)),
    );
  });

  test('survive a close and are found again, unless a fresh start is asked for', async () => {
    const folder = makeRepository({ 'a.txt': 'a\n' });
    const effects = testEffects();
    const base = await freeze(folder, effects);
    const first = await open(base, { sandbox }, effects);
    await run(first, 'rm a.txt; echo b > b.txt');
    const changes = await first.changes();
    await first.close();
    await expect(first.files.read('b.txt')).rejects.toThrow(/closed/);
    const again = await open(base, { sandbox }, effects);
    expect(await again.changes()).toEqual(changes);
    await again.close();
    const fresh = await open(base, { sandbox, fresh: true }, effects);
    expect(await fresh.changes()).toEqual([]);
    await fresh.remove();
    expect(existsSync(join(dirname(base.folder), 'attempt-1'))).toBe(false);
    expect(existsSync(base.folder)).toBe(true);
  });
});
