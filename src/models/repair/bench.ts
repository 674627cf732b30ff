import { type Policy, readFiles, run } from './conversation.ts';
import type { Failing } from './failing.ts';
import type { Clues } from './localise.ts';
import { commandFor, isTestPath, nodeFlags, type Project } from './project.ts';
import { driverCommand, type Job, records, type Shim } from './trials.ts';

/** A place where candidates can be tried: the failing tests, how to run them, and what is known about them. */
export interface Bench {
  project: Project;
  clues: Clues;
  job: Job;
  /** Seconds spent in drivers so far. */
  spent: number;
  /** Runs a job of the driver and gives its records. */
  drive(thinking: string, job: Partial<Job> & { op: Job['op'] }): Policy<Record<string, unknown>[]>;
  /** Makes sure that a change to a file in a copy is seen by the tests; falls back to working in place. */
  reaches(paths: string[]): Policy<boolean>;
}

/** Sets the bench up: finds the failing tests' ids or files, runs them alone with coverage. A string says why it cannot be. */
export function* openBench(project: Project, baseline: Failing, key: string): Policy<Bench | string> {
  const bench: Bench = {
    project,
    clues: { coverage: new Map(), frames: new Map(), words: '' },
    job: {
      op: 'probe',
      mode: 'command',
      targets: [],
      wide: [],
      failing: [],
      baseline: 1,
      workers: 2,
      timeout: 10,
      wideTimeout: 30,
      testLimit: 1.5,
      deadline: 40,
      enough: 16,
    },
    spent: 0,
    drive: (thinking, job) => drive(bench, key, thinking, job),
    reaches: (paths) => reaches(bench, paths),
  };
  const testFiles =
    baseline.files.length > 0
      ? baseline.files
      : project.files.filter(
          (file) => isTestPath(file) && /(^|\/)test|test\.|spec/.test(file) && /\.(py|[cm]?[jt]sx?)$/.test(file),
        );
  bench.clues.words = baseline.tests.join(' ');
  const problem =
    project.host === 'python' ? yield* openPython(bench, baseline) : yield* openNode(bench, baseline, testFiles);
  if (problem !== null) return problem;
  if (bench.clues.coverage.size === 0) {
    const texts = yield* readFiles(
      'I do not know which lines they reach; I read the tests.',
      testFiles.slice(0, 2),
      120,
    );
    bench.clues.words += ` ${[...texts.values()].join(' ').slice(0, 4000)}`;
  }
  return bench;
}

function* openPython(bench: Bench, baseline: Failing): Policy<string | null> {
  const { project, job } = bench;
  if (project.runner === 'pytest') {
    job.mode = 'pytest';
    const own = project.opened
      .slice(project.opened.search(/\b(pytest|py\.test)\b/))
      .split(/\s+/)
      .slice(1)
      .filter((word) => word !== '' && !/^(-q+|-v+|-x|--no-header|-s|-ra|--tb=\w+|&&.*)$/.test(word));
    job.wide = baseline.files.length > 0 && baseline.files.length <= 6 ? baseline.files : own;
  } else if (project.runner === 'unittest') {
    job.mode = 'unittest';
    job.wide =
      baseline.files.length > 0 ? baseline.files : project.files.filter((file) => /(^|\/)test[^/]*\.py$/.test(file));
  } else if (project.runner === 'script') {
    job.mode = 'script';
    job.wide = [/[\w./-]+\.py/.exec(project.opened)![0]];
  } else {
    job.wide = [project.verify];
  }
  let answers = yield* bench.drive('I run the failing tests in a private copy and trace which lines they reach.', {
    op: 'probe',
    targets: [],
  });
  let probe = answers.find((record) => record.probe)?.probe as Probe | undefined;
  if (!probe || probe.late || probe.crash || probe.count === 0) {
    const targets = baseline.tests.slice(0, 10);
    if (targets.length === 0 && probe?.count === 0)
      return `\`${project.verify}\` fails, but the failure does not come back in a copy.`;
    answers = yield* bench.drive('That did not give a result; I try the failing tests alone.', {
      op: 'probe',
      targets,
    });
    probe = answers.find((record) => record.probe)?.probe as Probe | undefined;
    if (!probe || probe.late || probe.crash || probe.count === 0)
      return `\`${project.verify}\` fails, but I cannot run the failing tests on their own.`;
  }
  note(bench, answers, probe);
  job.failing = probe.failed ?? [];
  const own = job.failing.filter((name) => job.mode !== 'pytest' || name.includes('.py'));
  job.targets = job.mode === 'pytest' || job.mode === 'unittest' ? own.slice(0, 25) : job.wide;
  if (job.mode === 'unittest' && own.some((name) => name.includes('_FailedTest'))) job.targets = job.wide;
  if (job.mode === 'script' || job.mode === 'command') job.wide = [];
  job.baseline = Math.max(1, Math.min(job.targets.length, probe.count ?? 1));
  if (job.mode === 'command') job.baseline = probe.count ?? 1;
  job.timeout = Math.min(20, Math.max(5, 4 + 3 * (probe.seconds ?? 1)));
  job.processor = Math.min(8, 0.25 + 6 * (probe.processor ?? 0.3));
  job.wideTimeout = Math.max(10, job.timeout * 3);
  return null;
}

interface Probe {
  failed?: string[];
  count?: number;
  late?: boolean;
  crash?: string;
  seconds?: number;
  processor?: number;
  frames?: Record<string, number>;
  text?: string;
}

