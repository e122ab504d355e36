"""A browser without scripts that calls what the script of passkeys calls."""

import re
from typing import Any

import httpx2

from hibana_op.provider import Provider
from hibana_op.records import audit_log, passkeys, sessions
from hibana_op.records.sessions import Session
from hibana_op.records.users import User
from tests.authenticator import SoftPasskey
from tests.deployment import Browser, Deployment, Page

OPTIONS, ANSWER = "/login/passkey/options", "/login/passkey"
ADD_OPTIONS, ADD = "/account/passkeys/options", "/account/passkeys"


async def csrf_of(browser: Browser, path: str = "/") -> str:
    """The token that the script finds in its page."""
    page = await browser.get(path)
    found = re.search(r'data-csrf="([^"]+)"', page.text) or re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


async def call(browser: Browser, path: str, document: dict[str, Any], csrf: str) -> httpx2.Response:
    """One request of the script."""
    return await browser.http.post(path, json=document, headers={"X-CSRF-Token": csrf})


async def begin(browser: Browser, **asked: Any) -> tuple[dict[str, Any], str]:
    """Open the sign-in page, and get what authenticators are asked for; and the token for the answer."""
    csrf = await csrf_of(browser, "/login")
    response = await call(browser, OPTIONS, asked, csrf)
    assert response.status_code == 200, response.text
    options: dict[str, Any] = response.json()
    return options, csrf


async def answer(
    browser: Browser, passkey: SoftPasskey, *, interaction: str | None = None, **lies: Any
) -> httpx2.Response:
    """Sign in with a passkey, truthfully but for `lies`; `interaction`: the sign-in that an app asked for."""
    options, csrf = await begin(browser, **({"interaction": interaction} if interaction else {}))
    return await call(browser, ANSWER, passkey.get(options, **lies), csrf)


async def signed_in(deployment: Deployment, user: User) -> Browser:
    """A browser in which somebody has just signed in with their password."""
    browser = deployment.browser()
    await browser.sign_in(await browser.get("/login"), user)
    return browser


async def begin_adding(browser: Browser) -> tuple[dict[str, Any], str]:
    """Get what a new passkey is asked to be; and the token for the answer."""
    csrf = Page.read(await browser.get("/account/password")).fields["csrf"]
    response = await call(browser, ADD_OPTIONS, {}, csrf)
    assert response.status_code == 200, response.text
    options: dict[str, Any] = response.json()
    return options, csrf


async def add(browser: Browser, passkey: SoftPasskey, **lies: Any) -> httpx2.Response:
    """Add a passkey to the account that is signed in, truthfully but for `lies`."""
    options, csrf = await begin_adding(browser)
    return await call(browser, ADD, passkey.create(options, **lies), csrf)


async def give(deployment: Deployment, user: User, **what: Any) -> SoftPasskey:
    """A passkey that a person has added."""
    passkey = SoftPasskey(**what)
    response = await add(await signed_in(deployment, user), passkey)
    assert response.status_code == 200, response.text
    return passkey


async def only(op: Provider, user: User) -> passkeys.Passkey:
    """The one passkey that a person has."""
    (found,) = await passkeys.of_user(op.db, user.id)
    return found


async def newest(deployment: Deployment, user: User) -> Session:
    """The session that a person began last."""
    live = await sessions.live_of_user(deployment.op.db, user.id, now=deployment.op.now())
    return max(live, key=lambda session: session.id)


async def live(deployment: Deployment, user: User) -> int:
    """How many sessions a person has."""
    return len(await sessions.live_of_user(deployment.op.db, user.id, now=deployment.op.now()))


async def failures(deployment: Deployment) -> list[tuple[str | None, object]]:
    """Whose sign-ins the audit log says were refused, and why."""
    entries = await audit_log.page(deployment.op.db)
    return [(entry.user_id, entry.metadata["reason"]) for entry in entries if entry.action == "user:login:failed"]
