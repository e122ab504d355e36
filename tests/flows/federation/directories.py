"""A deployment with a directory as a provider, and somebody who signs in with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from hibana_op.login.federation import providers
from hibana_op.records import user_identities
from hibana_op.records.identity_providers import IdentityProvider
from hibana_op.records.user_identities import UserIdentity
from hibana_op.records.users import User
from tests.deployment import Browser, Deployment, Page, deploy
from tests.flows.registering import COMMAND
from tests.make import make_user
from tests.slapd import BASE, DIRECTORY_PASSWORD, HOST, SERVICE_DN, SERVICE_PASSWORD, Slapd

LINKED = "/account/linked"
WRONG = "The email, username or password is not correct."


@asynccontextmanager
async def reaching(slapd: Slapd, database_url: str, folder: Path, **settings: str) -> AsyncIterator[Deployment]:
    """A deployment that may reach the directory."""
    way_out = {"HIBANA_OUTBOUND_ALLOW": HOST, "HIBANA_OUTBOUND_CA_FILE": str(slapd.authority.file)}
    async with deploy(database_url, folder, **way_out, **settings) as deployed:
        yield deployed


async def add_directory(
    deployment: Deployment, slapd: Slapd, *, slug: str = "corp", domains: tuple[str, ...] = (), **config: Any
) -> IdentityProvider:
    """Add the directory as a provider."""
    return await providers.create(
        deployment.op,
        slug=slug,
        name="Corp",
        provider_type="ldap",
        config={"url": slapd.url, "base": BASE, "bind_dn": SERVICE_DN, **config},
        client_secret=SERVICE_PASSWORD,
        domains=domains,
        origin=COMMAND,
    )


async def link_entry(deployment: Deployment, provider: IdentityProvider, subject: str, **changes: Any) -> User:
    """Somebody here whose account an entry is."""
    user, now = await make_user(deployment.op, **changes), deployment.clock.now()
    identity = UserIdentity(
        id=f"identity-of-{user.id}",
        user_id=user.id,
        provider_id=provider.id,
        issuer=provider.config["url"],
        subject=subject,
        created_at=now,
    )
    await deployment.op.db.transact(lambda tx: user_identities.insert_once(tx, identity))
    return user


async def to_form(browser: Browser, *, slug: str = "corp", start: str = "/login?return=/account/linked") -> Page:
    """From the sign-in page by the button to the page that asks for name and password."""
    asked = await browser.submit(Page.read(await browser.get(start)), provider=slug)
    assert asked.status_code == 200, asked.text
    assert asked.url.path == f"/federation/{slug}/start"
    return Page.read(asked)


async def sign_in(
    browser: Browser, name: str, password: str = DIRECTORY_PASSWORD, *, slug: str = "corp"
) -> httpx2.Response:
    """Fill in the form."""
    return await browser.submit(await to_form(browser, slug=slug), username=name, password=password)


async def failures(deployment: Deployment) -> list[tuple[str | None, str, str]]:
    """Of whom, by what method and why sign-ins failed."""
    rows = await deployment.op.db.all("SELECT user_id, method, reason FROM failed_logins ORDER BY id")
    return [(row["user_id"], row["method"], row["reason"]) for row in rows]


async def entered(deployment: Deployment) -> tuple[Browser, str]:
    """The browser of somebody who has just signed in with their own password here, and their id."""
    user = await make_user(deployment.op)
    browser = deployment.browser()
    await browser.sign_in(await browser.get("/login"), user)
    return browser, user.id
