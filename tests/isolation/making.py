"""What the requests of specimens are about, made anew each time: apps, sign-ins on their way, codes, tokens."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from hibana_op.foundation import secrets
from hibana_op.foundation.ids import uuid7
from hibana_op.login import confirmation, links
from hibana_op.login.federation import providers
from hibana_op.login.links import Link
from hibana_op.records import (
    consents,
    identity_providers,
    tenants,
    users,
    verification_tokens,
)
from hibana_op.records.clients import Client
from hibana_op.records.identity_providers import IdentityProvider
from hibana_op.records.users import User
from hibana_op.tenancy import actors, invitations, join_codes
from hibana_op.tenancy.seats import Seat
from tests.api.credentials import ORIGIN
from tests.api.specimens.identity_providers import CONFIG
from tests.deployment import VERIFIER, Page, request
from tests.isolation.asking import Made
from tests.isolation.scene import Scene, one_more
from tests.make import (
    PASSWORD,
    make_client,
    make_resource,
    make_user,
)
from tests.saml_provider import ENTITY_ID, SSO_URL, a_key
from tests.second_factors import with_app
from tests.tenancy.authority import give, make_role

_CONFIGS: dict[str, dict[str, Any]] = {
    "oauth": CONFIG,
    "saml": {"entity_id": ENTITY_ID, "sso_url": SSO_URL, "certificates": [a_key()[1]]},
    "ldap": {"url": "ldaps://127.0.0.1:9", "base": "dc=example", "bind_dn": "cn=hibana"},
}
LOA2 = "urn:hibana:loa:2"


def look(scene: Scene) -> Made:
    """What pages of the tenant wear."""
    return {"brand": f"Brand of {scene.side.canary}", "header": f"Header of {scene.side.canary}"}


async def client_of(scene: Scene, secret: str, **changes: object) -> Client:
    """A new app of the scene's tenant, with a secret of its own."""
    uri = f"https://app-{uuid7()}.example"
    values: dict[str, object] = {
        "tenant_id": scene.side.tenant_id,
        "client_name": f"App {scene.side.canary}",
        "client_secret_hash": secrets.digest(secret),
        "token_endpoint_auth_method": "client_secret_post",
        "redirect_uris": (f"{uri}/callback",),
        "post_logout_redirect_uris": (f"{uri}/bye",),
        "first_party": True,
    }
    return await make_client(scene.op, **{**values, **changes})


async def an_app(scene: Scene, **changes: object) -> Made:
    """A new app of the tenant."""
    secret = secrets.token()
    client = await client_of(scene, secret, **changes)
    return {
        "client_id": client.client_id,
        "client_secret": secret,
        "redirect_uri": client.redirect_uris[0] if client.redirect_uris else "",
        "bye": client.post_logout_redirect_uris[0],
        "name": client.client_name,
        **look(scene),
    }


async def an_allowed_app(scene: Scene) -> Made:
    """An app that the person lets in."""
    app = await an_app(scene)
    await scene.op.db.transact(
        lambda tx: consents.put(
            tx, scene.person.id, app["client_id"], resource="", scopes=frozenset({"openid"}), now=scene.op.now()
        )
    )
    return app


async def a_machine(scene: Scene) -> Made:
    """An app that acts by itself, and an API of the tenant that it may use."""
    app = await an_app(scene, grant_types=("client_credentials",), redirect_uris=(), scope="read")
    return {**app, **await an_api(scene)}


async def an_api(scene: Scene) -> Made:
    """A new API of the tenant."""
    resource = await make_resource(
        scene.op,
        identifier=f"https://{uuid7()}.{scene.side.canary.lower()}.example/",
        name=f"API {scene.side.canary}",
        tenant_id=scene.side.tenant_id,
    )
    return {"resource": resource.identifier}


async def a_request(scene: Scene) -> Made:
    """An app, an API, and all else that an authorization request may name."""
    side = scene.side
    more = {"tenant": side.canary.lower(), "email": side.member.email, "sub": side.member.id}
    return {**await an_app(scene), **await an_api(scene), **more}


