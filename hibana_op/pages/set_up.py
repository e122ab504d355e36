"""`/login/set-up`: somebody whose sign-in needs more than they have sets it up here, before any session begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from hibana_op.foundation import acr
from hibana_op.foundation.errors import LoginRefused, PageRefused
from hibana_op.login import flow, policy, second_steps, trust
from hibana_op.login.flow import Way
from hibana_op.login.second_factors import SECOND_FACTORS, enrolment
from hibana_op.login.second_factors.enrolment import AppSetup
from hibana_op.pages import apps, drawings, sign_in, steps
from hibana_op.pages.mfa import typed_code
from hibana_op.pages.passkeys import told
from hibana_op.records import backup_codes, factors, users
from hibana_op.records.interactions import Interaction
from hibana_op.records.users import User
from hibana_op.storage.database import Session as Db
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit
from hibana_op.web.words import say

# What can be set up on this page, and what each then proves.
_OFFERED = (Way("passkey", ("passkey", "person"), is_due=False), Way("totp", ("app",), is_due=True))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who has to set something up, and what would do."""

    user: User
    methods: tuple[str, ...]


async def set_up(visit: Visit) -> Response:
    """Asks which second factor it shall be; an authenticator app is set up here, without a script."""
    if visit.method == "POST":
        visit.require_own_form()
    progress = await steps.get(visit)
    wanted = await _wanted(visit, progress)
    if wanted is None:
        return see_other(steps.step_url(visit, steps.MORE if progress.user_id else "/login", progress))
    if visit.method == "POST":
        return await _take_app(visit, progress, wanted)
    if "passkey" in wanted.methods and visit.form.maybe("method") != "totp":
        return await _choice_page(visit, progress, wanted)
    return await _app_page(visit, progress, wanted, _fresh(visit, progress, wanted))


async def options(visit: Visit) -> Response:
    """Begins making a passkey: what the browser asks an authenticator for."""
    from hibana_op.login.passkeys import adding  # noqa: PLC0415 -- loaded at the first use

    wanted, _ = await _wanted_passkey(visit)
    return told(await adding.options(visit.site.op, wanted.user, browser_hash=visit.browser_hash, is_verified=True))


async def add(visit: Visit) -> Response:
    """Takes the passkey that an authenticator made, which proves itself with it, and says where the page goes on."""
    from hibana_op.login.passkeys import adding, signing_in  # noqa: PLC0415 -- loaded at the first use

    wanted, progress = await _wanted_passkey(visit)
    op = visit.site.op
    added = await adding.finish(
        op,
        wanted.user,
        {name: value for name, value in visit.document.items() if name != "interaction"},
        browser_hash=visit.browser_hash,
        unnamed=say(visit.language, "passkeys.unnamed"),
        origin=visit.origin,
        is_verified=True,
    )
    factor = signing_in.factor(is_synced=added.backup_eligible, is_verified=True, now=op.now())
    return told({"next": await sign_in.settle(visit, progress, wanted.user, factor)})


async def _wanted_passkey(visit: Visit) -> tuple[Wanted, Interaction]:
    visit.require_own_form()
    interaction_id = visit.document.get("interaction")
    progress = await steps.resume(visit, interaction_id if isinstance(interaction_id, str) else "")
    wanted = await _wanted(visit, progress)
    if wanted is None or "passkey" not in wanted.methods:
        raise LoginRefused("passkey_refused")
    return wanted, progress


async def _wanted(visit: Visit, progress: Interaction) -> Wanted | None:
    """What is still to be set up, read anew; None when nothing is, or something else comes first."""
    op, user_id = visit.site.op, progress.user_id
    if user_id is None:
        return None

    async def read(tx: Db) -> Wanted | None:
        user = await users.find(tx, user_id)
        if user is None:
            return None
        demanded = await policy.of_sign_in(tx, user, progress, now=op.now())
        proven = flow.things(await factors.of_interaction(tx, progress.id))
        is_trusted = await trust.counts(tx, progress, user.id, now=op.now())
        ways = await second_steps.of(tx, user)
        if flow.still_asked(ways, proven, is_trusted=is_trusted, policy=demanded) != ():
            return None
        missing = flow.lacking(ways, proven, is_trusted=is_trusted, policy=demanded)
        return Wanted(user, _leading(ways, proven, missing))

    return await op.db.glance(read)


