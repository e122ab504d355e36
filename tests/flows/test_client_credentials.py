"""Clients in their own name: RFC 6749 §4.4, with client grants as the ceiling (RFC 8707 resources)."""

from typing import Any

from hibana_op.records import resources
from hibana_op.records.clients import Client
from hibana_op.records.resources import ResourceServer
from tests.deployment import Deployment
from tests.flows.journeys import claims_of, error_of, header_of, tokens_of, userinfo
from tests.make import make_client, make_resource

MACHINE: dict[str, Any] = {"grant_types": ("client_credentials",), "redirect_uris": ()}


async def ask(deployment: Deployment, client: Client, **form: Any) -> dict[str, Any]:
    """A token for the client itself."""
    return await tokens_of(await deployment.token(client, grant_type="client_credentials", **form))


async def refused(deployment: Deployment, client: Client, **form: Any) -> str:
    """The error of a request for such a token."""
    return error_of(await deployment.token(client, grant_type="client_credentials", **form))


async def grant(deployment: Deployment, client: Client, resource: ResourceServer, *scopes: str) -> None:
    """Give a client a ceiling at a resource."""
    op = deployment.op
    await op.db.transact(
        lambda tx: resources.grant(tx, client.client_id, resource.id, scopes=frozenset(scopes), now=op.now())
    )


async def test_client_grant_is_the_ceiling_and_the_default(
    deployment: Deployment, changes_are_seen_at_once: None
) -> None:
    client, api = await make_client(deployment.op, **MACHINE), await make_resource(deployment.op)
    await grant(deployment, client, api, "read", "no-scope-of-this-api")

    found = await ask(deployment, client)

    claims = claims_of(found["access_token"])
    assert (claims["aud"], claims["scope"], found["scope"]) == (api.identifier, "read", "read")
    assert claims["sub"] == claims["client_id"] == client.client_id
    assert not {"auth_time", "acr", "amr", "sid"} & claims.keys()
    assert found.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert (await ask(deployment, client, scope="read", resource=api.identifier))["scope"] == "read"
    for scope in ("write", "read write", "no-scope-of-this-api", "openid", "offline_access"):
        assert await refused(deployment, client, scope=scope) == "invalid_scope", scope


async def test_with_several_grants_the_resource_is_named(
    deployment_on_sqlite: Deployment, changes_are_seen_at_once: None
) -> None:
    op = deployment_on_sqlite.op
    client = await make_client(op, **MACHINE)
    one = await make_resource(op, identifier="https://one.example/")
    two = await make_resource(op, identifier="https://two.example/")
    three = await make_resource(op, identifier="https://three.example/")
    await grant(deployment_on_sqlite, client, one, "read")
    await grant(deployment_on_sqlite, client, two, "write")

    assert await refused(deployment_on_sqlite, client) == "invalid_target"
    assert await refused(deployment_on_sqlite, client, resource=[one.identifier, two.identifier]) == "invalid_target"
    assert await refused(deployment_on_sqlite, client, resource=three.identifier) == "invalid_target"
    assert await refused(deployment_on_sqlite, client, resource="https://unknown.example/") == "invalid_target"
    found = await ask(deployment_on_sqlite, client, resource=two.identifier)
    assert (claims_of(found["access_token"])["aud"], found["scope"]) == (two.identifier, "write")
    twice = await ask(deployment_on_sqlite, client, resource=[two.identifier, two.identifier])
    assert twice["scope"] == "write"
    await op.db.transact(lambda tx: resources.revoke_grant(tx, client.client_id, two.id))
    assert await refused(deployment_on_sqlite, client, resource=two.identifier) == "invalid_target"


async def test_client_without_grants_has_the_scopes_it_was_registered_with(
    deployment_on_sqlite: Deployment, changes_are_seen_at_once: None
) -> None:
    op = deployment_on_sqlite.op
    api = await make_resource(op)
    client = await make_client(op, scope="openid email read jobs", **MACHINE)

    own = await ask(deployment_on_sqlite, client)
    assert (claims_of(own["access_token"])["aud"], own["scope"]) == (op.issuer, "jobs read")
    assert (await ask(deployment_on_sqlite, client, scope="jobs"))["scope"] == "jobs"
    at_api = await ask(deployment_on_sqlite, client, resource=api.identifier)
    assert (claims_of(at_api["access_token"])["aud"], at_api["scope"]) == (api.identifier, "read")
    for form in ({"scope": "openid"}, {"scope": "write", "resource": api.identifier}, {"scope": "unheard-of"}):
        assert await refused(deployment_on_sqlite, client, **form) == "invalid_scope", form
    # A token in a client's own name opens nothing of a person's.
    answered = await userinfo(deployment_on_sqlite, own["access_token"])
    assert (answered.status_code, error_of(answered)) == (403, "insufficient_scope")
    assert 'error="insufficient_scope"' in answered.headers["www-authenticate"]


async def test_client_that_registered_itself_has_no_scopes_of_its_own(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client = await make_client(op, scope="jobs", registration="dcr", **MACHINE)
    without = await make_client(op, **MACHINE)

    assert (await ask(deployment_on_sqlite, client))["scope"] == ""
    assert await refused(deployment_on_sqlite, client, scope="jobs") == "invalid_scope"
    assert (await ask(deployment_on_sqlite, without))["scope"] == ""


async def test_each_resource_has_its_own_algorithm_lifetime_and_format(
    deployment: Deployment, changes_are_seen_at_once: None
) -> None:
    op = deployment.op
    client = await make_client(op, access_token_lifetime=1000, **MACHINE)
    kinds: tuple[dict[str, Any], ...] = (
        {"signing_alg": "ES256", "token_lifetime": 60},
        {"signing_alg": "RS256", "token_lifetime": None},
        {"token_format": "opaque", "token_lifetime": 90},
    )
    made = [await make_resource(op, identifier=f"https://api{n}.example/", **kind) for n, kind in enumerate(kinds)]
    for api in made:
        await grant(deployment, client, api, "read")
    es256, rs256, opaque = [await ask(deployment, client, resource=api.identifier) for api in made]

    assert (header_of(es256["access_token"])["alg"], es256["expires_in"]) == ("ES256", 60)
    assert (header_of(rs256["access_token"])["alg"], rs256["expires_in"]) == ("RS256", 1000)
    assert header_of(rs256["access_token"])["typ"] == "at+jwt"
    assert ("." in opaque["access_token"], opaque["expires_in"]) == (False, 90)
    seen = (await deployment.call("/introspect", client, token=opaque["access_token"])).json()
    jti = seen.pop("jti")
    assert jti
    assert seen == {
        "active": True,
        "token_type": "Bearer",
        "iss": op.issuer,
        "aud": made[2].identifier,
        "sub": client.client_id,
        "client_id": client.client_id,
        "iat": op.now(),
        "exp": op.now() + 90,
        "scope": "read",
    }
    deployment.clock.advance(90)
    assert (await deployment.call("/introspect", client, token=opaque["access_token"])).json() == {"active": False}
