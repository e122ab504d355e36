"""Text that cannot forge another line, colour a terminal or turn the reading direction around."""

_WIDE_SPACE = "\u3000"  # between the names of Japanese people; Python does not count it as printable


def is_line(text: str) -> bool:
    """Whether a text that people write is one line, without control, format and bidirectional characters."""
    return text.replace(_WIDE_SPACE, " ").isprintable()


def printable(text: str) -> str:
    """The same text with control, format and bidirectional characters written as escapes."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escape(each) for each in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
