"""What people have proven: in a sign-in that is in progress, and in a session."""

from collections.abc import Sequence
from dataclasses import dataclass

from hibana_op.records.row import as_columns, as_record
from hibana_op.storage.database import Session as Db

PROVIDER, _OF = "provider", ":"
FEDERATED = "fed"  # in `amr`: another provider said who it is
# Within one second: what a sign-in can begin with comes first, and a passkey may also be the second step.
_RANK = {"password": 0, PROVIDER: 0, "email_link": 0, "passkey": 1}
_LAST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One proof. `proves` names the things it took (foundation/acr.py): twice the same thing is one thing.

    `method` is what was done, and of a tenant's own provider also whose it is (`of_provider`).
    """

    method: str
    proves: tuple[str, ...]
    amr: tuple[str, ...]
    proven_at: int

    @property
    def kind(self) -> str:
        """What was done, with whosever provider."""
        return self.method.partition(_OF)[0]

    @property
    def tenant_id(self) -> str | None:
        """The only tenant in which this proof counts for anything; None where it counts everywhere."""
        return self.method.partition(_OF)[2] or None


def of_provider(tenant_id: str | None) -> str:
    """The method of a proof by another provider: one of the deployment's, or a tenant's own."""
    return PROVIDER if tenant_id is None else f"{PROVIDER}{_OF}{tenant_id}"


def confined_to(proven: Sequence[Factor]) -> str | None:
    """The only tenant in which a sign-in counts; None where it counts everywhere.

    What it began with decides: something that was added on a tenant's word could have been set up on it, too.
    """
    return proven[0].tenant_id if proven else None


async def note(db: Db, interaction_id: str, factor: Factor) -> None:
    """Add a proof to a sign-in in progress; the same method again takes the place of the time before."""
    await db.run(
        """
        INSERT INTO interaction_factors (interaction_id, method, proves, amr, proven_at)
        VALUES (:interaction_id, :method, :proves, :amr, :proven_at)
        ON CONFLICT (interaction_id, method) DO UPDATE SET proves = :proves, amr = :amr, proven_at = :proven_at""",
        interaction_id=interaction_id,
        **as_columns(factor),
    )


async def of_interaction(db: Db, interaction_id: str) -> list[Factor]:
    """What was proven in a sign-in, in the order in which it was."""
    rows = await db.all(
        """
        SELECT method, proves, amr, proven_at FROM interaction_factors
        WHERE interaction_id = :id""",
        id=interaction_id,
    )
    return sorted((as_record(Factor, row) for row in rows), key=_order)


async def forget(db: Db, interaction_id: str) -> None:
    """Begin a sign-in anew: what was proven was somebody else's, or is in a session now."""
    await db.run("DELETE FROM interaction_factors WHERE interaction_id = :id", id=interaction_id)


async def keep(db: Db, session_id: str, proven: Sequence[Factor], *, lifetime: int) -> None:
    """Write down what a session stands on; each proof counts in full for `lifetime` seconds."""
    for factor in proven:
        await db.run(
            """
            INSERT INTO session_factors (session_id, method, proves, amr, proven_at, expires_at)
            VALUES (:session_id, :method, :proves, :amr, :proven_at, :expires_at)
            ON CONFLICT (session_id, method) DO UPDATE SET
              proves = :proves, amr = :amr, proven_at = :proven_at, expires_at = :expires_at""",
            session_id=session_id,
            expires_at=factor.proven_at + lifetime,
            **as_columns(factor),
        )


async def of_session(db: Db, session_id: str) -> list[tuple[Factor, int]]:
    """What a session stands on, in the order in which it was proven, each with the end of its full worth."""
    rows = await db.all(
        """
        SELECT method, proves, amr, proven_at, expires_at FROM session_factors
        WHERE session_id = :id""",
        id=session_id,
    )
    kept = [(as_record(Factor, row), int(row["expires_at"])) for row in rows]
    return sorted(kept, key=lambda each: _order(each[0]))


async def forget_of_session(db: Db, session_id: str) -> None:
    """A new sign-in takes the place of what a session stood on."""
    await db.run("DELETE FROM session_factors WHERE session_id = :id", id=session_id)


def _order(factor: Factor) -> tuple[int, int, str]:
    return factor.proven_at, _RANK.get(factor.kind, _LAST), factor.method
