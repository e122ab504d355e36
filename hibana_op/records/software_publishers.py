"""Whose software statements count here, and the keys they sign them with (RFC 7591 §2.3)."""

from dataclasses import dataclass
from typing import Any

from hibana_op.records.row import as_columns, as_record, as_record_or_none, insert_into
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwarePublisher:
    """A publisher; its keys are either kept here or shown at an address."""

    issuer: str
    jwks: dict[str, Any] | None = None
    jwks_uri: str | None = None
    created_at: int


_INSERT = insert_into("software_publishers", SoftwarePublisher)


async def put(db: Session, publisher: SoftwarePublisher) -> None:
    """Trust a publisher, or give one that is trusted already other keys."""
    await db.run(
        f"{_INSERT} ON CONFLICT (issuer) DO UPDATE SET jwks_json = :jwks_json, jwks_uri = :jwks_uri",
        **as_columns(publisher),
    )


async def find(db: Session, issuer: str) -> SoftwarePublisher | None:
    """The publisher with this issuer."""
    row = await db.one("SELECT * FROM software_publishers WHERE issuer = :issuer", issuer=issuer)
    return as_record_or_none(SoftwarePublisher, row)


async def every(db: Session) -> list[SoftwarePublisher]:
    """All publishers."""
    rows = await db.all("SELECT * FROM software_publishers ORDER BY issuer")
    return [as_record(SoftwarePublisher, row) for row in rows]


async def page(db: Session, *, after: str = "", limit: int = 50) -> list[SoftwarePublisher]:
    """Some of them, from one issuer on."""
    rows = await db.all(
        "SELECT * FROM software_publishers WHERE issuer > :after ORDER BY issuer LIMIT :limit", after=after, limit=limit
    )
    return [as_record(SoftwarePublisher, row) for row in rows]


async def delete(db: Session, issuer: str) -> bool:
    """Trust a publisher no more; whether it was trusted before."""
    return await db.run("DELETE FROM software_publishers WHERE issuer = :issuer", issuer=issuer) > 0
