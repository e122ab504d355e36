"""What staff of the service provider must bring before their roles in the deployment count."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hibana_op.foundation import networks
from hibana_op.foundation.acr import STRONG, TWO_FACTORS
from hibana_op.foundation.errors import NotFound
from hibana_op.records.row import as_columns, as_record, as_record_or_none, insert_into
from hibana_op.storage.database import Session

AUTH_TYPES = ("password", "mfa", "sso")
FEDERATED = "fed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRequirement:
    """One thing to bring. "password" asks for no more than to be signed in; `auth_data`: {"cidrs": […]}."""

    id: str
    user_id: str
    auth_type: str
    auth_data: dict[str, Any] = field(default_factory=dict)
    is_active: bool = True
    expires_at: int | None = None
    last_used_at: int | None = None
    created_at: int
    updated_at: int

    @property
    def cidrs(self) -> tuple[str, ...]:
        """From where they may act; from anywhere when there are none."""
        return tuple(self.auth_data.get("cidrs", ()))

    def is_met(self, *, acr: str, amr: Sequence[str], ip: str | None, now: int) -> bool:
        """Whether a session or token, used from an address, is what this asks for; a key is no sign-in at all."""
        if not acr:
            return False
        if self.expires_at is not None and self.expires_at <= now:
            return False
        if self.cidrs and not networks.covers(self.cidrs, ip):
            return False
        if self.auth_type == "mfa":
            return acr in {TWO_FACTORS, STRONG}
        return self.auth_type == "password" or FEDERATED in amr


_INSERT = insert_into("service_provider_auth", StaffRequirement)


async def put(db: Session, requirement: StaffRequirement) -> StaffRequirement:
    """Set what somebody must bring, in the place of what the same type asked before; as it is kept."""
    row = await db.one(
        f"""{_INSERT} ON CONFLICT (user_id, auth_type) DO UPDATE SET
          auth_data_json = excluded.auth_data_json, is_active = excluded.is_active,
          expires_at = excluded.expires_at, updated_at = excluded.updated_at
        RETURNING *""",
        **as_columns(requirement),
    )
    return as_record(StaffRequirement, row) if row else requirement


async def find(db: Session, user_id: str, auth_type: str) -> StaffRequirement | None:
    """What one type asks of somebody."""
    row = await db.one(
        "SELECT * FROM service_provider_auth WHERE user_id = :user_id AND auth_type = :auth_type",
        user_id=user_id,
        auth_type=auth_type,
    )
    return as_record_or_none(StaffRequirement, row)


async def locate(db: Session, requirement_id: str) -> StaffRequirement:
    """One requirement, by its id, or NotFound."""
    row = await db.one("SELECT * FROM service_provider_auth WHERE id = :id", id=requirement_id)
    if row is None:
        raise NotFound(f"no requirement has the id {requirement_id}")
    return as_record(StaffRequirement, row)


async def active_of_user(db: Session, user_id: str) -> list[StaffRequirement]:
    """All that somebody must bring now."""
    rows = await db.all(
        "SELECT * FROM service_provider_auth WHERE user_id = :user_id AND is_active ORDER BY auth_type", user_id=user_id
    )
    return [as_record(StaffRequirement, row) for row in rows]


async def page(db: Session, *, user_id: str = "", after: str = "", limit: int = 50) -> list[StaffRequirement]:
    """What is asked of whom, in the order in which it was set."""
    rows = await db.all(
        """
        SELECT * FROM service_provider_auth
        WHERE id > :after AND (:user_id = '' OR user_id = :user_id) ORDER BY id LIMIT :limit""",
        user_id=user_id,
        after=after,
        limit=limit,
    )
    return [as_record(StaffRequirement, row) for row in rows]


async def note_sign_in(db: Session, user_id: str, *, acr: str, amr: Sequence[str], ip: str | None, now: int) -> None:
    """Note that somebody signed in who brought all that is asked of them."""
    asked = await active_of_user(db, user_id)
    if asked and all(each.is_met(acr=acr, amr=amr, ip=ip, now=now) for each in asked):
        await db.run(
            "UPDATE service_provider_auth SET last_used_at = :now WHERE user_id = :user_id AND is_active",
            user_id=user_id,
            now=now,
        )


async def delete(db: Session, user_id: str, auth_type: str) -> bool:
    """Ask for this no more; False when it was not asked for."""
    return (
        await db.run(
            "DELETE FROM service_provider_auth WHERE user_id = :user_id AND auth_type = :auth_type",
            user_id=user_id,
            auth_type=auth_type,
        )
        > 0
    )
