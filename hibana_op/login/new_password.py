"""A person chooses a password: as long as their tenants ask for, and none of those they had before."""

from collections.abc import Iterable
from dataclasses import dataclass

from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.ids import uuid7
from hibana_op.login import password_policy, policy
from hibana_op.login.policy import Policy
from hibana_op.provider import Provider
from hibana_op.records import credentials, password_history
from hibana_op.records.users import User
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True)
class Chosen:
    """A password that may be chosen, hashed; `history`: how many before the next one may not come again."""

    password_hash: str
    history: int


async def shortest_first(op: Provider, client_id: str | None = None, *, tenant_id: str | None = None) -> int:
    """How long the first password is at least of who makes an account, on the way to an app or a tenant."""
    return max(each.shortest_password for each in await _demanded_first(op, client_id, tenant_id))


async def _demanded_first(op: Provider, client_id: str | None, tenant_id: str | None) -> list[Policy]:
    # A tenant may do with less where something else is proven too; that holds on the way to its own apps only.
    demanded = [await policy.of_app(op.db, each) for each in {None, client_id}]
    if tenant_id is not None:
        demanded.append(await policy.of_newcomer(op.db, tenant_id))
    return demanded


async def may_be_first(op: Provider, client_id: str | None = None, *, tenant_id: str | None = None) -> bool:
    """Whether an account may begin with a password, on the way to an app or a tenant."""
    return all(policy.PASSWORD in each.methods for each in await _demanded_first(op, client_id, tenant_id))


async def shortest_of(op: Provider, user: User) -> int:
    """How long a new password of a person is at least."""
    return (await policy.of_person(op.db, user, now=op.now())).shortest_password


async def check_first(
    op: Provider, password: str, *, about: Iterable[str], client_id: str | None = None, tenant_id: str | None = None
) -> str:
    """The first password of somebody who has no account yet, or LoginRefused."""
    shortest = await shortest_first(op, client_id, tenant_id=tenant_id)
    return await password_policy.check(op, password, about=about, shortest=shortest)


async def choose(op: Provider, user: User, password: str) -> Chosen:
    """A new password of a person, or LoginRefused."""
    demanded = await policy.of_person(op.db, user, now=op.now())
    about = password_policy.known_of(user)
    await password_policy.check(op, password, about=about, shortest=demanded.shortest_password)
    if demanded.history:
        for before in await _before(op, user.id, most=demanded.history):
            if await op.passwords.verify(before, password):
                raise LoginRefused("password_used_before")
    return Chosen(await op.passwords.hash(password), demanded.history)


async def put(tx: Session, user_id: str, chosen: Chosen, *, now: int, is_recovered: bool = False) -> None:
    """Set it; `is_recovered`: by a link to the person's mailbox."""
    await password_history.keep_present(tx, user_id, id=uuid7(), most=max(0, chosen.history - 1))
    await credentials.put_password_hash(
        tx, user_id, password_hash=chosen.password_hash, now=now, is_recovered=is_recovered
    )


async def _before(op: Provider, user_id: str, *, most: int) -> list[str]:
    present = await credentials.find_password_hash(op.db, user_id)
    earlier = await password_history.newest(op.db, user_id, most=most - 1)
    return [*([present] if present else []), *earlier]
