import unittest

from league.table import standings


class HiddenTest(unittest.TestCase):
    def test_order_of_a_season(self):
        season = ["A 2-2 B", "C 1-1 D", "E 0-0 F", "A 3-0 C", "B 3-0 D", "E 4-1 G", "H 0-1 F"]
        table = standings(season)
        keys = [(team.points, team.difference, team.scored) for team in table]
        self.assertEqual(keys, sorted(keys, reverse=True))
        for left, right in zip(table, table[1:]):
            if (left.points, left.difference, left.scored) == (right.points, right.difference, right.scored):
                self.assertLess(left.name, right.name)
