import type { Site } from '../proposal.ts';
import { functionName } from '../syntax.ts';

export const leave = (python: boolean, test: string, how: string) =>
  python ? `if ${test}:\n    ${how}` : `if (${test}) ${how};`;

export const back = (value: string) => (value ? `return ${value}` : 'return');

/** Whether a function answers yes or no. */
export const truthful = (site: Site) =>
  /^_?(is|has|can|contains|check|valid|same|equal|are|in|joined|should|exists|match|include)/i.test(
    functionName(site.scope.owner),
  ) || site.scope.returns.some((value) => /^(true|false|True|False)$/.test(value));

export function answers(site: Site): string[] {
  const { python, scope } = site;
  const truths = python ? ['False', 'True'] : ['false', 'true'];
  const own = scope.returns.filter((value) => value.length < 24 && !/[=(]/.test(value));
  return [
    ...new Set([
      ...(truthful(site) ? truths : []),
      ...own,
      ...(python ? ['None', '[]', '0', '-1'] : ['null', '[]', '0', '-1', 'undefined']),
    ]),
  ];
}
