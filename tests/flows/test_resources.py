"""Tokens for APIs on behalf of people: RFC 8707 at the authorization and the token endpoint; row D06."""

from typing import Any

from hibana_op.records import resources, scope_mappings
from hibana_op.records.clients import Client
from hibana_op.records.resources import ResourceServer
from hibana_op.records.scope_mappings import ScopeMapping
from tests.deployment import Deployment
from tests.flows.journeys import (
    claims_of,
    error_of,
    is_active,
    obtain_tokens,
    redeem,
    refresh,
    refusal_of,
    tokens_of,
    userinfo,
)
from tests.make import make_client, make_resource, make_user

ONE, TWO = "https://one.example/", "https://two.example/"


async def grant(deployment: Deployment, client: Client, resource: ResourceServer, *scopes: str) -> None:
    """Give a client a ceiling at a resource."""
    op = deployment.op
    await op.db.transact(
        lambda tx: resources.grant(tx, client.client_id, resource.id, scopes=frozenset(scopes), now=op.now())
    )


async def test_one_approved_resource_is_what_every_token_is_for(deployment: Deployment) -> None:
    op = deployment.op
    client, user, api = await make_client(op), await make_user(op), await make_resource(op, identifier=ONE)

    tokens = await obtain_tokens(deployment, client, user, scope="openid read", resource=ONE)

    claims = claims_of(tokens["access_token"])
    assert claims["aud"] == api.identifier
    assert claims["scope"] == tokens["scope"] == "openid read"
    assert {"iss", "sub", "client_id", "iat", "exp", "jti", "auth_time", "acr", "amr"} <= claims.keys()
    again = await tokens_of(await refresh(deployment, client, tokens["refresh_token"]))
    assert claims_of(again["access_token"])["aud"] == ONE


async def test_D06_a_token_for_one_audience_is_refused_by_another(deployment: Deployment) -> None:
    op = deployment.op
    server_one, server_two = await make_client(op), await make_client(op)
    await make_resource(op, identifier=ONE, client_id=server_one.client_id)
    await make_resource(op, identifier=TWO, client_id=server_two.client_id)
    client, user = await make_client(op), await make_user(op)
    tokens = await obtain_tokens(deployment, client, user, scope="openid read", resource=ONE)

    assert await is_active(deployment, server_one, tokens["access_token"])
    assert not await is_active(deployment, server_two, tokens["access_token"])
    refused = await userinfo(deployment, tokens["access_token"])
    assert (refused.status_code, error_of(refused)) == (401, "invalid_token")
    own = await obtain_tokens(deployment, client, user)
    claims = claims_of(own["access_token"])
    assert claims["aud"] == op.issuer
    assert {"client_id", "exp", "jti"} <= claims.keys()
    assert not await is_active(deployment, server_one, own["access_token"])