async def a_visit(scene: Scene, scope: str = "openid", **changes: object) -> Made:
    """A sign-in on its way to an app of the tenant, in the scene's browser."""
    app = await an_app(scene, **changes)
    asked = {
        "client_id": app["client_id"],
        "redirect_uri": app["redirect_uri"],
        "response_type": "code",
        "scope": scope,
        "prompt": "login",
        "code_challenge": secrets.digest(VERIFIER),
        "code_challenge_method": "S256",
    }
    response = await scene.browser.http.get(f"/authorize?{urlencode(asked)}")
    interaction = parse_qs(urlsplit(response.headers["location"]).query)["interaction"][0]
    return {**app, "interaction": interaction}


async def a_named_visit(scene: Scene) -> Made:
    """A sign-in of somebody who has said who they are."""
    visit, user = await a_visit(scene), await one_more(scene)
    await _post(scene, "/login", interaction=visit["interaction"], username=user.email)
    return {**visit, "email": user.email, "user": user.id}


async def a_half_visit(scene: Scene) -> Made:
    """A sign-in of somebody who has given their password, and has an authenticator app as well."""
    visit = await a_named_visit(scene)
    await with_app(scene.op, await users.get(scene.op.db, visit["user"]))
    await _post(scene, "/login/password", interaction=visit["interaction"], password=PASSWORD)
    return visit


async def a_visit_that_lacks(scene: Scene) -> Made:
    """A sign-in of somebody whose role asks for more than they have."""
    visit = await a_named_visit(scene)
    user = await users.get(scene.op.db, visit["user"])
    tenant = await tenants.get(scene.op.db, scene.side.tenant_id)
    role = await make_role(scene.op, tenant, ["tenants:read"], f"strict-{uuid7()}")
    await scene.op.db.run("UPDATE roles SET requires_acr = :acr WHERE id = :id", acr=LOA2, id=role.id)
    await give(scene.op, user, role.name, tenant=tenant)
    await _post(scene, "/login/password", interaction=visit["interaction"], password=PASSWORD)
    return visit


async def _post(scene: Scene, path: str, **form: str) -> None:
    response = await scene.browser.http.post(path, data={**form, "csrf": await scene.csrf()})
    assert response.status_code == 303, f"{path}: {response.status_code} {response.text}"


async def a_code(scene: Scene, **changes: object) -> Made:
    """An authorization code of a new app, for another member; `changes` are of the app."""
    secret, user = secrets.token(), await one_more(scene)
    client = await client_of(scene, secret, **changes)
    return await code_for(scene, client, secret, user)


async def code_for(scene: Scene, client: Client, secret: str, user: User) -> Made:
    """A code of an app for somebody, who signs in for it in a browser of their own."""
    browser = scene.deployment.browser()
    session = await browser.sign_in(await browser.get("/login"), user)
    assert session.status_code == 200
    asked = request(client, scope="openid email offline_access tenant", prompt="consent")
    response = await browser.get(f"/authorize?{urlencode(asked)}")
    if "/consent" in str(response.url):
        response = await browser.submit(Page.read(response), decision="allow")
    answered = dict(parse_qsl(urlsplit(response.headers["location"]).query))
    return {
        "client_id": client.client_id,
        "client_secret": secret,
        "redirect_uri": client.redirect_uris[0],
        "bye": client.post_logout_redirect_uris[0],
        "name": client.client_name,
        **look(scene),
        "code": answered["code"],
        "sub": user.id,
        "email": user.email,
    }


async def some_tokens(scene: Scene, **changes: object) -> Made:
    """What an app of the tenant gets for a code."""
    made = await a_code(scene, **changes)
    form = {name: made[name] for name in ("client_id", "client_secret", "redirect_uri", "code")}
    async with scene.deployment.http() as http:
        answer = await http.post("/token", data={"grant_type": "authorization_code", "code_verifier": VERIFIER, **form})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    return {**made, **{name: told[name] for name in ("access_token", "refresh_token", "id_token")}}


async def an_invitation(scene: Scene) -> Made:
    """An invitation into the tenant of somebody who has an account, and its link."""
    op, command = scene.op, await actors.command(scene.op)
    user = await make_user(op, password=None, email=f"{uuid7()}@{scene.side.canary.lower()}.example")
    sent = await invitations.create(op, command, scene.side.tenant_id, email=user.email, seat=Seat(), origin=ORIGIN)
    token, made = secrets.token(), sent.invitation
    await op.db.run("UPDATE invitations SET token_hash = :hash WHERE id = :id", hash=secrets.digest(token), id=made.id)
    tenant = await tenants.get(op.db, made.tenant_id)
    return {"token": token, "invitation": made.id, "email": user.email, "tenant name": tenant.name, **look(scene)}


