import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { session } from './session.ts';

const room = session();

describe('read', () => {
  test('numbers lines and remembers what was seen', async () => {
    await room.put('a.txt', 'one\n\tzwei\nüñí 👩‍👩‍👧\n');
    const result = await room.call('read', { path: 'a.txt' });
    expect(result).toEqual({
      ok: true,
      text: '    1\tone\n    2\t\tzwei\n    3\tüñí 👩‍👩‍👧',
      summary: 'a.txt, 3 lines',
    });
    expect([...room.context.seen.keys()]).toEqual(['a.txt']);
  });

  test('takes absolute paths below the root', async () => {
    await room.put('deep/a.txt', 'x');
    expect((await room.call('read', { path: join(room.root, 'deep/a.txt') })).text).toBe('    1\tx');
  });

  test('stops at 2000 lines and says how to read on', async () => {
    await room.put('long.txt', Array.from({ length: 4500 }, (_, index) => `line ${index + 1}`).join('\n'));
    const first = await room.call('read', { path: 'long.txt' });
    expect(first.text.split('\n').length).toBe(2001);
    expect(first.text).toMatch(/ 2000\tline 2000\n\[lines 1 to 2000 of 4500; read on with offset 2001\]$/);
    const last = await room.call('read', { path: 'long.txt', offset: 4499, limit: 10 });
    expect(last.text).toBe(' 4499\tline 4499\n 4500\tline 4500\n[lines 4499 to 4500 of 4500]');
    const past = await room.call('read', { path: 'long.txt', offset: 4501 });
    expect(past.ok).toBe(false);
    expect(past.text).toContain('4500 lines');
  });

  test('stays under 48 KB and reading on reaches every line', async () => {
    const lines = Array.from({ length: 600 }, (_, index) => `${index} ${'ä'.repeat(150)}`);
    await room.put('wide.txt', lines.join('\n'));
    const seen: string[] = [];
    for (let offset = 1; offset <= lines.length; ) {
      const { text } = await room.call('read', { path: 'wide.txt', offset });
      expect(Buffer.byteLength(text)).toBeLessThan(49 * 1024);
      const shown = text.split('\n').filter((line) => /^ *\d+\t/.test(line));
      expect(shown.length).toBeGreaterThan(0);
      seen.push(...shown.map((line) => line.replace(/^ *\d+\t/, '')));
      offset += shown.length;
    }
    expect(seen).toEqual(lines);
  });

  test('cuts a huge line without splitting a character', async () => {
    await room.put('huge.js', `${'x'.repeat(1999)}👩‍👩‍👧${'y'.repeat(5_000_000)}\nsecond\n`);
    const result = await room.call('read', { path: 'huge.js' });
    expect(result.text.length).toBeLessThan(2500);
    expect(result.text).toContain(`${'x'.repeat(1999)}… [5000008 more characters]\n    2\tsecond`);
    expect(result.text).toContain('cut -c');
  });

  test('says once that lines end in CRLF and that there is a byte order mark', async () => {
    await room.put('dos.txt', '\uFEFFone\r\ntwo\r\n');
    const { text } = await room.call('read', { path: 'dos.txt' });
    expect(text.startsWith('    1\tone\n    2\ttwo\n[')).toBe(true);
    expect(text.match(/CRLF/g)).toHaveLength(1);
    expect(text.match(/byte order mark/g)).toHaveLength(1);
    await room.put('mixed.txt', 'one\r\ntwo\n');
    expect((await room.call('read', { path: 'mixed.txt' })).text).toContain('some lines end in CRLF');
  });

  test('an empty file, and one that is only a line break', async () => {
    await room.put('empty', '');
    expect((await room.call('read', { path: 'empty' })).text).toBe('[empty]');
    await room.put('break', '\n');
    expect((await room.call('read', { path: 'break' })).text).toBe('    1\t');
  });

  test('recognises images, binaries and other encodings', async () => {
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    );
    await room.put('dot.png', png);
    const image = await room.call('read', { path: 'dot.png' });
    expect(image.image).toEqual({ mediaType: 'image/png', data: png });
    expect(image.ok).toBe(true);
    await room.put('big.png', Buffer.concat([png, Buffer.alloc(5_000_000)]));
    expect((await room.call('read', { path: 'big.png' })).ok).toBe(false);
    await room.put('a.bin', Buffer.from([1, 2, 0, 3]));
    expect((await room.call('read', { path: 'a.bin' })).text).toContain('is binary (4 bytes)');
    await room.put('wide.txt', Buffer.from('\uFEFFhello', 'utf16le'));
    expect((await room.call('read', { path: 'wide.txt' })).text).toContain('UTF-16');
    await room.put('latin.txt', Buffer.from('caf\xe9\n', 'latin1'));
    const latin = await room.call('read', { path: 'latin.txt' });
    expect(latin.text).toContain('    1\tcaf�\n[not valid UTF-8');
  });

  test('a folder, a pipe and a missing file say what to do', async () => {
    await room.put('src/parser.ts', '');
    await room.put('src/printer.ts', '');
    expect((await room.call('read', { path: 'src' })).text).toContain('use list');
    room.putPipe();
    expect((await room.call('read', { path: 'pipe' })).text).toContain('not an ordinary file');
    const missing = await room.call('read', { path: 'src/Parsr.ts' });
    expect(missing).toMatchObject({ ok: false, summary: 'src/Parsr.ts does not exist' });
    expect(missing.text).toContain('Did you mean src/parser.ts');
    expect((await room.call('read', { path: 'lib/parser.ts' })).text).toContain('Did you mean src/parser.ts?');
    expect((await room.call('read', { path: 'src/parser.ts/more' })).text).toContain('does not exist');
    expect((await room.call('read', { path: 'src/other/thing.md' })).text).toContain(
      'list with path src shows what there is',
    );
  });

  test('refuses what is outside, links that lead there included', async () => {
    for (const path of ['../x', '/etc/passwd', 'a/../../x', 'src\0x']) {
      const result = await room.call('read', { path });
      expect(result.ok, path).toBe(false);
      expect(result.text).toMatch(/not part of the task's repository|NUL/);
    }
    symlinkSync('/etc', join(room.root, 'etc'));
    const linked = await room.call('read', { path: 'etc/passwd' });
    expect(linked.ok).toBe(false);
    expect(linked.text).not.toContain('root:');
  });

  test('gives a kept output with the numbers of its lines, long ones whole, within the cap of a call', async () => {
    const output = `first\n${'z'.repeat(41_000)}\nthird\n${'漢'.repeat(60_000)}\nlast`;
    const path = room.context.keepOutput(output);
    const first = await room.call('read', { path });
    expect(first.text).toBe(
      `    1\tfirst\n    2\t${'z'.repeat(41_000)}\n    3\tthird\n[lines 1 to 3 of 5; read on with offset 4]`,
    );
    const second = await room.call('read', { path, offset: 4 });
    expect(Buffer.byteLength(second.text)).toBeLessThan(50 * 1024);
    expect(second.text).toMatch(
      /^ {4}4\t漢+… \[\d+ more characters\]\n\[a line is cut here; .* search path "output:1"/,
    );
    expect(second.text).toMatch(/\[lines 4 to 4 of 5; read on with offset 5\]$/);
    expect((await room.call('read', { path, offset: 5 })).text).toContain('    5\tlast');
    expect((await room.call('read', { path: 'output:99' })).text).toContain('no kept output output:99');
  });

  test('numbers lines as sed does, whatever separators are in them', async () => {
    const content = 'a\rb\nc\u2028d\n\fe\n\n\x0bf\r\ng';
    await room.put('odd.txt', content);
    const { text } = await room.call('read', { path: 'odd.txt', offset: 3, limit: 4 });
    expect(text.split('\n').slice(0, 4)).toEqual(['    3\t\fe', '    4\t', '    5\t\x0bf', '    6\tg']);
  });

  test.runIf(process.getuid?.() === 0)('a file it may not read is a result', async () => {
    await room.put('secret', 'x', 0o000);
    await room.put('own/locked', 'x');
    process.seteuid!(65534);
    try {
      const read = await room.call('read', { path: 'secret' });
      expect(read.ok).toBe(false);
      expect(read.text).toContain('EACCES');
      const write = await room.call('write', { path: 'own/new', content: 'x' });
      expect(write.ok).toBe(false);
      expect(write.text).toContain('EACCES');
    } finally {
      process.seteuid!(0);
    }
  });
});
