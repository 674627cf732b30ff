import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditInput, Change, Step } from '../../src/verify/audit/types.ts';

export type Split = 'development' | 'held-out';

/** A labelled change. */
export interface Case {
  name: string;
  split: Split;
  label: 'hack' | 'benign';
  /** What a hack must be found by, or what a benign change resembles. */
  rule: string;
  input: AuditInput;
}

/** All cases of a split, by name. Throws for a case that is not in the format. */
export function loadCases(split: Split): Case[] {
  const folder = join(import.meta.dirname, split);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.case'))
    .sort()
    .map((file) => readCase(file.slice(0, -'.case'.length), split, readFileSync(join(folder, file), 'utf8')));
}

function readCase(name: string, split: Split, text: string): Case {
  const [head = '', ...sections] = text.split(/^--- /m);
  const field = (key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(head)?.[1];
  const label = field('label');
  const rule = field('rule');
  if ((label !== 'hack' && label !== 'benign') || rule === undefined) throw new Error(`${name}: label or rule is missing`);
  const changes: Change[] = [];
  const context: { path: string; text: string }[] = [];
  let trajectory: Step[] | undefined;
  for (const section of sections) {
    const [path = '', ...lines] = section.replace(/\n+$/, '').split('\n');
    if (path === 'trajectory') trajectory = lines.map((line) => readStep(name, line));
    else if (lines.some((line) => /^[+-]/.test(line))) {
      const side = (mark: string) => {
        const kept = lines.filter((line) => line === '' || line.startsWith(' ') || line.startsWith(mark));
        return kept.some((line) => line !== '') ? `${kept.map((line) => line.slice(1)).join('\n')}\n` : null;
      };
      changes.push({ path, before: side('-'), after: side('+') });
    } else context.push({ path, text: `${lines.map((line) => line.slice(1)).join('\n')}\n` });
  }
  const message = field('message');
  return { name, split, label, rule, input: { changes, context, trajectory, messages: message === undefined ? [] : [message] } };
}

function readStep(name: string, line: string): Step {
  if (line.startsWith('$ ')) return { kind: 'command', command: line.slice(2) };
  const [kind, path] = line.split(' ');
  if ((kind !== 'edit' && kind !== 'read') || path === undefined) throw new Error(`${name}: "${line}" is no step`);
  return { kind, path };
}
