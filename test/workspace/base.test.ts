import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ParlayError } from '../../src/system/errors.ts';
import { findRepository, isDirty } from '../../src/workspace/repository.ts';
import { freeze, git, makeRepository, temporaryFolder, testEffects, write } from './support.ts';

/** Every file below a folder but git's, as path, mode and bytes. */
function treeOf(folder: string, prefix = ''): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const name of readdirSync(join(folder, prefix))) {
    if (name === '.git') continue;
    const path = join(prefix, name);
    const facts = lstatSync(join(folder, path), { bigint: true });
    if (facts.isDirectory()) Object.assign(tree, treeOf(folder, path));
    else if (facts.isSymbolicLink()) tree[path] = `link ${readlinkSync(join(folder, path))}`;
    else tree[path] = `${facts.mode.toString(8)} ${facts.mtimeNs} ${readFileSync(join(folder, path), 'hex')}`;
  }
  return tree;
}

describe('the starting state', () => {
  test('is every tracked and untracked file, byte for byte, with modes, links and times', async () => {
    const folder = makeRepository({
      'plain.txt': 'one\n',
      'crlf.txt': 'one\r\ntwo\r\n',
      'binary.bin': Buffer.from([0, 1, 2, 255, 254, 13, 10, 0]),
      'with space/näme \u{1f600}.txt': 'ünïcode\n',
      'new\nline.txt': 'odd name\n',
      'gone.txt': 'will be deleted\n',
      'staged.txt': 'first\n',
      'run.sh': '#!/bin/sh\n',
    });
    chmodSync(join(folder, 'run.sh'), 0o755);
    symlinkSync('plain.txt', join(folder, 'link'));
    symlinkSync('/nowhere/at/all', join(folder, 'dangling'));
    git(folder, 'add', '-A');
    git(folder, 'commit', '-q', '-m', 'Second');
    write(folder, { 'plain.txt': 'edited\n', 'untracked/file.txt': 'new\n', 'staged.txt': 'second\n' });
    git(folder, 'add', 'staged.txt');
    write(folder, { 'staged.txt': 'third\n' });
    rmSync(join(folder, 'gone.txt'));
    chmodSync(join(folder, 'crlf.txt'), 0o600);
    utimesSync(join(folder, 'binary.bin'), new Date('2001-02-03T04:05:06Z'), new Date('2001-02-03T04:05:06Z'));

    const base = await freeze(folder);

    expect(treeOf(base.folder)).toEqual(treeOf(folder));
    expect(Object.keys(treeOf(base.folder))).not.toContain('gone.txt');
    expect(git(base.folder, 'status', '--porcelain')).toBe('');
    expect(base.files).toBe(Object.keys(treeOf(folder)).length);
  });

  test('writes nothing to the repository', async () => {
    const folder = makeRepository({ 'a.txt': 'a\n' });
    write(folder, { 'a.txt': 'edited\n', 'b.txt': 'untracked\n' });
    const all = () =>
      execFileSync('find', ['.git', '-type', 'f', '-printf', '%p %s %T@ %C@\n'], { cwd: folder, encoding: 'utf8' });
    const before = all();
    await freeze(folder);
    expect(all()).toBe(before);
  });

  test.each([
    ['core.autocrlf', () => '', 'true'],
    ['.gitattributes text', () => '* text=auto eol=lf\n', undefined],
    ['.gitattributes ident', () => '*.txt ident\n', undefined],
  ])('keeps the bytes on disk under %s', async (_, attributes, autocrlf) => {
    const folder = makeRepository({ '.gitattributes': attributes() });
    if (autocrlf) git(folder, 'config', 'core.autocrlf', autocrlf);
    write(folder, { 'dos.txt': 'one\r\ntwo\r\n', 'unix.txt': 'one\n', 'id.txt': '$Id$\r\n' });
    git(folder, 'add', '-A');
    git(folder, 'commit', '-q', '-m', 'Lines');
    const base = await freeze(folder);
    expect(readFileSync(join(base.folder, 'dos.txt'), 'latin1')).toBe('one\r\ntwo\r\n');
    expect(git(base.folder, 'status', '--porcelain')).toBe('');
    expect(git(base.folder, 'show', 'HEAD:dos.txt')).toBe('one\r\ntwo\r\n');
  });

  test('runs no program that the repository names', async () => {
    const folder = makeRepository({ 'a.txt': 'a\n', '.gitattributes': '* filter=evil\n' });
    const proof = join(temporaryFolder(), 'proof');
    for (const key of [
      'core.fsmonitor',
      'filter.evil.clean',
      'filter.evil.smudge',
      'filter.evil.process',
      'diff.external',
    ])
      git(folder, 'config', key, `touch ${proof}; cat`);
    writeFileSync(join(folder, '.git', 'hooks', 'post-index-change'), `#!/bin/sh\ntouch ${proof}\n`, { mode: 0o755 });
    write(folder, { 'a.txt': 'b\n', 'new.txt': 'n\n' });
    expect(await isDirty(await findRepository(folder, process.env), process.env)).toBe(true);
    const base = await freeze(folder);
    expect(existsSync(proof)).toBe(false);
    expect(readFileSync(join(base.folder, 'a.txt'), 'utf8')).toBe('b\n');
  });

  test('does not change when the person goes on editing', async () => {
    const folder = makeRepository({ 'a.txt': 'a\n', 'b.txt': 'b\n' });
    const base = await freeze(folder);
    appendFileSync(join(folder, 'a.txt'), 'more\n');
    rmSync(join(folder, 'b.txt'));
    expect(readFileSync(join(base.folder, 'a.txt'), 'utf8')).toBe('a\n');
    expect(readFileSync(join(base.folder, 'b.txt'), 'utf8')).toBe('b\n');
  });

  test('is frozen once: a second freeze into the same folder gives the first back', async () => {
    const folder = makeRepository({ 'a.txt': 'a\n' });
    const effects = testEffects();
    const first = await freeze(folder, effects);
    write(folder, { 'a.txt': 'later\n' });
    expect(await freeze(folder, effects)).toEqual(first);
    expect(readFileSync(join(first.folder, 'a.txt'), 'utf8')).toBe('a\n');
  });
});

