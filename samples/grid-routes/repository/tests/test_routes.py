import unittest

from grid_routes.grid import Grid
from grid_routes.route import cheapest

SQUARE = """
S.#
.#.
..G
"""

WIDE = """
S..#....
.#.#.##.
.#...#.G
"""

HILLS = """
S9.
1.1
.9G
"""


def route(text):
    grid = Grid(text)
    return cheapest(grid, grid.find("S"), grid.find("G"))


class GridTest(unittest.TestCase):
    def test_knows_its_size(self):
        grid = Grid(WIDE)
        self.assertEqual((grid.height, grid.width), (3, 8))

    def test_contains_the_last_column_of_a_wide_map(self):
        self.assertTrue(Grid(WIDE).contains(2, 7))
        self.assertFalse(Grid(WIDE).contains(3, 0))

    def test_refuses_a_ragged_map(self):
        with self.assertRaises(ValueError):
            Grid("..\n...")

    def test_finds_a_mark(self):
        self.assertEqual(Grid(SQUARE).find("G"), (2, 2))
        with self.assertRaises(KeyError):
            Grid(SQUARE).find("X")

    def test_neighbours_leave_out_walls(self):
        self.assertEqual(list(Grid(SQUARE).neighbours(0, 0)), [(0, 1, 1), (1, 0, 1)])

    def test_neighbours_carry_the_cost_of_entering(self):
        self.assertEqual(list(Grid(HILLS).neighbours(0, 0)), [(0, 1, 9), (1, 0, 1)])


class RouteTest(unittest.TestCase):
    def test_square_map(self):
        cost, cells = route(SQUARE)
        self.assertEqual(cost, 4)
        self.assertEqual(cells, [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2)])

    def test_wide_map(self):
        cost, _ = route(WIDE)
        self.assertEqual(cost, 13)

    def test_goes_around_hills(self):
        self.assertEqual(route(HILLS)[1], [(0, 0), (1, 0), (1, 1), (1, 2), (2, 2)])

    def test_no_route(self):
        self.assertIsNone(route("S#G"))


if __name__ == "__main__":
    unittest.main()
