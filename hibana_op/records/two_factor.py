"""Second factors that people have set up: their authenticator app (RFC 6238), and where codes are sent."""

from dataclasses import dataclass

from hibana_op.records.row import as_columns, as_record, as_record_or_none
from hibana_op.storage.database import Session

PASSKEY = "passkey"  # among a person's methods only while it is asked for first


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSecret:
    """What a person's authenticator app makes its codes from. `last_step`: the newest time step that was used."""

    user_id: str
    secret_sealed: str
    last_step: int
    created_at: int
    confirmed_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A second factor that counts. `destination`: the phone number of the one by SMS."""

    user_id: str
    method: str
    destination: str | None
    is_primary: bool
    confirmed_at: int


def sealed_name(user_id: str) -> str:
    """What binds a sealed secret to its row."""
    return f"two_factor_secrets:secret_sealed:{user_id}"


async def insert_app(db: Session, secret: AppSecret) -> bool:
    """Keep the secret of an app that has shown its first code; False when the person has an app already."""
    added = await db.run(
        """
        INSERT INTO two_factor_secrets (user_id, secret_sealed, last_step, created_at, confirmed_at)
        VALUES (:user_id, :secret_sealed, :last_step, :created_at, :confirmed_at)
        ON CONFLICT (user_id) DO NOTHING""",
        **as_columns(secret),
    )
    return added > 0


async def find_app(db: Session, user_id: str) -> AppSecret | None:
    """The authenticator app of a person."""
    row = await db.one("SELECT * FROM two_factor_secrets WHERE user_id = :id AND confirmed_at IS NOT NULL", id=user_id)
    return as_record_or_none(AppSecret, row)


async def use_step(db: Session, user_id: str, *, secret_sealed: str, step: int) -> bool:
    """Spend a time step and all before it; False when it was spent, or the app is another one by now."""
    used = await db.run(
        """
        UPDATE two_factor_secrets SET last_step = :step
        WHERE user_id = :id AND secret_sealed = :sealed AND last_step < :step""",
        id=user_id,
        sealed=secret_sealed,
        step=step,
    )
    return used > 0


async def remove_app(db: Session, user_id: str) -> None:
    """Forget a person's authenticator app."""
    await db.run("DELETE FROM two_factor_secrets WHERE user_id = :id", id=user_id)


async def sealed_secrets(db: Session) -> list[tuple[str, str]]:
    """Every person with an app, and the sealed secret of it."""
    rows = await db.all("SELECT user_id, secret_sealed FROM two_factor_secrets ORDER BY user_id")
    return [(row["user_id"], row["secret_sealed"]) for row in rows]


async def reseal(db: Session, user_id: str, *, sealed: str) -> None:
    """Keep the same secret under another master key."""
    await db.run("UPDATE two_factor_secrets SET secret_sealed = :sealed WHERE user_id = :id", id=user_id, sealed=sealed)


async def methods_of(db: Session, user_id: str) -> list[Method]:
    """The second factors of a person, the one that is asked for first at the front."""
    rows = await db.all(
        "SELECT * FROM two_factor_methods WHERE user_id = :id ORDER BY is_primary DESC, confirmed_at, method",
        id=user_id,
    )
    return [as_record(Method, row) for row in rows]


async def find_method(db: Session, user_id: str, method: str) -> Method | None:
    """One second factor of a person."""
    row = await db.one(
        "SELECT * FROM two_factor_methods WHERE user_id = :id AND method = :method", id=user_id, method=method
    )
    return as_record_or_none(Method, row)


async def put_method(db: Session, user_id: str, method: str, *, destination: str | None, now: int) -> None:
    """Set a second factor up, or send its codes elsewhere; a person's first one is the one asked for first."""
    await db.run(
        """
        INSERT INTO two_factor_methods (user_id, method, destination, is_primary, confirmed_at)
        VALUES (:id, :method, :destination,
                NOT EXISTS (SELECT 1 FROM two_factor_methods WHERE user_id = :id AND is_primary), :now)
        ON CONFLICT (user_id, method) DO UPDATE SET destination = :destination, confirmed_at = :now""",
        id=user_id,
        method=method,
        destination=destination,
        now=now,
    )


async def remove_method(db: Session, user_id: str, method: str) -> bool:
    """Forget a second factor; False when there is none such."""
    removed = await db.run(
        "DELETE FROM two_factor_methods WHERE user_id = :id AND method = :method", id=user_id, method=method
    )
    return removed > 0


async def make_primary(db: Session, user_id: str, method: str) -> None:
    """Ask for this second factor of the person first."""
    await db.run(
        "UPDATE two_factor_methods SET is_primary = (method = :method) WHERE user_id = :id", id=user_id, method=method
    )
