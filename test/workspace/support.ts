import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { type Effects, realEffects } from '../../src/system/effects.ts';
import { workspacesFolder } from '../../src/system/paths.ts';
import { freezeBase } from '../../src/workspace/base.ts';
import { deleteFolder } from '../../src/workspace/cleaning.ts';
import { sandboxStatus } from '../../src/workspace/sandbox.ts';
import type { Base, CommandOptions, CommandResult, Workspace, WorkspaceOptions } from '../../src/workspace/types.ts';
import { openWorkspace } from '../../src/workspace/workspace.ts';

const folders: string[] = [];
const workspaces: Workspace[] = [];

afterAll(async () => {
  for (const workspace of workspaces) await workspace.close();
  for (const folder of folders) await deleteFolder(folder);
});

/** Why the sandbox cannot be tested here; empty when it can. */
const status = await sandboxStatus();
export const noSandbox = status.works ? '' : status.why;

/** Both ways to isolate, where both work. */
export const bothWays = noSandbox === '' ? [true, false] : [false];

/** A new folder, deleted after the tests. */
export function temporaryFolder(name = 'parlay-test'): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `${name}-`)));
  folders.push(folder);
  return folder;
}

/** Runs git as a person would, and returns what it prints. */
export function git(folder: string, ...args: string[]): string {
  return execFileSync('git', ['-c', 'protocol.file.allow=always', ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      GIT_AUTHOR_NAME: 'Someone',
      GIT_AUTHOR_EMAIL: 'someone@example.org',
      GIT_COMMITTER_NAME: 'Someone',
      GIT_COMMITTER_EMAIL: 'someone@example.org',
      GIT_CONFIG_GLOBAL: '/dev/null',
    },
  });
}

/** Writes files, making their folders. */
export function write(folder: string, files: Record<string, string | Buffer>): void {
  for (const [path, data] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), data);
  }
}

/** A repository with these files in its first commit. */
export function makeRepository(files: Record<string, string | Buffer>, name = 'repository'): string {
  const folder = join(temporaryFolder(), name);
  mkdirSync(folder);
  git(folder, 'init', '-q', '-b', 'main');
  write(folder, files);
  git(folder, 'add', '-A');
  git(folder, 'commit', '-q', '--allow-empty', '-m', 'First');
  return folder;
}

/** The real machine, with Parlay's state in a folder of the test's own. */
export function testEffects(environment: Record<string, string | undefined> = {}): Effects {
  return realEffects({ ...process.env, PARLAY_HOME: temporaryFolder('parlay-home'), ...environment });
}

export async function freeze(repository: string, effects = testEffects(), run = 'run1'): Promise<Base> {
  return freezeBase(repository, join(workspacesFolder(effects), run, 'base'), effects);
}

/** Opens a workspace that is closed after the tests, on a base or a repository. */
export async function open(
  from: Base | string,
  options: Partial<WorkspaceOptions> = {},
  effects = testEffects(),
): Promise<Workspace> {
  const base = typeof from === 'string' ? await freeze(from, effects) : from;
  const workspace = await openWorkspace(
    base,
    { name: 'attempt-1', sandbox: noSandbox === '', network: false, ...options },
    effects,
  );
  workspaces.push(workspace);
  return workspace;
}

/** Runs a command and returns its result with the output as text. */
export async function run(
  workspace: Workspace,
  command: string,
  options: Partial<CommandOptions> = {},
): Promise<Omit<CommandResult, 'output'> & { text: string }> {
  const { output, ...rest } = await workspace.shell.run(command, { timeoutMs: 30_000, ...options });
  return { ...rest, text: output.toString() };
}
