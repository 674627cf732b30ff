import { expect, test } from 'vitest';
import { type Finished, select } from '../../src/attempts/select.ts';
import type { Evidence } from '../../src/ledger/events.ts';

function finished(attempt: number, patch: string, lines: number, evidence: Partial<Evidence> | null): Finished {
  const change = {
    path: 'a.js',
    kind: 'modified' as const,
    modeBefore: '100644',
    modeAfter: '100644',
    before: 'b',
    after: patch,
  };
  return {
    attempt,
    outcome: { changes: patch ? [change] : [], patch, insertions: lines, deletions: 0, answer: '' },
    evidence: evidence && {
      verified: false,
      reason: 'reason',
      strength: 'report',
      fixed: [],
      broken: [],
      stillFailing: [],
      restored: [],
      ...evidence,
    },
  };
}

const verified = { verified: true, fixed: ['t'] };

test('the smallest verified change is kept', () => {
  const selection = select([finished(1, 'x', 9, verified), finished(2, 'y', 3, verified), finished(3, 'z', 1, {})]);
  expect(selection).toMatchObject({ kept: 2, offered: null });
  expect(selection.reason).toContain('smallest');
});

test('fixing more comes before being smaller', () => {
  const more = { verified: true, fixed: ['t', 'u'] };
  expect(select([finished(1, 'x', 2, verified), finished(2, 'y', 30, more)]).kept).toBe(2);
});

test('equal changes are one candidate', () => {
  const selection = select([finished(3, 'same', 2, verified), finished(1, 'same', 2, verified)]);
  expect(selection.candidates).toHaveLength(1);
  expect(selection.kept).toBe(1);
});

test('with nothing verified it abstains and offers a change that broke nothing', () => {
  const selection = select([finished(1, 'x', 1, { broken: ['t'] }), finished(2, 'y', 8, {})]);
  expect(selection).toMatchObject({ kept: null, offered: 2 });
});

test('attempts without a change are no candidates', () => {
  expect(select([finished(1, '', 0, null)])).toMatchObject({ kept: null, offered: null, candidates: [] });
});
