"""The form of what makes members at the console, a join code or an invitation: which role in which unit."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from hibana_op.pages.admin import choices
from hibana_op.pages.admin.frame import Desk, console_page
from hibana_op.pages.admin.listing import Choice
from hibana_op.pages.admin.typed import Typed
from hibana_op.storage.database import Session as Db
from hibana_op.web.visit import Visit


async def seat_form(
    visit: Visit, desk: Desk, template: str, typed: Typed, *, permission: str, roles: Sequence[str], **context: object
) -> Response:
    """Render a form with the roles that somebody may give, and the units in which they may use this permission."""

    async def read(tx: Db) -> tuple[choices.Units, list[Choice]]:
        offered = await choices.roles_for(tx, desk, visit.language, roles, typed.values["role"])
        return await choices.units_for(tx, desk, permission), offered

    units, offered = await visit.site.op.db.read(read)
    given: dict[str, Any] = context
    return await console_page(
        visit,
        desk,
        template,
        typed=typed.values,
        problems=typed.problems,
        roles=offered,
        units=units.choices(typed.values["unit"]),
        may_be_none=units.may_be_none,
        **given,
    )
