import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { redact } from '../models/secrets.ts';
import { exitCodes, messageOf, ParlayError } from '../system/errors.ts';
import { stateFolder } from '../system/paths.ts';
import { version } from '../system/version.ts';
import type { Terminal } from './terminal.ts';

/**
 * Tells a person (or, with `--json`, a program) what went wrong, on stderr, and returns the exit code. Anything but a
 * `ParlayError` is our own fault and leaves a report file behind.
 */
export function reportFailure(terminal: Terminal, thrown: unknown, args: readonly string[]): number {
  const error = thrown instanceof ParlayError ? thrown : internalError(terminal, thrown, args);
  if (args.includes('--json')) {
    const { message: what, why, next, exitCode } = error;
    terminal.say(JSON.stringify({ error: { what, why, next, exitCode } }));
  } else {
    terminal.say(error.message);
    if (error.why) terminal.say(`Why: ${error.why}`);
    if (error.next) terminal.say(`Next: ${error.next}`);
  }
  return error.exitCode;
}

function internalError(terminal: Terminal, thrown: unknown, args: readonly string[]): ParlayError {
  const { effects } = terminal;
  const report = [
    `Parlay ${version} on Node ${process.versions.node}, ${process.platform} ${process.arch}`,
    `Command: parlay ${args.join(' ')}`,
    thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
    ...(thrown instanceof Error && thrown.cause ? [`Cause: ${messageOf(thrown.cause)}`] : []),
  ].join('\n');
  let next: string;
  try {
    const folder = join(stateFolder(effects), 'reports');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, `${new Date(effects.now()).toISOString().replace(/[:.]/g, '-')}.txt`);
    writeFileSync(file, `${redact(report, effects)}\n`, { mode: 0o600 });
    next = `A report without keys is in ${file}; please attach it when you report the bug.`;
  } catch (cause) {
    next = `No report could be written (${messageOf(cause)}); please report the message above.`;
  }
  return new ParlayError('Parlay made a mistake of its own and stopped.', {
    why: redact(messageOf(thrown), effects),
    next,
    exitCode: exitCodes.internalError,
    cause: thrown,
  });
}
