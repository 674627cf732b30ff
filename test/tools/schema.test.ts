import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseInput, toolDefinitions } from '../../src/tools/schema.ts';
import { tools } from '../../src/tools/table.ts';

const tool = (name: string) => tools.find((each) => each.name === name)!;
const refusal = (name: string, input: unknown) => {
  const parsed = parseInput(tool(name), input);
  if (parsed.ok) throw new Error('was accepted');
  return parsed.message;
};

describe('definitions', () => {
  test('are small, ordered and plain', () => {
    const definitions = toolDefinitions(tools);
    expect(definitions.map(({ name }) => name)).toEqual([
      'read',
      'list',
      'search',
      'edit',
      'write',
      'run',
      'think',
      'plan',
    ]);
    const text = JSON.stringify(definitions);
    expect(text.length).toBeLessThan(3600);
    expect(text).not.toMatch(/\$schema|additionalProperties|9007199254740991/);
    expect(definitions[0]!.inputSchema).toEqual({
      type: 'object',
      properties: {
        path: { type: 'string' },
        offset: { type: 'integer', minimum: 1 },
        limit: { type: 'integer', minimum: 1 },
      },
      required: ['path'],
    });
  });

  test('every example fits its own schema', () => {
    for (const each of tools)
      expect(parseInput(each, JSON.stringify(each.example))).toEqual({ ok: true, value: each.example });
  });

  test('loading the table loads neither ripgrep nor all of zod', () => {
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
      await import('./src/tools/table.ts');
      console.log(loaded.join('\\n'));`;
    const loaded = execFileSync(process.execPath, ['--input-type=module', '-e', script]).toString();
    expect(loaded).toContain('/src/tools/edit.ts');
    expect(loaded).toContain('/zod/');
    expect(loaded).not.toMatch(/ripgrep|zod\/v4\/classic|@ai-sdk/);
  });
});

describe('parseInput', () => {
  test.each([
    ['read', { path: 3 }, 'argument "path" is wrong: expected a string that is not empty, received 3'],
    ['read', { path: '' }, 'argument "path" is wrong: expected a string that is not empty, received the string ""'],
    ['read', {}, 'argument "path" is missing: expected a string that is not empty, received no arguments'],
    ['read', '', 'argument "path" is missing'],
    [
      'read',
      { path: 'a', offset: '5' },
      'argument "offset" is wrong: expected a whole number from 1, received the string "5"',
    ],
    ['read', { path: 'a', offset: 1.5 }, 'received 1.5'],
    ['read', { path: 'a', offset: null }, 'received null (leave an argument out instead)'],
    ['read', { path: 'a', file: 'b' }, '"file" is not an argument of read'],
    ['read', '{"path": "a"', 'not valid JSON'],
    ['read', '"a"', 'the arguments must be an object with path, offset, limit; received the string "a"'],
    ['read', [], 'received the list []'],
    ['edit', { path: 'a', old: 'b', new: 'c', all: 'yes' }, 'expected true or false, received the string "yes"'],
    ['run', { command: 'ls', timeout: 601 }, 'expected a whole number from 1 to 600, received 601'],
    ['think', { question: 'a', effort: 'huge' }, 'expected one of "low", "medium"'],
    [
      'plan',
      { items: [{ text: 'a', state: 'now' }] },
      '"items[0].state" is wrong: expected one of "pending", "active", "done", received the string "now"',
    ],
    ['plan', { items: [{ text: 'a', state: 'done', id: 1 }] }, '"items[0].id" is not an argument'],
    ['plan', { items: [] }, 'expected a list of 1 to 50 items, each an object with text, state, received the list []'],
  ])('%s %j → %s', (name, input, says) => {
    const message = refusal(name, input);
    expect(message.startsWith(`Wrong arguments for ${name}, so nothing was done: `)).toBe(true);
    expect(message).toContain(says);
    expect(message).not.toContain('\n');
    const example = JSON.parse(message.slice(message.indexOf(' Correct would be ') + ' Correct would be '.length));
    expect(parseInput(tool(name), example)).toEqual({ ok: true, value: example });
  });

  test.each([
    ['read', { path: 'src/a.ts', offset: '400', limit: 20 }, { path: 'src/a.ts', offset: 400, limit: 20 }],
    ['read', { path: 'src/a.ts', offset: null }, { path: 'src/a.ts' }],
    ['read', { path: 'src/a.ts', offset: 0 }, { path: 'src/a.ts', offset: 1 }],
    ['run', { command: 'make', timeout: 9000 }, { command: 'make', timeout: 600 }],
    ['edit', { path: 'a', old: 'b', new: 'c', all: 'true' }, { path: 'a', old: 'b', new: 'c', all: true }],
    ['edit', { path: 'a', old: 'b', new: '', cwd: '/' }, { path: 'a', old: 'b', new: '' }],
    ['search', { pattern: 7 }, { pattern: 'function parseDate\\(' }],
  ])('%s %j is refused, with the call it may have meant', (name, input, meant) => {
    expect(refusal(name, input)).toContain(` Correct would be ${JSON.stringify(meant)}`);
  });

  test('names every problem at once', () => {
    const message = refusal('edit', { file: 'a', old: 1 });
    for (const name of ['"path" is missing', '"old" is wrong', '"new" is missing', '"file" is not an argument']) {
      expect(message).toContain(name);
    }
  });

  test('any JSON, and any text, is either right or refused in a short message that helps', () => {
    const keys = fc.constantFrom(
      'path',
      'old',
      'new',
      'items',
      'command',
      '__proto__',
      'constructor',
      'timeout',
      'text',
    );
    const near = fc.dictionary(keys, fc.jsonValue());
    const input = fc.oneof(
      fc.jsonValue(),
      near,
      near.map((value) => JSON.stringify(value)),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...tools), input, (each, value) => {
        const before = JSON.stringify(value);
        const parsed = parseInput(each, value);
        expect(JSON.stringify(value)).toBe(before);
        if (parsed.ok) {
          const sent = typeof value === 'string' ? (value.trim() === '' ? {} : JSON.parse(value)) : value;
          expect(parsed.value).toEqual(sent);
        } else {
          expect(parsed.message).toMatch(
            /^Wrong arguments for \w+, so nothing was done: [\s\S]*(expected|must be|not an argument|not valid JSON)/,
          );
          expect(parsed.message).toContain('received');
          expect(parsed.message).toContain(' Correct would be {');
          expect(parsed.message.length).toBeLessThan(2000);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
