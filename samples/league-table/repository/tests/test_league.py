import unittest

from league.results import Team, parse
from league.table import render, standings


def names(lines):
    return [team.name for team in standings(lines)]


class ResultsTest(unittest.TestCase):
    def test_parses_names_with_spaces_and_dashes(self):
        self.assertEqual(parse("North End 2-1 United"), ("North End", 2, 1, "United"))
        self.assertEqual(parse("Stoke-on-Sea 0-3 Real Town"), ("Stoke-on-Sea", 0, 3, "Real Town"))

    def test_three_points_for_a_win_and_one_for_a_draw(self):
        team = Team("Rovers")
        team.add(2, 0)
        team.add(1, 1)
        team.add(0, 4)
        self.assertEqual((team.points, team.difference, team.played), (4, -2, 3))


class StandingsTest(unittest.TestCase):
    def test_most_points_come_first(self):
        self.assertEqual(names(["Rovers 2-0 United", "Albion 1-1 Town"])[0], "Rovers")

    def test_goal_difference_decides_between_equal_points(self):
        self.assertEqual(names(["Albion 1-0 Town", "Rovers 4-0 United"]), ["Rovers", "Albion", "Town", "United"])

    def test_goals_scored_decide_between_equal_differences(self):
        self.assertEqual(names(["Albion 1-0 Town", "Rovers 3-2 United"]), ["Rovers", "Albion", "United", "Town"])

    def test_names_decide_last(self):
        self.assertEqual(names(["Rovers 0-0 Albion"]), ["Albion", "Rovers"])

    def test_no_results_no_table(self):
        self.assertEqual(standings([]), [])


class RenderTest(unittest.TestCase):
    def test_renders(self):
        self.assertEqual(
            render(["Rovers 2-0 United"]),
            " 1 Rovers        1  +2   3\n 2 United        1  -2   0",
        )


if __name__ == "__main__":
    unittest.main()
