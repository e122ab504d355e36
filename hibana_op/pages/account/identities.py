"""`/account/linked`: the accounts elsewhere that sign a person in; link one, unlink one."""

from dataclasses import dataclass

from starlette.responses import Response

from hibana_op.foundation.errors import NotFound, PageRefused
from hibana_op.login.federation import choice, linking
from hibana_op.login.federation.shapes import Departure
from hibana_op.pages import federation
from hibana_op.pages.account.person import Me, account_page, for_person, for_person_freshly
from hibana_op.records import identity_providers, user_identities
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit

PATH = federation.LINKED


@dataclass(frozen=True, slots=True)
class Linked:
    """One account elsewhere."""

    id: str
    slug: str
    provider: str
    email: str | None
    created_at: int
    last_used_at: int | None
    is_open: bool


async def linked(visit: Visit) -> Response:
    """Shows the accounts, and changes them for somebody who signed in a moment ago."""
    return await (_SHOW if visit.method == "GET" else _CHANGE)(visit)


async def _show(visit: Visit, me: Me) -> Response:
    op = visit.site.op
    known = {each.id: each for each in await identity_providers.every(op.db)}
    offered = await choice.linkable(op, me.user.id)
    accounts = [
        Linked(
            id=each.id,
            slug=known[each.provider_id].slug,
            provider=known[each.provider_id].name,
            email=each.email,
            created_at=each.created_at,
            last_used_at=each.last_used_at,
            is_open=any(provider.id == each.provider_id for provider in offered),
        )
        for each in await user_identities.of_user(op.db, me.user.id)
        if each.provider_id in known
    ]
    return await account_page(
        visit,
        me,
        "linked.html",
        section="linked",
        accounts=accounts,
        providers=offered,
        form_action=federation.form_targets(op, offered),
    )


async def _change(visit: Visit, me: Me) -> Response:
    visit.require_own_form()
    identity_id, slug = visit.form.maybe("unlink"), visit.form.maybe("provider")
    if slug is not None:
        return await _leave(visit, me, slug)
    if identity_id is None:
        raise PageRefused("request_invalid", detail="provider or unlink must be given", back=visit.site.url(PATH))
    try:
        await linking.unlink(visit.site.op, me.user, identity_id, visit.origin)
    except NotFound:
        return see_other(visit.site.url(PATH))  # it is gone already
    except PageRefused as refusal:
        refusal.back = visit.site.url(PATH)
        raise
    return see_other(f"{visit.site.url(PATH)}?done=identity_unlinked")


async def _leave(visit: Visit, me: Me, slug: str) -> Response:
    """Off to the provider; whoever comes back from there with this state links what they prove to this person."""
    op, back = visit.site.op, visit.site.url(PATH)
    try:
        upstream = await choice.usable_to_link(op, slug, me.user.id)
    except PageRefused as refusal:
        refusal.back = back
        raise
    leaving = Departure(browser_hash=visit.browser_hash, user_id=me.user.id)
    return await federation.leave(visit, upstream, leaving, back)


_SHOW, _CHANGE = for_person(_show), for_person_freshly(_change, back=PATH)
