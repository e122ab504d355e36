"""Every response type in every mode: OpenID Connect Core §3.2 and §3.3, OAuth 2.0 Multiple Response Types, row A06."""

import base64
import hashlib
import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from hibana_op.oauth.response_types import RESPONSE_TYPES
from hibana_op.records import clients
from hibana_op.records.clients import Client
from hibana_op.records.users import User
from tests.deployment import Deployment, Page, answer, deploy
from tests.flows.journeys import (
    EVERY_TYPE,
    arrive,
    claims_of,
    landed,
    redeem,
    tokens_of,
    userinfo,
)
from tests.make import make_client, make_user

ALWAYS = {"state", "iss", "session_state"}
WITH_TOKEN = {"access_token", "token_type", "expires_in", "scope"}
FRONT_CHANNEL = [name for name, each in RESPONSE_TYPES.items() if each.is_front_channel]
WITH_ID_TOKEN = [name for name, each in RESPONSE_TYPES.items() if each.id_token]
PERSON: dict[str, Any] = {"name": "Alice Yamada", "given_name": "Alice", "email_verified": True}


def expected_fields(response_type: str) -> set[str]:
    """What an answer of a response type holds, and nothing else."""
    words = set(response_type.split())
    tokens = WITH_TOKEN if "token" in words else set()
    return ALWAYS | ({"code", "id_token"} & words) | tokens


def left_half(value: str) -> str:
    """The at_hash or c_hash of a value, for the algorithms that end in 256."""
    return base64.urlsafe_b64encode(hashlib.sha256(value.encode("ascii")).digest()[:16]).decode().rstrip("=")


async def verified(deployment: Deployment, token: str, client: Client) -> dict[str, Any]:
    """The claims of an ID token, verified with the published keys."""
    async with deployment.http() as http:
        keys = KeySet.import_key_set((await http.get("/jwks")).json())
    return dict(jwt.decode(token, keys, algorithms=[client.id_token_signed_response_alg]).claims)


async def check_tokens(deployment: Deployment, client: Client, user: User, fields: dict[str, str]) -> None:
    """Everything that an answer gave is good, and fits together."""
    front: dict[str, Any] = {}
    if "id_token" in fields:
        front = await verified(deployment, fields["id_token"], client)
        assert (front["sub"], front["aud"], front["nonce"]) == (user.id, client.client_id, "the-nonce")
        assert {"auth_time", "acr", "amr", "sid", "iat", "exp", "iss"} <= front.keys()
        for name, given in (("at_hash", "access_token"), ("c_hash", "code")):
            assert front.get(name) == (left_half(fields[given]) if given in fields else None)
    if "access_token" in fields:
        assert (fields["token_type"], fields["expires_in"]) == ("Bearer", "3600")
        assert fields["scope"] == "openid profile email"
        found = await userinfo(deployment, fields["access_token"])
        assert (found.status_code, found.json()["sub"]) == (200, user.id)
    if "code" in fields:
        tokens = await tokens_of(await redeem(deployment, client, fields["code"]))
        back = await verified(deployment, tokens["id_token"], client)
        assert all(back[name] == value for name, value in front.items() if name not in ("at_hash", "iat", "exp"))
        assert back["at_hash"] == left_half(tokens["access_token"])
        assert tokens["access_token"] != fields.get("access_token")
        assert tokens["id_token"] != fields.get("id_token")


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_each_response_type_gives_what_it_names_and_nothing_else(deployment: Deployment, algorithm: str) -> None:
    op = deployment.op
    client = await make_client(op, **EVERY_TYPE, id_token_signed_response_alg=algorithm)
    user = await make_user(op, **PERSON)
    browser = deployment.browser()

    for response_type in RESPONSE_TYPES:
        default = "fragment" if response_type in FRONT_CHANNEL else "query"
        for mode in dict.fromkeys((None, default, "fragment", "form_post")):
            found = await arrive(browser, client, user, response_type=response_type, response_mode=mode)
            assert found.mode == (mode or default), response_type
            assert found.fields.keys() == expected_fields(response_type), response_type
            assert (found.fields["state"], found.fields["iss"]) == ("the-state", op.issuer)
            await check_tokens(deployment, client, user, found.fields)


