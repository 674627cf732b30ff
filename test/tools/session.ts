import { execFileSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { parseInput } from '../../src/tools/schema.ts';
import { tools } from '../../src/tools/table.ts';
import type { ToolResult } from '../../src/tools/types.ts';
import type { Workspace } from '../../src/workspace/types.ts';
import { plainContext, plainWorkspace } from './plain-workspace.ts';

/** A workspace of its own for each test, and calls as a model makes them: a name and arguments. */
export function session() {
  let workspace: Workspace;
  let context: ReturnType<typeof plainContext>;
  beforeEach(async () => {
    workspace = await plainWorkspace();
    context = plainContext(workspace);
  });
  afterEach(async () => {
    await workspace.remove();
  });
  return {
    get root() {
      return workspace.root;
    },
    get context() {
      return context;
    },
    async call(name: string, input: unknown, changes: Partial<typeof context> = {}): Promise<ToolResult> {
      const tool = tools.find((each) => each.name === name)!;
      const parsed = parseInput(tool, input);
      if (!parsed.ok) throw new Error(parsed.message);
      return tool.run(parsed.value, { ...context, ...changes });
    },
    /** Makes a named pipe called `pipe`: whoever reads it waits for ever. */
    putPipe(): void {
      execFileSync('bash', ['-c', 'mkfifo pipe'], { cwd: workspace.root });
    },
    async put(path: string, content: string | Buffer, mode?: number): Promise<void> {
      const full = join(workspace.root, path);
      await mkdir(dirname(full), { recursive: true });
      await writeFile(full, content);
      if (mode !== undefined) await chmod(full, mode);
    },
  };
}
