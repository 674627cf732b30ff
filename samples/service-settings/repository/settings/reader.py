from .values import convert


class SettingsError(Exception):
    """A line that is neither a section, a setting nor a comment."""

    def __init__(self, number, line):
        super().__init__(f"line {number}: cannot read {line!r}")
        self.number = number


def read(text):
    """Reads settings of the form `name = value` in `[sections]`; the part before any section is `""`."""
    sections = {"": {}}
    current = sections[""]
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if line.startswith("[") and line.endswith("]"):
            current = sections.setdefault(line[1:-1].strip(), {})
            continue
        if "=" not in line:
            raise SettingsError(number, raw)
        name, value = line.split("=")
        current[name.strip()] = convert(value.strip())
    return sections
