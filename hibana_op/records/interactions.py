"""Sign-ins in progress: one server-side row each, bound to the browser that began it."""

from dataclasses import dataclass
from typing import Any

from hibana_op.records.row import as_columns, as_record_or_none
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """What was asked for, and which steps the person has taken since.

    `user_id`: who has proven something in it that is not a session yet; `return_path`: where it ends without an app;
    `tenant_id`: whose look its pages wear.
    """

    id: str
    browser_hash: str
    client_id: str | None
    request: dict[str, Any] | None
    identifier: str | None = None
    user_id: str | None = None
    remember: bool = False
    return_path: str | None = None
    session_id: str | None = None
    signed_in: bool = False
    consented: bool = False
    account_chosen: bool = False
    created_at: int
    expires_at: int
    finished_at: int | None = None
    membership_id: str | None = None
    tenant_id: str | None = None


async def insert(db: Session, interaction: Interaction) -> None:
    """Begin an interaction."""
    await db.run(
        """
        INSERT INTO interactions (id, browser_hash, client_id, request_json, identifier, user_id, remember, return_path,
                                  session_id, signed_in, consented, account_chosen, created_at, expires_at,
                                  finished_at, membership_id, tenant_id)
        VALUES (:id, :browser_hash, :client_id, :request_json, :identifier, :user_id, :remember, :return_path,
                :session_id, :signed_in, :consented, :account_chosen, :created_at, :expires_at, :finished_at,
                :membership_id, :tenant_id)""",
        **as_columns(interaction),
    )


async def find_open(db: Session, interaction_id: str, *, now: int) -> Interaction | None:
    """The interaction, while it is neither finished nor expired."""
    row = await db.one(
        "SELECT * FROM interactions WHERE id = :id AND finished_at IS NULL AND expires_at > :now",
        id=interaction_id,
        now=now,
    )
    return as_record_or_none(Interaction, row)


async def pick_tenant(db: Session, interaction_id: str, *, membership_id: str, now: int) -> bool:
    """Note which of their tenants the person picked."""
    return (
        await db.run(
            """
            UPDATE interactions SET membership_id = :membership_id
            WHERE id = :id AND finished_at IS NULL AND expires_at > :now""",
            id=interaction_id,
            membership_id=membership_id,
            now=now,
        )
        > 0
    )


async def name_person(db: Session, interaction_id: str, *, identifier: str | None, now: int) -> bool:
    """Remember who the person says they are."""
    return (
        await db.run(
            """
            UPDATE interactions SET identifier = :identifier
            WHERE id = :id AND finished_at IS NULL AND expires_at > :now""",
            id=interaction_id,
            identifier=identifier,
            now=now,
        )
        > 0
    )


async def note_proven(db: Session, interaction_id: str, *, user_id: str, remember: bool, now: int) -> bool:
    """Somebody has proven something that is not enough for a session yet."""
    return (
        await db.run(
            """
            UPDATE interactions SET user_id = :user_id, remember = :remember
            WHERE id = :id AND finished_at IS NULL AND expires_at > :now""",
            id=interaction_id,
            user_id=user_id,
            remember=remember,
            now=now,
        )
        > 0
    )


async def note_signed_in(db: Session, interaction_id: str, *, session_id: str, now: int) -> bool:
    """The person proved who they are, in this interaction; a consent given as somebody else is void."""
    return (
        await db.run(
            """
            UPDATE interactions
            SET session_id = :session_id, signed_in = TRUE, account_chosen = TRUE, consented = FALSE, user_id = NULL
            WHERE id = :id AND finished_at IS NULL AND expires_at > :now""",
            id=interaction_id,
            session_id=session_id,
            now=now,
        )
        > 0
    )


async def note_account_chosen(db: Session, interaction_id: str, *, session_id: str, now: int) -> bool:
    """The person picked one of the accounts that are signed in already."""
    return (
        await db.run(
            """
            UPDATE interactions
            SET session_id = :session_id, account_chosen = TRUE, signed_in = FALSE, consented = FALSE
            WHERE id = :id AND finished_at IS NULL AND expires_at > :now""",
            id=interaction_id,
            session_id=session_id,
            now=now,
        )
        > 0
    )


async def note_consented(db: Session, interaction_id: str, *, session_id: str, now: int) -> bool:
    """The person allowed what was asked, in this session; what was proven with another one is void."""
    return (
        await db.run(
            """
            UPDATE interactions SET
              signed_in = CASE WHEN session_id = :session_id THEN signed_in ELSE FALSE END,
              account_chosen = CASE WHEN session_id = :session_id THEN account_chosen ELSE FALSE END,
              consented = TRUE, session_id = :session_id
            WHERE id = :id AND finished_at IS NULL AND expires_at > :now""",
            id=interaction_id,
            session_id=session_id,
            now=now,
        )
        > 0
    )


async def finish(db: Session, interaction_id: str, *, now: int) -> bool:
    """Spend the interaction; False when it is spent or expired already."""
    return (
        await db.run(
            "UPDATE interactions SET finished_at = :now WHERE id = :id AND finished_at IS NULL AND expires_at > :now",
            id=interaction_id,
            now=now,
        )
        > 0
    )


async def finish_of_session(db: Session, session_id: str, *, now: int) -> None:
    """End the interactions that stand on a session that ended."""
    await db.run(
        "UPDATE interactions SET finished_at = :now WHERE session_id = :id AND finished_at IS NULL",
        id=session_id,
        now=now,
    )


async def finish_all(db: Session, *, now: int) -> int:
    """End every interaction there is; how many there were."""
    return await db.run("UPDATE interactions SET finished_at = :now WHERE finished_at IS NULL", now=now)
