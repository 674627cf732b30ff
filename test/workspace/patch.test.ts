import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exitCodes, ParlayError } from '../../src/system/errors.ts';
import { planApply, planUndo } from '../../src/workspace/apply.ts';
import { applyChanges, renderPatch } from '../../src/workspace/patch.ts';
import { writePlan } from '../../src/workspace/placing.ts';
import type { WorkspaceChange } from '../../src/workspace/types.ts';
import { bothWays, freeze, git, makeRepository, open, run, temporaryFolder, testEffects, write } from './support.ts';

/** A tree as path → mode and content; links have the mode 120000. */
type Tree = Record<string, { mode: string; bytes: Buffer }>;

const name = fc.constantFrom('a', 'b', 'c d', 'é', 'line\nbreak', '"quote"', 'back\\slash', 'tab\t', '-dash', ' lead');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const line = fc.constantFrom('one\n', 'two\n', 'three\r\n', 'no end', '\n', 'ünïcode\n', '--- a/x\n', '+++ b/x\n');
const bytes = fc.oneof(
  fc.array(line, { maxLength: 30 }).map((lines) => Buffer.from(lines.join(''))),
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
);
const entry = fc.oneof(
  { weight: 4, arbitrary: fc.record({ mode: fc.constantFrom('100644', '100755'), bytes }) },
  {
    weight: 1,
    arbitrary: fc.record({
      mode: fc.constant('120000'),
      bytes: fc.constantFrom('zz', '../x', '/nowhere').map(Buffer.from),
    }),
  },
);
/** No path may be another's folder, and no link its own target: `git apply` cannot put a folder in place of such a link. */
const tree: fc.Arbitrary<Tree> = fc.dictionary(path, entry, { maxKeys: 8, noNullPrototype: true }).map((all) => {
  const kept: Tree = {};
  for (const [one, value] of Object.entries(all)) {
    if (!Object.keys(kept).some((other) => other.startsWith(`${one}/`) || one.startsWith(`${other}/`)))
      kept[one] = value;
  }
  return kept;
});

function place(folder: string, files: Tree): void {
  for (const [file, { mode, bytes }] of Object.entries(files)) {
    const whole = join(folder, file);
    mkdirSync(dirname(whole), { recursive: true });
    if (mode === '120000') symlinkSync(bytes, whole);
    else {
      writeFileSync(whole, bytes);
      chmodSync(whole, mode === '100755' ? 0o755 : 0o644);
    }
  }
}

function treeOf(folder: string, prefix = ''): Tree {
  const found: Tree = {};
  for (const entry of readdirSync(join(folder, prefix), { withFileTypes: true })) {
    if (entry.name === '.git') continue;
    const file = prefix + entry.name;
    const whole = join(folder, file);
    if (entry.isDirectory()) Object.assign(found, treeOf(folder, `${file}/`));
    else if (entry.isSymbolicLink()) found[file] = { mode: '120000', bytes: readlinkSync(whole, 'buffer') };
    else found[file] = { mode: lstatSync(whole).mode & 0o100 ? '100755' : '100644', bytes: readFileSync(whole) };
  }
  return found;
}

function between(before: Tree, after: Tree): WorkspaceChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((file) => {
    const [old, now] = [before[file], after[file]];
    if (old && now && old.mode === now.mode && old.bytes.equals(now.bytes)) return [];
    return [
      {
        path: file,
        kind: !old ? ('added' as const) : !now ? ('deleted' as const) : ('modified' as const),
        modeBefore: old?.mode ?? null,
        modeAfter: now?.mode ?? null,
        before: old?.bytes ?? null,
        after: now?.bytes ?? null,
      },
    ];
  });
}

function newRepository(files: Tree): string {
  const folder = temporaryFolder();
  git(folder, 'init', '-q');
  place(folder, files);
  return folder;
}

