import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { Workspace } from '../../src/workspace/types.ts';
import { session } from './session.ts';

const room = session();

/** The same workspace where ripgrep's binary cannot be started, as in a sandbox that does not show it. */
function withoutRipgrep(): { workspace: Workspace } {
  const { workspace } = room.context;
  const run: Workspace['shell']['run'] = (command, options) =>
    workspace.shell.run(command.replace(/'[^']*\/rg'/, "'/nowhere/rg'"), options);
  return { workspace: { ...workspace, shell: { ...workspace.shell, run } } };
}

describe('search', () => {
  test('gives path:line: text in a fixed order, hidden files included', async () => {
    await room.put('b.ts', 'let needle = 1;\nlet hay;\nneedle();\n');
    await room.put('a dir/ü.ts', '\tneedle\r\n');
    await room.put('.github/x.yml', 'needle');
    await room.put('.git/config', 'needle');
    const result = await room.call('search', { pattern: 'needle' });
    expect(result).toEqual({
      ok: true,
      text: '.github/x.yml:1: needle\na dir/ü.ts:1: \tneedle\nb.ts:1: let needle = 1;\nb.ts:3: needle();',
      summary: '4 matches in 3 files',
    });
  });

  test('path, glob and (?i) narrow it; what git ignores is found when named', async () => {
    await room.put('src/a.ts', 'Needle\n');
    await room.put('src/a.js', 'Needle\n');
    await room.put('node_modules/x/a.ts', 'Needle\n');
    await room.put('.gitignore', 'node_modules/\n');
    execFileSync('git', ['init', '-q'], { cwd: room.root });
    expect((await room.call('search', { pattern: '(?i)nEEDLE', glob: '*.ts' })).text).toBe('src/a.ts:1: Needle');
    expect((await room.call('search', { pattern: 'Needle', path: 'src/a.js' })).text).toBe('src/a.js:1: Needle');
    expect((await room.call('search', { pattern: 'Needle', path: 'node_modules' })).text).toBe(
      'node_modules/x/a.ts:1: Needle',
    );
    expect((await room.call('search', { pattern: 'nothing', path: 'src', glob: '*.ts' })).text).toBe(
      '[no match for nothing in src (*.ts)]',
    );
  });

  test('quotes, dollars and dashes are only text', async () => {
    await room.put("it's $HOME.txt", `-e it's $(touch pwned) \`x\`\n`);
    const result = await room.call('search', { pattern: "-e it's \\$\\(touch", path: "it's $HOME.txt" });
    expect(result.text).toContain("it's $HOME.txt:1: -e it's");
    expect((await room.call('list', {})).text).not.toContain('pwned');
    await room.put('two\nlines.txt', 'found\n');
    expect((await room.call('search', { pattern: '^found' })).text).toBe('"two\\nlines.txt":1: found');
  });

  test('a wrong pattern or glob comes back as advice', async () => {
    await room.put('a.ts', 'f(x)');
    const pattern = await room.call('search', { pattern: 'f(x' });
    expect(pattern.ok).toBe(false);
    expect(pattern.text).toContain('unclosed group');
    expect(pattern.text).toContain('\\(');
    const ahead = await room.call('search', { pattern: 'a(?=b)' });
    expect(ahead.text).toContain('look-around');
    const glob = await room.call('search', { pattern: 'a', glob: '[z' });
    expect(glob.ok).toBe(false);
    expect(glob.text).toContain('is not a glob');
    expect((await room.call('search', { pattern: 'a\nb' })).text).toContain('within one line');
    expect((await room.call('search', { pattern: 'a', path: 'b.ts' })).text).toContain('Did you mean a.ts');
    expect((await room.call('search', { pattern: 'a', path: '..' })).text).toContain('not part of');
  });

  test('too much is cut, said and kept', async () => {
    for (let file = 0; file < 10; file += 1) await room.put(`f${file}.txt`, `word ${'x'.repeat(40)}\n`.repeat(100));
    const result = await room.call('search', { pattern: 'word' });
    expect(Buffer.byteLength(result.text)).toBeLessThan(18_000);
    expect(result.text.split('\n').at(-1)).toBe(
      '[200 of the 500 matches found are shown, read on with path "output:1" and offset 201; of f0.txt, f1.txt, f2.txt and 7 more files only the first 50 matches were taken]',
    );
    expect(room.context.kept[0]!.split('\n')).toHaveLength(500);
    await room.put('minified.js', `${'a'.repeat(5_000_000)}needle${'b'.repeat(100)}`);
    const long = await room.call('search', { pattern: 'needle' });
    expect(long.text.length).toBeLessThan(600);
  });

  test('a search that finds far too much ends early', async () => {
    for (let file = 0; file < 300; file += 1) await room.put(`f${file}.txt`, `${'y'.repeat(250)}\n`.repeat(60));
    const result = await room.call('search', { pattern: 'y' });
    expect(result.text).toContain('too much was found');
    expect(Buffer.byteLength(result.text)).toBeLessThan(20_000);
  });

  test('binary files, pipes and unreadable text do no harm', async () => {
    room.putPipe();
    await room.put('a.bin', Buffer.from('needle\0needle'));
    await room.put('latin.txt', Buffer.from('caf\xe9 needle\n', 'latin1'));
    const result = await room.call('search', { pattern: 'needle' });
    expect(result.text).toContain('latin.txt:1: caf� needle');
    expect((await room.call('search', { pattern: 'x', path: 'pipe' })).ok).toBe(false);
  });

  test('falls back to grep where ripgrep cannot run, and says so', async () => {
    await room.put('src/a.ts', 'one\nNeedle 42\n');
    await room.put('src/a.js', 'Needle 43\n');
    const result = await room.call('search', { pattern: '(?i)needle \\d+', glob: '*.ts' }, withoutRipgrep());
    expect(result.text).toContain('src/a.ts:2: Needle 42\n[ripgrep cannot run here');
    expect(result.text).not.toContain('a.js');
    const wrong = await room.call('search', { pattern: 'f(x' }, withoutRipgrep());
    expect(wrong.ok).toBe(false);
    expect(wrong.text).toContain('could not run');
  });

  test('looks into a kept output, long lines cut around the match', async () => {
    const handle = room.context.keepOutput(`one\n${'é'.repeat(5000)}needle${'z'.repeat(5000)}\nthree Needle\n`);
    const { text, summary } = await room.call('search', { pattern: '(?i)needle', path: handle });
    const [first, second, ...rest] = text.split('\n');
    expect(first).toMatch(/^output:1:2: \[4900 characters\] …é+needlez+… \[4806 more characters\]$/);
    expect([second, ...rest]).toEqual(['output:1:3: three Needle']);
    expect(summary).toBe('2 matches in one kept output');
    expect((await room.call('search', { pattern: 'four', path: handle })).text).toBe('[no match for four in output:1]');
    expect((await room.call('search', { pattern: 'a', path: 'output:9' })).text).toContain('no kept output output:9');
    const slow = room.context.keepOutput(`${'a'.repeat(50_000)}b`);
    expect((await room.call('search', { pattern: '(a+)+$', path: slow })).ok).toBe(true);
  });

  test('what is shown of many matches in a kept output is said, and the rest can be read', async () => {
    const handle = room.context.keepOutput(Array.from({ length: 900 }, (_, index) => `word ${index}`).join('\n'));
    const { text } = await room.call('search', { pattern: 'word', path: handle });
    expect(text.split('\n').at(-1)).toBe(
      '[200 of the 900 matches found are shown, read on with path "output:2" and offset 201]',
    );
    const rest = await room.call('read', { path: 'output:2', offset: 201, limit: 1 });
    expect(rest.text).toContain('output:1:201: word 200');
  });

  test('a file with exactly as many matches as are taken is not said to be cut', async () => {
    await room.put('a.txt', 'word\n'.repeat(50));
    expect((await room.call('search', { pattern: 'word' })).text).not.toContain('[');
  });

  test('other tools say that a kept output is not for them', async () => {
    room.context.keepOutput('x');
    for (const [name, input] of [
      ['edit', { path: 'output:1', old: 'x', new: 'y' }],
      ['list', { path: 'output:1' }],
      ['write', { path: 'output:1', content: 'x' }],
    ] as const) {
      const result = await room.call(name, input);
      expect(result).toMatchObject({ ok: false, text: expect.stringContaining('only read and search take it') });
    }
  });

  test('look-around is refused without naming an option nobody can pass', async () => {
    const { ok, text } = await room.call('search', { pattern: 'a(?=b)' });
    expect(ok).toBe(false);
    expect(text).toContain('look-around');
    expect(text).not.toMatch(/pcre2/i);
  });
});
