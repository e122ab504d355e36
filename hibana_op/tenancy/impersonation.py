"""Acting as somebody else: asked for with a reason, begun once in one's own browser, over within half an hour.

What is done so is told to the person, named in the audit log, and never opens more than the administrator may do.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hibana_op.foundation import acr, secrets
from hibana_op.foundation.errors import Conflict, Forbidden, InvalidRecord, PageRefused, Refusal
from hibana_op.foundation.events import ImpersonationBegun, ImpersonationEnded, ImpersonationRequested
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.printable import is_line
from hibana_op.login import flow, notices
from hibana_op.login.sessions import Begun
from hibana_op.provider import Provider
from hibana_op.records import (
    administrators,
    factors,
    impersonations,
    interactions,
    sessions,
    tenant_settings,
    tenants,
    token_families,
    users,
)
from hibana_op.records.factors import Factor
from hibana_op.records.impersonations import ImpersonationRequest
from hibana_op.records.sessions import Session
from hibana_op.records.tenants import SYSTEM
from hibana_op.records.users import User
from hibana_op.storage.database import Session as Db
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import IN_DEPLOYMENT, Actor, may, require
from hibana_op.tenancy.administrators import is_stronger, require_may_take_over

PERMISSION = "impersonation:create"
LIFETIME = 1800
ADDRESS_LIFETIME = 120
FRESH_FOR = 600
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Address:
    """What begins it once: the token is returned only here."""

    token: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What an address would begin: as whom, why, and in which sign-in of whoever asked."""

    request: ImpersonationRequest
    own: Session
    user: User


async def ask(op: Provider, actor: Actor, user_id: str, *, reason: str, origin: Origin) -> Address:
    """Let a person with the right have an address that makes them act as somebody; no program can ask."""
    _check_reason(reason)
    if actor.user_id is None or actor.key_id is not None:
        raise OnlyInPerson
    token, now, by = secrets.token(), op.now(), actor.user_id

    async def write(tx: Db) -> Address:
        acting = await actors.renewed(tx, actor, now=now)
        require(acting, "impersonation:create", IN_DEPLOYMENT)
        await _require_on(tx)
        user = await users.get(tx, user_id)
        await _require_may_act_as(tx, acting, user)
        request = ImpersonationRequest(
            token_hash=secrets.digest(token),
            impersonator_id=by,
            user_id=user.id,
            reason=reason,
            created_at=now,
            expires_at=now + ADDRESS_LIFETIME,
        )
        await impersonations.insert(tx, request)
        await op.emit(tx, ImpersonationRequested(target_id=user.id, reason=reason), origin)
        return Address(token, request.expires_at)

    return await op.db.transact(write)


async def look(op: Provider, token: str, live: Sequence[Session], origin: Origin) -> Wish:
    """What an address would begin in a browser with these sessions; PageRefused where it would begin nothing."""

    async def read(tx: Db) -> Wish:
        request = await impersonations.find_live(tx, secrets.digest(token), now=op.now())
        own = next((each for each in live if request and each.user_id == request.impersonator_id), None)
        user = await users.find(tx, request.user_id) if request else None
        if request is None or own is None or user is None or own.impersonator_id is not None:
            raise PageRefused("impersonation_over", status=404)
        await _proven(tx, own, now=op.now())
        if not await _is_on(tx) or not await _may_go_on(tx, own, user, origin, now=op.now()):
            raise PageRefused("impersonation_refused", status=403)
        return Wish(request, own, user)

    return await op.db.glance(read)


async def begin(op: Provider, wish: Wish, origin: Origin) -> Begun:
    """Spend the address: all that it takes is weighed anew in the transaction in which the session begins."""
    token, session_id, now = secrets.token(), uuid7(), op.now()

    async def write(tx: Db) -> Begun:
        spent = await impersonations.spend(tx, wish.request.token_hash, impersonator_id=wish.own.user_id, now=now)
        own = await sessions.find_live(tx, wish.own.id, now=now)
        user = await users.find(tx, wish.user.id)
        if spent is None or user is None or own is None or own.impersonator_id is not None:
            raise PageRefused("impersonation_over", status=404)
        acting = await _actor(tx, own, origin, now=now)
        try:
            require(acting, "impersonation:create", IN_DEPLOYMENT)
            await _require_on(tx)
            await _require_may_act_as(tx, acting, user)
        except (Forbidden, Conflict) as refusal:
            raise PageRefused("impersonation_refused", status=403, detail=str(refusal)) from None
        proven = await _proven(tx, own, now=now)
        session = _session(own, spent, id=session_id, token_hash=secrets.digest(token), now=now)
        await sessions.insert(tx, session)
        await factors.keep(tx, session.id, proven, lifetime=flow.SECOND_FACTOR_LIFETIME)
        told = notices.message(op, user, "acted_as", time=notices.moment(now, user), reason=spent.reason)
        await notices.queue(op, tx, told)
        event = ImpersonationBegun(user_id=own.user_id, target_id=user.id, session_id=session.id, reason=spent.reason)
        await op.emit(tx, event, origin)
        return Begun(session, token)

    return await op.db.transact(write)


