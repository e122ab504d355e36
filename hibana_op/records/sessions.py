"""Browser sessions of people. Whatever ends one has the apps that took part in it told of that."""

from dataclasses import dataclass
from operator import attrgetter

from hibana_op.records import logout_deliveries
from hibana_op.records.impersonations import STANDS
from hibana_op.records.ordering import Order, by, orders
from hibana_op.records.row import as_columns, as_record, as_record_or_none
from hibana_op.storage.database import Row
from hibana_op.storage.database import Session as Db

# What a session keeps when it goes on under a new cookie.
_KEPT = frozenset(
    {"created_at", "revoked_at", "active_membership_id"}
    | {"impersonator_id", "impersonator_session_id", "impersonation_reason"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One signed-in person in one browser; the cookie's value is kept as a hash only.

    `impersonator_id`: who acts as that person, with a sign-in of their own that it stands on, and why.
    """

    id: str
    token_hash: str
    user_id: str
    browser_hash: str
    auth_time: int
    acr: str
    amr: tuple[str, ...]
    remember: bool
    ip_address: str | None
    user_agent: str | None
    created_at: int
    last_seen_at: int
    idle_expires_at: int
    expires_at: int
    revoked_at: int | None = None
    active_membership_id: str | None = None
    impersonator_id: str | None = None
    impersonator_session_id: str | None = None
    impersonation_reason: str | None = None


async def insert(db: Db, session: Session) -> None:
    """Begin a session."""
    await db.run(
        """
        INSERT INTO sessions (id, token_hash, user_id, browser_hash, auth_time, acr, amr, remember, ip_address,
                              user_agent, created_at, last_seen_at, idle_expires_at, expires_at, revoked_at,
                              active_membership_id, impersonator_id, impersonator_session_id,
                              impersonation_reason)
        VALUES (:id, :token_hash, :user_id, :browser_hash, :auth_time, :acr, :amr, :remember, :ip_address,
                :user_agent, :created_at, :last_seen_at, :idle_expires_at, :expires_at, :revoked_at,
                :active_membership_id, :impersonator_id, :impersonator_session_id, :impersonation_reason)""",
        **as_columns(session),
    )


async def find_by_token(db: Db, token_hash: str, *, now: int) -> Session | None:
    """The live session of an active person, by the hash of its cookie."""
    row = await db.one(
        f"""
        SELECT sessions.* FROM sessions JOIN users ON users.id = sessions.user_id AND users.status = 'active'
        WHERE token_hash = :token_hash AND revoked_at IS NULL AND idle_expires_at > :now AND expires_at > :now
          AND {STANDS}""",  # noqa: S608 - the text stands in the code
        token_hash=token_hash,
        now=now,
    )
    return as_record_or_none(Session, row)


async def find_live(db: Db, session_id: str, *, now: int) -> Session | None:
    """The live session of an active person, by its id."""
    row = await db.one(
        f"""
        SELECT sessions.* FROM sessions JOIN users ON users.id = sessions.user_id AND users.status = 'active'
        WHERE sessions.id = :id AND revoked_at IS NULL AND idle_expires_at > :now AND expires_at > :now
          AND {STANDS}""",  # noqa: S608 - the text stands in the code
        id=session_id,
        now=now,
    )
    return as_record_or_none(Session, row)


async def touch(db: Db, session_id: str, *, idle_expires_at: int, now: int) -> None:
    """Note that a session was used."""
    await db.run(
        """
        UPDATE sessions SET last_seen_at = :now, idle_expires_at = :idle
        WHERE id = :id AND revoked_at IS NULL AND idle_expires_at > :now AND expires_at > :now""",
        id=session_id,
        idle=idle_expires_at,
        now=now,
    )


async def set_active_membership(db: Db, session_id: str, membership_id: str | None) -> None:
    """Note which of their tenants the person of a session is in."""
    await db.run(
        "UPDATE sessions SET active_membership_id = :membership_id WHERE id = :id",
        id=session_id,
        membership_id=membership_id,
    )


async def renew(db: Db, session: Session, *, replaced: str, now: int) -> bool:
    """Let a session go on under a new cookie and a fresh sign-in; False when its cookie is not `replaced` any more.

    Its id stays, because apps know the session by it (`sid`).
    """
    return (
        await db.run(
            """
            UPDATE sessions SET token_hash = :token_hash, auth_time = :auth_time, acr = :acr, amr = :amr,
              remember = :remember, ip_address = :ip_address, user_agent = :user_agent, last_seen_at = :last_seen_at,
              idle_expires_at = :idle_expires_at, expires_at = :expires_at
            WHERE id = :id AND user_id = :user_id AND browser_hash = :browser_hash AND token_hash = :replaced
              AND impersonator_id IS NULL AND revoked_at IS NULL AND idle_expires_at > :now AND expires_at > :now""",
            **{name: value for name, value in as_columns(session).items() if name not in _KEPT},
            replaced=replaced,
            now=now,
        )
        > 0
    )


async def revoke(db: Db, session_id: str, *, now: int) -> bool:
    """End a session, and those in which its person acts as somebody else; False when it had ended already."""
    ended = await db.run(
        "UPDATE sessions SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL", id=session_id, now=now
    )
    if ended:
        await db.run(
            "UPDATE sessions SET revoked_at = :now WHERE impersonator_session_id = :id AND revoked_at IS NULL",
            id=session_id,
            now=now,
        )
        await logout_deliveries.queue_of_session(db, session_id, now=now)
    return ended > 0


async def revoke_of_user(db: Db, user_id: str, *, now: int) -> int:
    """End every session of a person, and those in which they act as somebody else; how many there were of the first."""
    ended = await db.run(
        "UPDATE sessions SET revoked_at = :now WHERE user_id = :id AND revoked_at IS NULL",
        id=user_id,
        now=now,
    )
    await db.run(
        "UPDATE sessions SET revoked_at = :now WHERE impersonator_id = :id AND revoked_at IS NULL",
        id=user_id,
        now=now,
    )
    await logout_deliveries.queue_of_user(db, user_id, now=now)
    return ended


async def revoke_all(db: Db, *, now: int) -> int:
    """End every session there is; how many there were."""
    ended = await db.run("UPDATE sessions SET revoked_at = :now WHERE revoked_at IS NULL", now=now)
    await logout_deliveries.queue_of_all(db, now=now)
    return ended


async def end_impersonations(db: Db, *, now: int) -> None:
    """End every session in which somebody acts as somebody else."""
    await db.run(
        "UPDATE sessions SET revoked_at = :now WHERE impersonator_id IS NOT NULL AND revoked_at IS NULL", now=now
    )
    await logout_deliveries.queue_of_all(db, now=now)


async def live_of_user(db: Db, user_id: str, *, now: int) -> list[Session]:
    """The sessions of a person that still count, the latest used first."""
    rows = await db.all(
        f"""
        SELECT * FROM sessions
        WHERE user_id = :id AND revoked_at IS NULL AND idle_expires_at > :now AND expires_at > :now AND {STANDS}
        ORDER BY last_seen_at DESC""",  # noqa: S608 - the text stands in the code
        id=user_id,
        now=now,
    )
    return [as_record(Session, row) for row in rows]


async def is_unended(db: Db, session_id: str, *, now: int) -> bool:
    """Whether a session was neither ended nor outlived; being idle in the browser does not matter here."""
    row = await db.one(
        f"SELECT id FROM sessions WHERE id = :id AND revoked_at IS NULL AND expires_at > :now AND {STANDS}",  # noqa: S608
        id=session_id,
        now=now,
    )
    return row is not None


async def hold(db: Db, session_id: str, *, now: int) -> bool:
    """Keep a session from ending before this transaction does; False when it has ended or was outlived.

    So whatever is issued in it is there to be found by whoever ends it.
    """
    return (
        await db.run(
            f"""
            UPDATE sessions SET revoked_at = NULL
            WHERE id = :id AND revoked_at IS NULL AND expires_at > :now AND {STANDS}""",  # noqa: S608 - our own text
            id=session_id,
            now=now,
        )
        > 0
    )


async def is_known_browser(db: Db, user_id: str, browser_hash: str) -> bool:
    """Whether a person ever had a session in this browser."""
    row = await db.one(
        """
        SELECT id FROM sessions
        WHERE user_id = :user_id AND browser_hash = :browser_hash AND impersonator_id IS NULL LIMIT 1""",
        user_id=user_id,
        browser_hash=browser_hash,
    )
    return row is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A live session, the tenant that its person has entered, and the path of the unit in which they are there."""

    session: Session
    tenant_id: str | None
    unit_path: str


_PLACED = f"""
  SELECT sessions.*, tenant_memberships.tenant_id, COALESCE(organization_units.path, '') AS unit_path FROM sessions
  JOIN users ON users.id = sessions.user_id AND users.status = 'active'
  LEFT JOIN tenant_memberships ON tenant_memberships.id = sessions.active_membership_id
  LEFT JOIN organization_units ON organization_units.tenant_id = tenant_memberships.tenant_id
    AND organization_units.id = tenant_memberships.unit_id
  WHERE sessions.revoked_at IS NULL AND sessions.idle_expires_at > :now AND sessions.expires_at > :now
    AND {STANDS}"""  # noqa: S608 - the text stands in the code


async def find_placed(db: Db, session_id: str, *, now: int) -> Placed | None:
    """A live session with its place, by its id."""
    row = await db.one(f"{_PLACED} AND sessions.id = :id", id=session_id, now=now)
    return _placed(row) if row else None


def _placed(row: Row) -> Placed:
    return Placed(session=as_record(Session, row), tenant_id=row["tenant_id"], unit_path=row["unit_path"])


def _last_seen(placed: Placed) -> int:
    return placed.session.last_seen_at


ORDERS = orders(
    "sessions.id",
    identified=attrgetter("session.id"),
    created_at=None,
    last_seen_at=by("sessions.last_seen_at", value=_last_seen, is_quick=False),
)


# What is not asked for is left out of the statement, so that the indexes serve for what is.
_NARROWER = {
    "user_id": "sessions.user_id = :user_id",
    "tenant_id": "tenant_memberships.tenant_id = :tenant_id",
    "beneath": "organization_units.path LIKE :beneath",
}


async def page(
    db: Db,
    *,
    tenant_id: str | None,
    unit_path: str = "",
    user_id: str = "",
    order: Order = ORDERS["created_at"],
    after: str = "",
    limit: int = 50,
    now: int,
) -> list[Placed]:
    """Live sessions: in a tenant, in a unit of it and below, or with None everywhere."""
    beyond, end = order.beyond(after)
    asked = {"user_id": user_id or None, "tenant_id": tenant_id, "beneath": f"{unit_path}%" if unit_path else None}
    given = {name: value for name, value in asked.items() if value is not None}
    narrower = "".join(f" AND {_NARROWER[name]}" for name in given)
    rows = await db.all(
        f"{_PLACED}{narrower} AND {beyond} ORDER BY {order.clause} LIMIT :limit",
        limit=limit,
        now=now,
        **end,
        **given,
    )
    return [_placed(row) for row in rows]
