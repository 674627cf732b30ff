import { type Policy, run } from './conversation.ts';
import { type Failing, readFailures } from './failing.ts';
import type { Project } from './project.ts';

/** Lines of a test run that say what failed and where; the rest is only read at its end. */
const telling = String.raw`^ *not ok |^ *location:|^(FAILED|ERROR|FAIL|ERROR:|FAIL:) |^ *(FAIL|❯|×) |●|^ +[0-9]+\) |^  File |\.(test|spec)\.[cm]?[jt]sx?:[0-9]|test/[^ ]*:[0-9]`;

/** Runs the verify command as it stands and reads what failed. Output is cut to the telling lines: every turn re-reads it. */
export function* verify(thinking: string, project: Project, seconds: number): Policy<Failing> {
  const tap = project.runner === 'node-test' && /--test\b/.test(project.opened);
  const environment = [
    'PYTHONDONTWRITEBYTECODE=1 PYTEST_ADDOPTS="-rfE --tb=short -p no:cacheprovider" NO_COLOR=1 CI=1',
    ...(tap ? ['NODE_OPTIONS="$NODE_OPTIONS --test-reporter=tap"'] : []),
  ].join(' ');
  const quoted = `'${project.verify.replace(/'/g, `'\\''`)}'`;
  const command = [
    'L=$(mktemp)',
    `${environment} timeout -k 2 ${seconds} bash -c ${quoted} < /dev/null > "$L" 2>&1; code=$?`,
    `grep -aE '${telling}' "$L" | cut -c1-240 | head -70; echo ----; tail -c 1500 "$L"; rm -f "$L"; exit $code`,
  ].join('\n');
  return readFailures(yield* run(thinking, command, seconds + 10), project);
}
