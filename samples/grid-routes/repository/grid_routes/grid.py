WALL = "#"


class Grid:
    """A map drawn in text: `#` is a wall, a digit is the cost of entering, anything else costs one."""

    def __init__(self, text):
        self.rows = [line for line in text.splitlines() if line]
        self.height = len(self.rows)
        self.width = len(self.rows[0])
        if any(len(row) != self.width for row in self.rows):
            raise ValueError("all rows of a map must be of one length")

    def contains(self, row, column):
        return 0 <= row < self.height and 0 <= column < self.width

    def cost(self, row, column):
        """Cost of entering a cell, or None for a wall."""
        cell = self.rows[row][column]
        if cell == WALL:
            return None
        return int(cell) if cell.isdigit() else 1

    def neighbours(self, row, column):
        """Cells next to one that can be entered, as (row, column, cost)."""
        for down, right in ((-1, 0), (0, -1), (0, 1), (1, 0)):
            if self.contains(column + right, row + down):
                cost = self.cost(row + down, column + right)
                if cost is not None:
                    yield row + down, column + right, cost

    def find(self, mark):
        """(row, column) of the first cell that holds `mark`."""
        for row, line in enumerate(self.rows):
            column = line.find(mark)
            if column != -1:
                return row, column
        raise KeyError(mark)
