import { expect, test } from 'vitest';
import type { Parser } from 'web-tree-sitter';
import { prepare, rankCandidates } from '../../src/models/repair/candidates.ts';
import { type GrammarName, loadParsers } from '../../src/models/repair/grammars.ts';
import { functionName, isFunction } from '../../src/models/repair/syntax.ts';
import { parseFile, walk } from '../../src/models/repair/tree.ts';
import { heldoutJavascript } from './faults/heldoutJavascript.ts';
import { heldoutPython } from './faults/heldoutPython.ts';
import { javascriptPrograms } from './faults/javascript.ts';
import { pythonPrograms } from './faults/python.ts';
import type { RankedProgram } from './faults/types.ts';

const squeeze = (text: string) => text.replace(/[\s;()]+/g, '').replaceAll('"', "'");

/** The place at which the exact undoing of each fault would be tried, its whole function being suspect; Infinity for never. */
function places(programs: readonly RankedProgram[], language: GrammarName, parser: Parser): number[] {
  return programs.flatMap(({ source, faults }) =>
    faults.map(([good, bad]) => {
      const file = parseFile(
        'p',
        language,
        source.replace(good, () => bad),
        parser,
      );
      const row = source.slice(0, source.indexOf(good)).split('\n').length - 1;
      const owner =
        [...walk(file.root)].find(
          (node) =>
            isFunction(node) &&
            node.type !== 'arrow_function' &&
            functionName(node) &&
            node.row <= row &&
            node.endRow >= row - 1,
        ) ?? file.root;
      const suspicion = new Map<number, number>();
      for (let line = owner.row; line <= owner.endRow; line++) suspicion.set(line, 0.7);
      const tried = new Set<string>();
      let place = 0;
      for (const candidate of rankCandidates([{ file, suspicion }], 0)) {
        if (!prepare(candidate, file, parser, tried)) continue;
        place += 1;
        if (squeeze(candidate.result) === squeeze(source)) return place;
        if (place >= 300) break;
      }
      return Number.POSITIVE_INFINITY;
    }),
  );
}

const within = (ranks: number[], limit: number) => ranks.filter((rank) => rank <= limit).length / ranks.length;

test('most faults would be undone within the first three hundred candidates', { timeout: 240_000 }, async () => {
  const parsers = await loadParsers();
  const ranks = [
    ...places(pythonPrograms, 'python', parsers.get('python')!),
    ...places(javascriptPrograms, 'javascript', parsers.get('javascript')!),
  ];
  expect(within(ranks, 80)).toBeGreaterThan(0.6);
  expect(within(ranks, 300)).toBeGreaterThan(0.8);
});

test('so would those of the programs kept apart', { timeout: 240_000 }, async () => {
  const parsers = await loadParsers();
  const ranks = [
    ...places(heldoutPython, 'python', parsers.get('python')!),
    ...places(heldoutJavascript, 'javascript', parsers.get('javascript')!),
  ];
  expect(within(ranks, 150)).toBeGreaterThan(0.75);
  expect(within(ranks, 300)).toBeGreaterThan(0.8);
});
