"""Identifiers: UUIDv7 for rows (RFC 9562 §5.7), random and sortable by the time they were made; and for requests."""

import os
import re
import time
from collections.abc import Iterator

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_AT_ONCE = 256  # asking the system for random bytes costs some microseconds, however few are asked for


class _Random:
    """Random bytes of the system in pieces of one size, drawn many at once; a piece is handed out only once.

    Taking one from an iterator is one step, so two threads never get the same; a process that forks begins anew.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self.forget()
        os.register_at_fork(after_in_child=self.forget)

    def forget(self) -> None:
        """Hand out none of the pieces that are left."""
        self._pieces: Iterator[bytes] = iter(())

    def piece(self) -> bytes:
        """The next piece."""
        while (piece := next(self._pieces, None)) is None:
            drawn = os.urandom(self._size * _AT_ONCE)
            self._pieces = iter([drawn[at : at + self._size] for at in range(0, len(drawn), self._size)])
        return piece


_row_bytes = _Random(8).piece
_request_bytes = _Random(16).piece


def uuid7() -> str:
    """A new identifier; those of one process sort in the order they were made.

    The bits after the version hold the fraction of the millisecond (RFC 9562 §6.2, method 3): a quarter of a
    microsecond, in which nobody makes two.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    moment, fraction, random = f"{milliseconds:012x}", rest * 4096 // 1_000_000, _row_bytes().hex()
    variant = "89ab"[int(random[0], 16) & 3]
    return f"{moment[:8]}-{moment[8:]}-7{fraction:03x}-{variant}{random[1:4]}-{random[4:]}"


def is_uuid(text: str) -> bool:
    """Whether a text has the form of an identifier of a row."""
    return _UUID.fullmatch(text) is not None


def request_id() -> str:
    """A new identifier of a request, in the form of a trace id (W3C Trace Context §3.2.2.3)."""
    return _request_bytes().hex()
