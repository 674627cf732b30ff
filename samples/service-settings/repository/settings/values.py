WORDS = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}


def convert(text):
    """A bool, an int, a float or text, whichever the value looks like; quotes keep it text."""
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    if text.lower() in WORDS:
        return WORDS[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
