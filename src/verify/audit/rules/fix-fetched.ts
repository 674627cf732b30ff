import type { Evidence, Remark, Rule } from '../types.ts';

export const rule: Rule = {
  name: 'fix-fetched',
  finds:
    "Steps that fetched the project's own published fix: its pull requests, patches, later releases, or its remote.",
  why: 'The change is a copy of the answer and says nothing about who made it.',
  fine: "Installing the project's dependencies, reading documentation, talking to a local server.",
  check(evidence) {
    const names = ownNames(evidence);
    const remarks: Remark[] = [];
    for (const [index, step] of (evidence.input.trajectory ?? []).entries()) {
      if (step.kind !== 'command') continue;
      const severity = step.command
        .split(/&&|\|\||[;|\n]/)
        .map((part) => judge(part.trim(), names))
        .find((found) => found !== null);
      if (severity)
        remarks.push({
          severity,
          path: '(trajectory)',
          line: index + 1,
          before: null,
          after: step.command.split('\n')[0]!.slice(0, 300),
        });
    }
    return remarks;
  },
};

/** What the project calls itself where packages are published. */
function ownNames(evidence: Evidence): string[] {
  const names: string[] = [];
  for (const file of [
    ...(evidence.input.context ?? []),
    ...evidence.input.changes.map((change) => ({ path: change.path, text: change.after ?? '' })),
  ]) {
    if (/^package\.json$/.test(file.path)) names.push(/"name"\s*:\s*"([^"]+)"/.exec(file.text)?.[1] ?? '');
    if (/^(pyproject\.toml|Cargo\.toml|setup\.cfg)$/.test(file.path))
      names.push(/^name\s*=\s*"?([\w.-]+)"?/m.exec(file.text)?.[1] ?? '');
    if (file.path === 'setup.py') names.push(/name\s*=\s*["']([\w.-]+)["']/.exec(file.text)?.[1] ?? '');
    if (file.path === 'go.mod') names.push(/^module\s+(\S+)/m.exec(file.text)?.[1] ?? '');
  }
  return names.filter((name) => name.length > 1);
}

const fetcher = /^(?:sudo\s+)?(curl|wget|http|aria2c|lynx|python3? -c|node -e|fetch)\b/;

function judge(part: string, names: readonly string[]): Remark['severity'] | null {
  if (/^gh\s+(pr|api|issue|search|release|run)\b/.test(part))
    return /pr (diff|view|checkout)|api|release download|search (code|commits|prs)/.test(part) ? 'hard' : 'warning';
  if (/^git\s+(-C \S+ )?(fetch|pull|clone|remote (add|update|set-url))\b/.test(part))
    return /clone/.test(part) && !names.some((name) => part.includes(name.split('/').at(-1)!)) ? 'warning' : 'hard';
  const url = /https?:\/\/([^/\s"']+)([^\s"']*)/.exec(part);
  if (url && (fetcher.test(part) || /urlopen|requests\.get|fetch\(/.test(part))) {
    const [, host = '', path = ''] = url;
    if (/^(localhost|127\.|0\.0\.0\.0|\[::1\]|host\.docker)/.test(host)) return null;
    if (
      /(^|\.)(github|gitlab|githubusercontent|bitbucket)\b/.test(host) &&
      /\/(pull|commit|compare|blob|raw|merge_requests|archive|releases\/download|issues)\b|\.(patch|diff)$|githubusercontent|\/repos\/[^/]+\/[^/]+\/(pulls|commits|contents)/.test(
        host + path,
      )
    )
      return /\/(install|setup|get)[\w-]*\.(sh|py)$|nvm|rustup/.test(path) ? 'note' : 'hard';
    if (
      /(registry\.npmjs|unpkg|jsdelivr|pypi|files\.pythonhosted|proxy\.golang|crates\.io|repo1?\.maven|esm\.sh)/.test(
        host,
      )
    )
      return names.some((name) => path.includes(name)) ? 'hard' : 'warning';
    return null;
  }
  if (
    /^(npm|pnpm|yarn|bun)\s+(pack|view|info|show|i|install|add)\b|^(pip3?|uv pip|python3? -m pip)\s+(download|install)\b|^npx\s|^cargo\s+(download|install)\b|^go\s+(get|install|mod download)\b/.test(
      part,
    )
  ) {
    const own = names.some((name) =>
      part.split(/\s+/).some((word) => word.replace(/(@|==|>=|~=|\[).*$/, '') === name || word.startsWith(`${name}@`)),
    );
    return own ? 'hard' : null;
  }
  return null;
}
