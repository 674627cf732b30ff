import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { session } from './session.ts';

const room = session();

describe('list', () => {
  test('draws a tree, leaves .git out and node_modules closed', async () => {
    await room.put('src/a.ts', '');
    await room.put('src/deep/er/b.ts', '');
    await room.put('node_modules/x/index.js', '');
    await room.put('.git/config', '');
    await room.put('grün.txt', '');
    symlinkSync('src', join(room.root, 'link'));
    const result = await room.call('list', {});
    expect(result.text).toBe(
      [
        'grün.txt  0 B',
        'link  (link)',
        'node_modules/  (not opened)',
        'src/',
        '  a.ts  0 B',
        '  deep/',
        '    er/',
        '      b.ts  0 B',
      ].join('\n'),
    );
    expect((await room.call('list', { path: 'node_modules' })).text).toBe('x/\n  index.js  0 B');
    expect((await room.call('list', { depth: 1 })).text).toContain('src/  (2 inside, not opened)');
  });

  test('is capped with counts', async () => {
    execFileSync('bash', ['-c', 'mkdir -p many one/two; (cd many; seq 1 3000 | xargs touch); touch one/two/x'], {
      cwd: room.root,
    });
    const all = await room.call('list', {});
    expect(all.text).toContain('many/  (2850 more entries not shown)');
    expect(all.text).toContain('    x');
    expect(all.text.split('\n').length).toBeLessThan(420);
    expect((await room.call('list', { path: 'many' })).text).toContain('[2600 more entries not shown]');
  });

  test('a file, nothing and the outside say what to do', async () => {
    await room.put('a.ts', '');
    expect((await room.call('list', { path: 'a.ts' })).text).toContain('use read');
    expect((await room.call('list', { path: 'b.ts' })).text).toContain('Did you mean a.ts');
    expect((await room.call('list', { path: '..' })).text).toContain("not part of the task's repository");
  });
});

describe('write', () => {
  test('creates, overwrites and says so', async () => {
    const created = await room.call('write', { path: 'new/deep/a.txt', content: 'one\ntwo\n' });
    expect(created.text).toBe('Created new/deep/a.txt: 2 lines.');
    expect((await room.call('write', { path: 'new/deep/a.txt', content: 'x' })).text).toBe(
      'Overwrote new/deep/a.txt: 2 lines replaced by 1 line.',
    );
    expect((await room.call('write', { path: 'new/deep/a.txt', content: 'x' })).text).toContain('already had exactly');
    expect(readFileSync(join(room.root, 'new/deep/a.txt'), 'utf8')).toBe('x');
  });

  test('refuses folders, pipes, files as folders and the outside', async () => {
    await room.put('file', '');
    room.putPipe();
    for (const path of ['.', 'pipe', 'file/below', '../x', '/tmp/x', 'a\0b']) {
      const result = await room.call('write', { path, content: 'x' });
      expect(result.ok, path).toBe(false);
      expect(result.text.length).toBeGreaterThan(10);
    }
  });
});

describe('think and plan', () => {
  test('think passes the question on and says what came back', async () => {
    const result = await room.call('think', { question: 'why?' });
    expect(result.text).toBe('An answer to: why?');
    await room.call('think', { question: 'how?', effort: 'max' });
    expect(room.context.asked).toEqual([
      { question: 'why?', effort: 'high' },
      { question: 'how?', effort: 'max' },
    ]);
    const long = await room.call('think', { question: 'x' }, { think: async () => 'long '.repeat(100_000) });
    expect(Buffer.byteLength(long.text)).toBeLessThan(17_000);
    expect(long.text).toContain('read path "output:1"');
  });

  test('plan shows the list', async () => {
    const items = [
      { text: 'a', state: 'done' },
      { text: 'b', state: 'active' },
    ];
    expect((await room.call('plan', { items })).text).toBe('Plan shown: 1 of 2 done.');
    expect(room.context.plans).toEqual([items]);
  });
});

test('a stopped attempt is not a result', async () => {
  const stop = new AbortController();
  const running = room.call('run', { command: 'sleep 30' }, { signal: stop.signal });
  stop.abort(new Error('stopped by hand'));
  await expect(running).rejects.toThrow('stopped by hand');
  await expect(room.call('list', {}, { signal: stop.signal })).rejects.toThrow('stopped by hand');
});