async def end(op: Provider, session: Session, origin: Origin) -> None:
    """Act as nobody any more: what apps got ends with the session."""

    async def write(tx: Db) -> None:
        now = op.now()
        if not await sessions.revoke(tx, session.id, now=now):
            return
        await token_families.revoke_of_session(tx, session.id, now=now)
        await interactions.finish_of_session(tx, session.id, now=now)
        event = ImpersonationEnded(user_id=session.impersonator_id, target_id=session.user_id, session_id=session.id)
        await op.emit(tx, event, origin)

    await op.db.transact(write)
    op.logout_bell.ring()


async def acted_as(tx: Db, session: Session, origin: Origin, *, now: int) -> User | None:
    """The person as whom somebody acts in a session, while they may from where they are; else None."""
    user = await users.find(tx, session.user_id)
    if user is None or not await _may_go_on(tx, session, user, origin, now=now):
        return None
    return user


class OnlyInPerson(Forbidden):
    """A key or a machine would act as somebody."""

    def __init__(self) -> None:
        Refusal.__init__(self, "only a person who is signed in acts as somebody else, and no key or machine")
        self.permission = PERMISSION


def _check_reason(reason: str) -> None:
    if not reason.strip() or not is_line(reason) or len(reason) > LONGEST_REASON:
        raise InvalidRecord(f"reason is one line of up to {LONGEST_REASON} characters that says why")


async def _is_on(tx: Db) -> bool:
    system = await tenants.get(tx, SYSTEM)
    return tenant_settings.read(system.settings).impersonation == "allowed"


async def _require_on(tx: Db) -> None:
    if not await _is_on(tx):
        raise Conflict("nobody acts as somebody else in this deployment: its settings do not allow impersonation")


async def _require_may_act_as(tx: Db, acting: Actor, user: User) -> None:
    """Conflict or TooStrong for somebody whom nobody, or not this administrator, ever acts as."""
    if user.id == acting.user_id:
        raise Conflict("nobody acts as themselves")
    if not user.is_active or user.kind != "human":
        raise Conflict("this account does not sign in, so nobody acts as it")
    await require_may_take_over(tx, acting, user.id)
    if await _is_administrator(tx, user):
        raise Conflict("this person holds a role of the deployment, so nobody acts as them")


async def _is_administrator(tx: Db, user: User) -> bool:
    return any(each.tenant_id is None for each in await administrators.strength(tx, user.id))


async def _may_go_on(tx: Db, session: Session, user: User, origin: Origin, *, now: int) -> bool:
    """The same rules for what only looks, and so holds nothing still."""
    acting = await _actor(tx, session, origin, now=now)
    return (
        may(acting, PERMISSION, IN_DEPLOYMENT)
        and user.id != acting.user_id
        and not await _is_administrator(tx, user)
        and not await is_stronger(tx, acting, user.id)
    )


async def _actor(tx: Db, session: Session, origin: Origin, *, now: int) -> Actor:
    """Whoever acts, or is about to, as well proven as they are: an acted session tells the proof of theirs."""
    who = session.impersonator_id or session.user_id
    return await actors.person(tx, who, now=now, acr=session.acr, amr=session.amr, ip=origin.ip)


async def _proven(tx: Db, own: Session, *, now: int) -> list[Factor]:
    """What somebody proved who was asked for two factors a moment ago, by nobody's word but the deployment's."""
    kept = await factors.of_session(tx, own.id)
    proven = [factor for factor, _ in kept]
    is_enough = acr.is_reached(acr.TWO_FACTORS, flow.things(flow.counted(kept, now=now)))
    if not is_enough or now - own.auth_time > FRESH_FOR or factors.confined_to(proven) is not None:
        raise PageRefused("impersonation_unproven", status=403)
    return proven


def _session(own: Session, spent: ImpersonationRequest, *, id: str, token_hash: str, now: int) -> Session:
    """It tells the proof of whoever acts, and neither use nor another sign-in makes it longer."""
    ends_at = min(now + LIFETIME, own.expires_at)
    return Session(
        id=id,
        token_hash=token_hash,
        user_id=spent.user_id,
        browser_hash=own.browser_hash,
        auth_time=own.auth_time,
        acr=own.acr,
        amr=own.amr,
        remember=False,
        ip_address=own.ip_address,
        user_agent=own.user_agent,
        created_at=now,
        last_seen_at=now,
        idle_expires_at=ends_at,
        expires_at=ends_at,
        impersonator_id=own.user_id,
        impersonator_session_id=own.id,
        impersonation_reason=spent.reason,
    )
