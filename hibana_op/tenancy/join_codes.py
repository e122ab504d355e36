"""Join codes: made and disabled by administrators, typed by people who want to become members.

Eight characters of thirty-two are forty bits; few wrong ones may be tried by a person, or from an address.
"""

import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass

from hibana_op.foundation import base64url
from hibana_op.foundation.errors import Conflict, Forbidden, InvalidRecord, LoginRefused, NotFound
from hibana_op.foundation.events import JoinCodeCreated, JoinCodeDisabled, JoinCodeRefused
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.printable import is_line
from hibana_op.login import throttle
from hibana_op.provider import Provider
from hibana_op.records import join_codes, lockouts, memberships, roles, tenants
from hibana_op.records.join_codes import JoinCode
from hibana_op.records.memberships import Membership
from hibana_op.records.tenants import SPECIAL, Tenant
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors, seats
from hibana_op.tenancy.access import Actor, require
from hibana_op.tenancy.membership import Taken, let_in
from hibana_op.tenancy.places import place_of, tenant_for
from hibana_op.tenancy.seats import CannotJoin, Seat
from hibana_op.tenancy.tenant_values import LONGEST_NAME

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # neither I nor O, neither 1 nor 0
LENGTH = 8
WINDOW = 900
MOST_FOR_A_PERSON = 10
MOST_FOR_AN_ADDRESS = 100
MOST_USES = 1_000_000
LONGEST_LIFE = 366 * 86400
_OWNERS = "owners are invited or made by owners"


@dataclass(frozen=True, slots=True)
class Preview:
    """What somebody who typed a code is shown before they join; `member` when they are one already."""

    tenant: Tenant
    code: JoinCode
    member: Membership | None


async def create(
    op: Provider,
    actor: Actor,
    tenant_id: str,
    *,
    seat: Seat,
    label: str = "",
    max_uses: int | None = None,
    lifetime: int | None = None,
    origin: Origin,
) -> tuple[JoinCode, str]:
    """Make a code, and say it; whoever uses it gets this seat."""
    _check(seat, label, max_uses, lifetime)
    now, text, code_id = op.now(), "".join(secrets.choice(ALPHABET) for _ in range(LENGTH)), uuid7()
    made = JoinCode(
        id=code_id,
        tenant_id=tenant_id,
        code_hash=_hash(op, text),
        code_sealed=op.vault.seal(text.encode(), join_codes.sealed_name(code_id)),
        label=label,
        role=seat.role,
        role_id=seat.role_id,
        unit_id=seat.unit_id,
        max_uses=max_uses,
        expires_at=None if lifetime is None else now + lifetime,
        created_by=actor.user_id,
        created_at=now,
    )

    async def write(tx: Session) -> None:
        acting = await actors.renewed(tx, actor, now=now)
        tenant = await tenant_for(tx, acting, tenant_id)
        require(acting, "join-codes:create", await place_of(tx, tenant_id, seat.unit_id))
        if tenant.id in SPECIAL:
            raise Conflict(f"nobody joins {tenant.slug}")
        await seats.check_may_promise(tx, acting, tenant_id, seat)
        more = await roles.find(tx, tenant_id, seat.role_id) if seat.role_id else None
        if more is not None and "*" in more.permissions:
            raise InvalidRecord(f"{more.name} may do everything; {_OWNERS}")
        await join_codes.insert(tx, made)
        event = JoinCodeCreated(
            user_id=actor.user_id,
            client_id=actor.client_id,
            tenant_id=tenant_id,
            target_id=code_id,
            role=seat.role,
        )
        await op.emit(tx, event, origin)

    await op.db.transact(write)
    return made, shown(text)


async def disable(op: Provider, actor: Actor, tenant_id: str, code_id: str, *, origin: Origin) -> JoinCode:
    """Let nobody join with a code any more, from this moment."""

    async def write(tx: Session) -> JoinCode:
        acting = await actors.renewed(tx, actor, now=op.now())
        code = await _get(tx, acting, tenant_id, code_id, "join-codes:update")
        if await join_codes.disable(tx, tenant_id, code_id, now=op.now()):
            event = JoinCodeDisabled(user_id=actor.user_id, tenant_id=tenant_id, target_id=code_id)
            await op.emit(tx, event, origin)
        return await join_codes.find(tx, tenant_id, code_id) or code

    return await op.db.transact(write)


async def get(op: Provider, actor: Actor, tenant_id: str, code_id: str) -> JoinCode:
    """A code, for whoever may see it."""
    return await _get(op.db, actor, tenant_id, code_id, "join-codes:read")


async def may_be_told(op: Provider, actor: Actor, code: JoinCode) -> bool:
    """Whether somebody who sees that a code is there may read it: who could not give this seat could take it so."""
    try:
        await seats.check_may_give(op.db, actor, code.tenant_id, _seat(code))
    except (Forbidden, NotFound):
        return False
    return True


