import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { bothWays, makeRepository, open, run } from './support.ts';

describe.each(bothWays)('the shell, sandbox %s', (sandbox) => {
  const fresh = () => open(makeRepository({ 'a.txt': 'a\n', 'sub/b.txt': 'b\n' }), { sandbox });

  test('gives back exit codes, both outputs in order, and time used', async () => {
    const workspace = await fresh();
    const result = await run(workspace, 'echo one; echo two >&2; echo three > /dev/stdout; exit 7');
    expect(result).toMatchObject({ exitCode: 7, text: 'one\ntwo\nthree\n', droppedBytes: 0, timedOut: false });
    expect((await run(workspace, 'x=0; while [ $x -lt 100000 ]; do x=$((x+1)); done')).cpuMs).toBeGreaterThan(0);
    expect((await run(workspace, 'kill -9 $$')).exitCode).toBe(137);
    expect((await run(workspace, 'no-such-command-here')).exitCode).toBe(127);
    expect((await run(workspace, 'echo "unclosed')).exitCode).not.toBe(0);
  });

  test('starts in the folder asked for, with nothing on standard input', async () => {
    const workspace = await fresh();
    expect((await run(workspace, 'pwd')).text).toBe(`${workspace.root}\n`);
    expect((await run(workspace, 'ls; cat', { folder: 'sub' })).text).toBe('b.txt\n');
    expect((await run(workspace, 'pwd', { folder: 'missing' })).exitCode).not.toBe(0);
    // A working folder or variable of one command is not the next one's.
    await run(workspace, 'cd sub; export LEFT=over');
    expect((await run(workspace, 'pwd; echo "$LEFT"')).text).toBe(`${workspace.root}\n\n`);
  });

  test('takes any text as a command', async () => {
    const workspace = await fresh();
    const odd = `it's "quoted" $HOME \\ \`back\` ünïcode \t tab`;
    const here = await run(workspace, `cat <<'END'\n${odd}\n\nEND\n`);
    expect(here.text).toBe(`${odd}\n\n`);
    const long = 'y'.repeat(300_000);
    expect((await run(workspace, `x='${long}'\necho \${#x}`)).text).toBe('300000\n');
  });

  test('runs commands one at a time, in the order given', async () => {
    const workspace = await fresh();
    const results = await Promise.all(
      ['sleep 0.2; echo a >> log', 'echo b >> log', 'cat log'].map((command) => run(workspace, command)),
    );
    expect(results[2]!.text).toBe('a\nb\n');
  });

  test('keeps head and tail of a flood and counts the rest', async () => {
    const workspace = await fresh();
    const flood = await run(workspace, "echo begin; head -c 100000000 /dev/zero | tr '\\0' x; echo; echo end", {
      maxOutputBytes: 1000,
    });
    expect(flood.exitCode).toBe(0);
    expect(flood.text.length).toBe(1000);
    expect(flood.text).toMatch(/^begin\nx+\nend\n$/);
    expect(flood.droppedBytes).toBe(100_000_000 + 'begin\n'.length + '\nend\n'.length - 1000);
  });

  test('passes output on as it comes, without its own marks', async () => {
    const workspace = await fresh();
    const chunks: Buffer[] = [];
    const result = await run(workspace, "printf '\\036abc'; sleep 0.05; printf '\\036'", {
      onOutput: (chunk) => void chunks.push(chunk),
    });
    expect(Buffer.concat(chunks).toString()).toBe('\u001eabc\u001e');
    expect(result.text).toBe('\u001eabc\u001e');
  });

  test('a timeout kills everything, keeps what was said, and the files go on', async () => {
    const workspace = await fresh();
    const result = await run(workspace, 'echo kept > kept.txt; echo said; (trap "" TERM; sleep 1000) & sleep 1000', {
      timeoutMs: 500,
    });
    expect(result).toMatchObject({ exitCode: null, timedOut: true, text: 'said\n' });
    expect((await run(workspace, 'cat kept.txt; jobs; ps -e 2>/dev/null | grep -c "sleep"')).text).toMatch(
      /^kept\n0\n|^kept\n$/,
    );
  });

  test('an abort ends a command, before and while it runs', async () => {
    const workspace = await fresh();
    const controller = new AbortController();
    const running = run(workspace, 'echo begun; sleep 1000', {
      signal: controller.signal,
      onOutput: () => controller.abort(),
    });
    expect(await running).toMatchObject({ exitCode: null, timedOut: false, text: 'begun\n' });
    expect(await run(workspace, 'echo never', { signal: controller.signal })).toMatchObject({
      exitCode: null,
      text: '',
    });
    expect((await run(workspace, 'echo again')).text).toBe('again\n');
  });

  test('background processes live on, and neither hold up a result nor block', async () => {
    const workspace = await fresh();
    const started = await run(
      workspace,
      '(while :; do printf %01000d 0; echo tick >> ticks; sleep 0.01; done) & echo started',
      { timeoutMs: 10_000 },
    );
    expect(started).toMatchObject({ exitCode: 0, timedOut: false });
    await wait(300);
    const before = Number((await run(workspace, 'wc -l < ticks')).text.replace(/0{1000}/g, ''));
    await wait(500);
    const after = Number((await run(workspace, 'wc -l < ticks')).text.replace(/0{1000}/g, ''));
    expect(after).toBeGreaterThan(before);
  });

  test('survives a command that signals its whole group, or ends everything', async () => {
    const workspace = await fresh();
    await run(workspace, 'kill 0');
    expect((await run(workspace, 'echo well')).text).toBe('well\n');
    await run(workspace, 'kill -9 -1');
    expect((await run(workspace, 'echo well again')).text).toBe('well again\n');
  });

  test('shares a folder for reports that is not in the workspace', async () => {
    const workspace = await fresh();
    const [one, two] = [await workspace.shell.exchange(), await workspace.shell.exchange()];
    expect(one.outside).not.toBe(two.outside);
    await run(workspace, `echo report > '${one.inside}/report.txt'`);
    expect(readFileSync(join(one.outside, 'report.txt'), 'utf8')).toBe('report\n');
    writeFileSync(join(one.outside, 'input.txt'), 'for the command');
    expect((await run(workspace, `cat '${one.inside}/input.txt'`)).text).toBe('for the command');
    expect(await workspace.changes()).toEqual([]);
  });
});
