"""Each refused call of an app is explained: the rule, what was expected and what was sent. Row Q02."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from hibana_op.login.policy import ABSOLUTE_LIFETIME
from hibana_op.records import resources
from hibana_op.records.refusal_traces import RefusalTrace
from tests.app_keys import AppKey
from tests.app_server import AppServer
from tests.deployment import VERIFIER, Deployment, Page
from tests.flows.asserting import by_key, claims_for
from tests.flows.journeys import obtain_tokens, redeem, refresh, userinfo
from tests.flows.refused import FAR, received, rules_of, trace_of
from tests.flows.registering import initial_token, manage, open_to_all, post, register
from tests.make import CALLBACK, SECRET, make_client, make_resource, make_user

# By rule: the form that a client sends to the token endpoint.
TOKEN_REQUESTS: dict[str, dict[str, Any]] = {
    "parameter_missing": {},
    "grant_type_unknown": {"grant_type": "password"},
    "grant_type_unregistered": {"grant_type": "client_credentials"},
    "code_unknown": {"grant_type": "authorization_code", "code": "c" * 43, "redirect_uri": CALLBACK},
    "refresh_token_unknown": {"grant_type": "refresh_token", "refresh_token": "r" * 43},
    "resource_unknown": {"grant_type": "refresh_token", "refresh_token": "r" * 43, "resource": FAR},
    "resource_ambiguous": {
        "grant_type": "refresh_token",
        "refresh_token": "r" * 43,
        "resource": ["https://one.example/", "https://two.example/"],
    },
    "client_authentication_doubled": {"grant_type": "refresh_token", "client_secret": SECRET, "client_id": "x"},
    "client_id_differs": {"grant_type": "refresh_token", "client_id": "another"},
}


async def test_each_wrong_token_request_is_explained_by_its_rule(deployment: Deployment) -> None:
    await make_resource(deployment.op, identifier="https://one.example/")
    await make_resource(deployment.op, identifier="https://two.example/")
    client = await make_client(deployment.op)
    responses = {rule: await deployment.call("/token", client, **form) for rule, form in TOKEN_REQUESTS.items()}
    assert await rules_of(deployment, responses) == {rule: rule for rule in TOKEN_REQUESTS}
    for rule, response in responses.items():
        trace = await trace_of(deployment, response)
        assert (trace.endpoint, trace.account.method, trace.error) == ("/token", "POST", response.json()["error"]), rule


async def test_each_way_to_fail_client_authentication_is_explained(deployment: Deployment) -> None:
    op, form = deployment.op, {"grant_type": "client_credentials"}
    client, public = await make_client(op), await make_client(op, token_endpoint_auth_method="none")
    machine = await make_client(op, token_endpoint_auth_method="none", grant_types=("client_credentials",))
    async with deployment.http() as http:
        responses = {
            "client_authentication_missing": await http.post("/token", data=form),
            "client_secret_wrong": await http.post("/token", data=form, auth=(client.client_id, "wrong")),
            "unknown_client": await http.post("/token", data=form, auth=("nobody", "wrong")),
            "client_authentication_method": await http.post(
                "/token", data={**form, "client_id": client.client_id, "client_secret": SECRET}
            ),
            "authorization_header_malformed": await http.post(
                "/token", data=form, headers={"Authorization": "Basic not-base64"}
            ),
            "client_is_public": await http.post("/token", data={**form, "client_id": machine.client_id}),
            "introspection_by_public_client": await http.post(
                "/introspect", data={"token": "x", "client_id": public.client_id}
            ),
            "client_assertion_type": await http.post("/token", data={**form, "client_assertion": "a.b.c"}),
        }
    assert await rules_of(deployment, responses) == {rule: rule for rule in responses}
    told = await trace_of(deployment, responses["client_authentication_method"])
    assert (told.account.expected, told.account.sent) == (("client_secret_basic",), "client_secret_post")
    wrong = await trace_of(deployment, responses["client_secret_wrong"])
    unknown = await trace_of(deployment, responses["unknown_client"])
    assert wrong.account.description == unknown.account.description, "the caller learns no difference"


async def test_each_fault_of_a_client_assertion_is_explained(deployment_on_sqlite: Deployment) -> None:
    deployment, key = deployment_on_sqlite, AppKey("RS256")
    client = await by_key(deployment, key)
    good = key.sign(claims_for(deployment, client))
    stale = key.sign(claims_for(deployment, client, exp=deployment.op.now() - 900))
    foreign = AppKey("RS256").sign(claims_for(deployment, client))
    await _assert_with(deployment, good)
    responses = {
        "client_assertion_replayed": await _assert_with(deployment, good),
        "client_assertion_claims": await _assert_with(deployment, stale),
        "client_assertion_wrong": await _assert_with(deployment, foreign),
    }
    assert await rules_of(deployment, responses) == {rule: rule for rule in responses}
    for response in responses.values():
        trace = await trace_of(deployment, response)
        assert trace.client_id == client.client_id, "an assertion says whose it is"
        assert received(trace, "client_assertion").value is None
    assert "exp" in str((await trace_of(deployment, responses["client_assertion_claims"])).account.sent)


async def _assert_with(deployment: Deployment, assertion: str) -> httpx2.Response:
    form = {
        "grant_type": "client_credentials",
        "client_assertion": assertion,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }
    async with deployment.http() as http:
        return await http.post("/token", data=form)


async def test_each_end_of_a_code_is_explained(deployment: Deployment) -> None:
    op = deployment.op
    client, other, user = await make_client(op), await make_client(op), await make_user(op)
    plain = await make_client(op, require_pkce=False)
    browser = deployment.browser()

    async def code(**parameters: Any) -> str:
        return await browser.obtain_code(client, user, **parameters)

    spent, late = await code(), await code()
    await redeem(deployment, client, spent)
    deployment.clock.advance(61)
    unchallenged = await browser.obtain_code(plain, user, code_challenge=None, code_challenge_method=None)
    responses = {
        "code_spent": await redeem(deployment, client, spent),
        "code_expired": await redeem(deployment, client, late),
        "code_of_another_client": await redeem(deployment, other, await code()),
        "code_redirect_uri_differs": await redeem(deployment, client, await code(), redirect_uri=f"{CALLBACK}/"),
        "pkce_verifier_missing": await redeem(deployment, client, await code(), code_verifier=None),
        "pkce_verifier_malformed": await redeem(deployment, client, await code(), code_verifier="short"),
        "pkce_verifier_wrong": await redeem(deployment, client, await code(), code_verifier="w" * 43),
        "pkce_verifier_unexpected": await redeem(deployment, plain, unchallenged),
    }
    assert await rules_of(deployment, responses) == {rule: rule for rule in responses}
    told = await trace_of(deployment, responses["code_redirect_uri_differs"])
    assert (told.account.expected, told.account.sent) == ((CALLBACK,), f"{CALLBACK}/")


async def test_each_end_of_a_refresh_token_is_explained(deployment: Deployment) -> None:
    op = deployment.op
    api = await make_resource(op)
    client, other, user = await make_client(op), await make_client(op), await make_user(op)
    browser = deployment.browser()

    async def token(scope: str = "openid offline_access") -> str:
        tokens = await obtain_tokens(deployment, client, user, browser=browser, scope=scope, prompt="consent")
        return str(tokens["refresh_token"])

    reused, bound = await token(), await token("openid profile")
    await refresh(deployment, client, reused)
    responses = {
        "refresh_token_of_another_client": await refresh(deployment, other, await token()),
        "scope_beyond_approval": await refresh(deployment, client, await token(), scope="openid phone"),
        "resource_beyond_approval": await refresh(deployment, client, await token(), resource=api.identifier),
        "refresh_token_reused": await refresh(deployment, client, reused),
        "approval_ended": await refresh(deployment, client, reused),
    }
    await browser.submit(Page.read(await browser.get("/logout")), decision="logout")
    responses["approval_ended after sign-out"] = await refresh(deployment, client, bound)
    assert await rules_of(deployment, responses) == {rule: rule.partition(" ")[0] for rule in responses}

    short, late = await token("openid email"), await token()
    deployment.clock.advance(ABSOLUTE_LIFETIME)  # the session ends by itself, and takes no token along
    responses = {"refresh_session_ended": await refresh(deployment, client, short)}
    assert await rules_of(deployment, responses) == {rule: rule for rule in responses}
    deployment.clock.advance(client.refresh_token_idle_lifetime)
    responses = {"refresh_token_expired": await refresh(deployment, client, late)}
    assert await rules_of(deployment, responses) == {rule: rule for rule in responses}


async def test_each_wrong_access_token_is_explained(deployment: Deployment) -> None:
    op = deployment.op
    api = await make_resource(op)
    client, user = await make_client(op), await make_user(op)
    browser = deployment.browser()
    plain = await obtain_tokens(deployment, client, user, browser=browser, scope="profile")
    elsewhere = await obtain_tokens(
        deployment, client, user, browser=browser, scope="openid read", resource=api.identifier
    )
    async with deployment.http() as http:
        bearer = {"Authorization": f"Bearer {plain['access_token']}"}
        responses = {
            "access_token_missing": await http.get("/userinfo"),
            "access_token_doubled": await http.post("/userinfo", data={"access_token": "x"}, headers=bearer),
            "access_token_dead": await userinfo(deployment, "dead"),
            "access_token_for_another": await userinfo(deployment, elsewhere["access_token"]),
            "openid_scope_missing": await userinfo(deployment, plain["access_token"]),
        }
    assert await rules_of(deployment, responses) == {rule: rule for rule in responses}
    assert (await trace_of(deployment, responses["openid_scope_missing"])).account.sent == "profile"


async def test_each_rule_of_machines_is_explained(deployment: Deployment) -> None:
    op, form = deployment.op, {"grant_type": "client_credentials"}
    one = await make_resource(op, identifier="https://one.example/")
    await make_resource(op, identifier="https://two.example/")
    client = await make_client(op, grant_types=("client_credentials",), scope="read")
    granted = await make_client(op, grant_types=("client_credentials",))
    await op.db.transact(
        lambda tx: resources.grant(tx, granted.client_id, one.id, scopes=frozenset({"read"}), now=op.now())
    )
    responses = {
        "scope_not_allowed": await deployment.call("/token", client, **form, scope="admin"),
        "resource_not_granted": await deployment.call("/token", granted, **form, resource="https://two.example/"),
        "resource_ambiguous": await deployment.call(
            "/token", client, **form, resource=["https://one.example/", "https://two.example/"]
        ),
    }
    assert await rules_of(deployment, responses) == {rule: rule for rule in responses}


async def test_each_wrong_registration_is_explained(database_url: str, tmp_path: Path) -> None:
    async with open_to_all(database_url, tmp_path) as deployment:
        mine = await register(deployment)
        responses = {
            "client_metadata_member": await post(deployment, {"redirect_uris": [CALLBACK], "jwks_uri": 5}),
            "redirect_uri_not_registrable": await post(deployment, {"redirect_uris": [f"{CALLBACK}#here"]}),
            "json_malformed": await post(deployment, b"{"),
            "media_type_wrong": await post(deployment, b"{}", headers={"Content-Type": "text/plain"}),
            "initial_access_token_wrong": await post(deployment, {}, token="not-a-token"),
            "registration_token_wrong": await manage(deployment, "GET", mine.path, await initial_token(deployment)),
            "access_token_missing": await manage(deployment, "GET", mine.path, None),
            "invalid_client_metadata": await post(
                deployment, {"redirect_uris": [CALLBACK], "grant_types": ["implicit"], "response_types": ["code"]}
            ),
            "invalid_software_statement": await post(deployment, {"software_statement": "a.b.c"}),
        }
        assert await rules_of(deployment, responses) == {rule: rule for rule in responses}
        managed = await trace_of(deployment, responses["registration_token_wrong"])
        assert (managed.endpoint, managed.client_id) == ("/register/{client_id}", mine.client_id)
        wrong = await trace_of(deployment, responses["client_metadata_member"])
        assert (wrong.account.parameter, received(wrong, "redirect_uris").value) == ("jwks_uri", f'["{CALLBACK}"]')


async def test_who_must_bring_a_token_is_told_which_and_how(deployment: Deployment) -> None:
    refused = await trace_of(deployment, await post(deployment, {"redirect_uris": [CALLBACK]}))
    async with deployment.http() as http:
        other = await trace_of(deployment, await http.get("/userinfo"))
    assert [each.account.rule for each in (refused, other)] == ["initial_access_token_missing", "access_token_missing"]
    for account in (refused.account, other.account):
        assert account.expected == ("Bearer …",)
        assert "in the Authorization header, with the scheme Bearer" in account.description, "nothing is struck out"


async def test_a_sector_that_does_not_know_the_app_is_explained(
    open_and_reaching_apps: Deployment, app_site: AppServer
) -> None:
    deployment, sector = open_and_reaching_apps, app_site.show("/sector", ["https://app.example/another"])
    body = {"redirect_uris": [CALLBACK], "subject_type": "pairwise", "sector_identifier_uri": sector}
    responses = {"sector_without_redirect_uri": await post(deployment, body)}
    assert await rules_of(deployment, responses) == {rule: rule for rule in responses}


@pytest.mark.parametrize("trouble", ["expired", "verifier"])
async def test_Q02_nothing_of_the_credentials_of_a_refusal_is_in_its_trace(
    deployment_on_sqlite: Deployment, trouble: str
) -> None:
    deployment = deployment_on_sqlite
    client, user = await make_client(deployment.op), await make_user(deployment.op)
    code = await deployment.browser().obtain_code(client, user)
    verifier = "w" * 43 if trouble == "verifier" else VERIFIER
    if trouble == "expired":
        deployment.clock.advance(61)
    trace = await trace_of(deployment, await redeem(deployment, client, code, code_verifier=verifier))
    assert not _mentions(trace, code, verifier, SECRET)


def _mentions(trace: RefusalTrace, *secrets: str) -> list[str]:
    text = repr(trace)
    return [secret for secret in secrets if secret in text]