def _leading(ways: Sequence[Way], proven: frozenset[str], missing: Sequence[str]) -> tuple[str, ...]:
    """What can be set up so that nothing is missing any more; a page when nobody may, or nothing would do."""
    if not flow.may_set_up(ways, proven):
        raise PageRefused("no_second_step", status=403)
    has = {way.method for way in ways}
    offered = [
        way.method
        for way in _OFFERED
        if (way.method not in has or way.method == "passkey")
        and all(acr.is_reached(each, proven | set(way.proves)) for each in missing)
    ]
    if not offered:
        raise PageRefused("cannot_set_up", status=403)
    return tuple(offered)


def _fresh(visit: Visit, progress: Interaction, wanted: Wanted) -> AppSetup:
    if "totp" not in wanted.methods:
        raise PageRefused("cannot_set_up", status=403)
    return enrolment.begin_app(visit.site.op, wanted.user, bound_to=progress.id)


async def _take_app(visit: Visit, progress: Interaction, wanted: Wanted) -> Response:
    op, user = visit.site.op, wanted.user
    fresh = _fresh(visit, progress, wanted)
    sealed = visit.form.maybe("setup") or ""
    setup = enrolment.resume_app(op, user, bound_to=progress.id, sealed=sealed)
    if setup is None:
        return await _app_page(visit, progress, wanted, fresh, refusal=LoginRefused("app_setup_expired"))
    try:
        await enrolment.add_app(op, user, setup, typed_code(visit), visit.origin)
    except LoginRefused as refusal:
        return await _app_page(visit, progress, wanted, setup, refusal=refusal)
    onward = await sign_in.settle(visit, progress, user, SECOND_FACTORS["totp"].proven(now=op.now()))
    is_signed_in = visit.session is not None and visit.session.user_id == user.id
    if not is_signed_in or await backup_codes.left(op.db, user.id):
        return see_other(onward)
    return await _codes_page(visit, progress, await enrolment.make_backup_codes(op, user, visit.origin), onward)


async def _choice_page(visit: Visit, progress: Interaction, wanted: Wanted) -> Response:
    here = steps.step_url(visit, steps.SET_UP, progress)
    return await _page(
        visit,
        progress,
        "set_up.html",
        here,
        account=wanted.user.email,
        app_url=f"{here}&method=totp" if "totp" in wanted.methods else None,
        error=None,
    )


async def _app_page(
    visit: Visit, progress: Interaction, wanted: Wanted, setup: AppSetup, *, refusal: LoginRefused | None = None
) -> Response:
    here = steps.step_url(visit, steps.SET_UP, progress)
    return await _page(
        visit,
        progress,
        "set_up_app.html",
        f"{here}&method=totp",
        status=400 if refusal else 200,
        account=wanted.user.email,
        back=here if "passkey" in wanted.methods else None,
        uri=setup.uri,
        qr=drawings.qr(setup.uri),
        secret=drawings.in_fours(setup.secret),
        setup=setup.sealed,
        error=say(visit.language, f"refused.{refusal.reason}") if refusal else None,
    )


async def _codes_page(visit: Visit, progress: Interaction, made: Sequence[str], onward: str) -> Response:
    here = steps.step_url(visit, sign_in.CONTINUE, progress)
    return await _page(visit, progress, "set_up_codes.html", here, made=made, onward=onward, error=None)


async def _page(
    visit: Visit, progress: Interaction, template: str, here: str, *, status: int = 200, **context: Any
) -> Response:
    return visit.page(
        template,
        status=status,
        current_url=here,
        form_action=steps.form_targets(progress),
        app=await apps.of_interaction(visit, progress),
        csrf=visit.csrf,
        interaction=progress.id,
        **context,
    )
