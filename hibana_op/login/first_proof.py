"""What an account begins with: a password or a passkey, kept in the transaction that makes the account."""

from collections.abc import Iterable
from dataclasses import dataclass

from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.events import Event, PasskeyAdded, UserCreated
from hibana_op.foundation.ids import uuid7
from hibana_op.login import new_password
from hibana_op.provider import Provider
from hibana_op.records import credentials, passkeys
from hibana_op.records.passkeys import Passkey
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True)
class FirstPassword:
    """A password that was checked and hashed, for an account of this id."""

    user_id: str
    password_hash: str


FirstProof = FirstPassword | Passkey


async def by_password(
    op: Provider, password: str, *, about: Iterable[str], client_id: str | None = None, tenant_id: str | None = None
) -> FirstPassword:
    """The first password of somebody who has no account yet, or LoginRefused."""
    if not await new_password.may_be_first(op, client_id, tenant_id=tenant_id):
        raise LoginRefused("way_not_allowed")
    await new_password.check_first(op, password, about=about, client_id=client_id, tenant_id=tenant_id)
    return FirstPassword(uuid7(), await op.passwords.hash(password))


async def keep(op: Provider, tx: Session, first: FirstProof) -> list[Event]:
    """Write it down, once its account is there, and say what is to be told; Conflict, when it is somebody's already."""
    if isinstance(first, FirstPassword):
        await credentials.put_password_hash(tx, first.user_id, password_hash=first.password_hash, now=op.now())
        return [UserCreated(user_id=first.user_id, target_id=first.user_id)]
    await passkeys.insert(tx, first)
    return [
        UserCreated(user_id=first.user_id, target_id=first.user_id),
        PasskeyAdded(user_id=first.user_id, target_id=first.id, name=first.name, is_synced=first.backed_up),
    ]
