"""`/account/linked/{provider}`: link an account in a directory (LDAP), by its name and password."""

from starlette.responses import Response

from hibana_op.foundation.errors import LoginRefused, PageRefused
from hibana_op.login.federation import choice, linking
from hibana_op.login.federation.shapes import UpstreamFailed
from hibana_op.login.federation.types import TYPES
from hibana_op.pages import directory, federation
from hibana_op.pages.account.person import Me, account_page, for_person_freshly
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit


async def _link(visit: Visit, me: Me) -> Response:
    """Asks for name and password at a directory, and links the account there."""
    op, back = visit.site.op, visit.site.url(federation.LINKED)
    slug = visit.path.rsplit("/", 1)[-1]

    async def ask(name: str, refusal: LoginRefused | None) -> Response:
        return await account_page(
            visit,
            me,
            "directory.html",
            section="linked",
            status=directory.status_of(refusal),
            provider=upstream.name,
            slug=upstream.slug,
            username=name,
            error=directory.words_of(visit, refusal),
        )

    try:
        upstream = await choice.usable_to_link(op, slug, me.user.id)
        if TYPES[upstream.type].depart is not None:
            raise PageRefused("federation_unavailable", status=404)  # noqa: TRY301 -- as if it were not there
        account = await directory.prove(visit, upstream, "", ask)
        if isinstance(account, Response):
            return account
        await linking.link(op, upstream, account, me.user, visit.origin)
    except UpstreamFailed as failure:
        raise federation.failed(upstream, failure, back) from None
    except PageRefused as refusal:
        refusal.back = refusal.back or back
        raise
    return see_other(f"{back}?done=identity_linked")


link = for_person_freshly(_link, back=federation.LINKED)
