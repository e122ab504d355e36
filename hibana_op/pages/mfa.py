"""The second step of a sign-in: one factor is asked for, the others are a link away."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from hibana_op.foundation import acr
from hibana_op.foundation.errors import LoginRefused
from hibana_op.login import flow, policy, second_steps, trust
from hibana_op.login.second_factors import SECOND_FACTORS, codes
from hibana_op.login.second_factors.shapes import Challenge, Offer
from hibana_op.oauth import authorize
from hibana_op.oauth.response_modes import Answer
from hibana_op.pages import apps, sign_in, steps
from hibana_op.records import factors, two_factor, users
from hibana_op.records.interactions import Interaction
from hibana_op.records.users import User
from hibana_op.storage.database import Session as Db
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit
from hibana_op.web.words import say

LONGEST_CODE = 64
WAIT = frozenset({"too_many_attempts", "code_just_sent", "too_many_codes_sent"})
_SENT = {"sms": codes.SMS_SECOND, "email": codes.EMAIL_SECOND}


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked, and by what they may go on; the one they are asked for first at the front."""

    user: User
    methods: Sequence[str]
    offers: dict[str, Offer]


@dataclass(frozen=True, slots=True)
class Row:
    """Another way, as a line of the page."""

    method: str
    url: str
    offer: Offer


async def mfa(visit: Visit) -> Response:
    """Asks for a second factor."""
    if visit.method == "POST":
        visit.require_own_form()
    progress = await steps.get(visit)
    asked = await _asked(visit, progress)
    if asked is None:
        at = "/login" if progress.user_id is not None or visit.session is None else sign_in.CONTINUE
        return see_other(steps.step_url(visit, at, progress))
    if not asked.methods:
        return see_other(steps.step_url(visit, steps.SET_UP, progress))
    wanted = visit.form.maybe("method")
    method = wanted if wanted is not None and wanted in asked.methods else asked.methods[0]
    challenge = Challenge(user=asked.user, bound_to=progress.id, origin=visit.origin, language=visit.language)
    if visit.method == "GET":
        return await _page(visit, progress, asked, method, challenge)
    try:
        if visit.form.maybe("send") is not None:
            return await _send(visit, progress, method, challenge)
        return await _take(visit, progress, method, challenge)
    except LoginRefused as refusal:
        if visit.form.maybe("send") is None:
            visit.site.metrics.sign_in("failure")
        return await _page(visit, progress, asked, method, challenge, refusal=refusal)


async def _send(visit: Visit, progress: Interaction, method: str, challenge: Challenge) -> Response:
    begin = SECOND_FACTORS[method].begin if method in SECOND_FACTORS else None
    if begin is not None:
        await begin(visit.site.op, challenge)
    return see_other(f"{steps.step_url(visit, steps.MORE, progress)}&method={method}")


async def _take(visit: Visit, progress: Interaction, method: str, challenge: Challenge) -> Response:
    if method not in SECOND_FACTORS:
        raise LoginRefused("missing_code")
    answer = typed_code(visit)
    op, user = visit.site.op, challenge.user
    factor = await SECOND_FACTORS[method].finish(op, challenge, answer)
    response = await sign_in.proven(visit, progress, user, factor)
    is_signed_in = visit.session is not None and visit.session.user_id == user.id
    if visit.form.maybe("trust") is not None and progress.user_id is not None and is_signed_in:
        await trust.trust(op, user.id, browser_hash=visit.browser_hash, origin=visit.origin)
    return response


def typed_code(visit: Visit) -> str:
    """The code in a form, as it was typed; LoginRefused when there is none, or it is no code of ours by its length."""
    answer = visit.form.maybe("code") or ""
    if not answer.strip():
        raise LoginRefused("missing_code")
    if len(answer) > LONGEST_CODE:
        raise LoginRefused("wrong_code")
    return answer


async def _asked(visit: Visit, progress: Interaction) -> Asked | None:
    """What is still missing, read anew; None when nothing is, or nobody has begun."""
    user_id = sign_in.asked_of(visit, progress)
    wanted = () if progress.user_id is not None else await _wanted(visit, progress)
    if user_id is None or (progress.user_id is None and not wanted):
        return None
    op = visit.site.op

    async def read(tx: Db) -> Asked | None:
        user = await users.find(tx, user_id)
        if user is None:
            return None
        open_ways = await second_steps.of(tx, user)
        methods: Sequence[str] | None
        if progress.user_id is not None:
            proven = flow.things(await factors.of_interaction(tx, progress.id))
            is_trusted = await trust.counts(tx, progress, user.id, now=op.now())
            demanded = await policy.of_sign_in(tx, user, progress, now=op.now())
            methods = flow.still_asked(open_ways, proven, is_trusted=is_trusted, policy=demanded)
        else:
            kept = await factors.of_session(tx, visit.session.id) if visit.session else []
            proven = flow.things(flow.counted(kept, now=op.now()))
            is_enough = any(acr.is_reached(each, proven) for each in wanted)
            methods = None if is_enough else flow.reaching(wanted, open_ways, proven) or None
        if methods is None:
            return None
        offers = {
            name: found
            for name in methods
            if name in SECOND_FACTORS and (found := await SECOND_FACTORS[name].offer(tx, user)) is not None
        }
        return Asked(user, _in_order(methods, await two_factor.methods_of(tx, user.id)), offers)

    return await op.db.glance(read)


async def _wanted(visit: Visit, progress: Interaction) -> Sequence[str]:
    """The classes that an app asks for, of somebody who is signed in already."""
    if progress.request is None:
        return ()
    request = await authorize.read(visit.site.op, steps.form_of(progress))
    return () if isinstance(request, Answer) else request.acr.values


def _in_order(methods: Sequence[str], kept: Sequence[two_factor.Method]) -> list[str]:
    """What the person prefers first; a passkey needs a script, so the page begins with it only where they wish so."""
    preferred = [each.method for each in kept if each.is_primary and each.method in methods]
    plain = [method for method in methods if method != second_steps.PASSKEY]
    return list(dict.fromkeys([*preferred, *plain, *methods]))


async def _page(
    visit: Visit,
    progress: Interaction,
    asked: Asked,
    method: str,
    challenge: Challenge,
    *,
    refusal: LoginRefused | None = None,
) -> Response:
    op = visit.site.op
    sent = await codes.find_open(op, _SENT[method], challenge) if method in _SENT else None
    here = steps.step_url(visit, steps.MORE, progress)
    status = (429 if refusal.reason in WAIT else 400) if refusal else 200
    return visit.page(
        "mfa.html",
        status=status,
        current_url=f"{here}&method={method}",
        form_action=steps.form_targets(progress),
        app=await apps.of_interaction(visit, progress),
        csrf=visit.csrf,
        interaction=progress.id,
        account=asked.user.email,
        method=method,
        offer=asked.offers.get(method, Offer()),
        must_send=method in _SENT and sent is None,
        wait=max(0, sent.created_at + codes.PAUSE - op.now()) if sent else 0,
        others=[
            Row(each, f"{here}&method={each}", asked.offers.get(each, Offer()))
            for each in asked.methods
            if each != method
        ],
        may_trust=progress.user_id is not None,
        trust=visit.form.maybe("trust") is not None,
        error=say(visit.language, f"refused.{refusal.reason}", **refusal.values) if refusal else None,
    )