describe('history', () => {
  test('is one commit: nothing later, stashed, or in a reflog can be reached', async () => {
    const folder = makeRepository({ 'a.txt': 'a\n' });
    write(folder, { 'a.txt': 'the secret solution\n' });
    git(folder, 'commit', '-qam', 'Later');
    const later = git(folder, 'rev-parse', 'HEAD').trim();
    const laterBlob = git(folder, 'rev-parse', 'HEAD:a.txt').trim();
    write(folder, { 'a.txt': 'stashed\n' });
    git(folder, 'stash');
    const stash = git(folder, 'rev-parse', 'refs/stash').trim();
    git(folder, 'tag', 'later', later);
    git(folder, 'reset', '-q', '--hard', 'HEAD~1');
    const base = await freeze(folder);
    expect(git(base.folder, 'log', '--all', '--format=%s').trim()).toBe('Starting state');
    expect(git(base.folder, 'for-each-ref', '--format=%(refname)').trim()).toBe('refs/heads/main');
    for (const hash of [later, laterBlob, stash]) {
      expect(() => git(base.folder, 'cat-file', '-e', hash), hash).toThrow();
    }
    expect(git(base.folder, 'remote')).toBe('');
    expect(git(base.folder, 'fsck', '--full')).toBe('');
    expect(base.hidden).toContain(join(folder, '.git'));
  });
});

