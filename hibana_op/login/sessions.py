"""What was proven becomes a session, once it is enough: a new token each time, with limits (NIST 800-63B §5).

Whether it is enough is read from the database in the very transaction that begins the session (ASVS 6.3.4).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hibana_op.foundation import acr, secrets
from hibana_op.foundation.errors import LoginRefused, PageRefused
from hibana_op.foundation.events import FactorProven, LoginSucceeded, ProofAdded
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.login import flow, notices, policy, recovered, second_steps, trust
from hibana_op.login.policy import Policy
from hibana_op.login.second_factors import SECOND_FACTORS
from hibana_op.provider import Provider
from hibana_op.records import (
    factors,
    interactions,
    memberships,
    outbox,
    provider_staff,
    sessions,
    tenants,
    trusted_devices,
    users,
)
from hibana_op.records.factors import Factor
from hibana_op.records.interactions import Interaction
from hibana_op.records.policies import Destination
from hibana_op.records.sessions import Session
from hibana_op.records.users import User
from hibana_op.storage.database import Session as Db

# What the first proof of a sign-in is called in policies, where it is called something else there.
_BEGINS = {"email_link": policy.EMAIL}
# A page view moves the idle limit at most this often.
TOUCH_INTERVAL = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A factor that was proven, in a sign-in.

    `replaced`: the session that the same person has in this browser already; `builds_on`: the one to which the factor
    adds something. `remember`: None where the page did not ask.
    """

    user: User
    factor: Factor
    interaction_id: str
    browser_hash: str
    remember: bool | None
    replaced: Session | None
    builds_on: Session | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class Begun:
    """The session, and the token for its cookie, which is returned only here."""

    session: Session
    token: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The ways by which the sign-in may go on."""

    methods: tuple[str, ...]


async def settle(op: Provider, sign_in: SignIn) -> Begun | Asked:
    """Note a factor; begin a session, or go on with the one there is, if that is enough."""
    token, session_id, now = secrets.token(), uuid7(), op.now()

    async def write(tx: Db) -> Begun | Asked:
        user = await users.find(tx, sign_in.user.id)
        if user is None or not user.is_active:
            raise LoginRefused("wrong_credentials")
        progress = await interactions.find_open(tx, sign_in.interaction_id, now=now)
        if progress is None:
            raise PageRefused("interaction_expired")
        proven = await _note(tx, progress, sign_in, now=now)
        remember = _is_remembered(sign_in, progress)
        demanded = await policy.of_sign_in(tx, user, progress, now=now)
        if sign_in.builds_on is None and not _may_begin(demanded, proven):
            raise PageRefused("way_not_allowed", status=403)
        is_trusted = await trust.counts(tx, progress, user.id, now=now)
        ways = await second_steps.of(tx, user)
        asked = flow.still_asked(ways, flow.things(proven), is_trusted=is_trusted, policy=demanded)
        if asked is not None:
            if not asked and not await _may_set_up(tx, user, proven):
                raise PageRefused("way_not_allowed", status=403)
            await interactions.note_proven(tx, progress.id, user_id=user.id, remember=remember, now=now)
            event = FactorProven(user_id=user.id, target_id=user.id, method=sign_in.factor.kind)
            await op.emit(tx, event, sign_in.origin)
            return Asked(asked)
        await _tell_about_new_browser(op, tx, user, sign_in)
        session = _session(
            *(sign_in, proven, demanded),
            id=session_id,
            token_hash=secrets.digest(token),
            remember=remember,
            now=now,
        )
        begun = await _keep(tx, session, sign_in, now=now)
        await _keep_factors(tx, begun, progress, sign_in, proven)
        await recovered.note_proven(tx, user.id, proven)
        await users.note_login(tx, user.id, ip_address=sign_in.origin.ip, now=now)
        ip = sign_in.origin.ip
        await provider_staff.note_sign_in(tx, user.id, acr=begun.acr, amr=begun.amr, ip=ip, now=now)
        await interactions.note_signed_in(tx, progress.id, session_id=begun.id, now=now)
        await op.emit(tx, _event(sign_in, begun, proven), sign_in.origin)
        return Begun(begun, token)

    return await op.db.transact(write)


def _event(sign_in: SignIn, session: Session, proven: Sequence[Factor]) -> LoginSucceeded | ProofAdded:
    """What the person did: to prove one thing more is no new sign-in."""
    if sign_in.builds_on is not None:
        return ProofAdded(user_id=session.user_id, target_id=session.id, method=sign_in.factor.kind)
    methods = "+".join(factor.kind for factor in proven)
    return LoginSucceeded(user_id=session.user_id, target_id=session.id, method=methods)


async def _note(tx: Db, progress: Interaction, sign_in: SignIn, *, now: int) -> list[Factor]:
    """Add the factor to what this person has proven so far in this sign-in, or in the session it adds to."""
    if sign_in.builds_on is not None:
        kept = flow.counted(await factors.of_session(tx, sign_in.builds_on.id), now=now)
        return [*(each for each in kept if each.method != sign_in.factor.method), sign_in.factor]
    if progress.user_id != sign_in.user.id:
        if sign_in.factor.method in SECOND_FACTORS:
            raise PageRefused("interaction_expired", detail="a second factor came before the first")
        await factors.forget(tx, progress.id)  # somebody else's
    await factors.note(tx, progress.id, sign_in.factor)
    return await factors.of_interaction(tx, progress.id)


def _may_begin(demanded: Policy, proven: Sequence[Factor]) -> bool:
    """Whether a sign-in may begin as this one did."""
    first = proven[0].kind
    return _BEGINS.get(first, first) in demanded.methods


async def _may_set_up(tx: Db, user: User, proven: Sequence[Factor]) -> bool:
    """Whether a second factor may be set up on the way in: on a tenant's word only for who is nobody beyond it."""
    tenant_id = factors.confined_to(proven)
    return tenant_id is None or await memberships.is_of_one_alone(tx, user.id, tenant_id)


