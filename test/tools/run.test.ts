import { describe, expect, test } from 'vitest';
import { session } from './session.ts';

const room = session();
const withoutSeconds = (text: string) => text.replace(/\d+\.\d s/, 'N s');

describe('run', () => {
  test('gives exit code, duration and both streams', async () => {
    const result = await room.call('run', { command: 'echo out; echo err >&2; exit 3' });
    expect(withoutSeconds(result.text)).toMatch(/^exit code 3, N s\n(out\nerr|err\nout)$/);
    expect(result.ok).toBe(true);
    expect(withoutSeconds(result.summary)).toBe('exit code 3, N s');
    expect(withoutSeconds((await room.call('run', { command: 'true' })).text)).toBe('exit code 0, N s\n[no output]');
  });

  test('runs in a folder of the workspace, and nowhere else', async () => {
    await room.put('my dir/x', '');
    expect((await room.call('run', { command: 'ls', folder: 'my dir' })).text).toMatch(/\nx$/);
    expect((await room.call('run', { command: 'ls', folder: '..' })).text).toContain('not part of');
    expect((await room.call('run', { command: 'ls', folder: 'my dir/x' })).text).toContain('is not a folder');
    expect((await room.call('run', { command: 'ls', folder: 'mydir' })).text).toContain('Did you mean my dir/');
  });

  test('a timeout kills everything started and says how to go on', async () => {
    const result = await room.call('run', { command: 'echo begun; (sleep 5; touch late) & sleep 60', timeout: 1 });
    expect(result.ok).toBe(false);
    expect(result.text).toMatch(
      /^killed after the timeout of 1 s\nbegun\n\[it was killed with everything running here/,
    );
    expect(result.text).toContain('> log 2>&1 &');
  });

  test('death by a signal is said', async () => {
    const inner = await room.call('run', { command: 'bash -c "kill -9 \\$\\$"; exit $?' });
    expect(inner.text).toMatch(/^exit code 137 \(signal 9\), /);
  });

  test('a long output is cut in the middle and all of it can be read', async () => {
    const result = await room.call('run', { command: 'seq 1 20000' });
    expect(Buffer.byteLength(result.text)).toBeLessThan(17_000);
    expect(result.text).toContain('\n1\n2\n3\n');
    expect(result.text).toMatch(/\n20000$/);
    expect(result.text).toMatch(
      /\[… lines \d+ to \d+ of 20000 \(\d+\.\d KB\) left out; read path "output:1" from offset \d+ …\]/,
    );
    const rest = await room.call('read', { path: 'output:1', offset: 9999, limit: 1 });
    expect(rest.text).toBe(' 9999\t9999\n[lines 9999 to 9999 of 20000; read on with offset 10000]');
  });

  test('100 MB of output is bounded, and what was dropped is said', async () => {
    const result = await room.call('run', { command: 'head -c 100000000 /dev/zero | tr "\\0" "z"; echo; echo end' });
    expect(Buffer.byteLength(result.text)).toBeLessThan(17_000);
    expect(result.text).toMatch(/\nend\n\[9\d\.\d MB from the middle of the output were dropped/);
    expect(room.context.kept[0]!.length).toBeLessThan(5_000_000);
    expect(room.context.kept[0]).toMatch(/zz\n\[… 9\d\.\d MB dropped here …\]\nzz/);
  });

  test('shows what a terminal would show, and survives bytes that are not text', async () => {
    const colours = await room.call('run', {
      command: `printf '\\033[31mred\\033[0m\\n10%%\\r50%%\\r100%%\\ndos\\r\\n'`,
    });
    expect(colours.text).toMatch(/\nred\n100%\ndos$/);
    const bytes = await room.call('run', { command: 'head -c 3000 /dev/urandom; printf "\\0"' });
    expect(() => JSON.parse(JSON.stringify(bytes.text))).not.toThrow();
    expect(bytes.text).toContain('␀');
  });

  test('a command has no input to wait for', async () => {
    const result = await room.call('run', { command: 'cat; read -r x || echo nothing to read', timeout: 20 });
    expect(result.text).toContain('nothing to read');
  });
});
