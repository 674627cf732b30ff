DAY = 24 * 60


def minutes(text):
    """Minutes since midnight of `07:45`; times such as `25:10` belong to the night after."""
    hours, rest = text.split(":")
    return int(hours) * 60 + int(rest)


def show(moment):
    """`07:45` for 465; the day after starts again at `00:00`."""
    moment %= DAY
    return f"{moment // 60:02d}:{moment % 60:02d}"
