from dataclasses import dataclass


@dataclass
class Team:
    name: str
    played: int = 0
    won: int = 0
    drawn: int = 0
    lost: int = 0
    scored: int = 0
    conceded: int = 0

    @property
    def points(self):
        return 3 * self.won + self.drawn

    @property
    def difference(self):
        return self.scored - self.conceded

    def add(self, scored, conceded):
        """Counts one match of this team."""
        self.played += 1
        self.scored += scored
        self.conceded += conceded
        if scored > conceded:
            self.won += 1
        elif scored == conceded:
            self.drawn += 1
        else:
            self.lost += 1


def parse(line):
    """Reads `Rovers 2-1 United` into (home, goals, goals, away)."""
    left, right = line.rsplit("-", 1)
    home, home_goals = left.rsplit(" ", 1)
    away_goals, away = right.split(" ", 1)
    return home.strip(), int(home_goals), int(away_goals), away.strip()