describe('unusual repositories', () => {
  test('no commit yet', async () => {
    const folder = temporaryFolder();
    git(folder, 'init', '-q');
    write(folder, { 'a.txt': 'a\n' });
    const base = await freeze(folder);
    expect(base.notices.join()).toMatch(/no commit yet/);
    expect(git(base.folder, 'ls-files')).toBe('a.txt\n');
  });

  test('empty: no commit and no file', async () => {
    const folder = temporaryFolder();
    git(folder, 'init', '-q');
    const base = await freeze(folder);
    expect(base.files).toBe(0);
    expect(git(base.folder, 'log', '--format=%s').trim()).toBe('Starting state');
  });

  test('detached, and in the middle of a merge', async () => {
    const folder = makeRepository({ 'a.txt': 'a\n' });
    git(folder, 'checkout', '-qb', 'other');
    write(folder, { 'a.txt': 'theirs\n' });
    git(folder, 'commit', '-qam', 'Theirs');
    git(folder, 'checkout', '-q', 'main');
    write(folder, { 'a.txt': 'ours\n' });
    git(folder, 'commit', '-qam', 'Ours');
    git(folder, 'checkout', '-q', '--detach');
    expect(() => git(folder, 'merge', 'other')).toThrow();
    const base = await freeze(folder);
    expect(base.notices.join()).toMatch(/detached[\s\S]*merge is under way/);
    expect(readFileSync(join(base.folder, 'a.txt'), 'utf8')).toContain('<<<<<<<');
    expect(git(base.folder, 'status', '--porcelain')).toBe('');
  });

  test('a linked worktree, with an odd name', async () => {
    const folder = makeRepository({ 'a.txt': 'a\n' });
    const linked = join(temporaryFolder(), 'linked ünd strange, with: colon');
    git(folder, 'worktree', 'add', '-q', '-b', 'linked', linked);
    write(linked, { 'b.txt': 'b\n' });
    const base = await freeze(linked);
    expect(base.repository).toBe(linked);
    expect(statSync(join(base.folder, '.git')).isDirectory()).toBe(true);
    expect(git(base.folder, 'ls-files')).toBe('a.txt\nb.txt\n');
    expect(base.hidden).toContain(join(folder, '.git'));
  });

  test('a submodule and a nested repository are ordinary files', async () => {
    const inner = makeRepository({ 'inner.txt': 'inner\n' });
    const folder = makeRepository({ 'a.txt': 'a\n' });
    git(folder, 'submodule', '--quiet', 'add', inner, 'modules/sub');
    git(folder, 'commit', '-qm', 'Submodule');
    write(folder, { 'modules/sub/untracked.txt': 'u\n' });
    git(folder, 'init', '-q', 'nested');
    write(folder, { 'nested/n.txt': 'n\n' });
    const base = await freeze(folder);
    expect(Object.keys(treeOf(base.folder)).sort()).toEqual(
      ['.gitmodules', 'a.txt', 'modules/sub/inner.txt', 'modules/sub/untracked.txt', 'nested/n.txt'].sort(),
    );
    expect(git(base.folder, 'status', '--porcelain')).toBe('');
    expect(existsSync(join(base.folder, 'modules/sub/.git'))).toBe(false);
  });

  test('sparse, split and flagged indexes, and modes git is told not to look at', async () => {
    for (const prepare of [
      (folder: string) => git(folder, 'sparse-checkout', 'set', 'kept'),
      (folder: string) => git(folder, 'update-index', '--split-index'),
      (folder: string) => {
        git(folder, 'update-index', '--assume-unchanged', 'kept/a.txt');
        write(folder, { 'kept/a.txt': 'changed all the same\n' });
      },
      (folder: string) => {
        git(folder, 'config', 'core.fileMode', 'false');
        chmodSync(join(folder, 'kept/a.txt'), 0o755);
      },
    ]) {
      const folder = makeRepository({ 'kept/a.txt': 'a\n', 'other/b.txt': 'b\n' });
      prepare(folder);
      const base = await freeze(folder);
      expect(treeOf(base.folder)).toEqual(treeOf(folder));
      expect(git(base.folder, 'status', '--porcelain')).toBe('');
    }
  });

  test('a tracked folder that became a link is only the link', async () => {
    const outside = temporaryFolder();
    write(outside, { 'f.txt': 'outside\n' });
    const folder = makeRepository({ 'd/f.txt': 'inside\n' });
    renameSync(join(folder, 'd'), join(folder, 'e'));
    symlinkSync(outside, join(folder, 'd'));
    const base = await freeze(folder);
    expect(readlinkSync(join(base.folder, 'd'))).toBe(outside);
    expect(git(base.folder, 'ls-files')).toBe('d\ne/f.txt\n');
    expect(readFileSync(join(outside, 'f.txt'), 'utf8')).toBe('outside\n');
  });

  test('a SHA-256 repository', async () => {
    const folder = temporaryFolder();
    git(folder, 'init', '-q', '--object-format=sha256');
    write(folder, { 'a.txt': 'a\n' });
    git(folder, 'add', '-A');
    git(folder, 'commit', '-qm', 'First');
    const base = await freeze(folder);
    expect(git(base.folder, 'rev-parse', 'HEAD').trim()).toHaveLength(64);
    expect(git(base.folder, 'status', '--porcelain')).toBe('');
  });
});

