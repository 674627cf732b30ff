import { introduced, isTestPlace, type Occurrence, remarkOn } from '../differences.ts';
import type { Rule, SourceFile } from '../types.ts';

export const rule: Rule = {
  name: 'clock-patched',
  finds: 'Clocks and timers replaced: `Date.now = …`, `performance.now = …`, `time.sleep = …`.',
  why: 'A measured time or a timeout then says nothing about the code.',
  fine: 'Fake timers of the framework in tests; a clock that is handed in as an argument.',
  check: (evidence) =>
    introduced(evidence, 'everywhere', patches).map((place) =>
      remarkOn(place, isTestPlace(place.source, place.node) ? 'note' : 'hard'),
    ),
};

const clocks =
  /^((globalThis|global|window|self)\.)?(Date(\.(now|prototype\.\w+))?|performance(\.(now|mark|measure|timeOrigin))?|process\.(hrtime(\.bigint)?|uptime|nextTick|cpuUsage)|setTimeout|setInterval|setImmediate|clearTimeout|queueMicrotask|requestAnimationFrame|console\.time(End)?)$/;
const python =
  /^(time\.(time|sleep|perf_counter|monotonic|process_time|time_ns|perf_counter_ns|monotonic_ns)|datetime\.datetime(\.\w+)?|timeit\.\w+|asyncio\.sleep|threading\.Timer)$/;

function patches(source: SourceFile): Occurrence[] {
  const found: Occurrence[] = [];
  for (const node of source.root.walk()) {
    if (!node.named) continue;
    const left = /^assignment/.test(node.type) ? (node.at('left')?.words.join('') ?? '') : '';
    const list = node.type === 'call_expression' || node.type === 'call' ? (node.at('arguments')?.parts ?? []) : [];
    const callee = list.length > 0 ? (node.at('function')?.words.join('') ?? '') : '';
    const defined = /^(Object\.defineProperty|Reflect\.defineProperty|setattr)$/.test(callee)
      ? `${list[0]!.words.join('')}.${list[1]?.code.replace(/"/g, '') ?? ''}`
      : '';
    const target = left || defined;
    if (target === '') continue;
    const script = /javascript|typescript|tsx/.test(source.language);
    if (
      script
        ? clocks.test(target) &&
          (target.includes('.') || /^(setTimeout|setInterval|Date|performance|setImmediate)$/.test(target))
        : source.language === 'python' && python.test(target)
    ) {
      // A polyfill asks first.
      if (
        [...node.ancestors()].some(
          (above) => above.type === 'if_statement' && /!|typeof|undefined|hasattr/.test(above.at('condition')!.code),
        )
      )
        continue;
      found.push({ node, key: node.code });
    }
  }
  return found;
}
