"""What answers of the authorization endpoint stand on: families, resources, the session and the audit log."""

import pytest

from hibana_op.oauth.response_types import RESPONSE_TYPES
from hibana_op.records.clients import Client
from hibana_op.records.users import User
from tests.deployment import Browser, Deployment
from tests.flows.journeys import EVERY_TYPE, arrive, error_of, is_active, landed, redeem, refresh, tokens_of, userinfo
from tests.make import make_client, make_resource, make_user


async def test_B01_a_replayed_code_ends_what_came_with_it(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op, **EVERY_TYPE), await make_user(op)
    fields = (await arrive(deployment.browser(), client, user, response_type="code id_token token")).fields
    assert (await redeem(deployment, client, fields["code"])).status_code == 200
    assert await is_active(deployment, client, fields["access_token"])

    assert error_of(await redeem(deployment, client, fields["code"])) == "invalid_grant"

    assert not await is_active(deployment, client, fields["access_token"])
    assert (await userinfo(deployment, fields["access_token"])).status_code == 401


async def test_M05_signing_out_ends_an_access_token_that_came_through_the_browser(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op, **EVERY_TYPE), await make_user(op)
    browser = deployment.browser()
    fields = (await arrive(browser, client, user, response_type="id_token token")).fields

    await browser.get(f"/logout?id_token_hint={fields['id_token']}")

    assert not await is_active(deployment, client, fields["access_token"])


@pytest.mark.parametrize("token_format", ["jwt", "opaque"])
async def test_access_token_through_the_browser_is_for_the_resource_that_is_named(
    deployment: Deployment, token_format: str
) -> None:
    op = deployment.op
    client, user = await make_client(op, **EVERY_TYPE), await make_user(op)
    one = await make_resource(op, identifier="https://one.example/", token_format=token_format, token_lifetime=60)
    two = await make_resource(op, identifier="https://two.example/", scopes=(("other", "Other things"),))
    browser = deployment.browser()
    asked = {"scope": "openid read", "resource": one.identifier}

    for response_type in ("id_token token", "code token"):
        found = (await arrive(browser, client, user, response_type=response_type, **asked)).fields
        assert (found["expires_in"], found["scope"]) == ("60", "openid read")
        looked_at = (await deployment.call("/introspect", client, token=found["access_token"])).json()
        assert (looked_at["aud"], looked_at["sub"], looked_at["active"]) == (one.identifier, user.id, True)
        assert (await userinfo(deployment, found["access_token"])).status_code == 401
        both = await arrive(
            browser, client, user, response_type=response_type, resource=[one.identifier, two.identifier]
        )
        assert (both.mode, both.fields["error"]) == ("fragment", "invalid_target")
    # Without an access token in the answer, a code may still be for several.
    several = await arrive(
        browser,
        client,
        user,
        response_type="code id_token",
        scope="openid read other",
        resource=[one.identifier, two.identifier],
    )
    tokens = await tokens_of(await redeem(deployment, client, several.fields["code"], resource=two.identifier))
    assert tokens["scope"] == "openid other"


async def test_offline_access_needs_a_code(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op, **EVERY_TYPE), await make_user(op)
    browser = deployment.browser()
    scope = "openid offline_access"

    for response_type in ("id_token token", "id_token", "none"):
        found = await arrive(browser, client, user, response_type=response_type, scope=scope)
        assert found.fields.get("scope", "openid") == "openid", response_type
    silent = landed(await browser.authorize(client, scope=scope, prompt="none"))
    assert silent.fields["error"] == "consent_required"
    hybrid = (await arrive(browser, client, user, response_type="code token", scope=scope)).fields
    assert hybrid["scope"] == scope
    tokens = await tokens_of(await redeem(deployment, client, hybrid["code"]))
    assert (await refresh(deployment, client, tokens["refresh_token"])).status_code == 200


async def test_none_says_only_that_the_person_is_there_and_allows_it(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op, **EVERY_TYPE), await make_user(op)
    browser = deployment.browser()
    silent = {"response_type": "none", "prompt": "none"}
    assert landed(await browser.authorize(client, **silent)).fields["error"] == "login_required"
    await arrive(browser, client, user, scope="openid")
    assert landed(await browser.authorize(client, **silent)).fields["error"] == "consent_required"
    families = len(await op.db.all("SELECT id FROM token_families"))

    found = landed(await browser.authorize(client, **silent, scope="openid"))

    assert (found.mode, set(found.fields)) == ("query", {"state", "iss", "session_state"})
    assert len(await op.db.all("SELECT id FROM token_families")) == families


async def test_pkce_is_asked_for_where_there_is_a_code_to_protect(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    public = await make_client(op, **EVERY_TYPE, token_endpoint_auth_method="none")
    user = await make_user(op)
    browser = deployment_on_sqlite.browser()

    for response_type, each in RESPONSE_TYPES.items():
        asked = {"response_type": response_type, "code_challenge": None, "code_challenge_method": None}
        found = (await arrive(browser, public, user, **asked)).fields
        assert ("error" in found) is each.code, response_type


async def audited(deployment: Deployment, browser: Browser, client: Client, user: User, **asked: str) -> list[str]:
    """The actions that one answer left in the audit log."""
    before = await deployment.op.db.one("SELECT MAX(seq) AS last FROM audit_log")
    assert before
    assert "error" not in (await arrive(browser, client, user, **asked)).fields
    rows = await deployment.op.db.all("SELECT seq, action FROM audit_log ORDER BY seq")
    return [row["action"] for row in rows if row["seq"] > before["last"]]


async def test_every_answer_is_in_the_audit_log_and_makes_the_client_part_of_the_session(
    deployment: Deployment,
) -> None:
    op = deployment.op
    user = await make_user(op)
    browser = deployment.browser()
    code, token = "client:code:issued", "client:token:issued"
    told = {
        "code": [code],
        "id_token": ["client:id_token:issued"],
        "id_token token": [token],
        "code id_token": [code, "client:id_token:issued"],
        "code token": [code, token],
        "code id_token token": [code, token],
        "none": ["client:authorization:confirmed"],
    }
    assert told.keys() == RESPONSE_TYPES.keys()
    await browser.obtain_code(await make_client(op), user)

    for response_type, actions in told.items():
        client = await make_client(op, **EVERY_TYPE, first_party=True)
        for _ in range(2):
            assert await audited(deployment, browser, client, user, response_type=response_type) == actions
        noted = await op.db.all("SELECT * FROM session_clients WHERE client_id = :id", id=client.client_id)
        assert len(noted) == 1, response_type
        used = await op.db.one("SELECT last_used_at FROM oauth_clients WHERE client_id = :id", id=client.client_id)
        assert used
        assert used["last_used_at"] == op.now()
