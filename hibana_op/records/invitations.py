"""Invitations of one address into one tenant; the token in the link is kept as a hash only."""

from dataclasses import dataclass

from hibana_op.foundation.errors import NotFound
from hibana_op.records.ordering import Order, by, orders
from hibana_op.records.row import as_columns, as_record, as_record_or_none, insert_into
from hibana_op.records.tenants import IS_OPEN
from hibana_op.records.users import login_key
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Somebody is invited; `is_mailed`: only the mailbox knows the link. `role`, `role_id`: what they become."""

    id: str
    tenant_id: str
    email: str
    email_key: str
    token_hash: str
    is_mailed: bool
    role: str = "member"
    role_id: str | None = None
    unit_id: str | None = None
    invited_by: str | None = None
    status: str = "pending"
    expires_at: int
    accepted_at: int | None = None
    accepted_by: str | None = None
    created_at: int

    def state(self, now: int) -> str:
        """Its status, or that its time is over."""
        return "expired" if self.status == "pending" and self.expires_at <= now else self.status


_INSERT = insert_into("invitations", Invitation)


async def insert(db: Session, invitation: Invitation) -> None:
    """Add an invitation."""
    await db.run(_INSERT, **as_columns(invitation))


async def find(db: Session, tenant_id: str, invitation_id: str) -> Invitation | None:
    """An invitation of this tenant."""
    row = await db.one(
        "SELECT * FROM invitations WHERE tenant_id = :tenant_id AND id = :id", tenant_id=tenant_id, id=invitation_id
    )
    return as_record_or_none(Invitation, row)


async def locate(db: Session, invitation_id: str) -> Invitation:
    """The same in whichever tenant it is, or NotFound."""
    row = await db.one("SELECT * FROM invitations WHERE id = :id", id=invitation_id)
    if row is None:
        raise NotFound(f"no invitation has the id {invitation_id}")
    return as_record(Invitation, row)


async def find_by_token(db: Session, token_hash: str) -> Invitation | None:
    """The invitation that a link leads to, whatever became of it."""
    return as_record_or_none(
        Invitation, await db.one("SELECT * FROM invitations WHERE token_hash = :hash", hash=token_hash)
    )


async def find_to(db: Session, invitation_id: str, email: str, *, now: int) -> Invitation | None:
    """An invitation to this address, while it may be accepted."""
    row = await db.one(
        """
        SELECT * FROM invitations
        WHERE id = :id AND email_key = :email_key AND status = 'pending' AND expires_at > :now""",
        id=invitation_id,
        email_key=login_key(email),
        now=now,
    )
    return as_record_or_none(Invitation, row)


async def pending_to(db: Session, email: str, *, now: int) -> list[Invitation]:
    """The invitations to an address that may be accepted now."""
    rows = await db.all(
        f"""
        SELECT invitations.* FROM invitations
        JOIN tenants ON tenants.id = invitations.tenant_id AND {IS_OPEN}
        WHERE email_key = :email_key AND invitations.status = 'pending' AND expires_at > :now
        ORDER BY invitations.id""",  # noqa: S608 - our own text
        email_key=login_key(email),
        now=now,
    )
    return [as_record(Invitation, row) for row in rows]


ORDERS = orders(
    "invitations.id", created_at=None, email=by("invitations.email_key"), expires_at=by("invitations.expires_at")
)


async def page(
    db: Session,
    tenant_id: str,
    *,
    status: str = "",
    unit_path: str = "",
    order: Order = ORDERS["created_at"],
    after: str = "",
    limit: int = 50,
) -> list[Invitation]:
    """The invitations into a tenant, or into a unit and below."""
    beyond, end = order.beyond(after)
    rows = await db.all(
        f"""
        SELECT invitations.* FROM invitations
        LEFT JOIN organization_units ON organization_units.tenant_id = invitations.tenant_id
          AND organization_units.id = invitations.unit_id
        WHERE invitations.tenant_id = :tenant_id AND {beyond}
          AND (:status = '' OR invitations.status = :status)
          AND (:unit_path = '' OR organization_units.path LIKE :beneath)
        ORDER BY {order.clause} LIMIT :limit""",  # noqa: S608 - the text stands in the code
        tenant_id=tenant_id,
        unit_path=unit_path,
        beneath=f"{unit_path}%",
        **end,
        status=status,
        limit=limit,
    )
    return [as_record(Invitation, row) for row in rows]


async def count_open(db: Session, tenant_id: str, *, now: int) -> int:
    """How many invitations into a tenant may be accepted now."""
    row = await db.one(
        """
        SELECT COUNT(*) AS invited FROM invitations
        WHERE tenant_id = :tenant_id AND status = 'pending' AND expires_at > :now""",
        tenant_id=tenant_id,
        now=now,
    )
    return int(row["invited"]) if row else 0


async def accept(db: Session, invitation_id: str, *, user_id: str | None, now: int) -> Invitation | None:
    """Take an invitation up, once; None when it was, was cancelled, or is too old."""
    row = await db.one(
        """
        UPDATE invitations SET status = 'accepted', accepted_at = :now, accepted_by = :user_id
        WHERE id = :id AND status = 'pending' AND expires_at > :now
        RETURNING *""",
        id=invitation_id,
        user_id=user_id,
        now=now,
    )
    return as_record_or_none(Invitation, row)


async def note_accepted_by(db: Session, invitation_id: str, user_id: str) -> None:
    """Say who took an invitation up, once their account is there."""
    await db.run("UPDATE invitations SET accepted_by = :user_id WHERE id = :id", id=invitation_id, user_id=user_id)


async def cancel(db: Session, tenant_id: str, invitation_id: str) -> bool:
    """Let an invitation count no more; False when it is not open."""
    return (
        await db.run(
            """
            UPDATE invitations SET status = 'cancelled'
            WHERE tenant_id = :tenant_id AND id = :id AND status = 'pending'""",
            tenant_id=tenant_id,
            id=invitation_id,
        )
        > 0
    )


async def cancel_to(db: Session, tenant_id: str, email: str, *, now: int) -> list[str]:
    """Let no earlier invitation of an address into this tenant count; the ids of those that did until now."""
    rows = await db.all(
        """
        UPDATE invitations SET status = 'cancelled'
        WHERE tenant_id = :tenant_id AND email_key = :email_key AND status = 'pending'
        RETURNING id, expires_at""",
        tenant_id=tenant_id,
        email_key=login_key(email),
    )
    return sorted(row["id"] for row in rows if row["expires_at"] > now)


async def cancel_of_tenant(db: Session, tenant_id: str) -> None:
    """Let no invitation into a tenant count any more."""
    await db.run(
        "UPDATE invitations SET status = 'cancelled' WHERE tenant_id = :id AND status = 'pending'", id=tenant_id
    )


async def cancel_all(db: Session) -> int:
    """Let no invitation count that was made so far; how many there were."""
    return await db.run("UPDATE invitations SET status = 'cancelled' WHERE status = 'pending'")


async def send_again(
    db: Session, tenant_id: str, invitation_id: str, *, token_hash: str, is_mailed: bool, expires_at: int
) -> Invitation | None:
    """Give an open invitation another link and more time; the link before leads nowhere. None when it is not open."""
    row = await db.one(
        """
        UPDATE invitations SET token_hash = :token_hash, is_mailed = :is_mailed, expires_at = :expires_at
        WHERE tenant_id = :tenant_id AND id = :id AND status = 'pending'
        RETURNING *""",
        tenant_id=tenant_id,
        id=invitation_id,
        token_hash=token_hash,
        is_mailed=is_mailed,
        expires_at=expires_at,
    )
    return as_record_or_none(Invitation, row)
