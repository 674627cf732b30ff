/** How the tests of a project are run, as far as its files and the task tell. */
export interface Project {
  files: string[];
  /** The command that checks success. */
  verify: string;
  /** The same with package scripts opened up, such as `jest --ci`. */
  opened: string;
  runner: Runner;
  /** Which driver tries candidates. */
  host: 'python' | 'node';
}

type Runner = 'pytest' | 'unittest' | 'script' | 'node-test' | 'mocha' | 'jest' | 'vitest' | 'command';

/** The command that shows what a project is: its files, then its manifests. */
export const surveyCommand = [
  '(git ls-files -co --exclude-standard 2>/dev/null || true) | head -700 | grep . || find . -type f -not -path "*/node_modules/*" -not -path "*/.*/*" | sed "s|^\\./||" | head -700',
  'echo "@@package"; [ -f package.json ] && head -c 4000 package.json',
  'echo; echo "@@make"; [ -f Makefile ] && head -c 2000 Makefile',
  'true',
].join('; ');

/** Whether a path is a test or part of the tests, which are never changed. */
export function isTestPath(path: string): boolean {
  return (
    /(^|\/)(tests?|__tests__|specs?|testing|__mocks__|fixtures?|testdata|test_data|json_testcases|e2e)\//i.test(path) ||
    /(^|\/)(test_[^/]*|[^/]*_test|conftest|tests?|run_tests?|runtests?|check)\.py$/.test(path) ||
    /[._-](test|spec|tests)\.[cm]?[jt]sx?$/.test(path) ||
    /(^|\/)(tests?|spec|test[-_.][^/]*)\.[cm]?[jt]sx?$/.test(path)
  );
}

/** Whether a path may hold the fault. */
export function isSourcePath(path: string): boolean {
  return (
    /\.([cm]?[jt]sx?|py)$/.test(path) &&
    !/\.d\.[cm]?ts$|\.min\.js$|(^|\/)(node_modules|dist|build|coverage|vendor|docs?|examples?|bench(marks)?|scripts)\/|\.config\.[cm]?[jt]s$|(^|\/)(setup|conftest)\.py$/.test(
      path,
    ) &&
    !isTestPath(path)
  );
}

/** Reads what the survey printed. */
export function understand(survey: string, task: string): Project {
  const [listing = '', rest = ''] = survey.split('@@package');
  const [manifest = '', make = ''] = rest.split('@@make');
  const files = listing
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^exit code|^\[|^@@/.test(line));
  const scripts = scriptsOf(manifest);
  const verify = verifyOf(task) ?? guess(files, scripts);
  const opened = open(verify, scripts, make);
  const runner = runnerOf(opened);
  const python =
    runner === 'pytest' ||
    runner === 'unittest' ||
    runner === 'script' ||
    (runner === 'command' && (/\bpython|\.py\b/.test(opened) || !files.some((file) => /\.[cm]?[jt]sx?$/.test(file))));
  return { files, verify, opened, runner, host: python ? 'python' : 'node' };
}

