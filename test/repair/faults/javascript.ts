import type { Program } from './types.ts';

const head = `import test from 'node:test';\nimport assert from 'node:assert/strict';\n`;

/** Small JavaScript programs written for these tests, each with faults to put in one at a time. */
export const javascriptPrograms: Program[] = [
  {
    name: 'lists',
    source: `export function unique(items) {
  const seen = new Set();
  const out = [];
  for (const item of items) {
    if (seen.has(item)) continue;
    seen.add(item);
    out.push(item);
  }
  return out;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function chunk(items, size) {
  const out = [];
  for (let start = 0; start < items.length; start += size) out.push(items.slice(start, start + size));
  return out;
}

export function groupBy(items, key) {
  const groups = {};
  for (const item of items) {
    const name = key(item);
    if (!groups[name]) groups[name] = [];
    groups[name].push(item);
  }
  return groups;
}

export function rotate(items, by) {
  if (items.length === 0) return [];
  const offset = ((by % items.length) + items.length) % items.length;
  return items.slice(offset).concat(items.slice(0, offset));
}

export function zip(left, right) {
  return left.slice(0, Math.min(left.length, right.length)).map((value, index) => [value, right[index]]);
}

export function largest(items, count) {
  return [...items].sort((a, b) => b - a).slice(0, count);
}

export function grid(rows, columns) {
  return Array.from({ length: rows }, () => new Array(columns).fill(0));
}
`,
    test: `${head}import { unique, median, chunk, groupBy, rotate, zip, largest, grid } from './program.js';
test('unique', () => assert.deepEqual(unique([1, 2, 1, 3, 2]), [1, 2, 3]));
test('median odd', () => assert.equal(median([10, 9, 1]), 9));
test('median even', () => assert.equal(median([4, 1, 3, 2]), 2.5));
test('median keeps', () => { const values = [3, 1, 2]; median(values); assert.deepEqual(values, [3, 1, 2]); });
test('chunk', () => assert.deepEqual(chunk([1, 2, 3, 4, 5], 2), [[1, 2], [3, 4], [5]]));
test('group', () => assert.deepEqual(groupBy([1, 2, 3], (n) => (n % 2 ? 'odd' : 'even')), { odd: [1, 3], even: [2] }));
test('rotate', () => { assert.deepEqual(rotate([1, 2, 3, 4], 1), [2, 3, 4, 1]); assert.deepEqual(rotate([1, 2, 3, 4], -1), [4, 1, 2, 3]); assert.deepEqual(rotate([], 3), []); });
test('zip', () => assert.deepEqual(zip([1, 2, 3], ['a', 'b']), [[1, 'a'], [2, 'b']]));
test('largest', () => { const items = [5, 40, 100, 9]; assert.deepEqual(largest(items, 2), [100, 40]); assert.equal(items[0], 5); });
test('grid', () => { const made = grid(2, 2); made[0][0] = 1; assert.deepEqual(made, [[1, 0], [0, 0]]); });
`,
    faults: [
      ['    seen.add(item);\n', ''],
      ['sort((a, b) => a - b);\n  const middle', 'sort();\n  const middle'],
      ['[...values].sort', 'values.sort'],
      ['sorted.length % 2 === 1', 'sorted.length % 2 === 0'],
      ['sorted[middle - 1] + sorted[middle]', 'sorted[middle] + sorted[middle + 1]'],
      ['items.slice(start, start + size)', 'items.slice(start, size)'],
      ['start += size', 'start++'],
      ['    groups[name].push(item);', '    groups[name].unshift(item);'],
      ['    if (!groups[name]) groups[name] = [];', '    groups[name] = [];'],
      ['  if (items.length === 0) return [];\n', ''],
      ['((by % items.length) + items.length) % items.length', 'by % items.length'],
      ['Math.min(left.length', 'Math.max(left.length'],
      ['b - a).slice', 'a - b).slice'],
      [
        'Array.from({ length: rows }, () => new Array(columns).fill(0))',
        'new Array(rows).fill(new Array(columns).fill(0))',
      ],
    ],
  },
  {
    name: 'words',
    source: `export function title(text) {
  return text
    .split(' ')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
    .join(' ');
}

export function slug(text) {
  return text
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

export function parseQuery(text) {
  const out = {};
  for (const pair of text.replace(/^\\?/, '').split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const key = at === -1 ? pair : pair.slice(0, at);
    const value = at === -1 ? '' : pair.slice(at + 1);
    out[decodeURIComponent(key)] = decodeURIComponent(value);
  }
  return out;
}

export function count(text) {
  const counts = new Map();
  for (const word of text.toLowerCase().split(/\\s+/)) {
    if (word) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

export function isClosed(text) {
  const pairs = { ')': '(', ']': '[' };
  const stack = [];
  for (const sign of text) {
    if (sign === '(' || sign === '[') stack.push(sign);
    else if (sign in pairs && stack.pop() !== pairs[sign]) return false;
  }
  return stack.length === 0;
}

export function truncate(text, limit) {
  if (text.length <= limit) return text;
  return text.slice(0, limit - 1) + '…';
}

export function csv(line) {
  const cells = [];
  let cell = '';
  let quoted = false;
  for (const sign of line) {
    if (sign === '"') quoted = !quoted;
    else if (sign === ',' && !quoted) {
      cells.push(cell);
      cell = '';
    } else cell += sign;
  }
  cells.push(cell);
  return cells;
}

export function dateText(date) {
  const pad = (number) => String(number).padStart(2, '0');
  return \`\${date.getUTCFullYear()}-\${pad(date.getUTCMonth() + 1)}-\${pad(date.getUTCDate())}\`;
}
`,
    test: `${head}import { title, slug, parseQuery, count, isClosed, truncate, csv, dateText } from './program.js';
test('title', () => assert.equal(title('the QUICK fox'), 'The Quick Fox'));
test('slug', () => assert.equal(slug('  Hello, big World! '), 'hello-big-world'));
test('query', () => assert.deepEqual(parseQuery('?a=1&b=x%20y&c&d=e=f'), { a: '1', b: 'x y', c: '', d: 'e=f' }));
test('query empty', () => assert.deepEqual(parseQuery(''), {}));
test('count', () => assert.deepEqual([...count('a B b  a a')], [['a', 3], ['b', 2]]));
test('closed', () => { assert.equal(isClosed('([a])'), true); assert.equal(isClosed('([)]'), false); assert.equal(isClosed('('), false); assert.equal(isClosed(')'), false); });
test('truncate', () => { assert.equal(truncate('abcdef', 4), 'abc…'); assert.equal(truncate('abcd', 4), 'abcd'); });
test('csv', () => assert.deepEqual(csv('a,"b,c",d'), ['a', 'b,c', 'd']));
test('date', () => assert.equal(dateText(new Date(Date.UTC(2024, 0, 9))), '2024-01-09'));
`,
    faults: [
      ['word.slice(1).toLowerCase()', 'word.slice(1)'],
      ['word.charAt(0).toUpperCase() +', 'word.charAt(0) +'],
      ["replace(/[^a-z0-9]+/g, '-')", "replace(/[^a-z0-9]+/, '-')"],
      ["replace(/[^a-z0-9]+/g, '-')", "replace(/[^a-z0-9]/g, '-')"],
      ['    .toLowerCase()\n    .replace', '    .replace'],
      ["    if (pair === '') continue;\n", ''],
      ["pair.indexOf('=')", "pair.lastIndexOf('=')"],
      ['pair.slice(at + 1)', 'pair.slice(at)'],
      ['counts.get(word) ?? 0) + 1', 'counts.get(word) ?? 1) + 1'],
      ['return stack.length === 0;', 'return true;'],
      ['stack.pop() !== pairs[sign]', 'stack.shift() !== pairs[sign]'],
      ['text.length <= limit', 'text.length < limit'],
      ['limit - 1', 'limit'],
      ["      cells.push(cell);\n      cell = '';", '      cells.push(cell);'],
      ['  cells.push(cell);\n  return', '  return'],
      ["sign === ',' && !quoted", "sign === ','"],
      ['date.getUTCMonth() + 1', 'date.getUTCMonth()'],
      ["padStart(2, '0')", "padEnd(2, '0')"],
    ],
  },
  {
    name: 'structures',
    source: `export class Cache {
  constructor(size) {
    this.size = size;
    this.items = new Map();
  }

  get(key) {
    if (!this.items.has(key)) return undefined;
    const value = this.items.get(key);
    this.items.delete(key);
    this.items.set(key, value);
    return value;
  }

  set(key, value) {
    this.items.delete(key);
    this.items.set(key, value);
    if (this.items.size > this.size) this.items.delete(this.items.keys().next().value);
  }
}

export class Heap {
  constructor() {
    this.items = [];
  }

  push(value) {
    this.items.push(value);
    let index = this.items.length - 1;
    while (index > 0) {
      const parent = Math.floor((index - 1) / 2);
      if (this.items[parent] <= this.items[index]) break;
      [this.items[parent], this.items[index]] = [this.items[index], this.items[parent]];
      index = parent;
    }
  }

  pop() {
    const top = this.items[0];
    const last = this.items.pop();
    if (this.items.length > 0) {
      this.items[0] = last;
      let index = 0;
      for (;;) {
        const left = 2 * index + 1;
        const right = 2 * index + 2;
        let smallest = index;
        if (left < this.items.length && this.items[left] < this.items[smallest]) smallest = left;
        if (right < this.items.length && this.items[right] < this.items[smallest]) smallest = right;
        if (smallest === index) break;
        [this.items[smallest], this.items[index]] = [this.items[index], this.items[smallest]];
        index = smallest;
      }
    }
    return top;
  }
}

export function insert(tree, value) {
  if (tree === null) return { value, left: null, right: null };
  if (value < tree.value) tree.left = insert(tree.left, value);
  else tree.right = insert(tree.right, value);
  return tree;
}

export function inOrder(tree) {
  return tree === null ? [] : [...inOrder(tree.left), tree.value, ...inOrder(tree.right)];
}

export function height(tree) {
  if (tree === null) return 0;
  return 1 + Math.max(height(tree.left), height(tree.right));
}

export function shortest(graph, start) {
  const distances = { [start]: 0 };
  const waiting = [start];
  while (waiting.length > 0) {
    const place = waiting.shift();
    for (const [next, length] of Object.entries(graph[place] ?? {})) {
      const distance = distances[place] + length;
      if (distances[next] === undefined || distance < distances[next]) {
        distances[next] = distance;
        waiting.push(next);
      }
    }
  }
  return distances;
}

export function order(graph) {
  const done = new Set();
  const out = [];
  const visit = (name) => {
    if (done.has(name)) return;
    done.add(name);
    for (const before of graph[name] ?? []) visit(before);
    out.push(name);
  };
  for (const name of Object.keys(graph)) visit(name);
  return out;
}

export function memo(compute) {
  const known = new Map();
  return (key) => {
    if (!known.has(key)) known.set(key, compute(key));
    return known.get(key);
  };
}

export async function inTurn(jobs) {
  const results = [];
  for (const job of jobs) results.push(await job());
  return results;
}

export function hanoi(height, from = 'a', to = 'c', over = 'b') {
  if (height === 0) return [];
  return [...hanoi(height - 1, from, over, to), [from, to], ...hanoi(height - 1, over, to, from)];
}
`,
    test: `${head}import { Cache, Heap, insert, inOrder, height, shortest, order, memo, inTurn, hanoi } from './program.js';
test('cache drops the oldest', () => { const c = new Cache(2); c.set('a', 1); c.set('b', 2); c.get('a'); c.set('c', 3); assert.equal(c.get('a'), 1); assert.equal(c.get('b'), undefined); assert.equal(c.get('c'), 3); });
test('cache overwrites', () => { const c = new Cache(2); c.set('a', 1); c.set('b', 2); c.set('a', 3); c.set('c', 4); assert.equal(c.get('a'), 3); assert.equal(c.get('b'), undefined); });
test('heap', () => { const h = new Heap(); for (const n of [5, 3, 8, 1, 9, 2]) h.push(n); assert.deepEqual([1, 2, 3, 4, 5, 6].map(() => h.pop()), [1, 2, 3, 5, 8, 9]); assert.equal(h.pop(), undefined); });
test('tree', () => { let t = null; for (const n of [4, 2, 6, 1, 3, 4]) t = insert(t, n); assert.deepEqual(inOrder(t), [1, 2, 3, 4, 4, 6]); assert.equal(height(t), 3); assert.equal(height(null), 0); });
test('shortest', () => assert.deepEqual(shortest({ a: { b: 7, c: 2 }, c: { b: 3, d: 9 }, b: { d: 1 } }, 'a'), { a: 0, b: 5, c: 2, d: 6 }));
test('order', () => assert.deepEqual(order({ cake: ['eggs', 'flour'], eggs: ['hen'], flour: [], hen: [] }), ['hen', 'eggs', 'flour', 'cake']));
test('memo', () => { let calls = 0; const twice = memo((n) => { calls += 1; return n * 2; }); assert.equal(twice(2) + twice(2) + twice(3), 14); assert.equal(calls, 2); });
test('in turn', async () => assert.deepEqual(await inTurn([async () => 1, async () => 2]), [1, 2]));
test('hanoi', () => assert.deepEqual(hanoi(2), [['a', 'b'], ['a', 'c'], ['b', 'c']]));
`,
    faults: [
      ['    this.items.delete(key);\n    this.items.set(key, value);\n    return value;', '    return value;'],
      ['this.items.size > this.size', 'this.items.size >= this.size'],
      ['  set(key, value) {\n    this.items.delete(key);', '  set(key, value) {'],
      ['(index - 1) / 2', 'index / 2'],
      ['      index = parent;\n', ''],
      ['this.items[parent] <= this.items[index]', 'this.items[parent] >= this.items[index]'],
      ['const right = 2 * index + 2', 'const right = 2 * index + 1'],
      [
        'if (right < this.items.length && this.items[right] < this.items[smallest]) smallest',
        'if (right < this.items.length && this.items[right] < this.items[index]) smallest',
      ],
      ['    if (this.items.length > 0) {', '    {'],
      ['else tree.right = insert(tree.right, value);', 'else tree.right = insert(tree.left, value);'],
      ['  return tree;\n', ''],
      ['Math.max(height(tree.left), height(tree.right))', 'Math.max(height(tree.left), height(tree.left))'],
      ['return 1 + Math.max(height', 'return Math.max(height'],
      ['distances[place] + length', 'length'],
      ['distance < distances[next]', 'distance > distances[next]'],
      ['    out.push(name);\n', '    out.unshift(name);\n'],
      ['    if (done.has(name)) return;\n', ''],
      [
        '    done.add(name);\n    for (const before of graph[name] ?? []) visit(before);\n    out.push(name);',
        '    done.add(name);\n    out.push(name);\n    for (const before of graph[name] ?? []) visit(before);',
      ],
      ['if (!known.has(key)) known', 'if (known.has(key)) known'],
      ['results.push(await job())', 'results.push(job())'],
      ['hanoi(height - 1, over, to, from)', 'hanoi(height - 1, over, from, to)'],
      ['[from, to],', '[from, over],'],
      ['for (const name of Object.keys(graph))', 'for (const name in Object.keys(graph))'],
      ['if (tree === null) return 0;', 'if (tree === null) return 1;'],
    ],
  },
];
