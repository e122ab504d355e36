"""Client metadata as it comes in and goes out: RFC 7591 §2 and OpenID Connect Registration §2."""

from hibana_op.oauth.metadata.members import (
    IMPLICIT,
    LOCALIZED,
    LONGEST_LIFETIME,
    MEMBERS,
    NONE,
    POLICY,
    UNNAMED,
    absent,
    information,
    read_changes,
    read_members,
)
from hibana_op.oauth.metadata.together import check_together, complete

__all__ = [
    "IMPLICIT",
    "LOCALIZED",
    "LONGEST_LIFETIME",
    "MEMBERS",
    "NONE",
    "POLICY",
    "UNNAMED",
    "absent",
    "check_together",
    "complete",
    "information",
    "read_changes",
    "read_members",
]
