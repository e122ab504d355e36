"""Going to a provider of SAML and coming back, as a browser does: its form comes from there, without our cookies."""

from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2

from hibana_op.login.federation import providers
from hibana_op.records import user_identities
from hibana_op.records.clients import Client
from hibana_op.records.identity_providers import IdentityProvider
from hibana_op.records.user_identities import UserIdentity
from hibana_op.records.users import User
from tests.deployment import Browser, Deployment
from tests.flows.registering import COMMAND
from tests.make import make_user
from tests.saml_provider import ENTITY_ID, SSO_URL, SUBJECT, Asked, SamlProvider, a_key, encoded


async def add(
    deployment: Deployment,
    *,
    slug: str = "acme",
    domains: tuple[str, ...] = (),
    tenant_id: str | None = None,
    **config: object,
) -> IdentityProvider:
    """Let people sign in with a provider."""
    return await providers.create(
        deployment.op,
        slug=slug,
        name=slug.upper(),
        provider_type="saml",
        config={"entity_id": ENTITY_ID, "sso_url": SSO_URL, "certificates": [a_key()[1]], **config},
        client_secret=None,
        domains=domains,
        origin=COMMAND,
        tenant_id=tenant_id,
    )


async def linked_person(deployment: Deployment, provider: IdentityProvider) -> User:
    """Somebody whose account at the provider is linked."""
    user = await make_user(deployment.op)
    identity = UserIdentity(
        id=f"identity of {user.id}",
        user_id=user.id,
        provider_id=provider.id,
        issuer=ENTITY_ID,
        subject=SUBJECT,
        created_at=deployment.clock.now(),
    )
    await deployment.op.db.transact(lambda tx: user_identities.insert_once(tx, identity))
    return user


async def leave(browser: Browser, client: Client, *, slug: str = "acme", **parameters: str) -> Asked:
    """Go from an app to the provider."""
    page = await browser.authorize(client, **parameters)
    interaction = dict(parse_qsl(urlsplit(str(page.url)).query))["interaction"]
    left = await browser.get(f"/federation/{slug}/start?interaction={interaction}")
    assert left.is_redirect, left.text
    return Asked.read(left.headers["location"])


def provider_for(deployment: Deployment, asked: Asked, *, slug: str = "acme") -> SamlProvider:
    """The provider, about to answer."""
    us = f"{deployment.op.issuer}/federation/{slug}"
    return SamlProvider(
        now=deployment.clock.now(),
        entity_id=f"{us}/metadata",
        acs_url=f"{us}/acs",
        request_id=asked.root.get("ID"),
    )


async def respond(deployment: Deployment, state: str, response: bytes, *, slug: str = "acme") -> httpx2.Response:
    """Send the form with a response."""
    headers = {"Origin": "https://idp.acme.example", "Sec-Fetch-Site": "cross-site", "Accept-Language": "en"}
    async with deployment.http(headers=headers) as http:
        form = {"SAMLResponse": encoded(response), "RelayState": state}
        return await http.post(f"/federation/{slug}/acs", data=form)


async def come_back(browser: Browser, asked: Asked, response: bytes) -> httpx2.Response:
    """Send the form, and go where it leads."""
    sent = await respond(browser.deployment, asked.state, response)
    callback = f"{browser.deployment.op.issuer}/federation/acme/callback?{urlencode({'state': asked.state})}&ticket="
    assert (sent.status_code, sent.headers.get("location", "")[: len(callback)]) == (303, callback), sent.text
    return await browser.get(sent.headers["location"])
