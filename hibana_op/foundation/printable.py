"""Text that cannot forge another line, colour a terminal or turn the reading direction around."""


def printable(text: str) -> str:
    """The same text with control, format and bidirectional characters written as escapes."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escape(each) for each in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
