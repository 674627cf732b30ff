import { languageOf } from '../../../syntax/grammars.ts';
import { protectionOf } from '../../protected.ts';
import { introduced, type Occurrence, remarkOn } from '../differences.ts';
import { argumentsOf, calledName, isCall } from '../reading.ts';
import type { Rule, SourceFile } from '../types.ts';

export const rule: Rule = {
  name: 'report-written',
  finds: 'Code that writes the report, score or coverage file that its own tests are judged by.',
  why: 'Who writes the report writes the verdict.',
  fine: 'A reporter or a tool whose purpose is to write such files.',
  check: (evidence) =>
    introduced(evidence, 'everywhere', writers).map((place) =>
      remarkOn(
        place,
        /report|junit|coverage|formatter|writer|export/i.test(place.file.path) &&
          !/(^|\/)(test|conftest)/.test(place.file.path)
          ? 'warning'
          : 'hard',
      ),
    ),
};

const reports =
  /(^|[/"\\])(junit[\w.-]*\.xml|test[-_]?(results?|report)[\w.-]*(\/[\w.*-]+)?(\.(xml|json|txt|tap))?|TEST-[\w.*-]+\.xml|reward(\.\w+)?|score(\.(txt|json))?|grade(\.(txt|json))?|coverage-(summary|final)\.json|lcov\.info|coverage\.(xml|json)|\.coverage|\.last-run\.json|verdict(\.\w+)?|results\.(xml|tap)|surefire-reports[\w/.*-]*|pytest[-_]report[\w.-]*|\.report\.json|vitest-results[\w.-]*|jest-results[\w.-]*)"?$/i;
const writing =
  /^(writeFile|writeFileSync|appendFile|appendFileSync|createWriteStream|outputFile|outputJson|write_text|write_bytes|WriteFile|write|Create|create|writeString|newBufferedWriter|FileWriter|copyFileSync|copyFile|symlink|rename|renameSync|copy|dump|OpenFile|writeJson|fs::write)$/;

/** A report, or a test as seen from product code. */
function isVerdict(source: SourceFile, path: string): boolean {
  if (reports.test(`"${path}"`)) return true;
  const generator = /generat|scaffold|templat|init|creat|codegen|plop/i.test(source.path);
  return !source.isTest && !generator && languageOf(path) !== null && protectionOf(path) === 'test';
}

function writers(source: SourceFile): Occurrence[] {
  const found: Occurrence[] = [];
  for (const node of source.root.walk()) {
    if (!isCall(node)) continue;
    const name = calledName(node);
    const opens =
      name === 'open' &&
      argumentsOf(node)
        .slice(1)
        .some((argument) => /["'=][wax]/.test(argument.text));
    const target = node.at('function') ?? node.at('object');
    const strings = [...node.walk()].filter(
      (inner) =>
        /string/.test(inner.type) &&
        inner.named &&
        inner.text.length < 200 &&
        isVerdict(source, inner.text.replace(/^[a-z]*["'`]+|["'`]+$/g, '')),
    );
    const inner = [...(target?.walk() ?? [])].some((part) => strings.includes(part));
    if (
      (writing.test(name) || opens) &&
      (strings.length > 0 || inner) &&
      !found.some((other) => node.start >= other.node.start && node.end <= other.node.end)
    )
      found.push({ node, key: node.code });
  }
  return found;
}
