import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ParlayError } from '../system/errors.ts';
import { git } from './git.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What git says about a repository, all paths absolute. */
export interface Repository {
  /** The top of the working tree, links resolved. */
  root: string;
  gitFolder: string;
  commonFolder: string;
  objectFormat: string;
  /** null when there is no commit yet. */
  head: string | null;
  /** null when HEAD is detached. */
  branch: string | null;
  notices: string[];
}

/**
 * Finds the repository that `folder` is in, and says whether tracked files differ from the last commit or there are
 * untracked ones.
 * @throws ParlayError when there is none, or it has no working tree.
 */
export async function inspectRepository(
  folder: string,
  environment: Environment = process.env,
): Promise<Repository & { dirty: boolean }> {
  const repository = await findRepository(folder, environment);
  const { root: cwd } = repository;
  const tame = await withoutFilters(cwd, environment);
  const differs = ['--modified', '--others', '--deleted', '--unmerged', '--exclude-standard', '--directory'];
  const staged = ['diff-index', '--cached', '--quiet', '--ignore-submodules', 'HEAD'];
  const [files, index] = await Promise.all([
    git(environment, [...tame, 'ls-files', ...differs], { cwd }),
    repository.head === null ? null : git(environment, [...tame, ...staged], { cwd, accept: [0, 1] }),
  ]);
  return { ...repository, dirty: files.stdout.length > 0 || index?.exitCode === 1 };
}

/** Comparing contents would run the filters that a repository names in its own configuration; these switch them off. */
async function withoutFilters(cwd: string, environment: Environment): Promise<string[]> {
  const asked = ['config', '--includes', '--show-scope', '--name-only', '--get-regexp', '^filter\\.'];
  const named = await git(environment, asked, { cwd, accept: [0, 1] });
  const drivers = new Set<string>();
  for (const line of named.stdout.toString().split('\n')) {
    const [, scope, driver] = /^(\w+)\tfilter\.(.*)\.[^.]+$/.exec(line) ?? [];
    if (driver !== undefined && (scope === 'local' || scope === 'worktree')) drivers.add(driver);
  }
  return [...drivers].flatMap((driver) =>
    ['clean=', 'process=', 'required=false'].flatMap((setting) => ['-c', `filter.${driver}.${setting}`]),
  );
}

/**
 * Finds the repository that `folder` is in.
 * @throws ParlayError when there is none, or it has no working tree.
 */
export async function findRepository(folder: string, environment: Environment): Promise<Repository> {
  if (!existsSync(folder)) {
    throw new ParlayError(`There is no folder ${folder}.`, { next: 'Give the path of a git repository.' });
  }
  const facts = await git(
    environment,
    ['rev-parse', '--is-bare-repository', '--is-inside-work-tree', '--absolute-git-dir', '--git-common-dir'],
    { cwd: folder, accept: [0, 128] },
  );
  if (facts.exitCode !== 0) {
    throw new ParlayError(`${folder} is not in a git repository.`, {
      why: facts.stderr.toString().trim(),
      next: 'Go to a repository, or make one here with `git init`; a first commit is not needed.',
    });
  }
  const [bare, inside, gitFolder = '', common = ''] = facts.stdout.toString().split('\n');
  if (bare === 'true' || inside !== 'true') {
    throw new ParlayError(`${folder} has no working tree.`, {
      why: bare === 'true' ? 'It is a bare repository.' : 'It is the inside of a .git folder.',
      next: 'Go to a checkout of it: `git worktree add <folder>` or `git clone` makes one.',
    });
  }
  const ask = async (...args: string[]) => {
    const answer = await git(environment, args, { cwd: folder, accept: [0, 1, 128] });
    return answer.exitCode === 0 ? answer.stdout.toString().replace(/\n$/, '') : null;
  };
  const [root, objectFormat, head, branch] = await Promise.all([
    ask('rev-parse', '--show-toplevel'),
    ask('rev-parse', '--show-object-format'),
    ask('rev-parse', '--verify', '--quiet', 'HEAD^{commit}'),
    ask('symbolic-ref', '--quiet', '--short', 'HEAD'),
  ]);
  const notices: string[] = [];
  if (head === null) notices.push('The repository has no commit yet: all of its files count as the starting state.');
  else if (branch === null) notices.push('HEAD is detached: the change will be applied to the working tree as it is.');
  const under = [
    ['MERGE_HEAD', 'merge'],
    ['rebase-merge', 'rebase'],
    ['rebase-apply', 'rebase'],
    ['CHERRY_PICK_HEAD', 'cherry-pick'],
    ['REVERT_HEAD', 'revert'],
  ].find(([name]) => existsSync(join(gitFolder, name!)));
  if (under) notices.push(`A ${under[1]} is under way: files are taken as they are now, conflict markers included.`);
  return {
    root: root ?? folder,
    gitFolder,
    commonFolder: resolve(folder, common),
    objectFormat: objectFormat ?? 'sha1',
    head,
    branch,
    notices,
  };
}
