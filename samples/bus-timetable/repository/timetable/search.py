def first_at_or_after(times, moment):
    """Index of the first of the sorted times that is not before `moment`; `len(times)` when there is none."""
    low = 0
    high = len(times) - 1
    while low < high:
        middle = (low + high) // 2
        if times[middle] < moment:
            low = middle + 1
        else:
            high = middle
    return low


def last_before(times, moment):
    """The last of the sorted times before `moment`, or None."""
    index = first_at_or_after(times, moment)
    return times[index - 1] if index > 0 else None
