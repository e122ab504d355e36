"""What administrators of the deployment do with people: nobody touches a person who may do more than they may."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from hibana_op.foundation.errors import InvalidRecord, NotFound
from hibana_op.foundation.events import DataExported, SessionEnded, UserCreated, UserUpdated
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.login import lost_factors, notices, people, profile
from hibana_op.provider import Provider
from hibana_op.records import personal_data, sessions, token_families, users, verification_tokens
from hibana_op.records.users import User
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import IN_DEPLOYMENT, Actor, Where, require
from hibana_op.tenancy.administrators import require_another_owner, require_another_super_admin, require_may_change

T = TypeVar("T")
BY_ADMINISTRATOR = "administrator"
# That an address or number is somebody's, only they can show.
_PROVEN = frozenset({"email_verified", "phone_number_verified"})
_CLASSES = ("free", "premium")
_KINDS = ("human", "service", "agent")


async def create(
    op: Provider, actor: Actor, *, email: str, claims: Mapping[str, Any], kind: str = "human", origin: Origin
) -> User:
    """Add a person; they find their way in by a link to their mailbox."""
    if kind not in _KINDS:
        raise InvalidRecord(f"kind must be one of {', '.join(_KINDS)}")
    now = op.now()
    members = {**_claims(claims), "email": profile.check_email(email)}
    user = User(id=uuid7(), kind=kind, created_at=now, updated_at=now, **members)

    async def write(tx: Session) -> None:
        require(await actors.renewed(tx, actor, now=now), "users:create", IN_DEPLOYMENT)
        await users.insert(tx, user)
        await op.emit(tx, UserCreated(target_id=user.id), origin)

    await op.db.transact(write)
    return user


async def update(op: Provider, actor: Actor, user_id: str, changes: Mapping[str, Any], *, origin: Origin) -> User:
    """Change what is known of a person; None takes a claim away. A new address is theirs once they confirm it."""
    given = {name: value for name, value in changes.items() if value is not None}
    membership = given.pop("membership", None)
    if membership is not None and membership not in _CLASSES:
        raise InvalidRecord(f"membership must be one of {', '.join(_CLASSES)}")
    members = {**dict.fromkeys(name for name, value in changes.items() if value is None), **_claims(given)}
    if "email" in changes and changes["email"] is None:
        raise InvalidRecord("email must be an e-mail address")
    if members.get("localized", {}) is None:
        members["localized"] = {}

    async def act(tx: Session, user: User) -> User:
        wanted = {**members, **({"membership": membership} if membership else {})}
        new = {name: value for name, value in wanted.items() if getattr(user, name) != value}
        if not new:
            return user
        if "phone_number" in new:
            new["phone_number_verified"] = False
        is_moved = "email" in new and users.login_key(new["email"]) != users.login_key(user.email)
        if is_moved:
            new["email_verified"] = False
            # What was sent to the address before must not open the account any more.
            await verification_tokens.end_of_user(tx, user.id)
        changed = replace(user, **new, updated_at=op.now())
        await users.update(tx, changed)
        if is_moved:
            told = notices.message(op, user, "email_changed", origin=origin, email=changed.email)
            await notices.queue(op, tx, told)
        await op.emit(tx, UserUpdated(target_id=user.id, fields=tuple(sorted(new))), origin)
        return changed

    return await _with(op, actor, user_id, "users:update", act)


async def suspend(op: Provider, actor: Actor, user_id: str, *, origin: Origin) -> None:
    """Suspend a person: their sessions and tokens end at once."""

    async def act(tx: Session, user: User) -> None:
        await require_another_super_admin(tx, user.id)
        await people.suspend(op, tx, user, origin)

    await _with(op, actor, user_id, "users:suspend", act)
    op.logout_bell.ring()


async def resume(op: Provider, actor: Actor, user_id: str, *, origin: Origin) -> None:
    """Let a suspended person sign in again."""
    await _with(op, actor, user_id, "users:suspend", lambda tx, user: people.resume(op, tx, user, origin))


async def unlock(op: Provider, actor: Actor, user_id: str, *, origin: Origin, permission: str = "users:unlock") -> None:
    """Forget the failed attempts that lock a person out."""
    await _with(op, actor, user_id, permission, lambda tx, user: people.forgive(op, tx, user, origin))


async def erase(op: Provider, actor: Actor, user_id: str, *, origin: Origin) -> None:
    """Erase a person (GDPR article 17)."""

    async def act(tx: Session, user: User) -> None:
        await require_another_super_admin(tx, user.id)
        await require_another_owner(tx, user.id)
        await people.erase(op, tx, user, origin)

    await _with(op, actor, user_id, "users:delete", act)
    op.logout_bell.ring()


async def reset_factors(
    op: Provider, actor: Actor, user_id: str, *, kinds: Collection[str] | None, origin: Origin
) -> tuple[str, ...]:
    """Take away what a person lost; all of their sessions end."""

    async def found(tx: Session, user: User) -> User:
        return user

    user = await _with(op, actor, user_id, "users:reset", found)
    return await lost_factors.remove(op, user, kinds=kinds, named=(), origin=origin)


async def export(op: Provider, actor: Actor, user_id: str, *, origin: Origin) -> dict[str, Any]:
    """Everything that is kept about a person (GDPR article 15)."""

    async def act(tx: Session, user: User) -> dict[str, Any]:
        found = await personal_data.of_user(tx, user.id)
        await op.emit(tx, DataExported(target_id=user.id), origin)
        return found

    return await _with(op, actor, user_id, "users:export", act)


async def end_sessions(op: Provider, actor: Actor, user_id: str, *, origin: Origin) -> None:
    """Sign a person out everywhere, and let no app go on in their name."""

    async def act(tx: Session, user: User) -> None:
        now = op.now()
        ended = await sessions.live_of_user(tx, user.id, now=now)
        for session in ended:
            await sessions.revoke(tx, session.id, now=now)
        await token_families.revoke_of_user(tx, user.id, now=now)
        for session in ended:
            await op.emit(tx, SessionEnded(target_id=session.id, reason=BY_ADMINISTRATOR), origin)

    await _with(op, actor, user_id, "sessions:delete", act)
    op.logout_bell.ring()


async def end_session(op: Provider, actor: Actor, session_id: str, *, origin: Origin) -> None:
    """End one session of somebody; a tenant's administrators those that are in the tenant."""

    async def write(tx: Session) -> None:
        now = op.now()
        found = await sessions.find_placed(tx, session_id, now=now)
        if found is None:
            raise NotFound(f"no session has the id {session_id}")
        where = Where(tenant_id=found.tenant_id)
        acting = await actors.renewed(tx, actor, now=now)
        require(acting, "sessions:delete", where)
        await require_may_change(tx, acting, found.session.user_id, where)
        if not await sessions.revoke(tx, session_id, now=now):
            raise NotFound(f"no session has the id {session_id}")
        await token_families.revoke_of_session(tx, session_id, now=now)
        event = SessionEnded(target_id=session_id, tenant_id=found.tenant_id, reason=BY_ADMINISTRATOR)
        await op.emit(tx, event, origin)

    await op.db.transact(write)
    op.logout_bell.ring()


async def _with(
    op: Provider, actor: Actor, user_id: str, permission: str, act: Callable[[Session, User], Awaitable[T]]
) -> T:
    """Do something with a person whom the actor may change, in one transaction with finding that out."""

    async def write(tx: Session) -> T:
        acting = await actors.renewed(tx, actor, now=op.now())
        require(acting, permission, IN_DEPLOYMENT)
        await users.get(tx, user_id)
        await require_may_change(tx, acting, user_id, IN_DEPLOYMENT)
        return await act(tx, await users.get(tx, user_id))

    return await op.db.transact(write)


def _claims(given: Mapping[str, Any]) -> dict[str, Any]:
    for name in _PROVEN & given.keys():
        raise InvalidRecord(f"{name} is for the person to show")
    localized = given.get("localized")
    plain = {name: value for name, value in given.items() if name != "localized"}
    found = profile.read_claims(plain)
    if localized is not None:
        found["localized"] = profile.read_claims(localized).get("localized", {})
        if any("#" not in name for name in localized):
            raise InvalidRecord("localized holds claims with a language tag, such as name#ja")
    return found
