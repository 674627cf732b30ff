from .align import pad
from .wrap import wrap


def side_by_side(left, right, width, gap=3):
    """Two texts next to each other, each in a column of `width` characters."""
    lefts = wrap(left, width)
    rights = wrap(right, width)
    rows = []
    for index in range(max(len(lefts), len(rights))):
        first = lefts[index] if index < len(lefts) else ""
        second = rights[index] if index < len(rights) else ""
        rows.append((pad(first, width) + " " * gap + second).rstrip())
    return rows
