import type { RankedProgram } from './types.ts';

/** Python programs with one natural fault at a time, kept apart from those the operators were grown on. */
export const heldoutPython: RankedProgram[] = [
  {
    name: 'insertion_point',
    source: `def insertion_point(items, target):
    lo, hi = 0, len(items)
    while lo < hi:
        mid = (lo + hi) // 2
        if items[mid] < target:
            lo = mid + 1
        else:
            hi = mid
    return lo


def count_between(items, low, high):
    """How many items are in [low, high)."""
    return insertion_point(items, high) - insertion_point(items, low)
`,
    faults: [
      ['hi = mid\n', 'hi = mid - 1\n'],
      ['hi = 0, len(items)', 'hi = 0, len(items) - 1'],
      ['insertion_point(items, high) - insertion_point(items, low)', 'insertion_point(items, high)'],
    ],
  },
  {
    name: 'run_lengths',
    source: `def run_lengths(text):
    runs = []
    if not text:
        return runs
    letter = text[0]
    length = 1
    for other in text[1:]:
        if other == letter:
            length += 1
        else:
            runs.append((letter, length))
            letter = other
            length = 1
    runs.append((letter, length))
    return runs


def expand(runs):
    return ''.join(letter * length for letter, length in runs)
`,
    faults: [
      ['    runs.append((letter, length))\n    return runs', '    return runs'],
      ['            letter = other\n', ''],
      ['    if not text:\n        return runs\n', ''],
      ['            length = 1\n', '            length = 0\n'],
      ['letter * length for', 'letter for'],
    ],
  },
  {
    name: 'merge_intervals',
    source: `def merge_intervals(intervals):
    merged = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return merged


def gaps(intervals):
    merged = merge_intervals(intervals)
    return [(one[1], two[0]) for one, two in zip(merged, merged[1:])]
`,
    faults: [
      ['max(merged[-1][1], end)', 'end'],
      ['sorted(intervals)', 'intervals'],
      ['zip(merged, merged[1:])', 'zip(merged, merged)'],
      ['merged and start <=', 'start <='],
    ],
  },
  {
    name: 'spiral',
    source: `def spiral(matrix):
    out = []
    top, left = 0, 0
    bottom, right = len(matrix) - 1, len(matrix[0]) - 1
    while top <= bottom and left <= right:
        for col in range(left, right + 1):
            out.append(matrix[top][col])
        top += 1
        for row in range(top, bottom + 1):
            out.append(matrix[row][right])
        right -= 1
        if top <= bottom:
            for col in range(right, left - 1, -1):
                out.append(matrix[bottom][col])
            bottom -= 1
        if left <= right:
            for row in range(bottom, top - 1, -1):
                out.append(matrix[row][left])
            left += 1
    return out
`,
    faults: [
      [
        '        if top <= bottom:\n            for col in range(right, left - 1, -1):\n                out.append(matrix[bottom][col])\n            bottom -= 1\n',
        '        for col in range(right, left - 1, -1):\n            out.append(matrix[bottom][col])\n        bottom -= 1\n',
      ],
      ['range(bottom, top - 1, -1)', 'range(bottom, top, -1)'],
      ['        right -= 1\n', ''],
    ],
  },
  {
    name: 'islands',
    source: `def islands(grid):
    rows, cols = len(grid), len(grid[0])
    seen = set()

    def flood(row, col):
        if row < 0 or row >= rows or col < 0 or col >= cols:
            return 0
        if (row, col) in seen or not grid[row][col]:
            return 0
        seen.add((row, col))
        return 1 + flood(row + 1, col) + flood(row - 1, col) + flood(row, col + 1) + flood(row, col - 1)

    sizes = []
    for row in range(rows):
        for col in range(cols):
            size = flood(row, col)
            if size > 0:
                sizes.append(size)
    return sizes
`,
    faults: [
      [' + flood(row, col - 1)', ''],
      ['or col < 0 or col >= cols', 'or col < 0 or col > cols'],
      ['        seen.add((row, col))\n', ''],
      ['return 1 + flood', 'return flood'],
      ['in seen or not grid[row][col]', 'in seen'],
    ],
  },
  {
    name: 'build_order',
    source: `def build_order(needs):
    """Targets after everything they need; ValueError for a circle."""
    order = []
    state = {}

    def visit(target):
        if state.get(target) == 'done':
            return
        if state.get(target) == 'open':
            raise ValueError(target)
        state[target] = 'open'
        for need in needs.get(target, []):
            visit(need)
        state[target] = 'done'
        order.append(target)

    for target in needs:
        visit(target)
    return order


def levels(needs):
    waiting = {target: len(needs[target]) for target in needs}
    ready = [target for target in needs if waiting[target] == 0]
    out = []
    while ready:
        out.append(sorted(ready))
        following = []
        for done in ready:
            for target in needs:
                if done in needs[target]:
                    waiting[target] -= 1
                    if waiting[target] == 0:
                        following.append(target)
        ready = following
    return out
`,
    faults: [
      ["        state[target] = 'done'\n", ''],
      ['                    waiting[target] -= 1\n', ''],
      ['        ready = following\n', ''],
      ['        order.append(target)\n', '        order.insert(0, target)\n'],
      ['needs.get(target, [])', 'needs[target]'],
    ],
  },
  {
    name: 'cipher',
    source: `def shift_text(text, key):
    out = []
    for letter in text:
        if letter.isupper():
            out.append(chr((ord(letter) - ord('A') + key) % 26 + ord('A')))
        elif letter.islower():
            out.append(chr((ord(letter) - ord('a') + key) % 26 + ord('a')))
        else:
            out.append(letter)
    return ''.join(out)


def rotate(values, steps):
    if not values:
        return []
    steps = steps % len(values)
    return values[-steps:] + values[:-steps]


def third_order(n):
    if n < 2:
        return 0
    if n == 2:
        return 1
    return third_order(n - 1) + third_order(n - 2) + third_order(n - 3)
`,
    faults: [
      ["ord('a') + key) % 26 + ord('a')", "ord('a') + key) + ord('a')"],
      ['        else:\n            out.append(letter)\n', ''],
      ['values[-steps:] + values[:-steps]', 'values[steps:] + values[:steps]'],
      ['    steps = steps % len(values)\n', ''],
      [' + third_order(n - 3)', ''],
      ['    if not values:\n        return []\n', ''],
    ],
  },
  {
    name: 'tables',
    source: `def distance(one, two):
    table = [[0] * (len(two) + 1) for _ in range(len(one) + 1)]
    for i in range(len(one) + 1):
        table[i][0] = i
    for j in range(len(two) + 1):
        table[0][j] = j
    for i in range(1, len(one) + 1):
        for j in range(1, len(two) + 1):
            if one[i - 1] == two[j - 1]:
                table[i][j] = table[i - 1][j - 1]
            else:
                table[i][j] = 1 + min(table[i - 1][j], table[i][j - 1], table[i - 1][j - 1])
    return table[-1][-1]


def fewest_coins(coins, amount):
    fewest = [0] + [float('inf')] * amount
    for total in range(1, amount + 1):
        for coin in coins:
            if coin <= total:
                fewest[total] = min(fewest[total], fewest[total - coin] + 1)
    return fewest[amount] if fewest[amount] != float('inf') else -1


def ways(coins, amount):
    table = [0] * (amount + 1)
    table[0] = 1
    for coin in coins:
        for total in range(coin, amount + 1):
            table[total] += table[total - coin]
    return table[amount]
`,
    faults: [
      ['table[i - 1][j], table[i][j - 1], table[i - 1][j - 1])', 'table[i - 1][j], table[i][j - 1])'],
      ['1 + min(', 'min('],
      ['        table[0][j] = j\n', '        table[0][j] = 0\n'],
      ['fewest[total - coin] + 1', 'fewest[total - coin]'],
      ['    table[0] = 1\n', ''],
      ['table[total] += table', 'table[total] = table'],
      [" if fewest[amount] != float('inf') else -1", ''],
    ],
  },
  {
    name: 'chain',
    source: `class Link:
    def __init__(self, value, after=None):
        self.value = value
        self.after = after


class Chain:
    def __init__(self):
        self.head = None
        self.size = 0

    def push(self, value):
        self.head = Link(value, self.head)
        self.size += 1

    def remove(self, value):
        previous = None
        link = self.head
        while link is not None:
            if link.value == value:
                if previous is None:
                    self.head = link.after
                else:
                    previous.after = link.after
                self.size -= 1
                return True
            previous = link
            link = link.after
        return False

    def reverse(self):
        done = None
        link = self.head
        while link is not None:
            following = link.after
            link.after = done
            done = link
            link = following
        self.head = done

    def values(self):
        out = []
        link = self.head
        while link:
            out.append(link.value)
            link = link.after
        return out
`,
    faults: [
      ['            previous = link\n', ''],
      ['                self.size -= 1\n', ''],
      ['            done = link\n', ''],
      ['        self.head = done\n', ''],
      ['Link(value, self.head)', 'Link(value)'],
    ],
  },
  {
    name: 'groups',
    source: `class Groups:
    def __init__(self, count):
        self.parent = list(range(count))
        self.weight = [1] * count

    def find(self, item):
        while self.parent[item] != item:
            item = self.parent[item]
        return item

    def join(self, one, two):
        one = self.find(one)
        two = self.find(two)
        if one == two:
            return False
        if self.weight[one] < self.weight[two]:
            one, two = two, one
        self.parent[two] = one
        self.weight[one] += self.weight[two]
        return True

    def joined(self, one, two):
        return self.find(one) == self.find(two)


class Account:
    def __init__(self, owner, history=None):
        self.owner = owner
        self.balance = 0
        self.history = list(history or [])

    def pay_in(self, amount):
        if amount <= 0:
            raise ValueError('amount')
        self.balance += amount
        self.history.append(('in', amount))

    def pay_out(self, amount):
        if amount <= 0:
            raise ValueError('amount')
        if amount > self.balance:
            raise ValueError('balance')
        self.balance -= amount
        self.history.append(('out', amount))
`,
    faults: [
      ['        two = self.find(two)\n', ''],
      ['self.find(one) == self.find(two)', 'self.parent[one] == self.parent[two]'],
      ['        if one == two:\n            return False\n', ''],
      [
        "    def pay_out(self, amount):\n        if amount <= 0:\n            raise ValueError('amount')\n",
        '    def pay_out(self, amount):\n',
      ],
      ['        if amount > self.balance:', '        if amount >= self.balance:'],
      ["        self.history.append(('out', amount))\n", ''],
      ['list(history or [])', 'history or []'],
    ],
  },
  {
    name: 'choose',
    source: `def choose(values, k):
    pivot = values[len(values) // 2]
    low = [v for v in values if v < pivot]
    same = [v for v in values if v == pivot]
    high = [v for v in values if v > pivot]
    if k < len(low):
        return choose(low, k)
    if k < len(low) + len(same):
        return pivot
    return choose(high, k - len(low) - len(same))


def combine(one, two):
    out = []
    i = j = 0
    while i < len(one) and j < len(two):
        if one[i] <= two[j]:
            out.append(one[i])
            i += 1
        else:
            out.append(two[j])
            j += 1
    out.extend(one[i:])
    out.extend(two[j:])
    return out


def add_digits(one, two):
    out = []
    carry = 0
    for a, b in zip(reversed(one), reversed(two)):
        total = a + b + carry
        out.append(total % 10)
        carry = total // 10
    if carry:
        out.append(carry)
    out.reverse()
    return out
`,
    faults: [
      ['k - len(low) - len(same)', 'k - len(low)'],
      ['    out.extend(two[j:])\n', ''],
      ['    if carry:\n        out.append(carry)\n', ''],
      ['    out.reverse()\n', ''],
      ['a + b + carry', 'a + b'],
      ['if v == pivot', 'if v != pivot'],
    ],
  },
  {
    name: 'words',
    source: `import re


def tokens(text):
    return re.findall(r'\\d+|[a-z]+|[-+*/()]', text)


def wrap_words(text, width):
    lines = []
    line = ''
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = line + ' ' + word if line else word
    if line:
        lines.append(line)
    return lines


def is_mirror(text):
    letters = [c.lower() for c in text if c.isalnum()]
    return letters == letters[::-1]


def count_words(text):
    counts = {}
    for word in text.lower().split():
        word = word.strip('.,!')
        if word:
            counts[word] = counts.get(word, 0) + 1
    return counts


def balanced(text):
    pairs = {')': '(', ']': '['}
    stack = []
    for c in text:
        if c in pairs.values():
            stack.append(c)
        elif c in pairs:
            if not stack or stack.pop() != pairs[c]:
                return False
    return not stack
`,
    faults: [
      ["r'\\d+|[a-z]+", "r'\\d|[a-z]+"],
      ['    if line:\n        lines.append(line)\n', ''],
      ['len(line) + 1 + len(word) > width', 'len(line) + len(word) > width'],
      ['c.lower() for c', 'c for c'],
      ['text.lower().split()', 'text.split()'],
      ['    return not stack', '    return True'],
      ['if not stack or stack.pop()', 'if stack.pop()'],
      ['counts.get(word, 0) + 1', 'counts.get(word, 1) + 1'],
    ],
  },
];
