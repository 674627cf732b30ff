import { readMakefile, readRules } from './makefile.ts';
import { packageManager, readPackage } from './packages.ts';
import { pythonCommand } from './python-project.ts';
import { inFolder, resolveSteps } from './resolve.ts';
import type { FileView, VerifyPlan } from './types.ts';
import { quote } from './words.ts';

/** What `npm init` writes, and its relatives. */
const placeholder = /no test specified/i;

/** Scripts that run tests, best first. */
const testScripts = [
  'test',
  'tests',
  'test:unit',
  'test-unit',
  'unit',
  'test:ci',
  'test:all',
  'test:node',
  'mocha',
  'jest',
  'vitest',
];

type Found = { command: string; source: string };

/**
 * Finds how a repository's tests are run, without running anything of it; null where there is nothing to find. The top
 * folder comes first; failing that, the one folder below it that has tests of its own.
 */
export async function detectVerify(files: FileView): Promise<VerifyPlan | null> {
  const top = await detectIn(files);
  if (top) return plan(top.command, top.source, files, '');
  const nested: VerifyPlan[] = [];
  for (const name of (await files.list('')).sort()) {
    if (/^(\.|node_modules$|vendor$|examples?$|samples?$|docs?$)/.test(name)) continue;
    const found = await detectIn(inFolder(files, name));
    if (found) nested.push(await plan(found.command, `${found.source} in ${name}/`, files, name));
  }
  // With several there is no telling which one is meant.
  return nested.length === 1 ? nested[0]! : null;
}

/** The plan for a person's own command. */
export async function planFromCommand(command: string, files: FileView): Promise<VerifyPlan> {
  return plan(command.trim(), '--verify', files, '');
}

async function plan(command: string, source: string, files: FileView, folder: string): Promise<VerifyPlan> {
  const names = new Set<string>();
  for (const step of await resolveSteps(command, files, folder)) names.add(step.runner.name);
  names.delete('command');
  return {
    command,
    runner: names.size === 0 ? 'command' : [...names].join(' + '),
    strength: names.size === 0 ? 'exit-code' : 'report',
    source,
    folder,
  };
}

async function detectIn(files: FileView): Promise<Found | null> {
  return (
    (await packageScript(files)) ??
    (await packageTool(files)) ??
    (await otherLanguage(files)) ??
    (await pythonCommand(files)) ??
    (await makeTarget(files)) ??
    (await looseNodeTests(files))
  );
}

async function packageScript(files: FileView): Promise<Found | null> {
  const scripts = (await readPackage(files, ''))?.scripts ?? {};
  const name = testScripts.find((each) => {
    const script = scripts[each];
    return typeof script === 'string' && script.trim() !== '' && !placeholder.test(script);
  });
  if (!name) return null;
  const manager = await packageManager(files, '');
  const run = name === 'test' && manager !== 'bun' ? `${manager} test` : `${manager} run ${quote(name)}`;
  return { command: run, source: `package.json script "${name}"` };
}

/** A runner among the dependencies, without a script that starts it. */
async function packageTool(files: FileView): Promise<Found | null> {
  const found = await readPackage(files, '');
  if (!found) return null;
  const has = (name: string) => found.devDependencies?.[name] ?? found.dependencies?.[name];
  for (const [name, command] of [
    ['vitest', 'npx vitest run'],
    ['jest', 'npx jest'],
    ['mocha', 'npx mocha'],
  ] as const) {
    if (has(name)) return { command, source: `${name} in package.json` };
  }
  return null;
}

async function otherLanguage(files: FileView): Promise<Found | null> {
  if (await files.exists('go.mod')) return { command: 'go test ./...', source: 'go.mod' };
  if (await files.exists('Cargo.toml')) return { command: 'cargo test', source: 'Cargo.toml' };
  if (await files.exists('pom.xml')) {
    return { command: (await files.exists('mvnw')) ? './mvnw test' : 'mvn test', source: 'pom.xml' };
  }
  for (const name of ['build.gradle', 'build.gradle.kts', 'settings.gradle', 'settings.gradle.kts']) {
    if (await files.exists(name)) {
      return { command: (await files.exists('gradlew')) ? './gradlew test' : 'gradle test', source: name };
    }
  }
  return null;
}

async function makeTarget(files: FileView): Promise<Found | null> {
  const text = await readMakefile(files, '');
  if (text === null) return null;
  const rules = readRules(text);
  const target = ['test', 'tests', 'check'].find((name) => rules.has(name));
  return target ? { command: `make ${target}`, source: `Makefile target "${target}"` } : null;
}

const looseTest = /(^test|[._-]test|^test[._-].*)\.[cm]?[jt]s$/;

/** Files of tests for Node's own runner, with nothing that says how to start them. */
async function looseNodeTests(files: FileView): Promise<Found | null> {
  for (const folder of ['', 'test', 'tests', '__tests__', 'src', 'lib']) {
    for (const name of (await files.list(folder)).sort()) {
      const path = folder === '' ? name : `${folder}/${name}`;
      const inTestFolder = folder === 'test' && /\.[cm]?[jt]s$/.test(name);
      if (!looseTest.test(name) && !inTestFolder) continue;
      if (/['"]node:test['"]/.test((await files.read(path)) ?? '')) {
        return { command: 'node --test', source: `tests for node:test (${path})` };
      }
    }
  }
  return null;
}
