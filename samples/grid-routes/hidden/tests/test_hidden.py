import unittest

from grid_routes.grid import Grid
from grid_routes.route import cheapest


class HiddenTest(unittest.TestCase):
    def test_tall_and_wide_maps_are_mirror_images(self):
        text = "S.3.#\n.#.2.\n9..#G"
        tall = "\n".join("".join(column) for column in zip(*text.splitlines()))
        answers = []
        for picture in (text, tall):
            grid = Grid(picture)
            answers.append(cheapest(grid, grid.find("S"), grid.find("G"))[0])
        self.assertEqual(answers[0], answers[1])

    def test_neighbours_of_a_corner(self):
        grid = Grid("....\n....")
        self.assertEqual([cell[:2] for cell in grid.neighbours(1, 3)], [(0, 3), (1, 2)])
        self.assertFalse(grid.contains(2, 1))
        self.assertFalse(grid.contains(0, -1))