async def test_of_several_approved_resources_each_token_is_for_one(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    await make_resource(op, identifier=ONE, scopes=(("read", "Read"), ("write", "Write")))
    await make_resource(op, identifier=TWO, scopes=(("write", "Write"), ("erase", "Erase")))
    await make_resource(op, identifier="https://three.example/")
    browser = deployment.browser()
    asked: dict[str, Any] = {"scope": "openid read write erase", "resource": [ONE, TWO]}
    code = await browser.obtain_code(client, user, **asked)

    first = await tokens_of(await redeem(deployment, client, code, resource=ONE))
    assert (claims_of(first["access_token"])["aud"], first["scope"]) == (ONE, "openid read write")
    second = await tokens_of(await refresh(deployment, client, first["refresh_token"], resource=TWO))
    assert (claims_of(second["access_token"])["aud"], second["scope"]) == (TWO, "openid write erase")
    for target in (None, "https://three.example/", "https://unknown.example/"):
        more: dict[str, Any] = {} if target is None else {"resource": target}
        assert error_of(await refresh(deployment, client, second["refresh_token"], **more)) == "invalid_target"
    third = await tokens_of(await refresh(deployment, client, second["refresh_token"], resource=ONE, scope="read"))
    assert third["scope"] == "read"


async def test_a_ceiling_at_one_resource_is_not_lifted_by_naming_another(
    deployment: Deployment, changes_are_seen_at_once: None
) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    one, two = await make_resource(op, identifier=ONE), await make_resource(op, identifier=TWO)
    await grant(deployment, client, one, "read")
    await grant(deployment, client, two, "write")
    browser = deployment.browser()

    assert refusal_of(await browser.authorize(client, scope="openid write", resource=ONE)) == "invalid_scope"
    code = await browser.obtain_code(client, user, scope="openid read write", resource=[ONE, TWO])
    tokens = await tokens_of(await redeem(deployment, client, code, resource=ONE))

    assert claims_of(tokens["access_token"])["scope"] == "openid read"
    again = await tokens_of(await refresh(deployment, client, tokens["refresh_token"], resource=ONE, scope="write"))
    assert claims_of(again["access_token"])["scope"] == ""


async def test_registered_scopes_are_the_ceiling_where_there_is_no_grant(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client = await make_client(op, scope="openid read")
    await make_resource(op, identifier=ONE)
    browser = deployment_on_sqlite.browser()

    for scope in ("openid write", "openid email", "openid offline_access"):
        assert refusal_of(await browser.authorize(client, scope=scope, resource=ONE)) == "invalid_scope", scope
    tokens = await obtain_tokens(deployment_on_sqlite, client, await make_user(op), scope="openid read", resource=ONE)
    assert tokens["scope"] == "openid read"


async def test_code_without_a_resource_cannot_be_turned_to_one(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    await make_resource(op, identifier=ONE)
    code = await deployment_on_sqlite.browser().obtain_code(client, user)

    assert error_of(await redeem(deployment_on_sqlite, client, code, resource=ONE)) == "invalid_target"


async def test_resource_that_was_deleted_gives_no_more_tokens(
    deployment_on_sqlite: Deployment, changes_are_seen_at_once: None
) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    api = await make_resource(op, identifier=ONE)
    tokens = await obtain_tokens(deployment_on_sqlite, client, user, scope="openid read", resource=ONE)
    await op.db.transact(lambda tx: resources.delete(tx, api.id))

    for more in ({}, {"resource": ONE}):
        found = await refresh(deployment_on_sqlite, client, tokens["refresh_token"], **more)
        assert error_of(found) == "invalid_target"


async def test_offline_access_needs_a_resource_that_allows_it(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    user = await make_user(op)
    await make_resource(op, identifier=ONE, allow_offline_access=False)
    client = await make_client(op)
    without_refresh = await make_client(op, grant_types=("authorization_code",))
    asked = "openid offline_access"

    online = await obtain_tokens(deployment_on_sqlite, client, user, scope=asked, resource=ONE)
    assert online["scope"] == "openid"
    assert (await obtain_tokens(deployment_on_sqlite, client, user, scope=asked))["scope"] == asked
    found = await obtain_tokens(deployment_on_sqlite, without_refresh, user, scope=asked)
    assert found["scope"] == "openid"
    assert "refresh_token" not in found


async def test_mapped_scopes_speak_in_the_access_token_of_their_resource(
    deployment: Deployment, changes_are_seen_at_once: None
) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op, membership="premium")
    mappings = [
        ScopeMapping(
            scope=scope, claim_name=claim, source_table="users", source_column="membership", created_at=op.now()
        )
        for scope, claim in (("read", "tier"), ("membership", "membership"))
    ]
    for mapping in mappings:
        await scope_mappings.put(op.db, mapping)
    await make_resource(op, identifier=ONE)
    asked: dict[str, Any] = {"scope": "openid read membership", "resource": ONE}

    tokens = await obtain_tokens(deployment, client, user, **asked)

    access, identity = claims_of(tokens["access_token"]), claims_of(tokens["id_token"])
    assert (access.get("tier"), access.get("membership")) == ("premium", None)
    assert (identity.get("tier"), identity.get("membership")) == ("premium", "premium")
    # A mapping that is taken back takes its scope along, from the next token on.
    await op.db.transact(lambda tx: scope_mappings.delete(tx, "membership", "membership"))
    again = await tokens_of(await refresh(deployment, client, tokens["refresh_token"]))
    assert again["scope"] == "openid read"
    assert "membership" not in claims_of(again["id_token"])
