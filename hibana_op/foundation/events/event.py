"""The shape of an event: a frozen dataclass with a three-part tag for the audit log.

`user_id` and `client_id` say who acted, `tenant_id` in which tenant. `target_id` is the record acted on and
`target` its kind; the fields of an event that are none of these become the entry's metadata, so no secret may
ever be one of them.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened."""

    tag: ClassVar[str]
    outcome: ClassVar[str] = "success"
    target: ClassVar[str | None] = None

    user_id: str | None = None
    client_id: str | None = None
    target_id: str | None = None
    tenant_id: str | None = None
