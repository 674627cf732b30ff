import heapq


def cheapest(grid, start, goal):
    """Total cost and cells of the cheapest route from start to goal, or None when there is none."""
    costs = {start: 0}
    previous = {}
    queue = [(0, start)]
    while queue:
        cost, cell = heapq.heappop(queue)
        if cell == goal:
            return cost, trace(previous, goal)
        if cost > costs[cell]:
            continue
        for row, column, step in grid.neighbours(*cell):
            total = cost + step
            if total < costs.get((row, column), float("inf")):
                costs[(row, column)] = total
                previous[(row, column)] = cell
                heapq.heappush(queue, (total, (row, column)))
    return None


def trace(previous, goal):
    """The cells from the start to the goal."""
    cells = [goal]
    while cells[-1] in previous:
        cells.append(previous[cells[-1]])
    cells.reverse()
    return cells
