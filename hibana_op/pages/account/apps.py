"""The apps that a person lets in, and how they take that back."""

from dataclasses import dataclass

from starlette.responses import Response

from hibana_op.foundation.errors import PageRefused
from hibana_op.foundation.events import ConsentWithdrawn
from hibana_op.pages import apps as described
from hibana_op.pages.account.person import Me, account_page, for_person
from hibana_op.pages.apps import App
from hibana_op.pages.consent import WORDED, is_worded
from hibana_op.records import connected_apps
from hibana_op.records.connected_apps import ConnectedApp
from hibana_op.records.consents import ACCOUNT
from hibana_op.storage.database import Session as Db
from hibana_op.web.browser import is_own_image
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit
from hibana_op.web.words import say

PATH = "/account/apps"


@dataclass(frozen=True, slots=True)
class Row:
    """One app as its person sees it; `abilities` in words."""

    client_id: str
    app: App
    has_logo: bool
    abilities: tuple[str, ...]
    first_used_at: int
    last_used_at: int


@for_person
async def show(visit: Visit, me: Me) -> Response:
    """Lists the apps; takes away what one of them was allowed."""
    if visit.method == "POST":
        visit.require_own_form()
        await _withdraw(visit, me, visit.form.maybe("client_id"))
        return see_other(f"{visit.site.url(PATH)}?done=app_removed")
    op = visit.site.op
    found = await connected_apps.of_user(op.db, me.user.id, now=op.now())
    rows = [row for each in found if (row := await _row(visit, each)) is not None]
    return await account_page(visit, me, "apps.html", section="apps", rows=rows)


async def _withdraw(visit: Visit, me: Me, client_id: str | None) -> None:
    op = visit.site.op
    if client_id is None:
        raise PageRefused("request_invalid", detail="client_id is missing")

    async def write(tx: Db) -> None:
        # Consents, codes, refresh and access tokens end with one commit.
        if await connected_apps.withdraw(tx, me.user.id, client_id, now=op.now()):
            event = ConsentWithdrawn(user_id=me.user.id, client_id=client_id, target_id=client_id)
            await op.emit(tx, event, visit.origin)

    await op.db.transact(write)


async def _row(visit: Visit, connected: ConnectedApp) -> Row | None:
    client = await visit.site.op.remembered.client(connected.client_id)
    if client is None:
        return None
    allowed = sorted(connected.scopes.get(ACCOUNT, ()), key=lambda scope: (*WORDED, scope).index(scope))
    abilities = [_ability(visit, scope) for scope in allowed]
    for identifier, scopes in connected.scopes.items():
        if identifier == ACCOUNT:
            continue
        resource = await visit.site.op.remembered.resource(identifier)
        name = resource.name if resource else identifier
        for scope in scopes:
            ability = resource.describe(scope) if resource else scope
            abilities.append(say(visit.language, "account.apps.at_resource", ability=ability, resource=name))
    app = described.shown(client, visit.language)
    return Row(
        client_id=connected.client_id,
        app=app,
        has_logo=bool(app.logo_path or (app.logo_uri and is_own_image(app.logo_uri))),
        abilities=tuple(abilities),
        first_used_at=connected.first_used_at,
        last_used_at=connected.last_used_at,
    )


def _ability(visit: Visit, scope: str) -> str:
    if is_worded(visit, scope):
        return say(visit.language, f"scope.{scope}.title")
    return say(visit.language, "scope.other.title", scope=scope)
