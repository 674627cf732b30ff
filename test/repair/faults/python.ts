import type { Program } from './types.ts';

/** Small Python programs written for these tests, each with faults to put in one at a time. */
export const pythonPrograms: Program[] = [
  {
    name: 'running_best',
    source: `def best_stretch(values):
    """The largest sum of neighbouring values; 0 for none."""
    best = 0
    here = 0
    for value in values:
        here = max(0, here + value)
        best = max(best, here)
    return best
`,
    test: `from program import best_stretch
def test_mixed(): assert best_stretch([4, -5, 3, 2, -1, 6]) == 10
def test_all_negative(): assert best_stretch([-3, -1]) == 0
def test_empty(): assert best_stretch([]) == 0
def test_reset(): assert best_stretch([2, -7, 3]) == 3
`,
    faults: [
      ['here = max(0, here + value)', 'here = here + value'],
      ['best = max(best, here)', 'best = here'],
      ['best = max(best, here)', 'best = max(best, value)'],
    ],
  },
  {
    name: 'reach',
    source: `from collections import deque

class Place:
    def __init__(self, name, roads=None):
        self.name = name
        self.roads = roads or []

def reachable(start, goal):
    queue = deque([start])
    seen = {start}
    while queue:
        place = queue.popleft()
        if place is goal:
            return True
        for other in place.roads:
            if other not in seen:
                seen.add(other)
                queue.append(other)
    return False

def depth_reach(start, goal):
    seen = set()
    def visit(place):
        if place in seen:
            return False
        if place is goal:
            return True
        seen.add(place)
        return any(visit(other) for other in place.roads)
    return visit(start)
`,
    test: `from program import Place, reachable, depth_reach
def world():
    a, b, c, d = (Place(name) for name in 'abcd')
    a.roads = [b]; b.roads = [a, c]; c.roads = [c]
    return a, b, c, d
def test_near(): a, b, c, d = world(); assert reachable(a, b) is True and depth_reach(a, b) is True
def test_far(): a, b, c, d = world(); assert reachable(a, c) is True and depth_reach(a, c) is True
def test_none(): a, b, c, d = world(); assert reachable(a, d) is False and depth_reach(a, d) is False
def test_self(): a, b, c, d = world(); assert reachable(d, d) is True
`,
    faults: [
      ['    while queue:', '    while True:'],
      ['                seen.add(other)\n', ''],
      ['        seen.add(place)\n        return any', '        return any'],
      ['any(visit(other)', 'all(visit(other)'],
      ['return any(visit(other) for', 'return any(visit(place) for'],
      ['        if place in seen:\n            return False\n', ''],
    ],
  },
  {
    name: 'sorting',
    source: `def merge(left, right):
    out = []
    i = j = 0
    while i < len(left) and j < len(right):
        if left[i] <= right[j]:
            out.append(left[i])
            i += 1
        else:
            out.append(right[j])
            j += 1
    out.extend(left[i:])
    out.extend(right[j:])
    return out

def sort(items):
    if len(items) <= 1:
        return items
    middle = len(items) // 2
    return merge(sort(items[:middle]), sort(items[middle:]))

def split_sort(items):
    if not items:
        return []
    pivot = items[0]
    small = split_sort([item for item in items[1:] if item < pivot])
    large = split_sort([item for item in items[1:] if item >= pivot])
    return small + [pivot] + large

def bucket_sort(items, limit):
    counts = [0] * limit
    for item in items:
        counts[item] += 1
    out = []
    for value, count in enumerate(counts):
        out.extend([value] * count)
    return out
`,
    test: `import pytest
from program import merge, sort, split_sort, bucket_sort
CASES = [[], [1], [2, 1], [3, 1, 2], [5, 5, 1, 5], [9, 8, 7, 6, 5, 4], [1, 2, 3, 4], [3, 0, 3, 0, 2]]
@pytest.mark.parametrize('items', CASES)
def test_sort(items): assert sort(list(items)) == sorted(items)
@pytest.mark.parametrize('items', CASES)
def test_split(items): assert split_sort(list(items)) == sorted(items)
@pytest.mark.parametrize('items', CASES)
def test_bucket(items): assert bucket_sort(list(items), 10) == sorted(items)
`,
    faults: [
      ['    if len(items) <= 1:\n', '    if len(items) == 0:\n'],
      ['    out.extend(left[i:])\n    out.extend(right[j:])', '    out.extend(left[i:] or right[j:][1:])'],
      ['            j += 1\n', '            i += 1\n'],
      ['if item >= pivot', 'if item > pivot'],
      ['small + [pivot] + large', 'small + large'],
      ['in enumerate(counts)', 'in enumerate(items)'],
      ['[value] * count', '[count] * value'],
      ['sort(items[middle:])', 'sort(items[middle + 1:])'],
    ],
  },
  {
    name: 'numbers',
    source: `def common_divisor(a, b):
    if b == 0:
        return a
    return common_divisor(b, a % b)

def ones(number):
    count = 0
    while number:
        number &= number - 1
        count += 1
    return count

def factors(number):
    for divisor in range(2, int(number ** 0.5) + 1):
        if number % divisor == 0:
            return [divisor] + factors(number // divisor)
    return [number] if number > 1 else []

def digits(number, base):
    out = ''
    while number > 0:
        out = str(number % base) + out
        number = number // base
    return out or '0'

def primes(limit):
    found = []
    for number in range(2, limit + 1):
        if all(number % prime != 0 for prime in found):
            found.append(number)
    return found

def root(value, precision):
    guess = value / 2
    while abs(value - guess ** 2) > precision:
        guess = 0.5 * (guess + value / guess)
    return guess

def power(base, exponent):
    if exponent == 0:
        return 1
    half = power(base, exponent // 2)
    return half * half * (base if exponent % 2 else 1)
`,
    test: `import pytest
from program import *
@pytest.mark.parametrize('a,b,want', [(12, 18, 6), (7, 3, 1), (10, 0, 10), (3, 12, 3)])
def test_divisor(a, b, want): assert common_divisor(a, b) == want
@pytest.mark.parametrize('n,want', [(0, 0), (1, 1), (255, 8), (128, 1), (77, 4)])
def test_ones(n, want): assert ones(n) == want
@pytest.mark.parametrize('n,want', [(1, []), (2, [2]), (12, [2, 2, 3]), (49, [7, 7]), (97, [97])])
def test_factors(n, want): assert factors(n) == want
@pytest.mark.parametrize('n,b,want', [(0, 2, '0'), (5, 2, '101'), (255, 8, '377'), (12, 10, '12')])
def test_digits(n, b, want): assert digits(n, b) == want
@pytest.mark.parametrize('n,want', [(1, []), (2, [2]), (3, [2, 3]), (20, [2, 3, 5, 7, 11, 13, 17, 19])])
def test_primes(n, want): assert primes(n) == want
@pytest.mark.parametrize('n', [2, 9, 50, 0.5])
def test_root(n): assert abs(root(n, 0.0001) ** 2 - n) <= 0.0001
@pytest.mark.parametrize('b,e,want', [(2, 0, 1), (2, 10, 1024), (3, 5, 243)])
def test_power(b, e, want): assert power(b, e) == want
`,
    faults: [
      ['common_divisor(b, a % b)', 'common_divisor(a % b, b)'],
      ['number &= number - 1', 'number ^= number - 1'],
      ['return [number] if number > 1 else []', 'return []'],
      ['int(number ** 0.5) + 1', 'int(number ** 0.5)'],
      ['str(number % base) + out', 'out + str(number % base)'],
      ['all(number % prime', 'any(number % prime'],
      ['range(2, limit + 1)', 'range(2, limit)'],
      ['abs(value - guess ** 2)', 'abs(value - guess)'],
      ['abs(value - guess ** 2)', 'value - guess ** 2'],
      ['exponent // 2', 'exponent - 2'],
      ['    return half * half * (', '    return half * ('],
      ['factors(number // divisor)', 'factors(number)'],
    ],
  },
  {
    name: 'chains',
    source: `class Link:
    def __init__(self, value, next=None):
        self.value = value
        self.next = next

def turn(head):
    before = None
    while head:
        after = head.next
        head.next = before
        before = head
        head = after
    return before

def loops(head):
    slow = fast = head
    while fast and fast.next:
        slow = slow.next
        fast = fast.next.next
        if slow is fast:
            return True
    return False

def values(head):
    found = []
    while head:
        found.append(head.value)
        head = head.next
    return found

def drop(head, value):
    start = Link(None, head)
    before = start
    while before.next:
        if before.next.value == value:
            before.next = before.next.next
        else:
            before = before.next
    return start.next
`,
    test: `from program import *
def chain(*items):
    head = None
    for item in reversed(items): head = Link(item, head)
    return head
def test_turn(): assert values(turn(chain(1, 2, 3))) == [3, 2, 1]
def test_turn_none(): assert turn(None) is None
def test_straight(): assert not loops(chain(1, 2, 3, 4))
def test_one(): assert not loops(chain(1))
def test_none(): assert not loops(None)
def test_loop():
    head = chain(1, 2, 3); head.next.next.next = head.next
    assert loops(head)
def test_drop(): assert values(drop(chain(1, 2, 2, 3, 2), 2)) == [1, 3]
def test_drop_first(): assert values(drop(chain(2, 1), 2)) == [1]
`,
    faults: [
      ['        before = head\n        head = after', '        head = after'],
      ['while fast and fast.next:', 'while fast.next:'],
      ['        head = after\n', '        head = head.next\n'],
      ['return start.next', 'return head'],
      ['        else:\n            before = before.next', '        before = before.next'],
      ['    return before\n\ndef loops', '    return head\n\ndef loops'],
    ],
  },
  {
    name: 'tables',
    source: `def common(one, two):
    lengths = [[0] * (len(two) + 1) for _ in range(len(one) + 1)]
    for i, left in enumerate(one, 1):
        for j, right in enumerate(two, 1):
            if left == right:
                lengths[i][j] = lengths[i - 1][j - 1] + 1
            else:
                lengths[i][j] = max(lengths[i - 1][j], lengths[i][j - 1])
    return lengths[-1][-1]

def distance(one, two):
    if not one or not two:
        return len(one) + len(two)
    if one[0] == two[0]:
        return distance(one[1:], two[1:])
    return 1 + min(distance(one[1:], two), distance(one, two[1:]), distance(one[1:], two[1:]))

def pack(capacity, things):
    best = [0] * (capacity + 1)
    for weight, worth in things:
        for room in range(capacity, weight - 1, -1):
            best[room] = max(best[room], best[room - weight] + worth)
    return best[capacity]

def rising(values):
    lengths = []
    for i, value in enumerate(values):
        longest = 1
        for j in range(i):
            if values[j] < value:
                longest = max(longest, lengths[j] + 1)
        lengths.append(longest)
    return max(lengths, default=0)

def ways(coins, amount):
    counts = [1] + [0] * amount
    for coin in coins:
        for total in range(coin, amount + 1):
            counts[total] += counts[total - coin]
    return counts[amount]

def rows(height):
    out = [[1]]
    for _ in range(1, height):
        row = out[-1]
        out.append([1] + [row[i] + row[i + 1] for i in range(len(row) - 1)] + [1])
    return out[:height]
`,
    test: `import pytest
from program import *
@pytest.mark.parametrize('a,b,n', [('', 'x', 0), ('abcde', 'ace', 3), ('xy', 'yx', 1), ('banana', 'atana', 4)])
def test_common(a, b, n): assert common(a, b) == n
@pytest.mark.parametrize('a,b,n', [('', '', 0), ('a', '', 1), ('cat', 'cart', 1), ('kitten', 'sitting', 3), ('ab', 'ba', 2)])
def test_distance(a, b, n): assert distance(a, b) == n
@pytest.mark.parametrize('c,t,n', [(10, [(5, 10), (4, 40), (6, 30)], 70), (3, [(3, 5)], 5), (2, [(3, 5)], 0), (6, [(3, 5)], 5)])
def test_pack(c, t, n): assert pack(c, t) == n
@pytest.mark.parametrize('v,n', [([], 0), ([1], 1), ([3, 1, 2], 2), ([4, 10, 4, 3, 8, 9], 3), ([2, 2], 1)])
def test_rising(v, n): assert rising(v) == n
@pytest.mark.parametrize('c,a,n', [([1, 2, 5], 5, 4), ([2], 3, 0), ([1], 0, 1)])
def test_ways(c, a, n): assert ways(c, a) == n
@pytest.mark.parametrize('h,r', [(0, []), (1, [[1]]), (4, [[1], [1, 1], [1, 2, 1], [1, 3, 3, 1]])])
def test_rows(h, r): assert rows(h) == r
`,
    faults: [
      ['lengths[i - 1][j - 1] + 1', 'lengths[i - 1][j] + 1'],
      ['max(lengths[i - 1][j], lengths[i][j - 1])', 'max(lengths[i - 1][j], lengths[i - 1][j - 1])'],
      ['return distance(one[1:], two[1:])\n    return 1', 'return 1 + distance(one[1:], two[1:])\n    return 1'],
      ['return len(one) + len(two)', 'return len(one)'],
      ['range(capacity, weight - 1, -1)', 'range(weight, capacity + 1)'],
      ['range(capacity, weight - 1, -1)', 'range(capacity, weight, -1)'],
      ['max(longest, lengths[j] + 1)', 'lengths[j] + 1'],
      ['[1] + [0] * amount', '[0] * (amount + 1)'],
      ['range(len(row) - 1)', 'range(len(row))'],
      ['best[room - weight] + worth', 'best[room - weight]'],
      ['lengths[i - 1][j - 1] + 1', 'lengths[i - 1][j - 1]'],
    ],
  },
  {
    name: 'reading',
    source: `def balanced(text):
    depth = 0
    for sign in text:
        if sign == '(':
            depth += 1
        elif sign == ')':
            depth -= 1
            if depth < 0:
                return False
    return depth == 0

def evaluate(tokens):
    operations = {'+': lambda a, b: a + b, '-': lambda a, b: a - b, '*': lambda a, b: a * b}
    stack = []
    for token in tokens:
        if token in operations:
            b = stack.pop()
            a = stack.pop()
            stack.append(operations[token](a, b))
        else:
            stack.append(token)
    return stack.pop()

def flatten(items):
    for item in items:
        if isinstance(item, list):
            yield from flatten(item)
        else:
            yield item

def wrap(text, width):
    lines = []
    while len(text) > width:
        end = text.rfind(' ', 0, width)
        if end == -1:
            end = width
        lines.append(text[:end])
        text = text[end:].strip()
    lines.append(text)
    return lines

def chunks(items, size):
    out = []
    current = []
    for item in items:
        current.append(item)
        if len(current) == size:
            out.append(current)
            current = []
    if current:
        out.append(current)
    return out

def subsets(items):
    if not items:
        return [[]]
    first, rest = items[0], items[1:]
    without = subsets(rest)
    return without + [[first] + each for each in without]

def runs(text):
    out = []
    for sign in text:
        if out and out[-1][0] == sign:
            out[-1][1] += 1
        else:
            out.append([sign, 1])
    return ''.join(sign + str(count) for sign, count in out)

def mirrored(text):
    letters = [sign.lower() for sign in text if sign.isalnum()]
    return letters == letters[::-1]

def shift(text, by):
    out = ''
    for sign in text:
        if sign.isupper():
            out += chr((ord(sign) - ord('A') + by) % 26 + ord('A'))
        else:
            out += sign
    return out
`,
    test: `import pytest
from program import *
@pytest.mark.parametrize('t,w', [('', True), ('()', True), (')(', False), ('(()', False), ('(a(b))', True), ('())(', False)])
def test_balanced(t, w): assert balanced(t) is w
@pytest.mark.parametrize('t,w', [([3], 3), ([5, 3, '-'], 2), ([2, 3, 4, '*', '+'], 14)])
def test_evaluate(t, w): assert evaluate(t) == w
@pytest.mark.parametrize('t,w', [([], []), ([1, [2, [3, []]], 4], [1, 2, 3, 4])])
def test_flatten(t, w): assert list(flatten(t)) == w
@pytest.mark.parametrize('t,n,w', [('', 5, ['']), ('the quick brown', 9, ['the', 'quick', 'brown']), ('abcdefgh', 3, ['abc', 'def', 'gh'])])
def test_wrap(t, n, w): assert wrap(t, n) == w
@pytest.mark.parametrize('n,w', [(2, [[1, 2], [3, 4], [5]]), (5, [[1, 2, 3, 4, 5]])])
def test_chunks(n, w): assert chunks([1, 2, 3, 4, 5], n) == w
@pytest.mark.parametrize('t,w', [([], [[]]), ([1, 2], [[], [2], [1], [1, 2]])])
def test_subsets(t, w): assert subsets(t) == w
@pytest.mark.parametrize('t,w', [('', ''), ('aaab', 'a3b1'), ('aba', 'a1b1a1')])
def test_runs(t, w): assert runs(t) == w
@pytest.mark.parametrize('t,w', [('', True), ('Never odd or even', True), ('ab', False), ("Madam, I'm Adam", True)])
def test_mirrored(t, w): assert mirrored(t) is w
@pytest.mark.parametrize('t,n,w', [('ABC', 1, 'BCD'), ('XYZ', 3, 'ABC'), ('A b', 25, 'Z b')])
def test_shift(t, n, w): assert shift(t, n) == w
`,
    faults: [
      ['            if depth < 0:\n                return False\n', ''],
      ['return depth == 0', 'return True'],
      ['operations[token](a, b)', 'operations[token](b, a)'],
      ['            yield item', '            yield flatten(item)'],
      ['yield from flatten(item)', 'yield flatten(item)'],
      ['    lines.append(text)\n', ''],
      ['        if end == -1:\n            end = width\n', ''],
      ['            current = []\n', ''],
      ['    if current:\n        out.append(current)\n', ''],
      ['return [[]]', 'return []'],
      ['[[first] + each for', '[each + [first] for'],
      ['without + [[first]', '[[first]'],
      ['out[-1][0] == sign', 'out[0][0] == sign'],
      ['sign.lower()', 'sign'],
      [' % 26', ' % 25'],
      ['+ by) % 26 + ord', '+ by % 26) + ord'],
      ['text[end:].strip()', 'text[end:]'],
    ],
  },
  {
    name: 'ledger',
    source: `class Account:
    def __init__(self, owner, history=None):
        self.owner = owner
        self.history = history if history is not None else []
        self.balance = 0

    def deposit(self, amount):
        if amount <= 0:
            raise ValueError('amount')
        self.balance += amount
        self.history.append(('in', amount))

    def withdraw(self, amount):
        if amount > self.balance:
            raise ValueError('funds')
        self.balance -= amount
        self.history.append(('out', amount))

    def transfer(self, other, amount):
        self.withdraw(amount)
        other.deposit(amount)

def tally(entries, totals=None):
    if totals is None:
        totals = {}
    for name, amount in entries:
        totals[name] = totals.get(name, 0) + amount
    return totals

def top(entries, count):
    totals = tally(entries)
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    return [name for name, _ in ranked[:count]]

def average(values):
    if not values:
        return 0
    return sum(values) / len(values)

def pause(seconds):
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f'{hours}:{minutes:02d}:{seconds:02d}'

def leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
`,
    test: `import pytest
from program import *
def test_deposit():
    account = Account('a'); account.deposit(5); account.deposit(7)
    assert account.balance == 12 and account.history == [('in', 5), ('in', 7)]
def test_zero():
    with pytest.raises(ValueError): Account('a').deposit(0)
def test_all():
    account = Account('a'); account.deposit(5); account.withdraw(5)
    assert account.balance == 0 and account.history[-1] == ('out', 5)
def test_too_much():
    with pytest.raises(ValueError): Account('a').withdraw(1)
def test_transfer():
    a, b = Account('a'), Account('b'); a.deposit(9); a.transfer(b, 4)
    assert (a.balance, b.balance) == (5, 4)
def test_tally(): assert tally([('x', 1), ('y', 2), ('x', 3)]) == {'x': 4, 'y': 2}
def test_tally_fresh(): tally([('x', 1)]); assert tally([('y', 1)]) == {'y': 1}
def test_top(): assert top([('b', 2), ('a', 2), ('c', 5)], 2) == ['c', 'a']
def test_average(): assert average([]) == 0 and average([1, 2]) == 1.5
def test_pause(): assert pause(3725) == '1:02:05' and pause(59) == '0:00:59'
def test_leap(): assert [leap(y) for y in (2000, 1900, 2024, 2023)] == [True, False, True, False]
`,
    faults: [
      ['if amount <= 0:', 'if amount < 0:'],
      ['if amount > self.balance:', 'if amount >= self.balance:'],
      ['        self.balance -= amount\n', '        self.balance = amount\n'],
      ['other.deposit(amount)', 'self.deposit(amount)'],
      [
        'def tally(entries, totals=None):\n    if totals is None:\n        totals = {}\n',
        'def tally(entries, totals={}):\n',
      ],
      ['totals.get(name, 0) + amount', 'amount'],
      ['(-item[1], item[0])', 'item[1]'],
      ['ranked[:count]', 'ranked[:count - 1]'],
      ['    if not values:\n        return 0\n    return sum', '    return sum'],
      ['sum(values) / len(values)', 'sum(values) // len(values)'],
      ['divmod(seconds, 3600)', 'divmod(seconds, 60)'],
      ['divmod(rest, 60)', 'divmod(seconds, 60)'],
      ['and (year % 100 != 0 or', 'and (year % 100 != 0 and'],
      ["self.history.append(('out', amount))", "self.history.append(('in', amount))"],
    ],
  },
];
