"""A person's or an app's picture when there is none: the initials of the name on one of eight hues."""

import unicodedata
import zlib


def initials(name: str) -> str:
    """Two letters for a name of several alphabetic words, else the first character."""
    words = name.split()
    if len(words) > 1 and all(word[0].isascii() and word[0].isalpha() for word in (words[0], words[-1])):
        return (words[0][0] + words[-1][0]).upper()
    return next((c for c in unicodedata.normalize("NFC", name).upper() if c.isalnum()), "?")


def hue(text: str) -> int:
    """Which of the eight hues belongs to a text: always the same one."""
    return zlib.crc32(text.encode("utf-8", "surrogatepass")) % 8
