"""Whose account here an account at another provider is: by the provider's own name for it, never by an address alone.

An address links only where the provider answers for its domain and both sides have confirmed it; everybody else signs
in the way they did before, and then links the account themselves.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from hibana_op.foundation.errors import Conflict, InvalidRecord, NotFound, PageRefused
from hibana_op.foundation.events import FederationRefused, IdentityLinked, IdentityUnlinked, UserCreated
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.login import notices, profile, ways_in
from hibana_op.login.federation.shapes import Account, Upstream
from hibana_op.provider import Provider
from hibana_op.records import identity_providers, memberships, user_identities, users
from hibana_op.records.user_identities import UserIdentity
from hibana_op.records.users import User
from hibana_op.storage.database import Session

# All that a provider may say of a new person beside the address; never a role, a state or a name to sign in with.
_TAKEN_OVER = ("name", "given_name", "family_name", "locale")


@dataclass(frozen=True, slots=True)
class Link:
    """The account is of somebody who is known here."""


@dataclass(frozen=True, slots=True)
class Create:
    """The account is of somebody new."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Nobody is signed in; `reason` names the page that says what to do."""

    reason: str


def decide(
    account: Account, known: User | None, *, answers_for: bool, may_create: bool, trusted: bool, vouches: bool = True
) -> Link | Create | Refuse:
    """What becomes of an account that is not linked. `known`: whose address here is the account's.

    `answers_for`: the provider does so for the domain of the address. `vouches`: it may say who `known` is; a tenant's
    own provider may of those who are members of the tenant and nobody beyond it. While the address is not confirmed
    there, the answer is the same whether it is somebody's here or not. Nobody gets an account with an address that does
    not count as confirmed here: its owner would come into it later, beside whoever made it.
    """
    if account.email is None or not account.email_verified:
        return Refuse("federation_email_unconfirmed" if may_create else "federation_not_linked")
    if known is None:
        return Create() if may_create and (answers_for or trusted) else Refuse("federation_not_linked")
    if answers_for and vouches and known.email_verified and known.is_active:
        return Link()
    return Refuse("federation_account_exists")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Coming:
    """Somebody who comes from a provider: as a link to whomever it will be, and as a new person if they can be one."""

    upstream: Upstream
    account: Account
    identity: UserIdentity
    newcomer: User | None
    origin: Origin


async def person(op: Provider, upstream: Upstream, account: Account, origin: Origin) -> User:
    """Who signs in with an account at a provider: whose it is, or becomes by the rules above."""
    coming = _coming(op, upstream, account, origin)

    async def write(tx: Session) -> User:
        found = await _find(tx, coming, now=op.now())
        if found is None:
            return await _settle(op, tx, coming)
        user = await users.find(tx, found.user_id)
        if user is None or not user.is_active:
            raise await _turned_away(op, tx, coming, PageRefused("federation_not_linked", status=403))
        await user_identities.note_used(tx, found.id, now=op.now())
        return user

    try:
        return await op.db.transact(write)
    except Conflict:  # somebody took the address a moment ago
        raise PageRefused("federation_account_exists", status=403, provider=upstream.name) from None


async def link(op: Provider, upstream: Upstream, account: Account, user: User, origin: Origin) -> None:
    """Link an account to the person who asked for it and then proved that it is theirs; again is no harm."""
    coming = _coming(op, upstream, account, origin)
    coming = replace(coming, identity=replace(coming.identity, last_used_at=None))

    async def write(tx: Session) -> None:
        found = await _find(tx, coming, now=op.now())
        if found is None:
            await _link(op, tx, coming, user, "account_page")
        elif found.user_id != user.id:
            raise PageRefused("identity_taken", status=409, provider=upstream.name)

    await op.db.transact(write)


async def unlink(op: Provider, user: User, identity_id: str, origin: Origin) -> None:
    """Take a link away, unless nothing else would let the person in."""

    async def write(tx: Session) -> None:
        removed = await user_identities.delete(tx, identity_id, user_id=user.id)
        if removed is None:
            raise NotFound("this account is not linked")
        if not (await ways_in.held(tx, user.id)).would_remain():
            raise _LastWayIn
        provider = await identity_providers.find(tx, removed.provider_id)
        if provider is None:
            raise NotFound("this account is not linked")
        mail = notices.message(op, user, "identity_unlinked", origin=origin, provider=provider.name)
        await notices.queue(op, tx, mail)
        event = IdentityUnlinked(user_id=user.id, target_id=removed.id, provider=provider.slug)
        await op.emit(tx, event, origin)

    try:
        await op.db.transact(write)
    except _LastWayIn:
        raise PageRefused("identity_last_way_in", status=409) from None


