import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Candidate } from './candidates.ts';
import { nodeDriver } from './drivers/node.ts';
import { pythonDriver } from './drivers/python.ts';
import { nodeServer } from './drivers/server.ts';

/** Lines of a file to be replaced, counted from 0. */
export interface LinePatch {
  path: string;
  line: number;
  old: string[];
  new: string[];
}

/** The smallest run of whole lines that turns one text into the other. */
export function linePatch(path: string, source: string, result: string): LinePatch {
  const before = source.split('\n');
  const after = result.split('\n');
  let head = 0;
  while (head < Math.min(before.length, after.length) && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < Math.min(before.length, after.length) - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  return {
    path,
    line: head,
    old: before.slice(head, before.length - tail),
    new: after.slice(head, after.length - tail),
  };
}

/** What a driver is told; see the drivers. */
export interface Job {
  op: 'probe' | 'poison' | 'try';
  mode: 'pytest' | 'unittest' | 'script' | 'command';
  targets: string[];
  wide: string[];
  failing: string[];
  baseline: number;
  paths?: string[];
  cover?: string;
  coverPassing?: string;
  /** How test files can run inside a server that stays loaded; null when only the real command will do. */
  shim?: Shim | null;
  inPlace?: boolean;
  workers: number;
  /** Seconds: one candidate, the whole files, one test while probing, the whole call. */
  timeout: number;
  wideTimeout: number;
  /** Seconds of processor time for one candidate; an endless loop ends here, a busy machine does not matter. */
  processor?: number;
  testLimit: number;
  deadline: number;
  /** Once a candidate passes, so many more are tried in this call. */
  enough: number;
  /** Each part: the file, the first line (from 0), how many lines go, the lines that come. */
  candidates?: { i: number; parts: [string, number, number, string[]][] }[];
}

/** What a server of the JavaScript driver is told. */
export interface Shim {
  kind: 'node' | 'mocha' | 'jest' | 'vitest';
  /** Files with failing tests, other test files, flags for node. */
  files: string[];
  wide: string[];
  flags: string[];
  /** Tests that fail as it is, in `files` and in `wide`; milliseconds of processor time for a candidate. */
  known: string[];
  broken: string[];
  limit: number;
}

/** What a driver says of a batch, by the candidates' numbers. */
export interface Verdict {
  /** With these everything passes. */
  fixed: number[];
  /** With these so many tests still fail, fewer than before. */
  partial: Record<string, number>;
  /** There was no time for these: numbers and spans such as `3,7-12`. */
  skipped: string;
}

/** A folder outside the working tree, the same in every call of an attempt and no other. */
export function folderOf(key: string): string {
  return `D="\${TMPDIR:-/tmp}/repair-${key}-$(printf %s "$PWD" | cksum | cut -d' ' -f1)"`;
}

/** The shell command that runs a driver on a job; the driver comes along only when asked for. */
export function driverCommand(key: string, host: 'python' | 'node', job: Job, withDriver: boolean): string {
  const [file, program] = host === 'python' ? ['driver.py', python(job.mode)] : ['driver.mjs', 'node'];
  const parts = [folderOf(key), 'mkdir -p "$D"'];
  if (withDriver) {
    if (host === 'python') parts.push(packed(file, pythonDriver.replace(/^ *# .*\n/gm, '')));
    else
      parts.push(packedTogether({ [file]: bare(nodeDriver), ...(job.shim ? { 'server.mjs': bare(nodeServer) } : {}) }));
  } else parts.push(`[ -f "$D/${file}" ] || { echo '@@{"missing":true}'; exit 9; }`);
  parts.push(packed('job.json', JSON.stringify(job)));
  parts.push(`${program} "$D/${file}" "$D/job.json"`);
  return parts.join('\n');
}

/** A JavaScript program without what only people read. */
const bare = (program: string) => program.replace(/^ *(\/\/|\/\*\*) .*\n/gm, '').replace(/^ +/gm, '');

/** A command that writes a file. Packed, because every later turn pays for its length again. */
function packed(file: string, text: string): string {
  return `base64 -d <<'END' | gunzip > "$D/${file}"\n${gzipSync(text, { level: 9 }).toString('base64')}\nEND`;
}

/** A command that writes several files, packed tighter still; it takes node to unpack them. */
function packedTogether(files: Record<string, string>): string {
  const unpack =
    'const z=require("zlib"),f=require("fs");for(const[n,t]of Object.entries(JSON.parse(z.brotliDecompressSync(Buffer.from(f.readFileSync(0,"utf8"),"base64")))))f.writeFileSync(process.argv[1]+"/"+n,t)';
  return `node -e '${unpack}' "$D" <<'END'\n${brotliCompressSync(JSON.stringify(files)).toString('base64')}\nEND`;
}

function python(mode: Job['mode']): string {
  if (mode !== 'pytest') return '"$(command -v python3 || command -v python)"';
  return `"$(for p in .venv/bin/python venv/bin/python python python3; do "$p" -c 'import pytest' 2>/dev/null && { command -v "$p"; break; }; done)"`;
}

/** The records a driver printed. */
export function records(result: string): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  for (const match of result.matchAll(/^@@(\{.*\})$/gm)) {
    try {
      found.push(JSON.parse(match[1]!));
    } catch {
      // A line that was cut is a record that is not there.
    }
  }
  return found;
}

/** A candidate as a driver takes it. */
export function forDriver(candidate: Candidate, source: string, index: number) {
  const patch = linePatch(candidate.path, source, candidate.result);
  const part: [string, number, number, string[]] = [patch.path, patch.line, patch.old.length, patch.new];
  return { i: index, parts: [part] };
}

/** The numbers of a list such as `3,7-12`. */
export function expanded(spans: string): number[] {
  return spans
    .split(',')
    .filter(Boolean)
    .flatMap((span) => {
      const [from = 0, to = from] = span.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, index) => from + index);
    });
}
