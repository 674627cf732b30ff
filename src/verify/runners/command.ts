import { settle } from '../settle.ts';
import type { TestRunner } from '../types.ts';

/** Any other command: one entry, passed when it ends with exit code 0. The weakest evidence there is. */
export const command: TestRunner = {
  name: 'command',

  async matches() {
    return true;
  },

  async instrument(text) {
    return { command: text, environment: {} };
  },

  async read({ exitCode, timedOut, output }) {
    // 126 and 127 are the shell's own: the program cannot be run, or is not there.
    const missing = exitCode === 126 || exitCode === 127;
    const last = output.trimEnd().split('\n').at(-1) ?? '';
    return settle({
      tests: [{ id: 'command', state: exitCode === 0 ? 'passed' : 'failed' }],
      finished: true,
      exitCode,
      timedOut,
      ...(missing ? { problem: `the command could not be run (exit code ${exitCode}): ${last}` } : {}),
    });
  },
};
