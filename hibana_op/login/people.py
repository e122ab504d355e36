"""What administrators do with people: add, suspend, let in again, unlock, erase."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hibana_op.foundation import foreign_hashes
from hibana_op.foundation.errors import InvalidRecord, NotFound
from hibana_op.foundation.events import (
    RoleAssigned,
    UserCreated,
    UserDeleted,
    UserDisabled,
    UserEnabled,
    UserUnlocked,
)
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.login import family, irreplaceable, new_password, password_policy, profile, throttle
from hibana_op.provider import Provider
from hibana_op.records import (
    audit_log,
    children,
    credentials,
    given_seats,
    lockouts,
    roles,
    sessions,
    token_families,
    users,
)
from hibana_op.records.users import User
from hibana_op.storage.database import Session

KINDS = ("human", "service", "agent")


def check_password_hash(stored: str) -> str:
    """A hash that another system made and people may sign in by; it is replaced when they do."""
    try:
        foreign_hashes.read(stored)
    except foreign_hashes.Unreadable as reason:
        raise InvalidRecord(str(reason)) from None
    return stored


async def create(
    op: Provider,
    *,
    email: str,
    claims: Mapping[str, Any],
    password: str | None,
    role_names: Sequence[str],
    origin: Origin,
    password_hash: str | None = None,
    kind: str = "human",
    parent_id: str | None = None,
) -> User:
    """Add a person; without a password or the hash of one they cannot sign in with one yet.

    `kind`: or a service or an agent; with `parent_id` it belongs to that person, who may suspend it.
    """
    now = op.now()
    members = {**profile.read_claims(claims), "email": profile.check_email(email)}
    user = User(id=uuid7(), kind=kind, parent_user_id=parent_id, created_at=now, updated_at=now, **members)
    if kind not in KINDS:
        raise InvalidRecord(f"kind must be one of {', '.join(KINDS)}")
    if password is not None:
        about = password_policy.known_of(user)
        password_hash = await op.passwords.hash(await new_password.check_first(op, password, about=about))
    elif password_hash is not None:
        check_password_hash(password_hash)

    async def write(tx: Session) -> None:
        await roles.require(tx, role_names)
        if parent_id is not None:
            await family.require_may_belong(tx, parent_id)
        await users.insert(tx, user)
        if password_hash is not None:
            await credentials.put_password_hash(tx, user.id, password_hash=password_hash, now=now)
        for name in role_names:
            await roles.assign(tx, user.id, name, now=now)
            await op.emit(tx, RoleAssigned(target_id=user.id, role=name), origin)
        await op.emit(tx, UserCreated(target_id=user.id), origin)

    await op.db.transact(write)
    return user


async def disable(op: Provider, user: User, origin: Origin) -> None:
    """Suspend a person: their sessions and tokens end with the same commit."""
    await op.db.transact(lambda tx: suspend(op, tx, user, origin))
    op.logout_bell.ring()


async def suspend(op: Provider, tx: Session, user: User, origin: Origin) -> None:
    """Suspend a person in a transaction, as its last statement; their services and agents with them.

    Conflict, when the deployment or a tenant cannot do without them.
    """
    await _check_others_remain(tx, user.id)
    now = op.now()
    await users.update(tx, replace(user, status="suspended", updated_at=now))
    await children.note_administrator(tx, user.id)
    await family.suspend_agents(op, tx, user.id, origin)
    await sessions.revoke_of_user(tx, user.id, now=now)
    await token_families.revoke_of_user(tx, user.id, now=now)
    await op.emit(tx, UserDisabled(target_id=user.id), origin)


async def enable(op: Provider, user: User, origin: Origin) -> None:
    """Let a suspended person sign in again; what was ended stays ended."""
    await op.db.transact(lambda tx: resume(op, tx, user, origin))


async def resume(op: Provider, tx: Session, user: User, origin: Origin) -> None:
    """Let a suspended person sign in again, in a transaction, as its last statement."""
    await users.update(tx, replace(user, status="active", updated_at=op.now()))
    await children.note_administrator(tx, user.id)
    await op.emit(tx, UserEnabled(target_id=user.id), origin)


async def unlock(op: Provider, user: User, origin: Origin) -> bool:
    """Forget a person's failed attempts; False when there were none."""
    return await op.db.transact(lambda tx: forgive(op, tx, user, origin))


async def forgive(op: Provider, tx: Session, user: User, origin: Origin) -> bool:
    """Forget a person's failed attempts in a transaction, as its last statement."""
    cleared = await lockouts.clear_all(tx, throttle.subject_of_user(user.id))
    cleared |= await lockouts.clear(tx, throttle.subject_of_codes(user.id))
    if cleared:
        await op.emit(tx, UserUnlocked(target_id=user.id), origin)
    return cleared


async def delete(op: Provider, user: User, origin: Origin) -> None:
    """Erase a person; the audit log keeps what happened without their id (GDPR article 17)."""

    await op.db.transact(lambda tx: erase(op, tx, user, origin))
    op.logout_bell.ring()


async def erase(op: Provider, tx: Session, user: User, origin: Origin) -> None:
    """Erase a person in a transaction, as its last statement; agents that are theirs are suspended.

    Conflict, when the deployment or a tenant cannot do without them.
    """
    await _check_others_remain(tx, user.id)
    await erase_as_asked(op, tx, user, origin)


async def erase_as_asked(op: Provider, tx: Session, user: User, origin: Origin) -> None:
    """The same for somebody who asked for it themselves; whether they may go was weighed then."""
    # Before the sessions go with the person: apps are still to hear of their end.
    await sessions.revoke_of_user(tx, user.id, now=op.now())
    await _let_go_of_children(op, tx, user, origin)
    # Before the codes and invitations forget who answers for them.
    for event in await given_seats.end_of_person(tx, user.id, now=op.now()):
        await op.emit(tx, event, origin)
    if not await users.delete(tx, user.id):
        raise NotFound(f"no person has the id {user.id}")
    await lockouts.clear_all(tx, throttle.subject_of_user(user.id))
    await lockouts.clear(tx, throttle.subject_of_codes(user.id))
    await op.emit(tx, UserDeleted(target_id=user.id), origin)
    await audit_log.forget_person(tx, user.id)


async def _check_others_remain(tx: Session, user_id: str) -> None:
    """Weighed before anything is written, with all who are suspended along: two may be each other's only substitute."""
    leaving = (user_id, *await children.agents_of(tx, user_id))
    await irreplaceable.require_another_super_admin(tx, *leaving)
    await irreplaceable.require_another_owner(tx, *leaving)


async def _let_go_of_children(op: Provider, tx: Session, parent: User, origin: Origin) -> None:
    """Nobody answers for a person's agents any more: they are suspended. Children who are people stay as they are."""
    now = op.now()
    for child in await users.detach_children(tx, parent.id, now=now):
        await sessions.revoke_of_user(tx, child.id, now=now)
        await token_families.revoke_of_user(tx, child.id, now=now)
        await op.emit(tx, UserDisabled(target_id=child.id), origin)