describe('patches', () => {
  test('a patch that git applies gives the same tree, whatever changed', async () => {
    await fc.assert(
      fc.asyncProperty(tree, tree, async (before, after) => {
        const folder = newRepository(before);
        const { patch } = await renderPatch(between(before, after), process.env);
        if (patch.length > 0) {
          execFileSync('git', ['-c', 'core.autocrlf=false', 'apply', '--whitespace=nowarn'], {
            cwd: folder,
            input: patch,
          });
        }
        expect(treeOf(folder)).toEqual(after);
        rmSync(folder, { recursive: true });
      }),
      { numRuns: 40 },
    );
  });

  test('counts lines, and none of a binary file', async () => {
    const changes = between(
      {
        'a.txt': { mode: '100644', bytes: Buffer.from('1\n2\n3\n') },
        b: { mode: '100644', bytes: Buffer.from([0, 1]) },
      },
      {
        'a.txt': { mode: '100644', bytes: Buffer.from('1\n3\n4\n5\n') },
        b: { mode: '100644', bytes: Buffer.from([0, 2]) },
      },
    );
    expect(await renderPatch(changes, process.env)).toMatchObject({ insertions: 2, deletions: 1 });
    expect(await renderPatch([], process.env)).toEqual({ patch: Buffer.alloc(0), insertions: 0, deletions: 0 });
  });

  test.each(bothWays)(
    "an attempt's changes laid over a fresh workspace are the same changes, sandbox %s",
    async (sandbox) => {
      const folder = makeRepository({
        'a.txt': 'a\n',
        'd/x.txt': 'x\n',
        'd/y.txt': 'y\n',
        file: 'f\n',
        'run.sh': 'r\n',
      });
      const effects = testEffects();
      const base = await freeze(folder, effects);
      const attempt = await open(base, { sandbox }, effects);
      await run(
        attempt,
        'rm -r d; echo now > d; rm file; mkdir file; echo in > file/in; chmod +x run.sh; ln -s a.txt l; echo b >> a.txt',
      );
      const changes = await attempt.changes();
      expect(changes).toHaveLength(8);
      const grade = await open(base, { name: 'grade-1', sandbox }, effects);
      await applyChanges(changes, grade.files);
      expect(await grade.changes()).toEqual(changes);
      const partly = await open(base, { name: 'grade-2', sandbox }, effects);
      await applyChanges(
        changes.filter((change) => change.path !== 'a.txt'),
        partly.files,
      );
      expect((await partly.files.read('a.txt')).toString()).toBe('a\n');
    },
  );
});

