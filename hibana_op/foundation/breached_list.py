"""Lists of breached passwords as Have I Been Pwned gives them out: `SHA1:COUNT` lines, sorted; and its range API.

The whole list has some forty gigabytes. It is searched by halving the file, a few dozen small reads, and never loaded.
It is read and not mapped into memory: a failing disk, or a file that is cut short meanwhile, is then an error that can
be dealt with, where a map would end the whole process.
"""

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hibana_op.foundation.outbound import Outbound, OutboundRefused

_LONGEST_LINE = 128  # bytes: a hash, a colon, a count of any size and the end of the line take 64
_LONGEST_RANGE = 1 << 20
_PREFIX = 5  # all that the other side of the range API learns of a hash
_HASH = re.compile(rb"[0-9A-F]{40}")
_OTHER_HASH = re.compile(rb"[0-9A-F]{32}")
_PLACES = 2000  # looked at in a file before it is called sorted


class UnusableList(Exception):
    """A list in which nothing can be found; the words are for administrators."""


def fingerprint(password: str) -> str:
    """What stands for a password in a list: the SHA-1 of its UTF-8, in capital hex digits."""
    raw = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    return hashlib.sha1(raw, usedforsecurity=False).hexdigest().upper()


def is_in_file(path: Path, wanted: str) -> bool:
    """Whether a fingerprint stands in a file; it takes long enough to be done apart from everything else."""
    key = wanted.encode("ascii")
    with _opened(path) as (descriptor, size):
        low, high = 0, size
        while low < high:
            start, end, found = _line_at(descriptor, (low + high) // 2)
            if found == key:
                return True
            if found and end < size and not _HASH.fullmatch(found):
                raise UnusableList("there is a line that begins with no SHA-1")
            if found and found < key:
                low = end
            else:  # an empty line is the last one
                high = start
    return False


def check_file(path: Path) -> None:
    """UnusableList unless the lines at many places of a file, the first and the last too, are in order."""
    with _opened(path) as (descriptor, size):
        before, at = b"", -1
        for number in range(_PLACES + 1):
            start, end, found = _line_at(descriptor, (size - 1) * number // _PLACES)
            if start == at or (not found and end == size):
                continue
            if not _HASH.fullmatch(found):
                raise UnusableList(_what_is_wrong(found, is_last=end == size))
            if found < before:
                raise UnusableList("its lines are not sorted by hash")
            before, at = found, start


def _what_is_wrong(found: bytes, *, is_last: bool) -> str:
    if is_last:
        return "its last line is cut short"
    return "it lists NTLM hashes" if _OTHER_HASH.fullmatch(found) else "there is a line that begins with no SHA-1"


@contextmanager
def _opened(path: Path) -> Iterator[tuple[int, int]]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as fault:
        raise UnusableList(f"it cannot be opened ({fault.strerror})") from None
    try:
        size = os.fstat(descriptor).st_size
        if size == 0:
            raise UnusableList("it is empty")
        yield descriptor, size
    except OSError as fault:
        raise UnusableList(f"it cannot be read ({fault.strerror})") from None
    finally:
        os.close(descriptor)


def _line_at(descriptor: int, place: int) -> tuple[int, int, bytes]:
    """Where the line around a place begins, where the next one does, and the hash in it."""
    begin = max(0, place - _LONGEST_LINE)
    text = os.pread(descriptor, 2 * _LONGEST_LINE, begin)
    inside = place - begin
    start = text.rfind(b"\n", 0, inside) + 1
    end = text.find(b"\n", inside) + 1
    if (not start and begin) or (not end and len(text) == 2 * _LONGEST_LINE):
        raise UnusableList(f"there is a line of more than {_LONGEST_LINE} bytes")
    end = end or len(text)
    return begin + start, begin + end, text[start:end].strip().partition(b":")[0].upper()


async def is_in_range(outbound: Outbound, url: str, wanted: str) -> bool:
    """Whether a service lists a fingerprint, asked by its first five digits alone; OutboundRefused without an answer.

    The answer is filled up with made-up lines that count 0, so that its length tells nobody what was asked.
    """
    fetched = await outbound.get(
        f"{url}/{wanted[:_PREFIX]}",
        accept="text/plain",
        limit=_LONGEST_RANGE,
        headers={"Add-Padding": "true"},
        plain_here=True,
    )
    if fetched.status != 200:
        raise OutboundRefused(f"the server answered {fetched.status}")
    rest = wanted[_PREFIX:].encode("ascii")
    for line in fetched.body.upper().splitlines():
        found, _, count = line.strip().partition(b":")
        if found == rest:
            return count.strip(b" 0") != b""
    return False
