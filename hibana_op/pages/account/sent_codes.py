"""SMS and mail as second factors in the account pages: a code shows that the number or mailbox is the person's."""

from starlette.responses import Response

from hibana_op.foundation.errors import LoginRefused
from hibana_op.login.second_factors import codes, enrolment, phone
from hibana_op.login.second_factors.codes import Business
from hibana_op.login.second_factors.shapes import Challenge
from hibana_op.pages.account import factors
from hibana_op.pages.account.person import Me, account_page, for_person_freshly
from hibana_op.pages.mfa import WAIT, typed_code
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit
from hibana_op.web.words import say

PHONE = "/account/phone"
MAILBOX = "/account/email-codes"


@for_person_freshly
async def by_phone(visit: Visit, me: Me) -> Response:
    """Asks for a number, sends a code there, and takes it back."""
    return await _answer(visit, me, codes.CONFIRM_PHONE, PHONE)


@for_person_freshly
async def by_mail(visit: Visit, me: Me) -> Response:
    """Sends a code to the address of the account, and takes it back."""
    return await _answer(visit, me, codes.CONFIRM_EMAIL, MAILBOX)


async def _answer(visit: Visit, me: Me, business: Business, path: str) -> Response:
    challenge = Challenge(user=me.user, bound_to=me.session.id, origin=visit.origin, language=visit.language)
    if visit.method == "GET":
        return await _page(visit, me, business, path, challenge)
    visit.require_own_form()
    try:
        if visit.form.maybe("send") is not None:
            await codes.send(visit.site.op, business, challenge, _destination(visit, me, business))
            return see_other(visit.site.url(path))
        await _take(visit, business, challenge)
    except LoginRefused as refusal:
        return await _page(visit, me, business, path, challenge, refusal=refusal)
    return await factors.after_adding(visit, me, business.channel)


def _destination(visit: Visit, me: Me, business: Business) -> str:
    if business.channel == "email":
        return me.user.email
    typed = (visit.form.maybe("phone") or "").strip()
    if not typed:
        raise LoginRefused("missing_phone")
    number = phone.read(typed, locale=me.user.locale)
    if number is None:
        raise LoginRefused("invalid_phone")
    return number


async def _take(visit: Visit, business: Business, challenge: Challenge) -> None:
    confirm = enrolment.confirm_phone if business.channel == "sms" else enrolment.confirm_email
    await confirm(visit.site.op, challenge, typed_code(visit))


async def _page(
    visit: Visit,
    me: Me,
    business: Business,
    path: str,
    challenge: Challenge,
    *,
    refusal: LoginRefused | None = None,
) -> Response:
    op = visit.site.op
    sent = await codes.find_open(op, business, challenge)
    status = (429 if refusal.reason in WAIT else 400) if refusal else 200
    return await account_page(
        visit,
        me,
        "sent_code.html",
        section="security",
        status=status,
        channel=business.channel,
        form_path=path,
        can_send=codes.can_send(op, business.channel),
        sent_to=sent.destination if sent and visit.form.maybe("other") is None else None,
        wait=max(0, sent.created_at + codes.PAUSE - op.now()) if sent else 0,
        phone=visit.form.maybe("phone") or me.user.phone_number or "",
        error=say(visit.language, f"refused.{refusal.reason}", **refusal.values) if refusal else None,
    )
