from .clock import minutes, show
from .search import first_at_or_after, last_before


class Line:
    """The departures of one bus line from one stop."""

    def __init__(self, name, departures):
        self.name = name
        self.departures = sorted(minutes(text) for text in departures)

    def next_departure(self, now):
        """The next departure at or after `now` as text, or None when the last bus has gone."""
        index = first_at_or_after(self.departures, minutes(now))
        if index == len(self.departures):
            return None
        return show(self.departures[index])

    def missed(self, now):
        """The departure that was missed last, or None."""
        moment = last_before(self.departures, minutes(now))
        return None if moment is None else show(moment)

    def wait(self, now):
        """Minutes to wait for the next bus, or None."""
        index = first_at_or_after(self.departures, minutes(now))
        if index == len(self.departures):
            return None
        return self.departures[index] - minutes(now)

    def between(self, start, end):
        """How many buses leave from `start` until before `end`."""
        return first_at_or_after(self.departures, minutes(end)) - first_at_or_after(self.departures, minutes(start))
