"""Sign-ins on their way through another provider: each comes back once, to the browser and provider it left for."""

from dataclasses import dataclass

from hibana_op.records.row import as_columns, as_record_or_none, insert_into
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthState:
    """One departure: within a sign-in (`interaction_id`), or to link an account to a person (`user_id`)."""

    state_hash: str
    provider_id: str
    browser_hash: str
    interaction_id: str | None = None
    user_id: str | None = None
    nonce: str
    verifier_sealed: str
    created_at: int
    expires_at: int
    consumed_at: int | None = None
    answer_sealed: str | None = None  # what the provider sent before the browser came back itself


_INSERT = insert_into("oauth_states", OAuthState)


def sealed_name(state_hash: str) -> str:
    """What binds a sealed code verifier to its row."""
    return f"oauth_states:verifier_sealed:{state_hash}"


def answer_name(state_hash: str) -> str:
    """What binds a sealed answer to its row."""
    return f"oauth_states:answer_sealed:{state_hash}"


async def insert(db: Session, state: OAuthState) -> None:
    """Remember a departure."""
    await db.run(_INSERT, **as_columns(state))


async def spend(db: Session, state_hash: str, *, provider_id: str, browser_hash: str, now: int) -> OAuthState | None:
    """Take a departure back, once; None when it is another browser's or provider's, is spent or took too long."""
    row = await db.one(
        """
        UPDATE oauth_states SET consumed_at = :now
        WHERE state_hash = :state_hash AND provider_id = :provider_id AND browser_hash = :browser_hash
          AND consumed_at IS NULL AND expires_at > :now
        RETURNING *""",
        state_hash=state_hash,
        provider_id=provider_id,
        browser_hash=browser_hash,
        now=now,
    )
    return as_record_or_none(OAuthState, row)


async def find_waiting(db: Session, state_hash: str, *, provider_id: str, now: int) -> OAuthState | None:
    """A departure from which nobody is back, and to which the provider has sent no answer yet."""
    row = await db.one(
        """
        SELECT * FROM oauth_states
        WHERE state_hash = :state_hash AND provider_id = :provider_id AND answer_sealed IS NULL
          AND consumed_at IS NULL AND expires_at > :now""",
        state_hash=state_hash,
        provider_id=provider_id,
        now=now,
    )
    return as_record_or_none(OAuthState, row)


async def keep_answer(db: Session, state_hash: str, *, sealed: str, now: int) -> bool:
    """Keep what a provider sent, once; False when it has sent an answer before, or the departure is over."""
    return (
        await db.run(
            """
            UPDATE oauth_states SET answer_sealed = :sealed
            WHERE state_hash = :state_hash AND answer_sealed IS NULL AND consumed_at IS NULL AND expires_at > :now""",
            state_hash=state_hash,
            sealed=sealed,
            now=now,
        )
        > 0
    )