def _is_remembered(sign_in: SignIn, progress: Interaction) -> bool:
    if sign_in.builds_on is not None:
        return sign_in.builds_on.remember
    return progress.remember if sign_in.remember is None else sign_in.remember


def _session(
    sign_in: SignIn, proven: Sequence[Factor], demanded: Policy, *, id: str, token_hash: str, remember: bool, now: int
) -> Session:
    things = flow.things(proven)
    amr = dict.fromkeys(each for factor in proven for each in factor.amr)
    if acr.is_reached(acr.TWO_FACTORS, things):
        amr["mfa"] = None  # RFC 8176 §2
    return Session(
        id=sign_in.replaced.id if sign_in.replaced else id,
        token_hash=token_hash,
        user_id=sign_in.user.id,
        browser_hash=sign_in.browser_hash,
        # Adding a factor is no new sign-in.
        auth_time=sign_in.builds_on.auth_time if sign_in.builds_on else now,
        acr=acr.level_of(things),
        amr=tuple(amr),
        remember=remember,
        ip_address=sign_in.origin.ip,
        user_agent=sign_in.origin.user_agent,
        created_at=now,
        last_seen_at=now,
        idle_expires_at=now + demanded.idle_lifetime,
        expires_at=now + demanded.absolute_lifetime,
    )


async def _keep_factors(
    tx: Db, session: Session, progress: Interaction, sign_in: SignIn, proven: Sequence[Factor]
) -> None:
    if sign_in.builds_on is None:
        await factors.forget_of_session(tx, session.id)
        await factors.forget(tx, progress.id)
    await factors.keep(tx, session.id, proven, lifetime=flow.SECOND_FACTOR_LIFETIME)


async def _keep(tx: Db, session: Session, sign_in: SignIn, *, now: int) -> Session:
    """Write the session down: in the place of the one before, so that apps still know it, if that still counts."""
    if sign_in.replaced is not None:
        if await sessions.renew(tx, session, replaced=sign_in.replaced.token_hash, now=now):
            return session
        if sign_in.builds_on is not None:
            raise PageRefused("session_ended")
        session = replace(session, id=uuid7())
    await sessions.insert(tx, session)
    return session


async def _tell_about_new_browser(op: Provider, tx: Db, user: User, sign_in: SignIn) -> None:
    """Mail about a browser that was never used before, except the very first one."""
    if not notices.is_mail_wanted(op) or not user.logins_count:
        return
    if not await sessions.is_known_browser(tx, user.id, sign_in.browser_hash):
        await outbox.insert(tx, op.vault, notices.new_sign_in(op, user, sign_in.origin))


async def confinement(db: Db, session: Session) -> str | None:
    """The only tenant in which a session counts: one that its own provider began. None where it counts everywhere."""
    return factors.confined_to([factor for factor, _ in await factors.of_session(db, session.id)])


async def is_enough(op: Provider, session: Session, *, to: Destination) -> bool:
    """Whether a session was begun as an app, or a tenant that the person joined meanwhile, would have it now.

    What was proven counts here for as long as the session: a policy says what it takes to begin one.
    """
    now = op.now()

    async def read(tx: Db) -> bool:
        user = await users.find(tx, session.user_id)
        kept = [factor for factor, _ in await factors.of_session(tx, session.id)]
        if user is None or not kept:
            return True  # ended a moment ago: whoever issues anything finds out
        if not await _counts_there(tx, factors.confined_to(kept), to.tenant):
            return False
        demanded = await policy.of_person(tx, user, to=to, now=now)
        is_trusted = await trusted_devices.is_trusted(tx, user.id, browser_hash=session.browser_hash, now=now)
        missing = flow.lacking((), flow.things(kept), is_trusted=is_trusted, policy=demanded)
        return not missing and _may_begin(demanded, kept)

    return await op.db.glance(read)


async def _counts_there(tx: Db, confined_to: str | None, tenant: str | None) -> bool:
    if confined_to is None or confined_to == tenant:
        return True
    named = await tenants.find_by_slug(tx, tenant) if tenant is not None else None
    return named is not None and named.id == confined_to


async def touch(op: Provider, session: Session) -> None:
    """Move the idle limit of a session that is in use."""
    now = op.now()
    if now - session.last_seen_at >= TOUCH_INTERVAL:
        idle_lifetime = session.idle_expires_at - session.last_seen_at  # as it was when the session began
        await op.db.transact(lambda tx: sessions.touch(tx, session.id, idle_expires_at=now + idle_lifetime, now=now))
