import type { RankedProgram } from './types.ts';

/** JavaScript programs with one natural fault at a time, kept apart from those the operators were grown on. */
export const heldoutJavascript: RankedProgram[] = [
  {
    name: 'heap',
    source: `export class Heap {
  constructor(compare) {
    this.items = [];
    this.compare = compare;
  }

  push(item) {
    this.items.push(item);
    let at = this.items.length - 1;
    while (at > 0) {
      const parent = Math.floor((at - 1) / 2);
      if (this.compare(this.items[at], this.items[parent]) >= 0) break;
      [this.items[at], this.items[parent]] = [this.items[parent], this.items[at]];
      at = parent;
    }
  }

  pop() {
    if (this.items.length === 0) return undefined;
    const top = this.items[0];
    const last = this.items.pop();
    if (this.items.length > 0) {
      this.items[0] = last;
      this.sink(0);
    }
    return top;
  }

  sink(at) {
    const size = this.items.length;
    while (true) {
      const left = 2 * at + 1;
      const right = 2 * at + 2;
      let best = at;
      if (left < size && this.compare(this.items[left], this.items[best]) < 0) best = left;
      if (right < size && this.compare(this.items[right], this.items[best]) < 0) best = right;
      if (best === at) return;
      [this.items[at], this.items[best]] = [this.items[best], this.items[at]];
      at = best;
    }
  }
}
`,
    faults: [
      ['      at = parent;\n', ''],
      ['(at - 1) / 2', 'at / 2'],
      [
        'right < size && this.compare(this.items[right], this.items[best])',
        'right < size && this.compare(this.items[right], this.items[at])',
      ],
      ['right < size && ', ''],
      ['      this.sink(0);\n', ''],
      ['    if (this.items.length === 0) return undefined;\n', ''],
      ['Math.floor((at - 1) / 2)', '(at - 1) / 2'],
    ],
  },
  {
    name: 'ring',
    source: `export class Ring {
  constructor(size) {
    this.slots = new Array(size);
    this.size = size;
    this.head = 0;
    this.count = 0;
  }

  put(item) {
    if (this.count === this.size) throw new Error('full');
    this.slots[(this.head + this.count) % this.size] = item;
    this.count += 1;
  }

  take() {
    if (this.count === 0) throw new Error('empty');
    const item = this.slots[this.head];
    this.head = (this.head + 1) % this.size;
    this.count -= 1;
    return item;
  }
}

export class Recent {
  constructor(limit) {
    this.limit = limit;
    this.entries = new Map();
  }

  get(key) {
    if (!this.entries.has(key)) return undefined;
    const value = this.entries.get(key);
    this.entries.delete(key);
    this.entries.set(key, value);
    return value;
  }

  set(key, value) {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size > this.limit) this.entries.delete(this.entries.keys().next().value);
  }
}
`,
    faults: [
      ['this.head = (this.head + 1) % this.size', 'this.head = this.head + 1'],
      ['    this.count -= 1;\n', ''],
      ["    if (this.count === 0) throw new Error('empty');\n", ''],
      ['(this.head + this.count) % this.size]', 'this.count % this.size]'],
      ['  set(key, value) {\n    this.entries.delete(key);\n', '  set(key, value) {\n'],
      ['this.entries.size > this.limit', 'this.entries.size >= this.limit'],
    ],
  },
  {
    name: 'deep',
    source: `export function same(one, two) {
  if (one === two) return true;
  if (typeof one !== 'object' || typeof two !== 'object' || one === null || two === null) return false;
  if (Array.isArray(one) !== Array.isArray(two)) return false;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(two).length) return false;
  return keys.every((key) => Object.hasOwn(two, key) && same(one[key], two[key]));
}

export function copy(value) {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => copy(item));
  const out = {};
  for (const key of Object.keys(value)) out[key] = copy(value[key]);
  return out;
}

export function flatten(items, depth = 1) {
  const out = [];
  for (const item of items) {
    if (Array.isArray(item) && depth > 0) out.push(...flatten(item, depth - 1));
    else out.push(item);
  }
  return out;
}

export function pathOf(object, path, fallback) {
  let value = object;
  for (const part of path.split('.')) {
    if (value === undefined || value === null) return fallback;
    value = value[part];
  }
  return value === undefined ? fallback : value;
}
`,
    faults: [
      [' || one === null || two === null', ''],
      ['  if (keys.length !== Object.keys(two).length) return false;\n', ''],
      ['value === null || typeof value', 'typeof value'],
      ['out[key] = copy(value[key])', 'out[key] = value[key]'],
      ['flatten(item, depth - 1)', 'flatten(item, depth)'],
      ['out.push(...flatten', 'out.push(flatten'],
      ['return value === undefined ? fallback : value', 'return value'],
      ['    if (value === undefined || value === null) return fallback;\n', ''],
      [
        '  if (Array.isArray(value)) return value.map((item) => copy(item));\n',
        '  if (Array.isArray(value)) return value;\n',
      ],
    ],
  },
  {
    name: 'search',
    source: `export function permutations(items) {
  const out = [];
  const chosen = [];
  const used = new Set();
  function extend() {
    if (chosen.length === items.length) {
      out.push([...chosen]);
      return;
    }
    for (let i = 0; i < items.length; i++) {
      if (used.has(i)) continue;
      used.add(i);
      chosen.push(items[i]);
      extend();
      chosen.pop();
      used.delete(i);
    }
  }
  extend();
  return out;
}

export function shortest(graph, from, to) {
  const distance = { [from]: 0 };
  const queue = [from];
  while (queue.length > 0) {
    const place = queue.shift();
    if (place === to) return distance[place];
    for (const next of graph[place] ?? []) {
      if (next in distance) continue;
      distance[next] = distance[place] + 1;
      queue.push(next);
    }
  }
  return -1;
}

export function cheapest(graph, from) {
  const cost = new Map([[from, 0]]);
  const open = new Set([from]);
  while (open.size > 0) {
    let best = null;
    for (const place of open) if (best === null || cost.get(place) < cost.get(best)) best = place;
    open.delete(best);
    for (const [next, length] of graph[best] ?? []) {
      const total = cost.get(best) + length;
      if (!cost.has(next) || total < cost.get(next)) {
        cost.set(next, total);
        open.add(next);
      }
    }
  }
  return cost;
}
`,
    faults: [
      ['out.push([...chosen])', 'out.push(chosen)'],
      ['      used.delete(i);\n', ''],
      ['      if (used.has(i)) continue;\n', ''],
      ['distance[place] + 1', 'distance[next] + 1'],
      ['queue.shift()', 'queue.pop()'],
      ['      queue.push(next);\n', ''],
      ['graph[place] ?? []', 'graph[place]'],
      ['!cost.has(next) || total < cost.get(next)', '!cost.has(next)'],
      ['cost.get(best) + length', 'length'],
      ['best === null || cost.get', 'cost.get'],
    ],
  },
  {
    name: 'strings',
    source: `export function parseQuery(text) {
  const out = {};
  if (!text) return out;
  for (const part of text.replace(/^\\?/, '').split('&')) {
    const [name, value = ''] = part.split('=');
    out[decodeURIComponent(name)] = decodeURIComponent(value);
  }
  return out;
}

export function compareVersions(one, two) {
  const left = one.split('.').map(Number);
  const right = two.split('.').map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

export function slug(title) {
  return title
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

export function splitLine(line) {
  const cells = [];
  let cell = '';
  let quoted = false;
  for (const letter of line) {
    if (letter === '"') quoted = !quoted;
    else if (letter === ',' && !quoted) {
      cells.push(cell);
      cell = '';
    } else cell += letter;
  }
  cells.push(cell);
  return cells;
}

export function capitalise(text) {
  return text
    .split(' ')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
    .join(' ');
}
`,
    faults: [
      ['= decodeURIComponent(value)', '= value'],
      ['  if (!text) return out;\n', ''],
      ['Math.max(left.length, right.length)', 'left.length'],
      ["two.split('.').map(Number)", "two.split('.')"],
      ['(right[i] ?? 0)', 'right[i]'],
      ['[^a-z0-9]+', '[^a-z0-9]'],
      ['/^-|-$/g', '/^-|-$/'],
      ['    .trim()\n', ''],
      ['  cells.push(cell);\n  return', '  return'],
      ["      cell = '';\n", ''],
      [' && !quoted', ''],
      ['.slice(1).toLowerCase()', '.slice(1)'],
    ],
  },
  {
    name: 'tree',
    source: `export class Tree {
  constructor() {
    this.root = null;
    this.size = 0;
  }

  insert(key, value) {
    const made = { key, value, left: null, right: null };
    if (!this.root) {
      this.root = made;
      this.size = 1;
      return;
    }
    let node = this.root;
    while (true) {
      if (key === node.key) {
        node.value = value;
        return;
      }
      const side = key < node.key ? 'left' : 'right';
      if (!node[side]) {
        node[side] = made;
        this.size += 1;
        return;
      }
      node = node[side];
    }
  }

  height(node = this.root) {
    if (!node) return 0;
    return 1 + Math.max(this.height(node.left), this.height(node.right));
  }

  range(low, high, node = this.root, out = []) {
    if (!node) return out;
    if (node.key > low) this.range(low, high, node.left, out);
    if (node.key >= low && node.key <= high) out.push(node.value);
    if (node.key < high) this.range(low, high, node.right, out);
    return out;
  }
}

export class Trie {
  constructor() {
    this.root = { children: new Map(), end: false };
  }

  add(word) {
    let node = this.root;
    for (const letter of word) {
      if (!node.children.has(letter)) node.children.set(letter, { children: new Map(), end: false });
      node = node.children.get(letter);
    }
    node.end = true;
  }

  has(word) {
    let node = this.root;
    for (const letter of word) {
      node = node.children.get(letter);
      if (!node) return false;
    }
    return node.end;
  }
}
`,
    faults: [
      ['        this.size += 1;\n', ''],
      ['      node = node[side];\n', ''],
      ['        node.value = value;\n', ''],
      ['this.height(node.left), this.height(node.right)', 'this.height(node.left)'],
      ['1 + Math.max(', 'Math.max('],
      ['node.key >= low && node.key <= high', 'node.key >= low'],
      ['    if (!node) return out;\n', ''],
      ['    node.end = true;\n', ''],
      ['    return node.end;', '    return true;'],
      ['      if (!node) return false;\n', ''],
      ["? 'left' : 'right'", "? 'right' : 'left'"],
      ['if (node.key < high)', 'if (node.key > high)'],
    ],
  },
];
