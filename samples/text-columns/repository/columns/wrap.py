def wrap(text, width):
    """Breaks text into lines of at most `width` characters, at spaces; a longer word gets lines of its own."""
    if width < 1:
        raise ValueError("width must be at least 1")
    lines = []
    line = ""
    for word in text.split():
        if line and len(line) + len(word) <= width:
            line = line + " " + word
            continue
        if line:
            lines.append(line)
        while len(word) > width:
            lines.append(word[:width])
            word = word[width:]
        line = word
    if line:
        lines.append(line)
    return lines


def paragraphs(text, width):
    """Wraps each paragraph by itself; paragraphs are separated by empty lines."""
    blocks = [block for block in text.split("\n\n") if block.strip()]
    return "\n\n".join("\n".join(wrap(block, width)) for block in blocks)
