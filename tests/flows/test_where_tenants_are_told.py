"""What an app learns of a tenant, and where: the table in docs/tenants.md."""

import json
from typing import Any

from tests.deployment import Deployment
from tests.flows.journeys import claims_of, obtain_tokens
from tests.flows.test_entering import userinfo
from tests.make import make_client, make_member, make_resource, make_tenant, make_user

NAMED = {"tenant", "tenant_name", "roles", "permissions"}
ASKED = json.dumps({"id_token": dict.fromkeys(sorted(NAMED))})


async def test_tokens_say_which_tenant_and_userinfo_says_the_rest(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user, tenant = await make_client(op, first_party=True), await make_user(op), await make_tenant(op)
    await make_member(op, tenant, user)

    tokens = await obtain_tokens(deployment_on_sqlite, client, user, scope="openid tenant roles")

    for token in ("id_token", "access_token"):
        told = claims_of(tokens[token])
        assert told["tenant_id"] == tenant.id
        assert not NAMED & told.keys()
    assert {"tenant_id", *NAMED} <= (await userinfo(deployment_on_sqlite, tokens["access_token"])).keys()


async def test_a_token_for_an_api_says_it_by_its_scopes(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user, tenant = await make_client(op, first_party=True), await make_user(op), await make_tenant(op)
    await make_member(op, tenant, user)
    api = await make_resource(op)
    scopes = {"tenant": {"tenant", "tenant_name"}, "roles": {"roles", "permissions"}}

    for scope, names in scopes.items():
        asked: dict[str, Any] = {"scope": f"openid read {scope}", "resource": api.identifier, "tenant": tenant.slug}
        tokens = await obtain_tokens(deployment_on_sqlite, client, user, **asked)
        told = claims_of(tokens["access_token"])
        assert told["tenant_id"] == tenant.id
        assert NAMED & told.keys() == names


async def test_an_id_token_says_it_when_it_is_asked_for_and_the_scope_is_there(
    deployment_on_sqlite: Deployment,
) -> None:
    op = deployment_on_sqlite.op
    client, user, tenant = await make_client(op, first_party=True), await make_user(op), await make_tenant(op)
    await make_member(op, tenant, user)

    for scope, names in (("openid tenant roles", NAMED), ("openid", set[str]())):
        asked: dict[str, Any] = {"scope": scope, "tenant": tenant.slug, "claims": ASKED}
        tokens = await obtain_tokens(deployment_on_sqlite, client, user, **asked)
        assert NAMED & claims_of(tokens["id_token"]).keys() == names
