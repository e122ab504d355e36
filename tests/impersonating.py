"""An administrator who acts as a person: set up, signed in with two factors, and begun as they would begin it."""

import re
from dataclasses import dataclass
from typing import Any

import httpx2

from hibana_op.foundation.origin import Origin
from hibana_op.records import roles
from hibana_op.records.tenants import SYSTEM
from hibana_op.records.users import User
from hibana_op.tenancy import actors, impersonation, settings
from tests.deployment import Browser, Deployment, Page
from tests.make import make_user
from tests.second_factors import code_of, with_app

ORIGIN = Origin(None, None, "a-test")
REASON = "Ticket 4711 <b>"
MINUTES = 60


@dataclass(slots=True)
class Acting:
    """An administrator in a browser of theirs, and the person as whom they act, or are about to."""

    deployment: Deployment
    admin: User
    secret: str
    person: User
    browser: Browser

    async def address(self, person: User | None = None, reason: str = REASON) -> str:
        """The path of an address that begins it, asked for by the rule that the API calls."""
        op = self.deployment.op
        actor = await op.db.glance(lambda tx: actors.person(tx, self.admin.id, now=op.now(), acr="1"))
        asked = await impersonation.ask(op, actor, (person or self.person).id, reason=reason, origin=ORIGIN)
        return f"/impersonate/{asked.token}"

    async def begin(self, path: str | None = None, browser: Browser | None = None) -> httpx2.Response:
        """Open an address, and press the button."""
        browser = browser or self.browser
        page = await browser.get(path or await self.address())
        return await browser.submit(Page.read(page), decision="begin") if page.status_code == 200 else page

    async def post(self, path: str, **fields: str) -> httpx2.Response:
        """Send a form with the token of this browser and session."""
        return await self.browser.http.post(path, data={"csrf": await self.csrf(), **fields})

    async def csrf(self) -> str:
        """The token of the forms of this browser."""
        found = re.search(r'name="csrf" value="([^"]+)"', (await self.browser.http.get("/")).text)
        assert found, "the front page has a form"
        return found[1]

    async def is_acting(self) -> bool:
        """Whether the next page says that somebody acts as the person."""
        page = await self.browser.get("/")
        assert page.status_code == 200, page.text
        return 'class="acting"' in page.text

    async def entries(self, action: str) -> list[Any]:
        """What the audit log says of an action."""
        return await self.deployment.op.db.all(
            "SELECT * FROM audit_log WHERE action = :action ORDER BY seq", action=action
        )


async def allow(deployment: Deployment, choice: str | None = "allowed") -> None:
    """Choose whether the deployment allows it; None takes the choice back."""
    op = deployment.op
    await settings.change(op, await actors.command(op), SYSTEM, {"impersonation": choice}, origin=ORIGIN)


async def about_to_act(deployment: Deployment, *, role: str = "super_admin", **person: Any) -> Acting:
    """An administrator who signed in with two factors a moment ago, where it is allowed."""
    op = deployment.op
    await allow(deployment)
    admin = await make_user(op, email="admin@example.com", email_verified=True, name="Ann Admin")
    await op.db.transact(lambda tx: roles.assign(tx, admin.id, role, now=op.now()))
    secret = await with_app(op, admin)
    deployment.clock.advance(60)
    known = {"email": "bob@example.com", "email_verified": True, "name": "Bob Yamada", "locale": "en", **person}
    found = Acting(deployment, admin, secret, await make_user(op, **known), deployment.browser())
    await sign_in(found)
    return found


async def sign_in(acting: Acting) -> None:
    """Sign the administrator in with a password and an authenticator app."""
    browser = acting.browser
    asked = await browser.sign_in(await browser.get("/login"), acting.admin)
    assert asked.url.path == "/login/mfa", asked.text
    landed = await browser.submit(Page.read(asked), code=code_of(acting.secret, acting.deployment.op))
    assert landed.status_code == 200, landed.text
