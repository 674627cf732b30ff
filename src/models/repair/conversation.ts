/** What the policy says in a turn: thoughts, and the tool calls whose results it needs. */
export interface Turn {
  thinking: string;
  calls: { tool: string; input: Record<string, unknown> }[];
}

/** A policy: yields turns, is sent the results' texts in the order of the calls, returns its last words. */
export type Policy<Result = string> = Generator<Turn, Result, string[]>;

/** One `run` call. */
export function* run(thinking: string, command: string, timeout: number): Policy {
  const [result = ''] = yield { thinking, calls: [{ tool: 'run', input: { command, timeout: Math.ceil(timeout) } }] };
  return result;
}

/** Reads whole files, or their first lines, with the `read` tool; those that cannot be read are left out. */
export function* readFiles(thinking: string, paths: string[], limit?: number): Policy<Map<string, string>> {
  const texts = new Map<string, string[]>();
  let open = paths.map((path) => ({ path, offset: 1 }));
  while (open.length > 0) {
    const results: string[] = yield {
      thinking: texts.size === 0 ? thinking : 'Reading on.',
      calls: open.map(({ path, offset }) => ({
        tool: 'read',
        input: { path, ...(offset === 1 ? {} : { offset }), ...(limit ? { limit } : {}) },
      })),
    };
    const next: typeof open = [];
    for (const [index, { path }] of open.entries()) {
      const result = results[index] ?? '';
      const lines = texts.get(path) ?? [];
      for (const match of result.matchAll(/^ *(\d+)\t(.*)$/gm)) lines[Number(match[1]) - 1] = match[2]!;
      if (lines.length > 0) texts.set(path, lines);
      const more = /read on with offset (\d+)\]/.exec(result);
      if (more && !limit && Number(more[1]) < 8000) next.push({ path, offset: Number(more[1]) });
    }
    open = next;
  }
  const whole = new Map<string, string>();
  for (const [path, lines] of texts) {
    const complete = Array.from(lines, (line) => line ?? '');
    if (!complete.some((line) => /… \[\d+ more characters\]$/.test(line))) whole.set(path, `${complete.join('\n')}\n`);
  }
  return whole;
}
