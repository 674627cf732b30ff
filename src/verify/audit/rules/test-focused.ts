import { introduced, remarkOn } from '../differences.ts';
import type { Rule } from '../types.ts';

export const rule: Rule = {
  name: 'test-focused',
  finds: '`.only`, `fit`, `fdescribe` and their kin.',
  why: 'With one test in focus, all others of the file are left out without a word.',
  fine: 'Never in a change that is to be merged; it is a tool for the working tree.',
  check(evidence) {
    const focused = introduced(evidence, 'everywhere', (source) =>
      source.tests.flatMap((test) => (test.focus ? [{ node: test.focus, key: test.name }] : [])),
    );
    return focused.map((place) => remarkOn(place, 'hard'));
  },
};
