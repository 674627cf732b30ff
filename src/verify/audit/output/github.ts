import type { Finding } from '../types.ts';

const commands = { hard: 'error', warning: 'warning', note: 'notice' } as const;

/**
 * Findings as workflow commands that GitHub shows beside the lines
 * (https://docs.github.com/actions/reference/workflow-commands-for-github-actions).
 */
export function asAnnotations(findings: readonly Finding[]): string[] {
  return findings.map(({ severity, path, line, rule, why, before, after, fine }) => {
    const place = path === '(trajectory)' ? '' : `file=${property(path)},line=${Math.max(1, line)},`;
    const lines = [
      why,
      before === null ? null : `- ${before}`,
      after === null ? null : `+ ${after}`,
      `Fine when: ${fine}`,
    ];
    return `::${commands[severity]} ${place}title=${property(`parlay audit: ${rule}`)}::${data(lines.filter((text) => text !== null).join('\n'))}`;
  });
}

const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
