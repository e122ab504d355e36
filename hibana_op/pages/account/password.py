"""The password in the account pages: what there is, and a new one."""

from collections.abc import Mapping

from starlette.responses import Response

from hibana_op.foundation.errors import LoginRefused
from hibana_op.login import new_password, own_account
from hibana_op.pages import signup
from hibana_op.pages.account.person import Me, account_page, for_person_freshly
from hibana_op.provider import Provider
from hibana_op.records import credentials
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit


async def block(op: Provider, me: Me) -> Mapping[str, object]:
    """What the page about security says of the password: since when there is one, if there is."""
    return {"password_changed_at": await credentials.changed_at(op.db, me.user.id)}


@for_person_freshly
async def password(visit: Visit, me: Me) -> Response:
    """Asks for the present password and a new one."""
    if visit.method == "GET":
        return await _page(visit, me, end_others=True)
    visit.require_own_form()
    end_others = visit.form.maybe("end_others") is not None
    try:
        await own_account.change_password(
            visit.site.op,
            me.user,
            me.session,
            current=visit.form.maybe("current_password"),
            new=visit.form.maybe("password") or "",
            end_others=end_others,
            origin=visit.origin,
        )
    except LoginRefused as refusal:
        return await _page(visit, me, end_others=end_others, refusal=refusal)
    return see_other(visit.site.url("/account/security") + "?done=password")


async def _page(visit: Visit, me: Me, *, end_others: bool, refusal: LoginRefused | None = None) -> Response:
    return await account_page(
        visit,
        me,
        "password.html",
        section="security",
        status=signup.status_of(refusal),
        has_password=await credentials.changed_at(visit.site.op.db, me.user.id) is not None,
        end_others=end_others,
        shortest=await new_password.shortest_of(visit.site.op, me.user),
        error=signup.words_of(visit, refusal),
    )
