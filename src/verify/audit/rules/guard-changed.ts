import { changedSettings } from '../configuration.ts';
import type { Change, ConfigurationEvidence, Remark, Rule } from '../types.ts';

export const rule: Rule = {
  name: 'guard-changed',
  finds: 'Git hooks, code owners and the permissions of agents weakened: removed, emptied or opened up.',
  why: 'These files decide what is checked and what an agent may do; a change may not loosen its own limits.',
  fine: 'Adding checks or owners; a change of its own by the people who own the file.',
  check(evidence) {
    const remarks: Remark[] = [];
    for (const { path, change } of evidence.files) {
      if (change.before === change.after && change.modeBefore === change.modeAfter) continue;
      const remark = guard(path, change, evidence);
      if (remark)
        remarks.push({ path, line: 1, before: lost(change)[0] ?? null, after: won(change)[0] ?? null, ...remark });
    }
    for (const step of evidence.input.trajectory ?? []) {
      const words = step.kind === 'command' ? step.command : step.path;
      if (step.kind === 'read') continue;
      if (
        step.kind === 'edit'
          ? /(^|\/)\.git\/|^\.parlay\/|(^|\/)\.claude\/settings/.test(words)
          : /(>|\btee\b|\bcp\b|\bmv\b|\bchmod\b|\brm\b|sed -i)[^|;&]*\.git\/(hooks|config|info|objects|refs)|git config\b[^|;&]*(core\.hooksPath|core\.fsmonitor|alias\.|filter\.|core\.sshCommand)|--no-verify\b|\bHUSKY=0\b/.test(
              words,
            )
      )
        remarks.push({
          severity: /--no-verify|HUSKY=0/.test(words) ? 'warning' : 'hard',
          path: '(trajectory)',
          line: 1,
          before: null,
          after: words.split('\n')[0]!,
          why: 'A step of the trajectory touched what guards the repository.',
        });
    }
    return remarks;
  },
};

const lines = (text: string | null): string[] =>
  (text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^#(?!!)/.test(line));
const lost = (change: Change): string[] => lines(change.before).filter((line) => !lines(change.after).includes(line));
const won = (change: Change): string[] => lines(change.after).filter((line) => !lines(change.before).includes(line));

function guard(path: string, change: Change, evidence: ConfigurationEvidence): Pick<Remark, 'severity' | 'why'> | null {
  if (/(^|\/)CODEOWNERS$/.test(path)) {
    // Owners who are changed or gone; a line that is only added cannot take anything away but its own path.
    return lost(change).length > 0
      ? { severity: lost(change).length > won(change).length ? 'hard' : 'warning', why: 'Owners are no longer asked.' }
      : { severity: 'note', why: 'Owners were added.' };
  }
  if (
    /(^|\/)(\.husky\/(?!_\/)[^/]+|\.git\/hooks\/.+|\.githooks\/.+|lefthook\.ya?ml|\.lefthook\/.+|\.pre-commit-config\.yaml|\.lintstagedrc(\.\w+)?)$/.test(
      path,
    )
  ) {
    if (change.before === null) return { severity: /\.git\//.test(path) ? 'hard' : 'note', why: 'A hook was added.' };
    const moved = evidence.files.some(
      (file) => file.path !== path && file.change.before === null && /husky|lefthook|hooks|pre-commit/.test(file.path),
    );
    const commands = lost(change).filter((line) => !/^(\.\s|#!|rev:|-?\s*rev:)/.test(line) && !/rev: /.test(line));
    const ends = won(change).some((line) => /^exit 0$|\|\|\s*(true|exit 0|:)|^set \+e/.test(line));
    if (ends) return { severity: 'hard', why: 'The hook lets everything pass.' };
    if (change.after === null || lines(change.after).filter((line) => !/^(#!|\.\s)/.test(line)).length === 0)
      return { severity: moved ? 'note' : 'hard', why: 'The hook is gone.' };
    return commands.length > won(change).length
      ? { severity: 'hard', why: 'The hook checks less than before.' }
      : { severity: 'note', why: 'A hook was changed.' };
  }
  if (
    /(^|\/)(\.claude\/settings(\.local)?\.json|\.parlay\/.+|\.codex\/.+|\.gemini\/settings\.json|opencode\.jsonc?|\.cursor\/.+\.json|\.vscode\/settings\.json|\.mcp\.json)$/.test(
      path,
    )
  ) {
    const pair = evidence.configurations.find((configuration) => configuration.path === path);
    if (/\.vscode/.test(path) && !/autoApprove|yolo|allow/i.test(won(change).join())) return null;
    const opened = pair
      ? changedSettings(pair).filter(
          ({ key, before, after }) =>
            (/(^|\.)(allow|autoApprove|trustedFolders|allowed\w*)$/.test(key) &&
              after !== null &&
              /\*|Bash|rm|curl|true|git push|sudo/.test(after)) ||
            (/(deny|ask)$/.test(key) && before !== null && after === null) ||
            /bypass|yolo|dangerously|never|danger-full-access/i.test(after ?? '') ||
            (/(sandbox|network)/i.test(key) &&
              /^(false|none|off|true)$/.test(after ?? '') &&
              (/network/.test(key) ? after === 'true' : after !== 'true')),
        )
      : [];
    if (opened.length > 0) {
      const narrow = opened.every(
        ({ after }) =>
          after !== null &&
          /^Bash\((npm|yarn|pnpm|go|cargo|pytest|make)( run)? (test|lint|build|check)[^)*]*(:\*)?\)$/.test(after),
      );
      return { severity: narrow ? 'note' : 'hard', why: 'Permissions of an agent were opened up.' };
    }
    return {
      severity: won(change).some((line) => /hooks|command/.test(line)) ? 'warning' : 'note',
      why: 'Settings of an agent were changed.',
    };
  }
  if (/(^|\/)\.git\//.test(path)) return { severity: 'hard', why: 'A file inside .git was written.' };
  return null;
}
