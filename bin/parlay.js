#!/usr/bin/env node
/**
 * Starts Parlay. Kept to syntax that old versions of Node can read, so that they get a kind message or, in a checkout,
 * the Node that the checkout brought with it.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const home = dirname(dirname(fileURLToPath(import.meta.url)));
const bundle = join(home, 'dist', 'parlay.js');
const source = join(home, 'src');

const [major, minor] = process.versions.node.split('.').map(Number);
if (major > 22 || (major === 22 && minor >= 18)) await start();
else await startWithNewerNode();

async function start() {
  hideExperimentalWarning();
  nodeModule.enableCompileCache();
  const main = bundleIsFresh() ? bundle : join(source, 'cli', 'main.ts');
  await import(main);
}

/** The checkout's own Node, when there is one, does the work instead. */
async function startWithNewerNode() {
  const newer = join(home, 'node_modules', 'node', 'bin', 'node');
  if (!existsSync(newer)) {
    console.error(`Parlay needs Node 22.18 or newer; this is Node ${process.versions.node}.`);
    console.error('Why: it uses the SQLite that newer versions of Node contain.');
    console.error('Next: install Node 26 from https://nodejs.org, then try again.');
    process.exit(2);
  }
  const { spawn } = await import('node:child_process');
  const child = spawn(newer, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both; the child decides what to do with it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('exit', (code, signal) => {
    process.exitCode = signal ? 130 : code;
  });
}

/** node:sqlite is stable enough for us; its warning would be noise on every command. */
function hideExperimentalWarning() {
  const emit = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    if (!String(warning).startsWith('SQLite is an experimental')) emit.call(process, warning, ...rest);
  };
}

/** In a checkout, sources that changed after the bundle was made win over it. */
function bundleIsFresh() {
  if (!existsSync(source)) return true;
  if (!existsSync(bundle)) return false;
  const built = statSync(bundle).mtimeMs;
  return readdirSync(source, { recursive: true, withFileTypes: true }).every(
    (entry) => !entry.name.endsWith('.ts') || statSync(join(entry.parentPath, entry.name)).mtimeMs <= built,
  );
}
