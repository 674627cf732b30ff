import { expect, test } from 'vitest';
import { prepare, rankCandidates } from '../../src/models/repair/candidates.ts';
import { loadParsers } from '../../src/models/repair/grammars.ts';
import { functionName, isFunction } from '../../src/models/repair/syntax.ts';
import { parseFile, walk } from '../../src/models/repair/tree.ts';
import { javascriptPrograms } from './faults/javascript.ts';
import { pythonPrograms } from './faults/python.ts';

/** Without running anything: at which place the exact undoing of each fault would be tried, its whole function being suspect. */
test('most faults would be undone within the first three hundred candidates', { timeout: 240_000 }, async () => {
  const parsers = await loadParsers();
  const ranks: number[] = [];
  const squeeze = (text: string) => text.replace(/[\s;()]+/g, '').replaceAll('"', "'");
  for (const [language, programs] of [
    ['python', pythonPrograms],
    ['javascript', javascriptPrograms],
  ] as const) {
    const parser = parsers.get(language)!;
    for (const { source, faults } of programs) {
      for (const [good, bad] of faults) {
        const broken = source.replace(good, () => bad);
        const row = source.slice(0, source.indexOf(good)).split('\n').length - 1;
        const file = parseFile('p', language, broken, parser);
        const owner =
          [...walk(file.root)]
            .filter(
              (node) =>
                isFunction(node) &&
                functionName(node) &&
                node.row <= row &&
                node.endRow >= row - 1 &&
                (node.field !== 'value' || true),
            )
            .filter((node) => node.type !== 'arrow_function')
            .at(0) ?? file.root;
        const suspicion = new Map<number, number>();
        for (let line = owner.row; line <= owner.endRow; line++) suspicion.set(line, 0.7);
        const tried = new Set<string>();
        let rank = 0;
        let found = 0;
        const all = rankCandidates([{ file, suspicion }], 0);
        for (const candidate of all) {
          if (!prepare(candidate, file, parser, tried)) continue;
          rank += 1;
          if (squeeze(candidate.result) === squeeze(source)) {
            found = rank;

            break;
          }
        }
        ranks.push(found || 99999);
      }
    }
  }
  const within = (limit: number) => ranks.filter((rank) => rank <= limit).length / ranks.length;
  expect(within(80)).toBeGreaterThan(0.55);
  expect(within(300)).toBeGreaterThan(0.75);
});