async def test_the_order_of_the_words_means_nothing(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    # Not even in what was registered.
    registered = ("token id_token code", "id_token code")
    client = await make_client(op, **{**EVERY_TYPE, "response_types": registered})
    user = await make_user(op)
    browser = deployment_on_sqlite.browser()

    for response_type in ("code id_token token", "code id_token"):
        for words in itertools.permutations(response_type.split()):
            found = await arrive(browser, client, user, response_type=" ".join(words))
            assert found.fields.keys() == expected_fields(response_type), words


async def test_tokens_never_come_in_a_query(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op, **EVERY_TYPE), await make_user(op)
    browser = deployment_on_sqlite.browser()
    await browser.obtain_code(client, user)

    for response_type in FRONT_CHANNEL:
        refused = await arrive(browser, client, user, response_type=response_type, response_mode="query")
        assert (refused.mode, refused.fields["error"]) == ("fragment", "invalid_request"), response_type
    for response_type in ("code", "none"):
        asked = await arrive(browser, client, user, response_type=response_type, response_mode="query")
        assert (asked.mode, set(asked.fields)) == ("query", expected_fields(response_type))


async def test_id_token_through_the_browser_needs_a_nonce(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op, **EVERY_TYPE), await make_user(op)
    browser = deployment_on_sqlite.browser()
    await browser.obtain_code(client, user)

    for response_type in RESPONSE_TYPES:
        for mode in (None, "form_post"):
            asked = {"response_type": response_type, "response_mode": mode, "nonce": None}
            found = await arrive(browser, client, user, **asked)
            if response_type in WITH_ID_TOKEN:
                assert (found.mode, found.fields["error"]) == (mode or "fragment", "invalid_request"), response_type
                assert found.fields.keys() == ALWAYS | {"error", "error_description"}
            else:
                assert found.fields.keys() == expected_fields(response_type)


async def test_errors_go_where_the_answer_would_have_gone(deployment_on_sqlite: Deployment) -> None:
    client = await make_client(deployment_on_sqlite.op, **EVERY_TYPE)
    browser = deployment_on_sqlite.browser()

    for response_type in (None, *RESPONSE_TYPES, "token", "id_token nonsense", "nonsense"):
        default = "fragment" if {"token", "id_token"} & set((response_type or "").split()) else "query"
        for mode in (None, "fragment", "form_post"):
            asked = {"response_type": response_type, "response_mode": mode, "scope": "openid no-such-scope"}
            found = landed(await browser.authorize(client, **asked))
            assert found.mode == (mode or default), (response_type, mode)
            assert found.fields.keys() == {"error", "error_description", "state", "iss"}
            expected = {None: "invalid_request"} | dict.fromkeys(RESPONSE_TYPES, "invalid_scope")
            assert found.fields["error"] == expected.get(response_type, "unsupported_response_type")


async def test_claims_of_scopes_are_in_the_id_token_only_when_it_is_alone(deployment: Deployment) -> None:
    op = deployment.op
    client = await make_client(op, **EVERY_TYPE)
    user = await make_user(op, **PERSON, localized={"name#ja": "山田アリス"}, phone_number="+81 3 1234 5678")
    browser = deployment.browser()
    of_scopes = {"name", "name#ja", "given_name", "updated_at", "email", "email_verified"}
    wanted = json.dumps({"id_token": {"phone_number": {"essential": True}}, "userinfo": {"address": None}})

    for response_type in WITH_ID_TOKEN:
        plain = await arrive(browser, client, user, response_type=response_type)
        spoken = {name for name in claims_of(plain.fields["id_token"]) if name in {*of_scopes, "phone_number"}}
        assert spoken == (of_scopes if response_type == "id_token" else set()), response_type
        asked = await arrive(browser, client, user, response_type=response_type, claims=wanted)
        claims = claims_of(asked.fields["id_token"])
        assert claims["phone_number"] == "+81 3 1234 5678"
        assert ("email" in claims) is (response_type == "id_token")


async def test_A06_only_what_a_client_registered_for_is_given(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    browser = deployment.browser()
    for registered in RESPONSE_TYPES.values():
        types = {"response_types": (registered.name,), "grant_types": tuple(sorted(registered.grant_types))}
        client = await make_client(op, **types)
        for response_type in (*RESPONSE_TYPES, "token"):
            found = await arrive(browser, client, user, response_type=response_type)
            if response_type == registered.name:
                assert found.fields.keys() == expected_fields(response_type)
            else:
                expected = "unsupported_response_type" if response_type == "token" else "unauthorized_client"
                assert found.fields["error"] == expected, (registered.name, response_type)
                assert not {"access_token", "id_token", "code"} & found.fields.keys()


async def test_A06_a_response_type_needs_its_grants(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    user = await make_user(op)
    browser = deployment_on_sqlite.browser()
    for response_type, each in RESPONSE_TYPES.items():
        for grant in each.grant_types:
            others = tuple({"authorization_code", "implicit", "refresh_token"} - {grant})
            client = await make_client(op, response_types=(response_type,), grant_types=others)
            found = await arrive(browser, client, user, response_type=response_type)
            assert found.fields["error"] == "unauthorized_client", (response_type, grant)


async def test_A06_strict_profiles_and_unsigned_id_tokens_keep_the_browser_out(
    deployment_on_sqlite: Deployment, tmp_path: Path
) -> None:
    op = deployment_on_sqlite.op
    user = await make_user(op)
    browser = deployment_on_sqlite.browser()
    for profile in ("oauth21", "fapi2"):
        client = await make_client(op, **EVERY_TYPE, profile=profile)
        for response_type in FRONT_CHANNEL:
            found = await arrive(browser, client, user, response_type=response_type)
            assert found.fields["error"] == "unauthorized_client", (profile, response_type)
        assert "code" in (await arrive(browser, client, user)).fields
    async with deploy(f"sqlite:///{tmp_path / 'strict.db'}", tmp_path, HIBANA_PROFILE="oauth21") as strict:
        client, person = await make_client(strict.op, **EVERY_TYPE), await make_user(strict.op)
        for response_type in FRONT_CHANNEL:
            found = await arrive(strict.browser(), client, person, response_type=response_type)
            assert found.fields["error"] == "unauthorized_client", response_type
    unsigned = await make_client(op, **EVERY_TYPE, id_token_signed_response_alg="none")
    for response_type in WITH_ID_TOKEN:
        found = await arrive(browser, unsigned, user, response_type=response_type)
        assert found.fields["error"] == "unauthorized_client", response_type


async def test_A06_nothing_on_the_way_changes_what_was_asked_for(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op, **EVERY_TYPE), await make_user(op)
    browser = deployment.browser()
    more = {"response_type": "code id_token token", "response_mode": "query", "scope": "openid phone", "nonce": "n"}

    login = await browser.authorize(client, response_type="code")
    named = await browser.submit(Page.read(login), username=user.email, **more)
    asked = await browser.submit(Page.read(named), password="correct horse battery", **more)
    back = await browser.submit(Page.read(asked), decision="allow", **more)

    assert answer(back).keys() == expected_fields("code")
    # A second tab with another response type leaves the first as it was, and neither can be gone through again.
    first = await browser.authorize(client, prompt="consent", response_type="code")
    second = await browser.authorize(client, prompt="consent", response_type="id_token token")
    assert landed(await browser.submit(Page.read(first), decision="allow")).fields.keys() == expected_fields("code")
    given = landed(await browser.submit(Page.read(second), decision="allow")).fields
    assert given.keys() == expected_fields("id_token token")
    for spent in (first, second):
        again = await browser.submit(Page.read(spent), decision="allow", **more)
        assert (again.status_code, "location" in again.headers) == (400, False)


async def test_A06_what_was_withdrawn_meanwhile_is_not_given(
    deployment: Deployment, changes_are_seen_at_once: None
) -> None:
    op = deployment.op
    client, user = await make_client(op, **EVERY_TYPE), await make_user(op)
    browser = deployment.browser()
    assert "id_token" in (await arrive(browser, client, user, response_type="id_token")).fields
    tabs = [await browser.authorize(client, response_type=each, prompt="consent") for each in FRONT_CHANNEL]
    only_code = replace(client, response_types=("code",), grant_types=("authorization_code",))
    await op.db.transact(lambda tx: clients.update(tx, only_code))

    assert "code" in (await arrive(browser, client, user)).fields
    for tab in tabs:
        for decision in ("allow", "allow", "deny"):  # and once more, after the button "back"
            refused = landed(await browser.submit(Page.read(tab), decision=decision))
            assert (refused.mode, refused.fields["error"]) == ("fragment", "unauthorized_client")
            assert not {"access_token", "id_token", "code"} & refused.fields.keys()
    await browser.submit(Page.read(await browser.get("/logout")), decision="logout")
    for response_type in FRONT_CHANNEL:
        refused = await arrive(browser, client, user, response_type=response_type)
        assert refused.fields["error"] == "unauthorized_client"


async def test_no_openid_no_id_token_through_the_browser(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op, **EVERY_TYPE), await make_user(op)
    browser = deployment_on_sqlite.browser()

    for response_type in RESPONSE_TYPES:
        found = (await arrive(browser, client, user, response_type=response_type, scope="email")).fields
        if response_type in WITH_ID_TOKEN:
            assert found["error"] == "invalid_scope"
        else:
            assert found.keys() == expected_fields(response_type)
            assert found.get("scope", "email") == "email"
