"""Row identifiers: UUIDv7 (RFC 9562 §5.7), random and sortable by the time they were made."""

import secrets
import time
import uuid


def uuid7() -> str:
    """A new identifier; two made in different milliseconds sort in the order they were made."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))
