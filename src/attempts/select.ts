import type { EventData, Evidence, Outcome } from '../ledger/events.ts';

export interface Finished {
  attempt: number;
  outcome: Outcome;
  /** null when the outcome was never graded. */
  evidence: Evidence | null;
}

type Selection = EventData['selection.made'];
type Candidate = Selection['candidates'][number];

/**
 * Chooses among finished attempts. Equal patches are one candidate. Only verified candidates can be kept: the one that
 * fixes most, then the smallest, then the earliest. With none verified it abstains and offers the smallest patch that
 * broke nothing, or else the smallest, as unverified. Attempts without changes are not candidates.
 */
export function select(finished: readonly Finished[]): Selection {
  const groups = new Map<string, Finished[]>();
  for (const entry of finished) {
    if (entry.outcome.changes.length === 0) continue;
    const key = identity(entry.outcome);
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  const ranked = [...groups.values()].map(toCandidate).sort(compare);
  const candidates = ranked.map(({ candidate }) => candidate);
  const best = ranked[0];
  if (!best) return { kept: null, offered: null, reason: 'No attempt left a change.', candidates };
  const first = best.candidate.attempts[0]!;
  if (!best.candidate.verified) {
    const reason = `Nothing was verified. The best unverified change: ${best.candidate.reason}.`;
    return { kept: null, offered: first, reason, candidates };
  }
  return { kept: first, offered: null, reason: explain(ranked.map(({ candidate }) => candidate)), candidates };
}

interface Ranked {
  candidate: Candidate;
  broken: number;
}

function toCandidate(group: Finished[]): Ranked {
  const graded = group.find(({ evidence }) => evidence?.verified) ?? group[0]!;
  const { evidence, outcome } = graded;
  return {
    candidate: {
      attempts: group.map(({ attempt }) => attempt).sort((a, b) => a - b),
      verified: evidence?.verified ?? false,
      fixed: evidence?.fixed.length ?? 0,
      lines: outcome.insertions + outcome.deletions,
      reason: evidence?.reason ?? 'it was not graded',
    },
    broken: evidence?.broken.length ?? 0,
  };
}

function compare(a: Ranked, b: Ranked): number {
  return (
    Number(b.candidate.verified) - Number(a.candidate.verified) ||
    Number(a.broken > 0) - Number(b.broken > 0) ||
    b.candidate.fixed - a.candidate.fixed ||
    a.candidate.lines - b.candidate.lines ||
    a.candidate.attempts[0]! - b.candidate.attempts[0]!
  );
}

function explain(candidates: readonly Candidate[]): string {
  const [kept, ...others] = candidates;
  const verified = others.filter((candidate) => candidate.verified);
  const parts = [sentence(kept!.reason)];
  if (kept!.attempts.length > 1) parts.push(`Attempts ${kept!.attempts.join(', ')} made the same change.`);
  if (verified.length > 0) {
    const rule = verified.some((other) => other.fixed < kept!.fixed) ? 'it fixes the most tests' : 'it is the smallest';
    parts.push(`Of ${verified.length + 1} verified changes ${rule}.`);
  }
  const rejected = others.length - verified.length;
  if (rejected > 0) parts.push(`${rejected} other ${rejected === 1 ? 'change was' : 'changes were'} not verified.`);
  return parts.join(' ');
}

/** Reasons are phrases; what a person reads begins with a capital and ends with a full stop. */
function sentence(phrase: string): string {
  return `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}.`;
}

/** Two outcomes are equal when they leave the same files behind. */
function identity(outcome: Outcome): string {
  return JSON.stringify(outcome.changes.map(({ path, modeAfter, after }) => [path, modeAfter, after]));
}
