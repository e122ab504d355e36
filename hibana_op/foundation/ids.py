"""Row identifiers: UUIDv7 (RFC 9562 §5.7), random and sortable by the time they were made."""

import os
import time


def uuid7() -> str:
    """A new identifier; two made in different milliseconds sort in the order they were made."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
