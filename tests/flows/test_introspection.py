"""Introspection and revocation, RFC 7662 and RFC 7009: row C07."""

from hibana_op.records import audit_log, clients
from tests.deployment import Deployment
from tests.flows.journeys import error_of, is_active, obtain_tokens, refresh, tokens_of, userinfo
from tests.make import make_client, make_resource, make_user

INACTIVE = {"active": False}


async def test_C07_introspection_tells_the_owner_what_a_token_says(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op, preferred_username="alice")
    tokens = await obtain_tokens(deployment, client, user, scope="openid email")

    access = (await deployment.call("/introspect", client, token=tokens["access_token"])).json()
    assert access.pop("jti")
    assert access == {
        "active": True,
        "token_type": "Bearer",
        "iss": op.issuer,
        "aud": op.issuer,
        "sub": user.id,
        "client_id": client.client_id,
        "scope": "openid email",
        "iat": op.now(),
        "exp": op.now() + client.access_token_lifetime,
        "auth_time": op.now(),
        "acr": "urn:hibana:loa:1",
        "amr": ["pwd"],
        "username": "alice",
    }
    refresh_token = (await deployment.call("/introspect", client, token=tokens["refresh_token"])).json()
    assert refresh_token == {
        "active": True,
        "iss": op.issuer,
        "sub": user.id,
        "client_id": client.client_id,
        "scope": "openid email",
        "iat": op.now(),
        "exp": op.now() + client.refresh_token_idle_lifetime,
        "username": "alice",
    }


async def test_C07_what_does_not_count_or_is_not_yours_looks_the_same(
    deployment: Deployment, changes_are_seen_at_once: None
) -> None:
    op = deployment.op
    client, other, user = await make_client(op), await make_client(op), await make_user(op)
    await make_resource(op, token_format="opaque")
    code = await deployment.browser().obtain_code(client, user)
    tokens = await obtain_tokens(deployment, client, user)
    opaque = await obtain_tokens(deployment, client, user, scope="openid read", resource="https://api.example/")
    header, payload, signature = tokens["access_token"].split(".")
    nothing = (
        "random",
        "a.b.c",
        "..",
        "x" * 16384,
        "日本語",
        code,
        tokens["id_token"],
        tokens["access_token"][:-2],
        f"{header}.{payload}.{signature[::-1]}",
        tokens["refresh_token"][:-1],
    )
    for token in nothing:
        assert (await deployment.call("/introspect", client, token=token)).json() == INACTIVE, token[:40]
    mine = (tokens["access_token"], tokens["refresh_token"], opaque["access_token"], opaque["refresh_token"])
    for token in mine:
        assert await is_active(deployment, client, token)
        assert (await deployment.call("/introspect", other, token=token)).json() == INACTIVE
        wrong_hint = await deployment.call("/introspect", client, token=token, token_type_hint="nonsense")
        assert wrong_hint.json()["active"] is True
    deployment.clock.advance(client.access_token_lifetime)
    for token in (tokens["access_token"], opaque["access_token"]):
        assert (await deployment.call("/introspect", client, token=token)).json() == INACTIVE
    deployment.clock.advance(client.refresh_token_idle_lifetime)
    for token in mine:
        assert (await deployment.call("/introspect", client, token=token)).json() == INACTIVE


async def test_C07_tokens_of_a_suspended_person_or_a_deleted_client_do_not_count(
    deployment: Deployment, changes_are_seen_at_once: None
) -> None:
    op = deployment.op
    client, leaving = await make_client(op), await make_client(op)
    api = await make_resource(op, client_id=client.client_id, token_format="opaque")
    alice, bob = await make_user(op), await make_user(op)
    of_alice = await obtain_tokens(deployment, client, alice)
    of_bob = await obtain_tokens(deployment, leaving, bob)
    opaque = await obtain_tokens(deployment, leaving, bob, scope="openid read", resource=api.identifier)
    assert await is_active(deployment, client, opaque["access_token"])

    await op.db.run("UPDATE users SET status = 'suspended' WHERE id = :id", id=alice.id)
    await op.db.transact(lambda tx: clients.delete(tx, leaving.client_id))

    for token in (of_alice["access_token"], of_alice["refresh_token"], opaque["access_token"]):
        assert (await deployment.call("/introspect", client, token=token)).json() == INACTIVE
    for token in (of_alice["access_token"], of_bob["access_token"]):
        assert (await userinfo(deployment, token)).status_code == 401


async def test_C07_a_client_revokes_its_own_tokens_only(deployment: Deployment) -> None:
    op = deployment.op
    client, other, user = await make_client(op), await make_client(op), await make_user(op)
    await make_resource(op, token_format="opaque")
    tokens = await obtain_tokens(deployment, client, user)
    opaque = await obtain_tokens(deployment, client, user, scope="openid read", resource="https://api.example/")
    every = (tokens["access_token"], tokens["refresh_token"], opaque["access_token"], opaque["refresh_token"])

    for token in (*every, "random", "a.b.c", tokens["id_token"]):
        response = await deployment.call("/revoke", other, token=token)
        assert (response.status_code, response.content) == (200, b"")
    for token in every:
        assert await is_active(deployment, client, token)
    # An access token goes alone …
    for token in (tokens["access_token"], opaque["access_token"]):
        for _ in range(2):
            assert (await deployment.call("/revoke", client, token=token)).status_code == 200
        assert not await is_active(deployment, client, token)
    assert (await userinfo(deployment, tokens["access_token"])).status_code == 401
    renewed = await tokens_of(await refresh(deployment, client, tokens["refresh_token"]))
    assert (await userinfo(deployment, renewed["access_token"])).status_code == 200
    # … a refresh token takes its family along.
    assert (await deployment.call("/revoke", client, token=renewed["refresh_token"])).status_code == 200
    assert (await userinfo(deployment, renewed["access_token"])).status_code == 401
    assert error_of(await refresh(deployment, client, renewed["refresh_token"])) == "invalid_grant"
    assert await is_active(deployment, client, opaque["refresh_token"])
    revoked = [entry for entry in await audit_log.page(op.db, limit=100) if entry.action == "client:token:revoked"]
    assert [entry.metadata["kind"] for entry in reversed(revoked)] == ["access_token", "access_token", "refresh_token"]


async def test_client_revokes_a_token_in_its_own_name(deployment_on_sqlite: Deployment) -> None:
    client = await make_client(deployment_on_sqlite.op, grant_types=("client_credentials",))
    granted = await tokens_of(await deployment_on_sqlite.token(client, grant_type="client_credentials"))
    assert await is_active(deployment_on_sqlite, client, granted["access_token"])

    await deployment_on_sqlite.call("/revoke", client, token=granted["access_token"])

    assert not await is_active(deployment_on_sqlite, client, granted["access_token"])


async def test_public_client_revokes_its_token(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op, token_endpoint_auth_method="none"), await make_user(op)
    tokens = await obtain_tokens(deployment_on_sqlite, client, user)

    assert (await deployment_on_sqlite.call("/revoke", client, token=tokens["refresh_token"])).status_code == 200

    assert (await userinfo(deployment_on_sqlite, tokens["access_token"])).status_code == 401