describe('ignored files', () => {
  test('folders are shared, small files are copied, throw-away caches are left out', async () => {
    const folder = makeRepository({ '.gitignore': 'node_modules/\n*.env\nbig.dat\n__pycache__/\n', 'a.txt': 'a\n' });
    write(folder, {
      'node_modules/lib/index.js': 'module.exports = 1\n',
      'packages/one/node_modules/x.js': 'x\n',
      'local.env': 'PORT=1\n',
      'big.dat': Buffer.alloc(9 * 1024 * 1024),
      'src/__pycache__/x.pyc': 'x',
      'src/new.py': 'untracked, beside what is ignored\n',
      'mixed/new.js': 'untracked\n',
      'mixed/node_modules/y.js': 'y\n',
    });
    const base = await freeze(folder);
    expect([...base.shared].sort()).toEqual(['mixed/node_modules', 'node_modules', 'packages']);
    expect(existsSync(join(base.folder, 'mixed/new.js'))).toBe(true);
    expect(existsSync(join(base.folder, 'src/__pycache__'))).toBe(false);
    expect(existsSync(join(base.folder, 'node_modules/lib'))).toBe(false);
    expect(readFileSync(join(base.folder, 'local.env'), 'utf8')).toBe('PORT=1\n');
    expect(existsSync(join(base.folder, 'big.dat'))).toBe(false);
    expect(base.notices.join()).toContain('big.dat');
    expect(git(base.folder, 'status', '--porcelain')).toBe('');
  });

  test("Parlay's own state in an ignored folder is not shared", async () => {
    const folder = makeRepository({ '.gitignore': '.state/\n', 'a.txt': 'a\n' });
    mkdirSync(join(folder, '.state'));
    const base = await freeze(folder, testEffects({ PARLAY_HOME: join(folder, '.state') }));
    expect(base.shared).toEqual([]);
  });
});

describe('what is no repository', () => {
  test.each([
    ['a plain folder', () => temporaryFolder(), /not in a git repository/],
    ['a missing folder', () => join(temporaryFolder(), 'missing'), /no folder/],
    [
      'a bare repository',
      () => {
        const folder = temporaryFolder();
        git(folder, 'init', '-q', '--bare');
        return folder;
      },
      /no working tree/,
    ],
    ['the inside of .git', () => join(makeRepository({ 'a.txt': 'a' }), '.git'), /no working tree/],
  ])('%s is refused with a next step', async (_, make, what) => {
    const error = await freeze(make()).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ParlayError);
    expect((error as ParlayError).message).toMatch(what);
    expect((error as ParlayError).next).not.toBe('');
  });

  test('an unreadable file is named', async ({ skip }) => {
    if (process.getuid?.() === 0) skip('root can read every file');
    const folder = makeRepository({ 'a.txt': 'a\n' });
    write(folder, { 'secret.txt': 's\n' });
    chmodSync(join(folder, 'secret.txt'), 0);
    await expect(freeze(folder)).rejects.toMatchObject({ why: expect.stringContaining('secret.txt') });
  });
});

test('a repository is dirty with an untracked file', async () => {
  const folder = makeRepository({ 'a.txt': 'a\n' });
  const found = await findRepository(join(folder, '.'), process.env);
  expect(found).toMatchObject({ root: folder, branch: 'main', notices: [] });
  expect(await isDirty(found, process.env)).toBe(false);
  write(folder, { 'b.txt': 'b\n' });
  expect(await isDirty(found, process.env)).toBe(true);
});
