import type { Syntax } from '../../../syntax/tree.ts';
import { hasReason, hasReference, introduced, isTestPlace, type Occurrence, remarkOn } from '../differences.ts';
import { commentsAt, commentsOf } from '../reading.ts';
import type { FilePair, Remark, Rule, SourceFile } from '../types.ts';

export const rule: Rule = {
  name: 'suppression',
  finds:
    'Types and lints told to be quiet: `as any`, `@ts-ignore`, `eslint-disable`, `noqa`, `type: ignore`, `#[allow]`, `@SuppressWarnings`, `nolint`.',
  why: 'The checker found something, and the change hides it in place of mending it.',
  fine: 'One named rule on one line with the reason beside it.',
  check(evidence) {
    const remarks: Remark[] = [];
    for (const place of introduced(evidence, 'everywhere', suppressions)) {
      const tests = isTestPlace(place.source, place.node);
      const severity = tests
        ? place.whole
          ? 'warning'
          : 'note'
        : judge(place, lineExisted(place.file, place.source, place.node));
      remarks.push(remarkOn(place, severity));
    }
    return remarks;
  },
};

interface Suppression extends Occurrence {
  /** The whole file or every rule. */
  whole: boolean;
  /** It names what it switches off. */
  named: boolean;
  reason: string;
  kind: 'comment' | 'cast' | 'attribute';
}

const marks: readonly { mark: RegExp; whole: (text: string) => boolean; named: RegExp }[] = [
  { mark: /@ts-(ignore|nocheck|expect-error)\b/, whole: (text) => /nocheck/.test(text), named: /TS\d+/ },
  {
    mark: /eslint-disable(-next-line|-line)?\b|oxlint-disable|biome-ignore(-all)?\b|deno-lint-ignore(-file)?\b/,
    whole: (text) => /eslint-disable(?!-)(?!\s+[\w@])|biome-ignore-all|ignore-file/.test(text),
    named: /eslint-disable(-next-line|-line)?\s+[\w@][\w@/-]*|biome-ignore(-all)?\s+\w+\/|deno-lint-ignore\s+\w/,
  },
  {
    mark: /#\s*(ruff:\s*)?noqa\b|#\s*flake8:\s*noqa/i,
    whole: (text) => /(ruff|flake8):\s*noqa\s*$/i.test(text),
    named: /noqa:\s*[A-Z]+\d*/i,
  },
  {
    mark: /#\s*type:\s*ignore\b|#\s*(pyright|mypy):\s*(ignore|basic|ignore-errors)/,
    whole: (text) => /ignore-errors|pyright:\s*basic/.test(text),
    named: /ignore\[[\w, -]+\]/,
  },
  {
    mark: /#\s*pylint:\s*(disable|skip-file)/,
    whole: (text) => /skip-file|disable=all/.test(text),
    named: /disable=(?!all)[\w-]+/,
  },
  { mark: /\/\/\s*nolint\b/, whole: (text) => /nolint:\s*all/.test(text), named: /nolint:\s*(?!all)\w+/ },
  {
    mark: /istanbul ignore|c8 ignore|v8 ignore|pragma:\s*no cover|NOSONAR|CHECKSTYLE:\s*OFF/,
    whole: (text) => /ignore file/.test(text),
    named: /no cover|ignore (next|else|if|start|stop)/,
  },
  { mark: /@SuppressWarnings|prettier-ignore-start/, whole: () => false, named: /./ },
];

