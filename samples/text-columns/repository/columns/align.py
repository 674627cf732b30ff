def pad(text, width, align="left"):
    """Fills text up to `width` characters; longer text is cut and marked with an ellipsis."""
    if len(text) > width:
        return text[: width - 1] + "…"
    if align == "right":
        return text.rjust(width)
    if align == "centre":
        return text.center(width)
    return text.ljust(width)


def justify(words, width):
    """One line of words with the spaces spread so that it is exactly `width` wide; spare spaces go to the left."""
    if len(words) == 1:
        return words[0].ljust(width)
    spaces = width - sum(len(word) for word in words)
    each, spare = divmod(spaces, len(words) - 1)
    line = words[0]
    for index, word in enumerate(words[1:]):
        line += " " * (each + (1 if index < spare else 0)) + word
    return line