function* openNode(bench: Bench, baseline: Failing, testFiles: string[]): Policy<string | null> {
  const { project, job } = bench;
  const files = testFiles.slice(0, 8);
  const whole = files.length > 0 ? commandFor(project, files) : null;
  const names = baseline.tests.slice(0, 12).map(escaped);
  const narrow = whole && names.length > 0 && names.length <= 12 ? commandFor(project, files, names.join('|')) : null;
  const rest =
    whole && names.length > 0 && project.runner !== 'mocha'
      ? commandFor(project, files, `^(?!.*(${names.join('|')})).*$`)
      : null;
  job.wide = [whole ?? project.opened];
  const covers = project.runner !== 'jest' && project.runner !== 'vitest';
  const probing = {
    op: 'probe' as const,
    targets: [],
    failing: names,
    shim: shimFor(project, files),
    cover: covers ? (narrow ?? job.wide[0]!) : '',
    coverPassing: covers && narrow ? (rest ?? '') : '',
  };
  let answers = yield* bench.drive(
    'I run the failing tests in a private copy and see which lines they reach.',
    probing,
  );
  let probe = answers.find((record) => record.probe)?.probe as Probe | undefined;
  const served = answers.find((record) => record.shim)?.shim as Shim | undefined;
  if (served && probe) {
    note(bench, answers, probe);
    job.targets = job.wide;
    job.wide = [];
    job.shim = { ...probing.shim!, ...served };
    job.failing = served.known;
    job.baseline = served.known.length;
    job.timeout = 20;
    return null;
  }
  if ((!probe || (probe.count === 0 && !probe.late)) && whole) {
    job.wide = [project.opened];
    answers = yield* bench.drive('They pass on their own; I use the whole command.', {
      op: 'probe',
      targets: [],
      cover: covers ? project.opened : '',
    });
    probe = answers.find((record) => record.probe)?.probe as Probe | undefined;
  }
  if (!probe || (probe.count === 0 && !probe.late))
    return `\`${project.verify}\` fails, but the failure does not come back in a copy.`;
  note(bench, answers, probe);
  job.targets = job.wide;
  job.wide = [];
  job.failing = baseline.tests.slice(0, 12);
  job.baseline = Math.max(1, probe.count ?? 1);
  job.timeout = probe.late ? 8 : Math.min(40, 4 + 4 * (probe.seconds ?? 2));
  job.processor = probe.late ? 2 : Math.ceil(0.6 + 3 * (probe.seconds ?? 2));
  return null;
}

const kinds: Partial<Record<Project['runner'], Shim['kind']>> = {
  'node-test': 'node',
  mocha: 'mocha',
  jest: 'jest',
  vitest: 'vitest',
};

/** What a server would run; null where the runner or its flags are not among those it can stand in for. */
function shimFor(project: Project, files: string[]): Shim | null {
  const kind = kinds[project.runner];
  if (!kind || files.length === 0 || project.opened.includes(' -- ')) return null;
  const flags = kind === 'node' ? nodeFlags(project) : [];
  const wide = project.files.filter(
    (file) =>
      !files.includes(file) &&
      (/[._-](test|spec)\.[cm]?[jt]s$/.test(file) || /(^|\/)(tests?|__tests__|specs?)\/[^/]*\.[cm]?js$/.test(file)) &&
      !/(^|\/)(helpers?|fixtures?|utils?|setup)\b/.test(file),
  );
  return { kind, files, wide: wide.slice(0, 12), flags, known: [], broken: [], limit: 0 };
}

const escaped = (name: string) => name.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** Takes coverage and stack traces over into the clues. */
function note(bench: Bench, answers: Record<string, unknown>[], probe: Probe): void {
  for (const record of answers) {
    if (typeof record.path !== 'string' || typeof record.lines !== 'string' || isTestPath(record.path)) continue;
    const lines = new Map<number, number>();
    for (const group of record.lines.split(';')) {
      const [score = '', spans = ''] = group.split(':');
      for (const span of spans.split(',')) {
        const [from = 0, to = from] = span.split('-').map(Number);
        for (let line = from; line <= to; line++) lines.set(line, Number(score));
      }
    }
    if (lines.size > 0) bench.clues.coverage.set(record.path, lines);
  }
  for (const [place, times] of Object.entries(probe.frames ?? {})) bench.clues.frames.set(place, times);
  bench.clues.words += ` ${probe.text ?? ''}`;
}

function* drive(
  bench: Bench,
  key: string,
  thinking: string,
  change: Partial<Job> & { op: Job['op'] },
): Policy<Record<string, unknown>[]> {
  const job: Job = { ...bench.job, ...change };
  const { host } = bench.project;
  let found: Record<string, unknown>[] = [];
  for (const withDriver of job.op === 'probe' ? [true] : [false, true]) {
    const result = yield* run(
      withDriver === (job.op === 'probe') ? thinking : 'My scratch folder is gone; I set it up again.',
      driverCommand(key, host, job, withDriver),
      job.deadline * 3 + 30,
    );
    found = records(result);
    if (!found.some((record) => record.missing)) break;
  }
  bench.spent += Number(found.find((record) => record.end)?.seconds ?? job.deadline);
  return found;
}

function* reaches(bench: Bench, paths: string[]): Policy<boolean> {
  // Coverage was measured in a copy, so a file that was covered there is what the tests load.
  if (bench.job.shim || paths.some((path) => bench.clues.coverage.has(path))) return true;
  for (const inPlace of [false, true]) {
    if (inPlace) Object.assign(bench.job, { inPlace: true, workers: 1 });
    const thinking = inPlace
      ? 'The copies are not what the tests load; I work in place and put everything back.'
      : 'I check that the tests see a change in the copy.';
    const answers = yield* bench.drive(thinking, { op: 'poison', paths });
    const reached = answers.find((record) => Array.isArray(record.reached))?.reached as string[] | undefined;
    if (reached && reached.length > 0) return true;
  }
  return false;
}
