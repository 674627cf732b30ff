import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { Fixture, fix } from '../attempts/fixture.ts';
import type { Reply } from '../models/scripted-server.ts';
import { parlay } from './rig.ts';

const execute = promisify(execFile);
const hasTmux = spawnSync('tmux', ['-V']).status === 0;

/** A terminal of its own, seen through tmux. */
class Screen {
  readonly #server: string;

  private constructor(server: string) {
    this.#server = server;
  }

  static async open(fixture: Fixture, columns: number, variables: Record<string, string> = {}): Promise<Screen> {
    const screen = new Screen(join(fixture.folder, 'tmux'));
    onTestFinished(async () => void (await screen.#tmux('kill-server').catch(() => {})));
    const env = { ...fixture.environment, LANG: 'C.UTF-8', PS1: 'ready$ ', ...variables };
    const settings = Object.entries({ ...env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` });
    const shell = ['env', ...settings.map(([name, value]) => `${name}=${value}`), 'bash', '--norc', '--noprofile'];
    const size = ['-x', String(columns), '-y', '50'];
    await screen.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, '-c', fixture.repository, ...shell);
    await screen.shows(/ready\$/);
    return screen;
  }

  async #tmux(...args: string[]): Promise<string> {
    return (await execute('tmux', ['-S', this.#server, ...args])).stdout;
  }

  async type(...keys: string[]): Promise<void> {
    await this.#tmux('send-keys', ...keys);
  }

  async resize(columns: number): Promise<void> {
    await this.#tmux('resize-window', '-x', String(columns));
  }

  text(): Promise<string> {
    return this.#tmux('capture-pane', '-p');
  }

  async cursorVisible(): Promise<boolean> {
    return (await this.#tmux('display-message', '-p', '#{cursor_flag}')).trim() === '1';
  }

  /** Waits until the screen matches, and fails with what it shows instead. */
  async shows(expected: RegExp): Promise<string> {
    const patience = performance.now() + 45_000;
    for (;;) {
      const text = await this.text();
      if (expected.test(text)) return text;
      if (performance.now() > patience) throw new Error(`${expected} is not on the screen:\n${text.trimEnd()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Lets a test look at the screen while the model is silent. */
function gate(): { open: () => void; passed: Promise<void> } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}

const command = `${parlay} run 'die Summe ist zu groß 漢字' --model openai-compatible/scripted --no-sandbox`;

test.skipIf(!hasTmux)(
  'the board follows each attempt, survives a resize, and asks before anything is applied',
  async () => {
    const wait = gate();
    const seen = new Map<string, number>();
    await using fixture = await Fixture.open(async ({ body }): Promise<Reply> => {
      const steps = body.messages.filter((message: { role: string }) => message.role === 'assistant').length;
      seen.set(String(steps), (seen.get(String(steps)) ?? 0) + 1);
      if (steps === 0) return { calls: [fix] };
      await wait.passed;
      return { text: 'It begins at 0 now.' };
    });
    const screen = await Screen.open(fixture, 80);
    await screen.type(`${command} -n 2`, 'Enter');
    const working = await screen.shows(/^1 .*asking.*step 2.*\n2 .*asking.*step 2/m);
    expect(working).toMatch(/^1 openai-compatible\/scripted\S* +asking +step 2 +\d+ +– +\d/m);
    expect(working).toMatch(/Verify +npm test \(from package\.json script "test"/);
    expect(await screen.cursorVisible()).toBe(false);
    for (const columns of [40, 100]) {
      await screen.resize(columns);
      await screen.shows(columns === 40 ? /^1 openai.{0,30}$/m : /^1 openai.{60,}$/m);
    }
    const after = await screen.shows(/^2 openai.{60,}$/m);
    expect(after.match(/^1 openai/gm), after).toHaveLength(1);
    wait.open();
    const asked = await screen.shows(/Apply this change\? \[y\/N\/d\(iff\)\]/);
    expect(asked).toContain('2 passed, 1 failed → 3 passed');
    expect(asked).not.toContain('Ctrl-C stops');
    expect(await screen.cursorVisible()).toBe(true);
    await screen.type('d', 'Enter');
    await screen.shows(/\+ {2}let total = 0;[\s\S]*Apply this change/);
    await screen.type('y', 'Enter');
    await screen.shows(/Applied attempt \d of run/);
    expect(readFileSync(join(fixture.repository, 'sum.js'), 'utf8')).toContain('let total = 0');
  },
);

test.skipIf(!hasTmux)('Ctrl-C once keeps what there is and gives the cursor back', async () => {
  const never = gate();
  await using fixture = await Fixture.open(async (_, n): Promise<Reply> => {
    if (n > 0) await never.passed;
    return { calls: [fix] };
  });
  const screen = await Screen.open(fixture, 80, { NO_COLOR: '1' });
  await screen.type(`${command}; echo code $?`, 'Enter');
  await screen.shows(/^1 .*asking.*step 2/m);
  await screen.type('C-c');
  const text = await screen.shows(/^code \d+/m);
  expect(text).toContain('Stopping; what the attempts have is kept');
  expect(text).toMatch(/Next: parlay resume/);
  expect(text).toMatch(/^code 130/m);
  expect(await screen.cursorVisible()).toBe(true);
  never.open();
});

test.skipIf(!hasTmux)('a terminal that cannot move the cursor gets plain lines', async () => {
  await using fixture = await Fixture.open((_, n) => (n === 0 ? { calls: [fix] } : { text: 'Done.' }));
  const screen = await Screen.open(fixture, 80, { TERM: 'dumb' });
  await screen.type(`${command} --apply`, 'Enter');
  const text = await screen.shows(/To take it back: parlay undo\n[\s\S]*ready/);
  expect(text).toContain('Attempt 1: openai-compatible/scripted, effort medium.');
  expect(text).toContain('Attempt 1: finished after 2 steps.');
});

test.runIf(!hasTmux)('the board is not tested: tmux is missing', ({ skip }) => skip('apt-get install tmux'));
