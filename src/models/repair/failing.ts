import { isTestPath, type Project } from './project.ts';

/** What a run of the tests showed. */
export interface Failing {
  exitCode: number | null;
  late: boolean;
  /** Identifiers of failing tests, as the runner takes them (pytest, unittest), else their names. */
  tests: string[];
  /** Test files with a failure. */
  files: string[];
  /** Everything printed. */
  text: string;
}

/** The exit code at the start of a `run` result; null when it was killed. */
function exitCodeOf(result: string): number | null {
  const found = /^exit code (\d+)/m.exec(result);
  return found ? Number(found[1]) : null;
}

/** Reads failures from what a run of the tests printed. */
export function readFailures(result: string, project: Project): Failing {
  const code = exitCodeOf(result);
  const failing: Failing = {
    exitCode: code,
    late: code === 124 || code === 137 || code === null,
    tests: [],
    files: [],
    text: result,
  };
  if (code === 0) return failing;
  const tests = new Set<string>();
  const files = new Set<string>();
  const known = new Set(project.files);
  const addFile = (path: string | undefined) => {
    if (!path) return;
    const clean = path.replace(/^file:\/\//, '').replace(/^\.\//, '');
    const match = known.has(clean)
      ? clean
      : project.files.find((file) => isTestPath(file) && clean.endsWith(`/${file}`));
    if (match) files.add(match);
  };
  if (project.runner === 'pytest') {
    for (const match of result.matchAll(/^(?:FAILED|ERROR) (\S+?\.py(?:::.*?)?)(?: - .*)?$/gm)) {
      tests.add(match[1]!);
      addFile(match[1]!.split('::')[0]);
    }
  } else if (project.runner === 'unittest') {
    for (const match of result.matchAll(/^(?:FAIL|ERROR): (\w+) \(([\w.]+)\)/gm))
      tests.add(match[2]!.endsWith(`.${match[1]}`) ? match[2]! : `${match[2]}.${match[1]}`);
    for (const match of result.matchAll(/File "([^"]+\.py)"/g)) addFile(match[1]);
  } else if (project.runner === 'jest' || project.runner === 'vitest') {
    for (const match of result.matchAll(/^\s*(?:FAIL|❯|×)\s+(?:\|?[\w-]+\|?\s+)?(\S+\.[cm]?[jt]sx?)/gm))
      addFile(match[1]);
    for (const match of result.matchAll(/^\s*● (.+)$/gm))
      if (match[1]!.includes(' › ') || !/Console|suite failed/.test(match[1]!))
        tests.add(match[1]!.split(' › ').join(' '));
    for (const match of result.matchAll(/^\s*FAIL\s+\S+ > (.+)$/gm)) tests.add(match[1]!.split(' > ').join(' '));
  } else {
    for (const match of result.matchAll(/^\s*not ok \d+ - (.+)$/gm)) {
      const name = match[1]!.replace(/ # .*$/, '');
      if (!/\.[cm]?[jt]sx?$/.test(name)) tests.add(name);
      else addFile(name);
    }
    for (const match of result.matchAll(/location: '(.+?):\d+:\d+'/g)) addFile(match[1]);
    for (const match of result.matchAll(/^\s+\d+\) ([^\n]+)\n/gm)) tests.add(match[1]!.trim().replace(/:$/, ''));
  }
  if (files.size === 0)
    for (const match of result.matchAll(/((?:\/|\.\/|\b)[\w./@-]+\.(?:[cm]?[jt]sx?|py))\b/g)) addFile(match[1]);
  failing.tests = [...tests];
  failing.files = [...files].filter((file) => isTestPath(file) || /\.(test|spec)\./.test(file));
  return failing;
}
