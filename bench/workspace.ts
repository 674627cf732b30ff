/**
 * Sets up attempts in a repository of 20,000 files and compares with `git worktree add` in the same run: ratios, not
 * clock times. `node bench/workspace.ts [files]`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realEffects } from '../src/system/effects.ts';
import { freezeBase } from '../src/workspace/base.ts';
import { sandboxStatus } from '../src/workspace/sandbox.ts';
import { openWorkspace } from '../src/workspace/workspace.ts';

const files = Number(process.argv[2] ?? 20_000);
const rounds = 3;
const top = realpathSync(mkdtempSync(join(tmpdir(), 'parlay-bench-')));
const repository = join(top, 'repository');
const effects = realEffects({ ...process.env, PARLAY_HOME: join(top, 'state') });
const sandbox = (await sandboxStatus()).works;

function git(...args: string[]): void {
  const who = ['-c', 'user.name=Bench', '-c', 'user.email=bench@localhost'];
  const result = spawnSync('git', [...who, ...args], { cwd: repository, encoding: 'utf8' });
  if (result.status !== 0) throw new Error(result.stderr);
}

async function timed(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** The quickest of several: what else runs on the machine only ever adds. */
const best = (times: readonly number[]) => Math.min(...times);

try {
  for (let index = 0; index < files; index++) {
    const folder = join(repository, `package-${Math.floor(index / 100)}`, 'src');
    if (index % 100 === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file-${index}.ts`), `export const value${index} = ${index * 7};\n`.repeat(20));
  }
  git('init', '-q');
  git('add', '-A');
  git('commit', '-q', '-m', 'First');

  const times: Record<'worktree' | 'first' | 'later' | 'command' | 'diff' | 'gitDiff', number[]> = {
    worktree: [],
    first: [],
    later: [],
    command: [],
    diff: [],
    gitDiff: [],
  };
  for (let round = 0; round < rounds; round++) {
    const worktree = join(top, `worktree-${round}`);
    times.worktree.push(await timed(() => git('worktree', 'add', '-q', '--detach', worktree)));
    const folder = join(top, 'state', 'workspaces', `run-${round}`, 'base');
    const options = { sandbox, network: false };
    times.first.push(
      await timed(async () => {
        const base = await freezeBase(repository, folder, effects);
        await (await openWorkspace(base, { ...options, name: 'attempt-1' }, effects)).close();
      }),
    );
    const base = await freezeBase(repository, folder, effects);
    let workspace = await openWorkspace(base, { ...options, name: 'attempt-2' }, effects);
    await workspace.close();
    times.later.push(
      await timed(async () => {
        workspace = await openWorkspace(base, { ...options, name: 'attempt-3' }, effects);
      }),
    );
    const edit = 'for i in 1 2 3 4 5 6 7 8 9; do echo changed >> package-$i/src/file-"$i"01.ts; done; echo n > new.ts';
    await workspace.shell.run(edit, { timeoutMs: 60_000 });
    for (let again = 0; again < 20; again++)
      times.command.push(await timed(() => workspace.shell.run('true', { timeoutMs: 60_000 })));
    times.diff.push(await timed(() => workspace.changes()));
    spawnSync('sh', ['-c', edit], { cwd: worktree });
    times.gitDiff.push(
      await timed(() => spawnSync('sh', ['-c', 'git add -A && git diff --cached --binary'], { cwd: worktree })),
    );
    await workspace.close();
  }

  const worktree = best(times.worktree);
  const row = (name: string, value: number, than: number, aim: string) =>
    console.log(`${name.padEnd(52)} ${(value / than).toFixed(3).padStart(7)} ${aim}`);
  console.log(`${files} files, ${sandbox ? 'in the sandbox' : 'without a sandbox'}; git worktree add = 1`);
  row('first attempt ready', best(times.first), worktree, '(aim: at most 1)');
  row('later attempt ready', best(times.later), worktree, '(aim: at most 0.05)');
  row('changes of an attempt, git add and diff = 1', best(times.diff), best(times.gitDiff), '');
  row('one command, spawning `true` from Node = 1', best(times.command), await spawnTime(), '');
} finally {
  rmSync(top, { recursive: true, force: true });
}

async function spawnTime(): Promise<number> {
  const spawned: number[] = [];
  for (let again = 0; again < 20; again++) spawned.push(await timed(() => spawnSync('bash', ['-c', 'true'])));
  return best(spawned);
}
