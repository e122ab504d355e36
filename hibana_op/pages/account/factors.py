"""Second factors in the account pages: set up, put first and given up."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from hibana_op.foundation.errors import LoginRefused
from hibana_op.login import trust
from hibana_op.login.second_factors import SECOND_FACTORS, codes, enrolment
from hibana_op.login.second_factors.enrolment import AppSetup
from hibana_op.pages import drawings, sign_in, steps
from hibana_op.pages.account.person import SECURITY, Me, account_page, for_person_freshly
from hibana_op.pages.mfa import typed_code
from hibana_op.provider import Provider
from hibana_op.records import backup_codes, passkeys, trusted_devices, two_factor
from hibana_op.records.two_factor import PASSKEY
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit
from hibana_op.web.words import say

BACKUP_CODES = "/account/backup-codes"


@dataclass(frozen=True, slots=True)
class Row:
    """A second factor as its person sees it; passkeys, which stand in a list of their own, without a day."""

    method: str
    destination: str | None
    is_primary: bool
    since: int | None


async def block(op: Provider, me: Me) -> Mapping[str, object]:
    """What the page about security says of second factors, backup codes and trusted devices."""
    kept = await two_factor.methods_of(op.db, me.user.id)
    rows = []
    for each in kept:
        if each.method == PASSKEY:
            continue
        factor = SECOND_FACTORS.get(each.method)
        offer = await factor.offer(op.db, me.user) if factor else None
        rows.append(Row(each.method, offer.destination if offer else None, each.is_primary, each.confirmed_at))
    if rows and await passkeys.of_user(op.db, me.user.id):
        is_first = kept[0].method == PASSKEY
        rows.insert(0 if is_first else len(rows), Row(PASSKEY, None, is_first, None))
    has = {row.method for row in rows}
    able = {"totp": True, "sms": codes.can_send(op, "sms"), "email": codes.can_send(op, "email")}
    devices = await trusted_devices.of_user(op.db, me.user.id, now=op.now())
    return {
        "factors": rows,
        "addable_factors": [name for name, is_able in able.items() if is_able and name not in has],
        "backup_codes_left": await backup_codes.left(op.db, me.user.id),
        "trusted_devices": len(devices),
        "is_trusted_here": any(each.browser_hash == me.session.browser_hash for each in devices),
    }


@for_person_freshly
async def change(visit: Visit, me: Me) -> Response:
    """Puts a second factor first, removes one, or forgets the trusted devices."""
    if visit.method == "GET":
        return see_other(visit.site.url(SECURITY))
    visit.require_own_form()
    op, form = visit.site.op, visit.form
    done = None
    if (method := form.maybe("prefer")) is not None:
        await enrolment.prefer(op, me.user, method, visit.origin)
        done = "factor_preferred"
    elif (method := form.maybe("remove")) is not None:
        await enrolment.remove(op, me.user, method, visit.origin)
        done = "factor_removed"
    elif form.maybe("forget") is not None:
        await trust.forget_all(op, me.user.id, visit.origin)
        done = "devices_forgotten"
    return _to_security(visit, done)


@for_person_freshly
async def app(visit: Visit, me: Me) -> Response:
    """Sets an authenticator app up: its secret travels with the form, and counts after its first right code."""
    op, bound_to = visit.site.op, me.session.id
    if visit.method == "GET":
        return await _app_page(visit, me, enrolment.begin_app(op, me.user, bound_to=bound_to))
    visit.require_own_form()
    sealed = visit.form.maybe("setup") or ""
    setup = enrolment.resume_app(op, me.user, bound_to=bound_to, sealed=sealed)
    if setup is None:
        fresh = enrolment.begin_app(op, me.user, bound_to=bound_to)
        return await _app_page(visit, me, fresh, refusal=LoginRefused("app_setup_expired"))
    try:
        await enrolment.add_app(op, me.user, setup, typed_code(visit), visit.origin)
    except LoginRefused as refusal:
        return await _app_page(visit, me, setup, refusal=refusal)
    return await after_adding(visit, me, "totp")


async def _app_page(visit: Visit, me: Me, setup: AppSetup, *, refusal: LoginRefused | None = None) -> Response:
    return await account_page(
        visit,
        me,
        "totp.html",
        section="security",
        status=400 if refusal else 200,
        uri=setup.uri,
        qr=drawings.qr(setup.uri),
        secret=drawings.in_fours(setup.secret),
        setup=setup.sealed,
        error=say(visit.language, f"refused.{refusal.reason}") if refusal else None,
    )


@for_person_freshly
async def backup(visit: Visit, me: Me) -> Response:
    """Makes backup codes, and shows them this once."""
    op, made, refusal = visit.site.op, None, None
    if visit.method == "POST":
        visit.require_own_form()
        try:
            made = await enrolment.make_backup_codes(op, me.user, visit.origin)
        except LoginRefused as refused:
            refusal = refused
    return await account_page(
        visit,
        me,
        "backup_codes.html",
        section="security",
        status=400 if refusal else 200,
        made=made,
        left=await backup_codes.left(op.db, me.user.id),
        has_factors=bool(await two_factor.methods_of(op.db, me.user.id)),
        error=say(visit.language, f"refused.{refusal.reason}") if refusal else None,
    )


async def after_adding(visit: Visit, me: Me, method: str) -> Response:
    """A second factor was set up, and with that proven in this session; whoever has no backup codes is led to them."""
    progress = await steps.begin_without_app(visit, return_path=SECURITY)
    await sign_in.proven(visit, progress, me.user, SECOND_FACTORS[method].proven(now=visit.site.op.now()))
    if await backup_codes.left(visit.site.op.db, me.user.id):
        return _to_security(visit, "factor_added")
    return see_other(f"{visit.site.url(BACKUP_CODES)}?done=factor_added")


def _to_security(visit: Visit, done: str | None) -> Response:
    return see_other(visit.site.url(SECURITY) + (f"?done={done}" if done else ""))