function suppressions(source: SourceFile): Suppression[] {
  const found: Suppression[] = [];
  for (const comment of commentsOf(source.root)) {
    const known = marks.find(({ mark }) => mark.test(comment.text));
    // A comment that talks about the directive is longer than one that is it.
    if (!known || /`[^`]*(ts-ignore|noqa|eslint-disable)/.test(comment.text)) continue;
    found.push({
      node: comment,
      key: comment.text.trim(),
      whole: known.whole(comment.text),
      named: known.named.test(comment.text),
      reason: comment.text,
      kind: 'comment',
    });
  }
  for (const node of source.root.walk()) {
    if (!node.named) continue;
    if (
      (node.type === 'as_expression' || node.type === 'type_assertion') &&
      /\bas (any|never)$|^< any >/.test(node.code)
    ) {
      if (/^\(? ?(window|globalThis|global|self)\b/.test(node.code)) continue;
      found.push({ node, key: node.code, whole: false, named: false, reason: commentsAt(node), kind: 'cast' });
    } else if (
      node.type === 'as_expression' &&
      /as unknown$/.test(node.code) &&
      node.parent?.type === 'as_expression'
    ) {
      found.push({
        node: node.parent,
        key: node.parent.code,
        whole: false,
        named: true,
        reason: commentsAt(node),
        kind: 'cast',
      });
    } else if (node.type === 'attribute_item' || node.type === 'inner_attribute_item') {
      const words = node.words.join('');
      const match = /^#!?\[(cfg_attr\(.*,)?allow\(([\w:,]+)\)/.exec(words);
      if (match)
        found.push({
          node,
          key: words,
          whole: words.startsWith('#!') || /warnings|clippy::all/.test(match[2]!),
          named: !/^(warnings|clippy::all|unused)$/.test(match[2]!),
          reason: commentsAt(node) + (/reason/.test(words) ? 'a reason is given' : ''),
          kind: 'attribute',
        });
    } else if (/^(annotation)$/.test(node.type) && node.at('name')?.text === 'SuppressWarnings') {
      found.push({
        node,
        key: node.code,
        whole: /"all"/.test(node.code),
        named: !/"all"/.test(node.code),
        reason: commentsAt(node),
        kind: 'attribute',
      });
    } else if (
      source.language === 'python' &&
      /^(typing\.)?no_type_check$/.test(node.type === 'decorator' ? node.words.slice(1).join('') : '')
    )
      found.push({ node, key: node.code, whole: false, named: false, reason: commentsAt(node), kind: 'attribute' });
    else if (
      source.language === 'python' &&
      node.type === 'call' &&
      /^(typing\.)?cast$/.test(node.at('function')?.words.join('') ?? '') &&
      /^\( Any ,/.test(node.at('arguments')?.code ?? '')
    )
      found.push({ node, key: node.code, whole: false, named: true, reason: commentsAt(node), kind: 'cast' });
    else if (
      source.language === 'python' &&
      node.type === 'call' &&
      /^warnings\.(simplefilter|filterwarnings)$/.test(node.at('function')?.words.join('') ?? '') &&
      /^\( "ignore" \)$/.test(node.at('arguments')?.code ?? '')
    )
      found.push({ node, key: node.code, whole: true, named: false, reason: commentsAt(node), kind: 'cast' });
  }
  return found;
}

/** The line under the mark was there before, without it: an error was hidden rather than made. */
function lineExisted(file: FilePair, source: SourceFile, node: Syntax): boolean {
  if (file.change.before === null) return false;
  const strip = (line: string) =>
    line
      .replace(/(\/\/|#).*$/, '')
      .replace(/\bas (any|never)\b|<any>/g, '')
      .replace(/[()\s;]/g, '');
  const before = new Set(
    file.change.before
      .split('\n')
      .map(strip)
      .filter((line) => line.length > 3),
  );
  const lines = source.text.split('\n');
  const last = node.line + node.text.split('\n').length - 1;
  return [node.line, last + 1].some(
    (line) => before.has(strip(lines[line - 1] ?? '')) && !/^\s*(\/\/|#|\/\*)/.test(lines[line - 1] ?? ''),
  );
}

function judge(place: Suppression, existed: boolean): Remark['severity'] {
  if (/ as never$/.test(place.key) && !existed) return 'note';
  const explained =
    hasReference(place.reason) || hasReason(place.reason.replace(/\[[^\]]*\]|disable=[\w,-]+|:\s*[A-Z]+\d+/g, ' '));
  if (place.whole) return explained ? 'warning' : 'hard';
  if (explained) return 'note';
  const coverage = /istanbul|c8 ignore|v8 ignore|no cover/.test(place.reason) && place.kind === 'comment';
  if (coverage) return existed ? 'warning' : 'note';
  if (/@ts-expect-error/.test(place.key)) return existed ? 'hard' : 'warning';
  if (place.kind === 'attribute') return place.named ? 'warning' : 'hard';
  if (place.named)
    return existed &&
      place.kind === 'comment' &&
      /no-unused|no-undef|no-explicit|F\d+|arg-type|return-value|assignment|attr-defined|errcheck|operator|no-unsafe|call-arg|union-attr|index|govet|staticcheck|undefined|no-floating|exhaustive-deps|no-member|E\d{4}|return|type/.test(
        place.key,
      ) &&
      !/E501|import/.test(place.key)
      ? 'hard'
      : 'warning';
  return 'hard';
}