/** The verify command that the task message names. */
export function verifyOf(task: string): string | null {
  const found =
    /^The change will be checked with: (.+)$/m.exec(task)?.[1] ??
    /(?:verify|check(?:ed)?|test(?:ed|s)?|run)(?: (?:with|command|it with|using))?:? `([^`]+)`/i.exec(task)?.[1];
  return found?.trim() ?? null;
}

function scriptsOf(manifest: string): Record<string, string> {
  const from = manifest.indexOf('{');
  try {
    return JSON.parse(manifest.slice(from, manifest.lastIndexOf('}') + 1)).scripts ?? {};
  } catch {
    const found: Record<string, string> = {};
    for (const match of manifest.matchAll(/"(test[\w:-]*)"\s*:\s*"((?:[^"\\]|\\.)*)"/g))
      found[match[1]!] = match[2]!.replace(/\\"/g, '"');
    return found;
  }
}

function guess(files: string[], scripts: Record<string, string>): string {
  if (scripts.test && !/no test specified/.test(scripts.test)) return 'npm test';
  const tests = files.filter(isTestPath);
  if (tests.some((file) => file.endsWith('.py'))) return 'python3 -m pytest -q';
  const script = tests.find((file) => /\.[cm]?[jt]s$/.test(file));
  if (script) return 'node --test';
  return files.some((file) => file.endsWith('.py')) ? 'python3 -m pytest -q' : 'npm test';
}

/** `npm test` and the like become what the script runs; a chain of scripts is opened too. */
function open(command: string, scripts: Record<string, string>, make: string, depth = 0): string {
  if (depth > 4) return command;
  const step = (part: string): string => {
    const found = /^\s*(?:npm|pnpm|yarn|bun)(?: run(?:-script)?)?(?: --?(?:silent|s))? ([\w:.-]+)((?: --)?.*)$/.exec(
      part,
    );
    const name = found?.[1] === 't' ? 'test' : found?.[1];
    const script = name ? scripts[name] : undefined;
    if (script) return open(script + (found![2] ?? '').replace(/^ --(?= |$)/, ''), scripts, make, depth + 1);
    const target = /^\s*make ([\w-]+)\s*$/.exec(part)?.[1];
    const body = target ? new RegExp(`^${target}:[^\\n]*\\n\\t@?([^\\n]+)`, 'm').exec(make)?.[1] : undefined;
    return body && !body.includes('$') ? open(body, scripts, make, depth + 1) : part;
  };
  return command
    .split(/\s*&&\s*/)
    .map(step)
    .join(' && ');
}

function runnerOf(opened: string): Runner {
  if (/\bpytest\b|py\.test/.test(opened)) return 'pytest';
  if (/-m unittest|unittest discover/.test(opened)) return 'unittest';
  if (/\bvitest\b/.test(opened)) return 'vitest';
  if (/\bjest\b|react-scripts test/.test(opened)) return 'jest';
  if (/\bmocha\b/.test(opened)) return 'mocha';
  if (/\bnode\b[^&|;]*--test\b/.test(opened)) return 'node-test';
  if (/^\s*python[\d.]*( -\w)* [\w./-]+\.py\s*$/.test(opened)) return 'script';
  if (/^\s*node( --?[\w-]+(=\S+)?)* [\w./-]+\.[cm]?[jt]s\s*$/.test(opened)) return 'node-test';
  return 'command';
}

/** The part of a chain that runs the tests. */
function testing(opened: string, word: RegExp): string {
  return opened.split(' && ').find((part) => word.test(part)) ?? opened;
}

/** Flags of a runner's command without the files it names. */
function flagsOf(command: string, word: RegExp): string {
  const tokens = command.slice(command.search(word)).match(/'[^']*'|"[^"]*"|\S+/g) ?? [];
  const kept: string[] = [];
  let value = false;
  for (const token of tokens.slice(1)) {
    if (token.startsWith('-')) {
      kept.push(token);
      value =
        !token.includes('=') &&
        /^(-r|-R|-u|-t|-c|--(import|require|loader|config|timeout|reporter|ui|opts|project|experimental-loader|file|extension))$/.test(
          token,
        );
    } else if (value) {
      kept.push(token);
      value = false;
    }
  }
  return kept
    .filter((token) => !/^--(coverage|watch|bail|test$|test-reporter|check-leaks|forbid|color|verbose)/.test(token))
    .join(' ');
}

/** Flags for node itself in the command that runs the tests. */
export function nodeFlags(project: Project): string[] {
  const flags = flagsOf(testing(project.opened, /\bnode\b/), /\bnode\b/);
  return flags.split(' ').filter((flag) => flag !== '' && !flag.startsWith('--test'));
}

const quote = (text: string) => (/^[\w./@:=-]+$/.test(text) ? text : `'${text.replace(/'/g, `'\\''`)}'`);

/** A command that runs whole test files with a JavaScript runner, only those tests whose names match when given. */
export function commandFor(project: Project, tests: string[], pattern?: string): string | null {
  const files = tests.map(quote).join(' ');
  const prefix = /^((?:\w+=\S+|cross-env) )+/.exec(project.opened)?.[0].replace('cross-env ', '') ?? '';
  if (project.runner === 'node-test') {
    const part = testing(project.opened, /\bnode\b/);
    const flags = flagsOf(part, /\bnode\b/);
    const names = pattern === undefined ? '' : ` --test-name-pattern=${quote(pattern)}`;
    return `${prefix}node ${flags} ${tests.length > 1 ? '--test ' : ''}--test-reporter=tap${names} ${files}`;
  }
  if (project.runner === 'mocha') {
    const part = testing(project.opened, /\bmocha\b/);
    return `${prefix}mocha ${flagsOf(part, /\bmocha\b/)} ${files}${pattern === undefined ? '' : ` -g ${quote(pattern)}`}`;
  }
  if (project.runner === 'jest') {
    const part = testing(project.opened, /\bjest\b/);
    return `${prefix}jest ${flagsOf(part, /\bjest\b/)} --ci --silent --coverage=false --runInBand --runTestsByPath ${files}${pattern === undefined ? '' : ` -t ${quote(pattern)}`}`;
  }
  if (project.runner === 'vitest') {
    const part = testing(project.opened, /\bvitest\b/);
    return `${prefix}vitest run ${flagsOf(part, /\bvitest\b/)} ${files}${pattern === undefined ? '' : ` -t ${quote(pattern)}`}`;
  }
  return null;
}
