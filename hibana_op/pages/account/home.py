"""The front page of an account: how well it is protected, and what to do about it."""

from dataclasses import dataclass

from starlette.responses import Response

from hibana_op.login import second_steps, ways_in
from hibana_op.login.second_factors import SECOND_FACTORS
from hibana_op.pages.account.person import Me, account_page, for_person
from hibana_op.pages.admin import home as console
from hibana_op.records import sessions
from hibana_op.storage.database import Session as Db
from hibana_op.web.visit import Visit
from hibana_op.web.words import say

PATH = "/account"
FEW_CODES = 3


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the security check-up; `path` is where it is seen to."""

    name: str
    is_well: bool
    text: str
    path: str


@for_person
async def show(visit: Visit, me: Me) -> Response:
    """Shows the security check-up."""
    checks = await visit.site.op.db.glance(lambda tx: _checks(visit, me, tx))
    has_console = await visit.site.op.db.glance(lambda tx: console.is_for(visit, me, tx))
    return await account_page(*(visit, me, "home.html"), section="home", checks=checks, has_console=has_console)


async def _checks(visit: Visit, me: Me, tx: Db) -> list[Check]:
    user, now = me.user, visit.site.op.now()
    entries = await ways_in.of(tx, user.id)
    factors = [way.method for way in await second_steps.of(tx, user) if way.is_due]
    backup = SECOND_FACTORS.get("backup_code")
    offer = await backup.offer(tx, user) if backup is not None else None
    left = (offer.left or 0) if offer is not None else 0
    live = await sessions.live_of_user(tx, user.id, now=now)

    def check(name: str, is_well: bool, path: str, lacking: str = "lacking", **values: object) -> Check:
        state = "well" if is_well else lacking
        return Check(name, is_well, say(visit.language, f"account.check.{name}_{state}", **values), path)

    found = [
        check("email", user.email_verified, "/account/email", email=user.email),
        check("passkeys", entries.passkeys > 0, "/account/security", count=entries.passkeys),
        check("second_factor", bool(factors), "/account/security", count=len(factors)),
    ]
    if factors:
        lacking = "lacking" if left else "none"
        found.append(check("backup_codes", left >= FEW_CODES, "/account/security", lacking, count=left))
    devices = say(visit.language, f"account.check.sessions_{'one' if len(live) <= 1 else 'many'}", count=len(live))
    return [*found, Check("sessions", True, devices, "/account/sessions")]
