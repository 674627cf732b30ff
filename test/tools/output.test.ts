import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countLines, cutLine, cutMiddle, cutPoint, headBytes } from '../../src/tools/output.ts';

const text = fc
  .array(fc.constantFrom('a', 'é', '漢', '👩‍👩‍👧', 'e\u0301', '\n', '🇩🇪', '\r\n', 'x'.repeat(20)), { maxLength: 60 })
  .map((parts) => parts.join(''));

/** Where a person sees one character end, in UTF-16 units. */
function boundaries(value: string): Set<number> {
  const found = new Set([value.length]);
  for (const { index } of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(value)) found.add(index);
  return found;
}

describe('cutting', () => {
  test('a cut never splits a character', () => {
    fc.assert(
      fc.property(text, fc.nat(80), (value, index) => {
        const at = cutPoint(value, index);
        expect(at).toBeLessThanOrEqual(index);
        expect(boundaries(value).has(at), `${at} of ${JSON.stringify(value)}`).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('headBytes keeps as much as fits', () => {
    fc.assert(
      fc.property(text, fc.nat(300), (value, bytes) => {
        const head = headBytes(value, bytes);
        expect(value.startsWith(head)).toBe(true);
        expect(Buffer.byteLength(head)).toBeLessThanOrEqual(bytes);
        if (head !== value) expect(Buffer.byteLength(head)).toBeGreaterThan(bytes - 40);
      }),
    );
  });

  test('cutMiddle keeps start and end and counts what is between', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 100, max: 400 }), (value, limit) => {
        const cut = cutMiddle(value, limit, ({ bytes }) => `<<${bytes}>>`);
        if (Buffer.byteLength(value) <= limit) {
          expect(cut).toBe(value);
          return;
        }
        const [, head, bytes, tail] = /^([\s\S]*)\n<<(\d+)>>\n([\s\S]*)$/.exec(cut)!;
        expect(value.startsWith(head!)).toBe(true);
        expect(value.endsWith(tail!)).toBe(true);
        expect(Buffer.byteLength(cut)).toBeLessThan(limit + 20);
        const kept = Buffer.byteLength(head!) + Buffer.byteLength(tail!);
        expect([0, 1]).toContain(Buffer.byteLength(value) - kept - Number(bytes));
      }),
    );
  });

  test('an endless cluster and lone surrogates are cut all the same', () => {
    expect(cutLine(`a${'\u0301'.repeat(5000)}`, 100).length).toBeLessThan(140);
    expect(cutPoint('\ud83d'.repeat(500), 250)).toBeGreaterThan(100);
  });

  test('flags in a row stay whole', () => {
    for (let index = 400; index < 410; index += 1) expect(cutPoint(`a${'🇩🇪'.repeat(200)}`, index) % 4).toBe(1);
  });

  test('lines are counted as an editor counts them', () => {
    expect(['', 'a', 'a\n', 'a\nb', '\n\n'].map(countLines)).toEqual([0, 1, 1, 2, 2]);
  });
});
