from .results import Team, parse


def standings(lines):
    """Teams in order: points, then goal difference, then goals scored, most first; then name."""
    teams = {}
    for line in lines:
        home, home_goals, away_goals, away = parse(line)
        teams.setdefault(home, Team(home)).add(home_goals, away_goals)
        teams.setdefault(away, Team(away)).add(away_goals, home_goals)
    return sorted(teams.values(), key=lambda team: (-team.points, -team.difference, team.scored, team.name))


def render(lines):
    """The table as text, one team a line."""
    rows = []
    for place, team in enumerate(standings(lines), start=1):
        rows.append(f"{place:>2} {team.name:<12}{team.played:>3}{team.difference:>+4}{team.points:>4}")
    return "\n".join(rows)
