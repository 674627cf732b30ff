import bisect
import random
import unittest

from timetable.search import first_at_or_after, last_before


class HiddenTest(unittest.TestCase):
    def test_agrees_with_bisect(self):
        source = random.Random(3)
        for _ in range(300):
            times = sorted(source.randrange(40) for _ in range(source.randrange(9)))
            for moment in range(-1, 42):
                self.assertEqual(first_at_or_after(times, moment), bisect.bisect_left(times, moment), (times, moment))

    def test_last_before_skips_equal_times(self):
        self.assertEqual(last_before([1, 5, 5, 9], 5), 1)
        self.assertEqual(last_before([1, 5, 5, 9], 99), 9)