async def a_join_code(scene: Scene) -> Made:
    """A join code of the tenant, and what its page says."""
    op, command = scene.op, await actors.command(scene.op)
    tenant = await tenants.get(op.db, scene.side.tenant_id)
    _, text = await join_codes.create(op, command, tenant.id, seat=Seat(), label=scene.side.canary, origin=ORIGIN)
    return {"join_code": text, "tenant name": tenant.name, "about it": tenant.description or "", **look(scene)}


async def a_link(scene: Scene, purpose: str, *, user: User | None = None, **data: Any) -> Made:
    """A link that was sent by mail, to a person of the tenant where it is about one."""
    email = user.email if user else f"{uuid7()}@{scene.side.canary.lower()}.example"
    made: Link = links.make(
        scene.op, "/?{token}", purpose=purpose, email=email, user_id=user.id if user else None, **data
    )
    await scene.op.db.transact(lambda tx: verification_tokens.insert(tx, made.row))
    return {"token": made.url.rpartition("?")[2], "email": email}


async def a_recovery_link(scene: Scene) -> Made:
    """The link of somebody who forgot their password."""
    return await a_link(scene, links.RESET_PASSWORD, user=await one_more(scene))


async def a_sign_up_link(scene: Scene) -> Made:
    """The link of somebody who makes an account."""
    return await a_link(scene, links.VERIFY_EMAIL)


async def a_typed_code(scene: Scene) -> Made:
    """The code, in place of a link, of somebody who signs up in the scene's browser."""
    visit = await a_visit(scene)
    email = f"{uuid7()}@{scene.side.canary.lower()}.example"
    row = links.make(
        scene.op, "/{token}", purpose=links.VERIFY_EMAIL, email=email, interaction=visit["interaction"]
    ).row
    bound = secrets.digest(scene.cookie("browser"))
    code, kept = confirmation.make(scene.op, replace(row), browser_hash=bound)
    await _post(scene, "/signup", interaction=visit["interaction"], email=email)
    await scene.op.db.transact(lambda tx: verification_tokens.insert(tx, kept))
    return {**visit, "code": code, "email": email}


async def a_provider(scene: Scene, *, kind: str = "oauth", domains: tuple[str, ...] = ()) -> IdentityProvider:
    """A new provider of the tenant's own."""
    return await providers.create(
        scene.op,
        slug=f"{scene.side.canary.lower()}-{uuid7()[-12:]}",
        name=f"Provider {scene.side.canary}",
        provider_type=kind,
        config=_CONFIGS[kind],
        client_secret=None if kind == "saml" else "a secret of ours",
        domains=domains,
        tenant_id=scene.side.tenant_id,
        origin=ORIGIN,
    )


async def a_federated_visit(scene: Scene) -> Made:
    """A sign-in that another provider may be asked about, and one that has left for it."""
    return await _federated(scene, "oauth")


async def a_directory_visit(scene: Scene) -> Made:
    """A sign-in that a directory may be asked about."""
    visit, provider = await a_visit(scene), await a_provider(scene, kind="ldap")
    await scene.op.db.transact(lambda tx: identity_providers.choose_for(tx, visit["client_id"], [provider.id]))
    return {**visit, "provider": provider.slug}


async def a_saml_visit(scene: Scene) -> Made:
    """The same with SAML."""
    return await _federated(scene, "saml")


async def _federated(scene: Scene, kind: str) -> Made:
    visit, provider = await a_visit(scene), await a_provider(scene, kind=kind)
    await scene.op.db.transact(lambda tx: identity_providers.choose_for(tx, visit["client_id"], [provider.id]))
    response = await scene.browser.http.get(
        f"/federation/{provider.slug}/start", params={"interaction": visit["interaction"]}
    )
    assert response.status_code == 303, response.text
    left = parse_qs(urlsplit(response.headers["location"]).query)
    return {**visit, "provider": provider.slug, "state": left["RelayState" if kind == "saml" else "state"][0]}


async def a_directory(scene: Scene) -> Made:
    """A directory of the tenant, which nobody answers for."""
    return {"provider": (await a_provider(scene, kind="ldap")).slug}
