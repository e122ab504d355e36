"""The address in the account pages: confirmed, or changed, by a link or a code to its mailbox."""

from starlette.responses import Response

from hibana_op.foundation.errors import InvalidRecord, LoginRefused
from hibana_op.foundation.pace import no_sooner_than
from hibana_op.login import notices, own_account, profile
from hibana_op.pages import signup
from hibana_op.pages.account.person import Me, account_page, for_person_freshly
from hibana_op.web.visit import Visit


@for_person_freshly
async def email(visit: Visit, me: Me) -> Response:
    """Asks for a new address, and sends a link and a code to it."""
    if visit.method == "GET":
        return await _page(visit, me)
    visit.require_own_form()
    wanted = (visit.form.maybe("email") or "").strip()
    try:
        profile.check_email(wanted)
        async with no_sooner_than(signup.ANSWER_AFTER):
            await own_account.request_email(
                visit.site.op,
                me.user,
                wanted,
                language=visit.language,
                browser_hash=visit.browser_hash,
                origin=visit.origin,
            )
    except InvalidRecord:
        return await _page(visit, me, wanted=wanted, refusal=LoginRefused("invalid_email"))
    except LoginRefused as refusal:
        was_sent = refusal.reason == "code_just_sent"
        return await _page(visit, me, wanted=wanted, sent_to=wanted if was_sent else None, refusal=refusal)
    return await _page(visit, me, sent_to=wanted)


async def _page(
    visit: Visit, me: Me, *, wanted: str = "", sent_to: str | None = None, refusal: LoginRefused | None = None
) -> Response:
    return await account_page(
        visit,
        me,
        "email.html",
        section="security",
        status=signup.status_of(refusal),
        has_mail=notices.is_mail_wanted(visit.site.op),
        wanted=wanted,
        sent_to=sent_to,
        error=signup.words_of(visit, refusal),
    )