class _LastWayIn(Exception):
    """Undoes the removal."""


def _coming(op: Provider, upstream: Upstream, account: Account, origin: Origin) -> _Coming:
    now, email = op.now(), _address(account.email)
    identity = UserIdentity(
        id=uuid7(),
        user_id="",
        provider_id=upstream.id,
        issuer=account.issuer,
        subject=account.subject,
        email=email,
        created_at=now,
        last_used_at=now,
    )
    newcomer = None
    if email is not None:
        told = _told(account)
        newcomer = User(id=uuid7(), email=email, email_verified=True, created_at=now, updated_at=now, **told)
    return _Coming(upstream=upstream, account=account, identity=identity, newcomer=newcomer, origin=origin)


def _address(email: str | None) -> str | None:
    try:
        return profile.check_email(email)
    except InvalidRecord:
        return None


def _told(account: Account) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in _TAKEN_OVER:
        if name in account.claims:
            with suppress(InvalidRecord):  # they can fill it in themselves
                found |= profile.read_claims({name: account.claims[name]})
    return found


async def _find(tx: Session, coming: _Coming, *, now: int) -> UserIdentity | None:
    """The link of an account, at a provider that is open and stays so until this is over."""
    account, provider_id = coming.account, coming.upstream.id
    if not await identity_providers.hold_enabled(tx, provider_id, now=now):
        raise PageRefused("federation_unavailable", status=404)
    return await user_identities.find(tx, provider_id=provider_id, issuer=account.issuer, subject=account.subject)


async def _settle(op: Provider, tx: Session, coming: _Coming) -> User:
    """What becomes of an account that is not linked."""
    upstream, account = coming.upstream, coming.account
    known = await users.find_by_login(tx, account.email) if account.email else None
    decision = decide(
        account,
        known,
        answers_for=await _answers_for(tx, upstream, account.email),
        may_create=op.settings.signup == "open" or upstream.create_people,
        trusted=upstream.trust_email,
        vouches=known is None or await _vouches_for(tx, upstream, known),
    )
    if isinstance(decision, Link) and known is not None:
        await _link(op, tx, coming, known, "domain")
        return known
    if isinstance(decision, Create) and coming.newcomer is not None:
        return await _create(op, tx, coming, coming.newcomer)
    if isinstance(decision, Refuse):
        raise await _turned_away(op, tx, coming, PageRefused(decision.reason, status=403))
    # What the provider calls confirmed is no address.
    raise await _turned_away(op, tx, coming, PageRefused("federation_email_unconfirmed", status=403))


async def _vouches_for(tx: Session, upstream: Upstream, known: User) -> bool:
    if upstream.tenant_id is None:
        return True
    member = await memberships.of_person(tx, upstream.tenant_id, known.id)
    return member is not None and await memberships.is_of_one_alone(tx, known.id, upstream.tenant_id)


async def _answers_for(tx: Session, upstream: Upstream, email: str | None) -> bool:
    """Whether the administrator said that addresses of this domain are the provider's to confirm.

    Letters that only look alike are compared as the same when somebody signs in, so they do not count here.
    """
    if email is None or not email.isascii():
        return False
    return email.rpartition("@")[2].lower() in await identity_providers.domains_of(tx, upstream.id)


async def _create(op: Provider, tx: Session, coming: _Coming, user: User) -> User:
    await users.insert(tx, user)
    await user_identities.insert_once(tx, replace(coming.identity, user_id=user.id))
    await op.emit(tx, UserCreated(user_id=user.id, target_id=user.id), coming.origin)
    await _tell(op, tx, coming, user, "created")
    return user


async def _link(op: Provider, tx: Session, coming: _Coming, user: User, reason: str) -> None:
    await user_identities.insert_once(tx, replace(coming.identity, user_id=user.id))
    mail = notices.message(op, user, "identity_linked", origin=coming.origin, provider=coming.upstream.name)
    await notices.queue(op, tx, mail)
    await _tell(op, tx, coming, user, reason)


async def _tell(op: Provider, tx: Session, coming: _Coming, user: User, reason: str) -> None:
    event = IdentityLinked(user_id=user.id, target_id=coming.identity.id, provider=coming.upstream.slug, reason=reason)
    await op.emit(tx, event, coming.origin)


async def _turned_away(op: Provider, tx: Session, coming: _Coming, refusal: PageRefused) -> PageRefused:
    """A refusal that names the provider, once it stands in the audit log."""
    upstream = coming.upstream
    refusal.values = {"provider": upstream.name}
    event = FederationRefused(target_id=upstream.id, provider=upstream.slug, reason=refusal.reason)
    await op.emit(tx, event, coming.origin)
    return refusal