describe('apply and undo', () => {
  test('applying gives the tree, undoing gives back what was there, and both may be cut off and repeated', async () => {
    await fc.assert(
      fc.asyncProperty(tree, tree, fc.nat({ max: 8 }), async (before, after, cut) => {
        const folder = newRepository(before);
        mkdirSync(join(folder, 'an empty folder'), { recursive: true });
        const plan = await planApply(folder, between(before, after), process.env);
        // As after `kill -9`: a part is written, then all of it is tried again.
        cutOff(folder, plan, cut);
        writePlan(folder, plan);
        expect(treeOf(folder)).toEqual(after);
        writePlan(folder, plan);
        const undo = planUndo(folder, plan);
        cutOff(folder, undo, cut);
        writePlan(folder, undo);
        expect(treeOf(folder)).toEqual(before);
        expect(existsSync(join(folder, 'an empty folder'))).toBe(true);
        expect(planUndo(folder, plan).after.filter((entry) => entry.mode !== '40000')).toEqual([]);
        rmSync(folder, { recursive: true });
      }),
      { numRuns: 60 },
    );
  });

  /** Writes only the first deletions or files of a plan, in the order `writePlan` goes. */
  function cutOff(folder: string, plan: Parameters<typeof writePlan>[1], count: number): void {
    const order = [...plan.after.keys()].sort(
      (one, other) => Number(plan.after[one]!.bytes !== null) - Number(plan.after[other]!.bytes !== null),
    );
    const kept = order.slice(0, count);
    writePlan(folder, {
      before: kept.map((index) => plan.before[index]!),
      after: kept.map((index) => plan.after[index]!),
    });
  }

  const change = (file: string, before: string | null, after: string | null): WorkspaceChange => ({
    path: file,
    kind: before === null ? 'added' : after === null ? 'deleted' : 'modified',
    modeBefore: before === null ? null : '100644',
    modeAfter: after === null ? null : '100644',
    before: before === null ? null : Buffer.from(before),
    after: after === null ? null : Buffer.from(after),
  });
  const text = (lines: string[]) => `${lines.join('\n')}\n`;
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);

  test('edits made meanwhile elsewhere in a file are kept', async () => {
    const folder = makeRepository({ 'f.txt': text(lines.with(0, 'mine')) });
    const plan = await planApply(folder, [change('f.txt', text(lines), text(lines.with(19, 'theirs')))], process.env);
    expect(plan.merged).toEqual(['f.txt']);
    writePlan(folder, plan);
    expect(readFileSync(join(folder, 'f.txt'), 'utf8')).toBe(text(lines.with(0, 'mine').with(19, 'theirs')));
    writePlan(folder, planUndo(folder, plan));
    expect(readFileSync(join(folder, 'f.txt'), 'utf8')).toBe(text(lines.with(0, 'mine')));
  });

  test.each([
    ['the same line', 'f.txt', 'mine\n', change('f.txt', 'one\n', 'theirs\n')],
    ['a binary file', 'f.bin', '\0mine', change('f.bin', '\0one', '\0theirs')],
    ['a file deleted by the change', 'f.txt', 'mine\n', change('f.txt', 'one\n', null)],
    ['a new file of the same name', 'f.txt', 'mine\n', change('f.txt', null, 'theirs\n')],
    ['a folder where a file belongs', 'f.txt/x', 'mine\n', change('f.txt', null, 'theirs\n')],
    ['a file where a folder belongs', 'f', 'mine\n', change('f/x.txt', null, 'theirs\n')],
  ])('an edit of %s refuses everything', async (_, file, mine, conflicting) => {
    const folder = makeRepository({ [file]: mine });
    const error = await planApply(folder, [change('fine.txt', null, 'fine\n'), conflicting], process.env).then(
      () => null,
      (thrown: unknown) => thrown as ParlayError,
    );
    expect(error).toBeInstanceOf(ParlayError);
    expect(error!.exitCode).toBe(exitCodes.conflict);
    expect(error!.message).toContain(conflicting.path);
    expect(git(folder, 'status', '--porcelain')).toBe('');
  });

  test('a deleted file that the change edits is a conflict; what is already there is not written', async () => {
    const folder = makeRepository({ 'same.txt': 'new\n' });
    await expect(planApply(folder, [change('gone.txt', 'one\n', 'two\n')], process.env)).rejects.toThrow(/gone\.txt/);
    expect(
      await planApply(folder, [change('same.txt', 'old\n', 'new\n'), change('gone.txt', 'one\n', null)], process.env),
    ).toEqual({
      before: [],
      after: [],
      merged: [],
    });
  });

  test('an edit between plan and write is not overwritten', async () => {
    const folder = makeRepository({ 'a.txt': 'a\n', 'b.txt': 'b\n' });
    const plan = await planApply(folder, [change('a.txt', 'a\n', 'A\n'), change('b.txt', 'b\n', 'B\n')], process.env);
    write(folder, { 'b.txt': 'mine\n' });
    expect(() => writePlan(folder, plan)).toThrow(/b\.txt/);
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('a\n');
  });

  test('undo refuses files changed since, and can be forced', async () => {
    const folder = makeRepository({ 'a.txt': 'a\n' });
    write(folder, { 'untracked.txt': 'precious\n' });
    const plan = await planApply(
      folder,
      [
        change('a.txt', 'a\n', 'A\n'),
        change('untracked.txt', 'precious\n', null),
        change('new/deep/n.txt', null, 'n\n'),
      ],
      process.env,
    );
    writePlan(folder, plan);
    write(folder, { 'a.txt': 'edited since\n' });
    expect(() => planUndo(folder, plan)).toThrow(/a\.txt/);
    writePlan(folder, planUndo(folder, plan, { force: true }));
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('a\n');
    expect(readFileSync(join(folder, 'untracked.txt'), 'utf8')).toBe('precious\n');
    expect(existsSync(join(folder, 'new'))).toBe(false);
  });

  test('empty folders and exact modes come back', async () => {
    const folder = makeRepository({ 'a.sh': 'a\n' });
    chmodSync(join(folder, 'a.sh'), 0o640);
    mkdirSync(join(folder, 'empty/inner'), { recursive: true });
    const executable = { ...change('a.sh', 'a\n', 'A\n'), modeAfter: '100755' };
    const plan = await planApply(folder, [executable, change('empty/inner/f', null, 'f\n')], process.env);
    writePlan(folder, plan);
    expect(lstatSync(join(folder, 'a.sh')).mode & 0o777).toBe(0o750);
    writePlan(folder, planUndo(folder, plan));
    expect(lstatSync(join(folder, 'a.sh')).mode & 0o777).toBe(0o640);
    expect(readdirSync(join(folder, 'empty/inner'))).toEqual([]);
  });

  test('nothing is written through a link, outside, or into .git', async () => {
    const outside = temporaryFolder();
    const folder = makeRepository({ 'a.txt': 'a\n' });
    symlinkSync(outside, join(folder, 'out'));
    for (const file of ['out/x', '../x', '.git/config', 'sub/.GIT/hooks/x', '/etc/x', 'a//b', './x']) {
      await expect(planApply(folder, [change(file, null, 'x\n')], process.env), file).rejects.toThrow(ParlayError);
    }
    expect(readdirSync(outside)).toEqual([]);
  });
});
