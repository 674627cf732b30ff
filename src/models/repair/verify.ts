/** Lines of a test run that say what failed and where; the rest is only read at its end. */
const telling = String.raw`^ *not ok |^ *location:|^(FAILED|ERROR|FAIL|ERROR:|FAIL:) |^ *(FAIL|❯|×) |●|^ +[0-9]+\) |^  File |\.(test|spec)\.[cm]?[jt]sx?:[0-9]|test/[^ ]*:[0-9]`;

/**
 * The verify command as it stands, its output cut to the telling lines because every later turn pays for them again.
 * `after` runs when it succeeds.
 */
export function verifyCommand(verify: string, seconds: number, after = ''): string {
  const environment = [
    'PYTHONDONTWRITEBYTECODE=1 PYTEST_ADDOPTS="-rfE --tb=short -p no:cacheprovider" NO_COLOR=1 CI=1',
    ...(/python|pytest/.test(verify) ? [] : ['NODE_OPTIONS="$NODE_OPTIONS --test-reporter=tap"']),
  ].join(' ');
  const quoted = `'${verify.replace(/'/g, `'\\''`)}'`;
  return [
    'L=$(mktemp)',
    `${environment} timeout -k 2 ${seconds} bash -c ${quoted} < /dev/null > "$L" 2>&1; code=$?`,
    ...(after ? [`[ $code = 0 ] && { ${after}; tail -c 300 "$L"; rm -f "$L"; exit 0; }`] : []),
    `grep -aE '${telling}' "$L" | cut -c1-200 | head -50; echo ----; tail -c 1000 "$L"; rm -f "$L"; exit $code`,
  ].join('\n');
}