def text_of(op: Provider, code: JoinCode) -> str:
    """A code once more, for those who may be told it."""
    return shown(op.vault.open(code.code_sealed, join_codes.sealed_name(code.id)).decode())


def shown(text: str) -> str:
    """A code as people read it: XXXX-XXXX."""
    return f"{text[:4]}-{text[4:]}"


def plain(typed: str) -> str:
    """A code as it is compared: wide letters, small ones, hyphens and spaces make no difference."""
    folded = unicodedata.normalize("NFKC", typed[:64]).upper()
    return "".join(each for each in folded if each.isalnum())


async def look_up(op: Provider, user_id: str, typed: str, *, origin: Origin) -> Preview:
    """What a code is for; LoginRefused when it is for nothing. Looking does not use it."""

    async def look(tx: Session) -> Preview:
        return await _find(op, tx, user_id, typed, origin)

    return await op.db.transact(look)


async def join(op: Provider, user_id: str, typed: str, *, origin: Origin) -> Membership:
    """Become a member by a code; whoever is one already stays what they are, and uses none of it up."""

    async def write(tx: Session) -> Membership:
        now = op.now()
        found = await _find(op, tx, user_id, typed, origin)
        try:
            tenant = await seats.hold(tx, found.tenant.id, now=now)
            known = await seats.check(tx, tenant, user_id)
        except CannotJoin as refusal:
            raise LoginRefused(refusal.reason) from None
        if known is not None and known.status == "active":
            return known
        if not await seats.is_still_given(tx, tenant.id, _seat(found.code), now=now):
            raise LoginRefused("join_code_over")
        code = await join_codes.spend(tx, found.code.id, now=now)
        if code is None:
            raise LoginRefused("join_code_over")
        taken = Taken(user_id, _seat(code), known, by=user_id, way="join_code")
        return await let_in(op, tx, tenant, taken, origin)

    return await op.db.transact(write)


async def _find(op: Provider, tx: Session, user_id: str, typed: str, origin: Origin) -> Preview:
    """The code that counts; attempts are counted before it is looked for, and given back when it is right."""
    now = op.now()
    counters = [(f"join:{user_id}", MOST_FOR_A_PERSON)]
    if origin.ip:
        counters.append((f"join:{throttle.subject_of_address(origin.ip)}", MOST_FOR_AN_ADDRESS))
    tries = [await lockouts.reserve(tx, name, limit=most, seconds=WINDOW, now=now) for name, most in counters]
    locked = [(each.locked_until or now) for each in tries if not each.allowed]
    if locked:
        await op.emit(tx, JoinCodeRefused(user_id=user_id, reason="too_many"), origin)
        raise LoginRefused("too_many_attempts", minutes=-(-(max(locked) - now) // 60) or 1)
    code = await join_codes.find_by_hash(tx, _hash(op, plain(typed)))
    tenant = await tenants.find(tx, code.tenant_id) if code is not None else None
    if code is None or tenant is None:
        await op.emit(tx, JoinCodeRefused(user_id=user_id, reason="unknown"), origin)
        raise LoginRefused("join_code_wrong")
    for name, _ in counters:
        await lockouts.give_back(tx, name)
    member = await memberships.of_person(tx, tenant.id, user_id)
    if member is not None and member.status == "suspended":
        raise LoginRefused("member_suspended")
    is_member = member is not None and member.status == "active"
    if not is_member and (code.state(now) != "live" or not tenant.is_open(now=now)):
        raise LoginRefused("join_code_over")
    return Preview(tenant, code, member if is_member else None)


async def _get(tx: Session, actor: Actor, tenant_id: str, code_id: str, permission: str) -> JoinCode:
    await tenant_for(tx, actor, tenant_id)
    code = await join_codes.find(tx, tenant_id, code_id)
    if code is None:
        raise NotFound(f"no join code has the id {code_id}")
    require(actor, permission, await place_of(tx, tenant_id, code.unit_id))
    return code


def _seat(code: JoinCode) -> Seat:
    return Seat(role=code.role, role_id=code.role_id, unit_id=code.unit_id, given_by=code.created_by)


def _check(seat: Seat, label: str, max_uses: int | None, lifetime: int | None) -> None:
    if seat.role not in ("member", "admin"):
        raise InvalidRecord(f"role must be member or admin; {_OWNERS}")
    if len(label) > LONGEST_NAME or not is_line(label):
        raise InvalidRecord(f"label must be one line of up to {LONGEST_NAME} characters")
    if max_uses is not None and not 1 <= max_uses <= MOST_USES:
        raise InvalidRecord(f"max_uses must be 1 to {MOST_USES}")
    if lifetime is not None and not 1 <= lifetime <= LONGEST_LIFE:
        raise InvalidRecord("a join code counts for a second to 366 days")


def _hash(op: Provider, text: str) -> str:
    """Forty bits could be guessed from a plain hash: this one needs the deployment's own key."""
    return base64url.encode(hmac.new(op.form_key, f"join code|{text}".encode(), hashlib.sha256).digest())
