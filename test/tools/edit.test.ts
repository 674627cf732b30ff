import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { session } from './session.ts';

const room = session();
const bytesOf = (path: string) => readFileSync(join(room.root, path), 'utf8');

describe('edit', () => {
  test('replaces one place and shows it', async () => {
    await room.put('a.js', 'one\ntwo\nthree\nfour\nfive\nsix\n', 0o755);
    const result = await room.call('edit', { path: 'a.js', old: 'three', new: 'drei\n3' });
    expect(result.text).toBe(
      [
        'Edited a.js: 1 replacement.',
        '    1   one',
        '    2   two',
        '    3 - three',
        '    3 + drei',
        '    4 + 3',
        '    5   four',
        '    6   five',
      ].join('\n'),
    );
    expect(bytesOf('a.js')).toBe('one\ntwo\ndrei\n3\nfour\nfive\nsix\n');
    expect(statSync(join(room.root, 'a.js')).mode & 0o777).toBe(0o755);
  });

  test('all replaces every place; numbers in the snippet follow the shift', async () => {
    await room.put('a.js', 'x\na\nb\nx\n');
    const result = await room.call('edit', { path: 'a.js', old: 'x', new: 'y\nz', all: true });
    expect(bytesOf('a.js')).toBe('y\nz\na\nb\ny\nz\n');
    expect(result.text).toContain('2 replacements');
    expect(result.text).toContain('    1 - x\n    1 + y\n    2 + z\n    4 - x\n    5 + y\n    6 + z');
  });

  test('several places in one line are one change', async () => {
    await room.put('a.js', 'x + x;\nx\n\nend\n');
    const result = await room.call('edit', { path: 'a.js', old: 'x', new: 'y', all: true });
    expect(result.text).toBe(
      ['Edited a.js: 3 replacements.', '    1 - x + x;', '    1 + y + y;', '    2 - x', '    2 + y'].join('\n'),
    );
    await room.put('b.js', 'a\nb\nc\n');
    const removed = await room.call('edit', { path: 'b.js', old: 'b\n', new: '' });
    expect(removed.text).toBe(['Edited b.js: 1 replacement.', '    1   a', '    2 - b', '    2   c'].join('\n'));
  });

  test('several matches: the lines, and ways out', async () => {
    await room.put('a.js', 'x = 1\ny\nx = 1\n');
    const result = await room.call('edit', { path: 'a.js', old: 'x = 1', new: 'x = 2' });
    expect(result.ok).toBe(false);
    expect(result.text).toMatch(/occurs 2 times in a\.js\..*\nat line 1 \(the first line\)\nat line 3\n {4}2 {3}y$/);
    expect(result.text).toContain('all to true');
    expect(bytesOf('a.js')).toBe('x = 1\ny\nx = 1\n');
  });

  test('overlapping matches are ambiguous', async () => {
    await room.put('a.txt', 'aaa');
    expect((await room.call('edit', { path: 'a.txt', old: 'aa', new: 'b' })).text).toContain('occurs 2 times');
    await room.call('edit', { path: 'a.txt', old: 'aa', new: 'b', all: true });
    expect(bytesOf('a.txt')).toBe('ba');
  });

  test('the same text, or only other line ends, is refused', async () => {
    await room.put('a.txt', 'a\nb');
    expect((await room.call('edit', { path: 'a.txt', old: 'a', new: 'a' })).text).toContain('are the same');
    expect((await room.call('edit', { path: 'a.txt', old: 'a\nb', new: 'a\r\nb' })).text).toContain('line ends');
  });

  test('replacement patterns of String.replace mean nothing', async () => {
    await room.put('a.txt', 'cost: X');
    await room.call('edit', { path: 'a.txt', old: 'X', new: "$& $1 $' $$" });
    expect(bytesOf('a.txt')).toBe("cost: $& $1 $' $$");
  });

  test('keeps CRLF, the byte order mark and a missing final newline', async () => {
    await room.put('dos.txt', '\uFEFFone\r\ntwo\r\nthree');
    const result = await room.call('edit', { path: 'dos.txt', old: 'one\ntwo', new: 'eins\nzwei\nzweieinhalb' });
    expect(result.ok).toBe(true);
    expect(bytesOf('dos.txt')).toBe('\uFEFFeins\r\nzwei\r\nzweieinhalb\r\nthree');
    await room.call('edit', { path: 'dos.txt', old: 'three', new: 'three\nfour' });
    expect(bytesOf('dos.txt')).toBe('\uFEFFeins\r\nzwei\r\nzweieinhalb\r\nthree\r\nfour');
  });

  test('in a file of mixed line ends only the edited lines change', async () => {
    await room.put('mixed.txt', 'a\r\nb\nc\r\nd\n');
    await room.call('edit', { path: 'mixed.txt', old: 'b\nc', new: 'B\nC' });
    expect(bytesOf('mixed.txt')).toBe('a\r\nB\nC\r\nd\n');
    await room.call('edit', { path: 'mixed.txt', old: 'a\nB', new: 'A\nA\nB' });
    expect(bytesOf('mixed.txt')).toBe('A\r\nA\r\nB\nC\r\nd\n');
  });

  test.each([
    ['\tif (a) {\n\t\tb();\n\t}\n', '    if (a) {\n        b();', 'indentation is 1 tab in the file, 4 spaces in old'],
    ['const a = 1;  \nrest\n', 'const a = 1;\nrest', 'ends in 2 spaces in the file, nothing in old'],
    ['say "hello" now\n', 'say “hello” now', 'at column 5 the file has "\\"", old has "“" (U+201C)'],
    ['a\u00a0= b + c\n', 'a = b + c', '(U+00A0)'],
    [
      'let total = 0;\nfor (const x of list) total += x;\n',
      'let total = 0;\nfor (const x of items) total += x;',
      'Line 2 differs: at column 17',
    ],
    ['function parseDate(text) {\n', 'function parseDates(txt) {', 'Closest is line 1'],
    ['alpha\nbeta\n', 'zzzz', 'nor anything like it'],
    ['alpha\nbeta\n', 'beta\ngamma', 'Line 3 differs'],
    ['alpha\nbeta', 'alpha\nbeta\ngamma', 'The file ends at line 2'],
    ['alpha\nbeta\n', '    1\talpha\n    2\tbeta', 'numbers and tabs that read shows'],
    ['alpha\nbeta\n', 'alpha\\nbeta', 'backslashes'],
    ['alpha\nbeta\n', '\n\nalpha\nbeta', 'empty lines at the start or end'],
    ['', 'x', 'is empty'],
  ])('not found in %j: %j → %s', async (content, old, says) => {
    await room.put('a.txt', content);
    const result = await room.call('edit', { path: 'a.txt', old, new: 'other' });
    expect(result.ok).toBe(false);
    expect(result.text).toContain(says);
    expect(bytesOf('a.txt')).toBe(content);
  });

  test('shows the file as it is around the difference', async () => {
    await room.put('a.txt', Array.from({ length: 100 }, (_, index) => `line number ${index + 1}`).join('\n'));
    const old = 'line number 41\nline number 42\nline number forty-three';
    const { text } = await room.call('edit', { path: 'a.txt', old, new: '' });
    expect(text).toContain(
      'Closest is line 41 to 43:\n   41\tline number 41\n   42\tline number 42\n   43\tline number 43\n',
    );
    expect(text).toContain('Line 43 differs: at column 13 the file has "4", old has "f"');
  });

  test('says when a command changed the file since it was read', async () => {
    await room.put('a.txt', 'one\ntwo\n');
    await room.call('read', { path: 'a.txt' });
    await room.call('run', { command: 'echo three >> a.txt' });
    const stale = await room.call('edit', { path: 'a.txt', old: 'two', new: 'zwei' });
    expect(stale.text).toContain('had changed since');
    const fresh = await room.call('edit', { path: './a.txt', old: 'one', new: 'eins' });
    expect(fresh.text).not.toContain('had changed since');
    expect(bytesOf('a.txt')).toBe('eins\nzwei\nthree\n');
  });

  test('refuses binary and other encodings', async () => {
    await room.put('a.bin', Buffer.from([65, 0, 66]));
    await room.put('latin.txt', Buffer.from('caf\xe9', 'latin1'));
    for (const path of ['a.bin', 'latin.txt']) {
      const result = await room.call('edit', { path, old: 'A', new: 'B' });
      expect(result.text).toContain('not UTF-8 text');
    }
  });

  test('a huge file and a huge old come back quickly and briefly', async () => {
    await room.put('big.txt', 'some words in a row, again and again\n'.repeat(300_000));
    const many = await room.call('edit', { path: 'big.txt', old: 'again and again', new: 'x' });
    expect(many.text).toContain('occurs 300000 times');
    const none = await room.call('edit', {
      path: 'big.txt',
      old: `${'some words in a row, again and\n'.repeat(2000)}`,
      new: 'x',
    });
    expect(none.ok).toBe(false);
    const all = await room.call('edit', { path: 'big.txt', old: 'again and again', new: 'x', all: true });
    expect(all.text).toContain('300000 replacements');
    for (const { text } of [many, none, all]) expect(Buffer.byteLength(text)).toBeLessThan(8000);
  });

  test('equals a plain replacement whatever the text', async () => {
    const line = fc.constantFrom('a', 'b', '\n', '\r\n', 'é', '👩‍👩‍👧', '\r', ' ');
    const text = fc.array(line, { maxLength: 12 }).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(text, text, text, async (before, old, after) => {
        await room.put('p.txt', `${before}<${old}>${after}`);
        const result = await room.call('edit', { path: 'p.txt', old: `<${old}>`, new: '[]' });
        expect(result.ok).toBe(true);
        expect(bytesOf('p.txt')).toBe(`${before}[]${after}`);
      }),
      { numRuns: 200 },
    );
  });

  test('several matches are told apart by the definition they are in and the line above', async () => {
    const functions = ['parse', 'print'].map(
      (name) => `export function ${name}(text) {\n  if (text) {\n    log('${name}');\n    return null;\n  }\n}\n`,
    );
    await room.put('a.js', functions.join(''));
    const result = await room.call('edit', { path: 'a.js', old: '    return null;\n', new: '' });
    expect(result.text.split('\n').slice(1)).toEqual([
      'at line 4, in line 1: export function parse(text) {',
      "    3       log('parse');",
      'at line 10, in line 7: export function print(text) {',
      "    9       log('print');",
    ]);
    await room.put('many.txt', 'x\n'.repeat(50_000));
    const many = await room.call('edit', { path: 'many.txt', old: 'x', new: 'y' });
    expect(many.text).toContain('occurs 50000 times');
    expect(many.text.length).toBeLessThan(1500);
  });

  test('a difference in indentation alone is said as that', async () => {
    await room.put('a.py', 'class A:\n    def f(self):\n        one()\n        two()\n');
    const all = await room.call('edit', { path: 'a.py', old: 'def f(self):\n    one()\n    two()', new: '' });
    expect(all.text).toContain('All 3 lines differ by indentation only. Line 2 differs: indentation is 4 spaces');
    const some = await room.call('edit', { path: 'a.py', old: '    def f(self):\n      one()\n      two()', new: '' });
    expect(some.text).toContain('2 of 3 lines differ by indentation only.');
  });
});
