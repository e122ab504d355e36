"""A person's data: all of it to take along, and the end of the account."""

import json
from datetime import UTC, datetime

from starlette.responses import Response

from hibana_op.foundation.errors import LoginRefused, PageRefused
from hibana_op.foundation.events import DataExported
from hibana_op.login import deletion
from hibana_op.pages.account.person import Me, account_page, for_person, is_fresh, too_old
from hibana_op.records import personal_data, users
from hibana_op.storage.database import Session as Db
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit
from hibana_op.web.words import say

PATH = "/account/data"


@for_person
async def show(visit: Visit, me: Me) -> Response:
    """Hands out everything, begins the deletion, or calls it off."""
    if visit.method == "GET":
        return await _page(visit, me)
    visit.require_own_form()
    decision = visit.form.maybe("decision")
    if decision == "keep":
        await deletion.cancel(visit.site.op, me.user, visit.origin)
        return see_other(f"{visit.site.url('/account')}?done=kept")
    if decision not in ("export", "delete"):
        raise PageRefused("request_invalid", detail="decision must be export, delete or keep")
    if not is_fresh(visit, me):
        raise too_old(visit, PATH)
    return await (_export(visit, me) if decision == "export" else _delete(visit, me))


async def _page(visit: Visit, me: Me, *, field_error: str | None = None) -> Response:
    return await account_page(
        visit,
        me,
        "data.html",
        section="data",
        status=400 if field_error else 200,
        field_error=say(visit.language, f"refused.{field_error}") if field_error else None,
        is_fresh=is_fresh(visit, me),
    )


async def _export(visit: Visit, me: Me) -> Response:
    op = visit.site.op
    now = op.now()

    async def read(tx: Db) -> dict[str, object]:
        found = await personal_data.of_user(tx, me.user.id)
        await op.emit(tx, DataExported(user_id=me.user.id, target_id=me.user.id), visit.origin)
        return found

    document = {"issuer": op.issuer, "exported_at": now, **await op.db.transact(read)}
    day = datetime.fromtimestamp(now, UTC).date().isoformat()
    return Response(
        json.dumps(document, ensure_ascii=False, indent=2).encode("utf-8", "replace"),
        media_type="application/json",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="account-{day}.json"',
            "X-Content-Type-Options": "nosniff",
        },
    )


async def _delete(visit: Visit, me: Me) -> Response:
    typed = visit.form.maybe("confirm") or ""
    if users.login_key(typed) != users.login_key(me.user.email):
        return await _page(visit, me, field_error="deletion_unconfirmed")
    try:
        due_at = await deletion.request(visit.site.op, me.user, visit.origin)
    except LoginRefused as refused:
        return await _page(visit, me, field_error=refused.reason)
    visit.drop(me.session.id)
    return visit.page("account/closing.html", current_url=None, is_plain=True, due_at=due_at, csrf=visit.csrf)
