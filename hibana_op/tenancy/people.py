"""What administrators of the deployment do with people: nobody touches a person who may do more than they may."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from hibana_op.foundation.errors import InvalidRecord, NotFound
from hibana_op.foundation.events import AccessEnded, DataExported, SessionEnded, UserCreated, UserUpdated
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.login import family, lost_factors, notices, password_links, people, profile
from hibana_op.provider import Provider
from hibana_op.records import children, personal_data, sessions, token_families, users, verification_tokens
from hibana_op.records.users import User
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import IN_DEPLOYMENT, Actor, Where, require
from hibana_op.tenancy.administrators import require_may_change, require_may_end, require_may_take_over

T = TypeVar("T")
BY_ADMINISTRATOR = "administrator"
# That an address or number is somebody's, only they can show.
_PROVEN = frozenset({"email_verified", "phone_number_verified"})
_CLASSES = ("free", "premium")
_KINDS = ("human", "service", "agent")


async def create(
    op: Provider,
    actor: Actor,
    *,
    email: str,
    claims: Mapping[str, Any],
    kind: str = "human",
    parent_id: str | None = None,
    is_sent_link: bool = False,
    origin: Origin,
) -> User:
    """Add a person; they find their way in by a link to their mailbox, which is sent at once or when they ask."""
    if kind not in _KINDS:
        raise InvalidRecord(f"kind must be one of {', '.join(_KINDS)}")
    if is_sent_link:
        password_links.check_can_be_sent(op)
    now = op.now()
    members = {**_claims(claims), "email": profile.check_email(email)}
    user = User(id=uuid7(), kind=kind, parent_user_id=parent_id, created_at=now, updated_at=now, **members)

    async def write(tx: Session) -> None:
        require(await actors.renewed(tx, actor, now=now), "users:create", IN_DEPLOYMENT)
        if parent_id is not None:
            await family.require_may_belong(tx, parent_id)
        await users.insert(tx, user)
        await op.emit(tx, UserCreated(target_id=user.id), origin)
        if is_sent_link:
            await password_links.send(op, tx, user, language=None, origin=origin)

    await op.db.transact(write)
    return user


async def send_password_link(op: Provider, actor: Actor, user_id: str, *, language: str, origin: Origin) -> int:
    """Send a person a link to choose a password; the time until which it counts. Nobody else ever sets one."""
    password_links.check_can_be_sent(op)

    async def act(tx: Session, user: User) -> int:
        return await password_links.send(op, tx, user, language=language, origin=origin)

    return await _with(op, actor, user_id, "users:update", act)


async def update(op: Provider, actor: Actor, user_id: str, changes: Mapping[str, Any], *, origin: Origin) -> User:
    """Change what is known of a person; None takes a claim away. A new address is theirs once they confirm it.

    With `parent_user_id` the account belongs to that person, or with None to nobody any more.
    """
    given = {name: value for name, value in changes.items() if value is not None}
    membership, parent_id = given.pop("membership", None), given.pop("parent_user_id", None)
    if membership is not None and membership not in _CLASSES:
        raise InvalidRecord(f"membership must be one of {', '.join(_CLASSES)}")
    members = {**dict.fromkeys(name for name, value in changes.items() if value is None), **_claims(given)}
    if "email" in changes and changes["email"] is None:
        raise InvalidRecord("email must be an e-mail address")
    if members.get("localized", {}) is None:
        members["localized"] = {}

    async def weigh(tx: Session, acting: Actor, user_id: str) -> None:
        await _weigh_in_deployment(tx, acting, user_id)
        if "email" in members and members["email"] != (await users.get(tx, user_id)).email:
            # Whose mailbox it is may set a new password.
            await require_may_take_over(tx, acting, user_id)
        if "parent_user_id" in changes:
            # A parent suspends the account, and lets it act again.
            await require_may_take_over(tx, acting, user_id)

    async def act(tx: Session, user: User) -> User:
        wanted = {**members, **({"membership": membership} if membership else {})}
        if parent_id is not None:
            wanted["parent_user_id"] = parent_id
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
        if new.get("parent_user_id") is not None:
            await family.require_may_belong(tx, new["parent_user_id"], user.id)
        changed = replace(user, **new, updated_at=op.now())
        await users.update(tx, changed)
        if "parent_user_id" in new:
            # What the parent before suspended is not for the next one to let act again.
            await children.note_administrator(tx, user.id)
        if is_moved:
            told = notices.message(op, user, "email_changed", origin=origin, email=changed.email)
            await notices.queue(op, tx, told)
        await op.emit(tx, UserUpdated(target_id=user.id, fields=tuple(sorted(new))), origin)
        return changed

    return await _with(op, actor, user_id, "users:update", act, weigh=weigh)


async def suspend(op: Provider, actor: Actor, user_id: str, *, origin: Origin) -> None:
    """Suspend a person: their sessions and tokens end at once."""

    async def act(tx: Session, user: User) -> None:
        await people.suspend(op, tx, user, origin)

    await _with(op, actor, user_id, "users:suspend", act, weigh=require_may_end)
    op.logout_bell.ring()


async def resume(op: Provider, actor: Actor, user_id: str, *, origin: Origin) -> None:
    """Let a suspended person sign in again."""

    async def act(tx: Session, user: User) -> None:
        await people.resume(op, tx, user, origin)

    await _with(op, actor, user_id, "users:suspend", act, weigh=require_may_take_over)


async def unlock(op: Provider, actor: Actor, user_id: str, *, origin: Origin, permission: str = "users:unlock") -> None:
    """Forget the failed attempts that lock a person out."""
    await _with(op, actor, user_id, permission, lambda tx, user: people.forgive(op, tx, user, origin))


async def erase(op: Provider, actor: Actor, user_id: str, *, origin: Origin) -> None:
    """Erase a person (GDPR article 17)."""

    async def act(tx: Session, user: User) -> None:
        await people.erase(op, tx, user, origin)

    await _with(op, actor, user_id, "users:delete", act, weigh=require_may_end)
    op.logout_bell.ring()


async def reset_factors(
    op: Provider, actor: Actor, user_id: str, *, kinds: Collection[str] | None, origin: Origin
) -> tuple[str, ...]:
    """Take away what a person lost; all of their sessions end."""

    async def found(tx: Session, user: User) -> User:
        return user

    user = await _with(op, actor, user_id, "users:reset", found, weigh=require_may_take_over)
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
        families = await token_families.revoke_of_user(tx, user.id, now=now)
        for session in ended:
            await op.emit(tx, SessionEnded(target_id=session.id, reason=BY_ADMINISTRATOR), origin)
        if families:
            await op.emit(tx, AccessEnded(target_id=user.id, families=families), origin)

    await _with(op, actor, user_id, "sessions:delete", act)
    op.logout_bell.ring()


async def end_session(op: Provider, actor: Actor, session_id: str, *, origin: Origin) -> None:
    """End one session of somebody; a tenant's administrators those that are in it, a unit's those of its people."""

    async def write(tx: Session) -> None:
        now = op.now()
        found = await sessions.find_placed(tx, session_id, now=now)
        if found is None:
            raise NotFound(f"no session has the id {session_id}")
        acting = await actors.renewed(tx, actor, now=now)
        require(acting, "sessions:delete", Where(tenant_id=found.tenant_id, unit_path=found.unit_path))
        await require_may_change(tx, acting, found.session.user_id, Where(tenant_id=found.tenant_id))
        if not await sessions.revoke(tx, session_id, now=now):
            raise NotFound(f"no session has the id {session_id}")
        await token_families.revoke_of_session(tx, session_id, now=now)
        event = SessionEnded(target_id=session_id, tenant_id=found.tenant_id, reason=BY_ADMINISTRATOR)
        await op.emit(tx, event, origin)

    await op.db.transact(write)
    op.logout_bell.ring()


async def _weigh_in_deployment(tx: Session, actor: Actor, user_id: str) -> None:
    await require_may_change(tx, actor, user_id, IN_DEPLOYMENT)


async def _with(
    op: Provider,
    actor: Actor,
    user_id: str,
    permission: str,
    act: Callable[[Session, User], Awaitable[T]],
    *,
    weigh: Callable[[Session, Actor, str], Awaitable[None]] = _weigh_in_deployment,
) -> T:
    """Do something with a person whom the actor may change, in one transaction with finding that out."""

    async def write(tx: Session) -> T:
        acting = await actors.renewed(tx, actor, now=op.now())
        require(acting, permission, IN_DEPLOYMENT)
        await users.get(tx, user_id)
        await weigh(tx, acting, user_id)
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
