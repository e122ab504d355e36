"""A developer's own client, read, changed and removed: RFC 7592 §2; rows C08, L07, L09."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from hibana_op.foundation import secrets
from hibana_op.foundation.ids import uuid7
from hibana_op.records import clients
from tests.app_keys import AppKey, key_set
from tests.app_server import AppServer
from tests.deployment import Deployment
from tests.flows.journeys import error_of, is_active, obtain_tokens, refresh, userinfo
from tests.flows.registering import Registered, initial_token, kept, manage, open_to_all, register
from tests.make import CALLBACK, make_client, make_user

OTHER = "https://app.example/other"


async def changed(deployment: Deployment, registered: Registered, **members: Any) -> Registered:
    """Change a client, which has to succeed."""
    response = await manage(deployment, "PUT", registered.path, registered.token, json=registered.metadata(**members))
    assert response.status_code == 200, response.text
    return Registered({**response.json(), "client_secret": registered.told.get("client_secret")})


async def decide(deployment: Deployment, registered: Registered, column: str) -> None:
    """What an administrator may do to a client."""
    statements = {
        "verified": "UPDATE oauth_clients SET verified = TRUE WHERE client_id = :id",
        "first_party": "UPDATE oauth_clients SET first_party = TRUE WHERE client_id = :id",
    }
    await deployment.op.db.transact(lambda tx: tx.run(statements[column], id=registered.client_id))


async def test_C08_a_client_is_shown_without_its_secret(open_deployment: Deployment) -> None:
    registered = await register(open_deployment, contacts=["ops@app.example"], jwks=key_set(AppKey()))
    shown = await manage(open_deployment, "GET", registered.path, registered.token)
    secret = {"client_secret", "client_secret_expires_at"}
    assert shown.status_code == 200
    assert shown.json() == {name: value for name, value in registered.told.items() if name not in secret}
    again = await manage(open_deployment, "GET", registered.path, registered.token)
    assert again.json() == shown.json(), "reading changes nothing"


async def test_a_change_replaces_everything_and_gives_a_new_token(open_deployment: Deployment) -> None:
    first = await register(
        open_deployment, client_name="Shop", contacts=["ops@app.example"], require_auth_time=True, default_max_age=60
    )
    before = await kept(open_deployment, first)
    open_deployment.clock.advance(60)
    body = {"client_id": first.client_id, "redirect_uris": [OTHER], "client_uri": "https://app.example/"}
    response = await manage(open_deployment, "PUT", first.path, first.token, json=body)
    assert response.status_code == 200
    second = Registered(response.json())
    after = await kept(open_deployment, second)

    assert "client_secret" not in second.told
    assert second.told["redirect_uris"] == [OTHER]
    assert second.told["client_name"] == "Unnamed client"
    assert (after.contacts, after.require_auth_time, after.default_max_age) == ((), False, None)
    assert (after.client_secret_hash, after.created_at) == (before.client_secret_hash, before.created_at)
    assert after.updated_at == before.created_at + 60
    assert second.token != first.token
    assert after.registration_token_hash == secrets.digest(second.token)
    shown = await manage(open_deployment, "GET", second.path, second.token)
    assert shown.json() == second.told


async def test_L07_a_replaced_token_is_dead_and_the_new_one_lives(open_deployment: Deployment) -> None:
    first = await register(open_deployment)
    second = await changed(open_deployment, first, client_name="Shop")
    for method in ("GET", "PUT", "DELETE"):
        refused = await manage(open_deployment, method, first.path, first.token, json=first.metadata())
        assert refused.status_code == 401
        assert "invalid_token" in refused.headers["www-authenticate"]
    third = await changed(open_deployment, second, client_name="Store")
    assert (await manage(open_deployment, "DELETE", third.path, third.token)).status_code == 204


async def test_L07_a_token_opens_its_own_client_alone(open_deployment: Deployment) -> None:
    mine, yours = await register(open_deployment), await register(open_deployment)
    static = await make_client(open_deployment.op)
    initial = await initial_token(open_deployment, max_uses=9)
    for token in (yours.token, initial, mine.told["client_secret"], "", "x" * 5000, None):
        for client_id in (mine.client_id, static.client_id, uuid7(), "x" * 3000, "{client_id}", "a%20b"):
            for method in ("GET", "PUT", "DELETE"):
                body = {**mine.metadata(), "client_id": client_id}
                refused = await manage(open_deployment, method, f"/register/{client_id}", token, json=body)
                assert refused.status_code == 401
                assert refused.headers["www-authenticate"].startswith("Bearer")
    assert (await manage(open_deployment, "GET", mine.path, mine.token)).status_code == 200


async def test_L07_nobody_learns_which_clients_there_are(open_on_sqlite: Deployment) -> None:
    mine, yours = await register(open_on_sqlite), await register(open_on_sqlite)
    there = await manage(open_on_sqlite, "GET", mine.path, yours.token)
    not_there = await manage(open_on_sqlite, "GET", f"/register/{uuid7()}", yours.token)
    differing = {"x-request-id"}
    assert (there.status_code, there.content) == (not_there.status_code, not_there.content)
    assert {name: value for name, value in there.headers.items() if name not in differing} == {
        name: value for name, value in not_there.headers.items() if name not in differing
    }


@pytest.mark.parametrize(
    "members",
    [
        {"client_id": None},
        {"client_id": "another"},
        {"client_id": ["{own}"]},
        {"client_secret": "chosen by the client"},
        {"client_secret": 5},
        {"registration_access_token": "{token}"},
        {"registration_client_uri": "https://id.example/register/x"},
        {"client_secret_expires_at": 0},
        {"client_id_issued_at": 0},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"redirect_uris": None},
        {"token_endpoint_auth_method": "none"},
        {"token_endpoint_auth_method": "client_secret_jwt"},
        {"scope": "hibana:admin"},
        {"response_types": ["id_token"]},
    ],
    ids=range(15),
)
async def test_L07_a_change_that_must_not_be_is_refused_and_changes_nothing(
    open_on_sqlite: Deployment, members: dict[str, Any]
) -> None:
    registered = await register(open_on_sqlite)
    before = await kept(open_on_sqlite, registered)
    refused = await manage(
        open_on_sqlite, "PUT", registered.path, registered.token, json=registered.metadata(**members)
    )
    assert refused.status_code == 400
    assert error_of(refused) in ("invalid_client_metadata", "invalid_redirect_uri")
    assert await kept(open_on_sqlite, registered) == before
    assert (await manage(open_on_sqlite, "GET", registered.path, registered.token)).status_code == 200


async def test_L07_trust_and_ownership_are_not_for_the_developer_to_change(open_on_sqlite: Deployment) -> None:
    registered = await register(open_on_sqlite)
    before = await kept(open_on_sqlite, registered)
    claimed = {
        **dict.fromkeys(("verified", "first_party", "trusted", "skip_consent"), True),
        **{"tenant_id": "t", "owner": "o", "registration": "static", "profile": "oauth21", "created_at": 0},
        **{"initial_access_token_id": "x", "access_token_lifetime": 86400, "require_pkce": True},
    }
    after = await kept(open_on_sqlite, await changed(open_on_sqlite, registered, **claimed))
    unlike = {name for name in before.__slots__ if getattr(before, name) != getattr(after, name)}
    assert unlike == {"registration_token_hash"}


@pytest.mark.parametrize("column", ["verified", "first_party"])
async def test_L07_trust_ends_when_the_client_becomes_another(open_on_sqlite: Deployment, column: str) -> None:
    registered = await register(open_on_sqlite, client_name="Shop", logo_uri="https://app.example/logo.png")
    await decide(open_on_sqlite, registered, column)
    registered = await changed(open_on_sqlite, registered, contacts=["ops@app.example"], require_auth_time=True)
    assert getattr(await kept(open_on_sqlite, registered), column) is True

    for members in (
        {"client_name": "Bank"},
        {"client_name#ja": "銀行"},
        {"logo_uri": None},
        {"redirect_uris": [CALLBACK, OTHER]},
    ):
        await decide(open_on_sqlite, registered, column)
        registered = await changed(open_on_sqlite, registered, **members)
        assert getattr(await kept(open_on_sqlite, registered), column) is False


@pytest.mark.parametrize("column", ["verified", "first_party"])
async def test_L07_trust_ends_when_the_client_may_ask_for_more(open_on_sqlite: Deployment, column: str) -> None:
    registered = await register(open_on_sqlite, scope="openid email")
    await decide(open_on_sqlite, registered, column)
    for fewer in ("email openid", "openid"):
        registered = await changed(open_on_sqlite, registered, scope=fewer)
        assert getattr(await kept(open_on_sqlite, registered), column) is True

    for more in ("openid phone", None):  # whoever leaves the list out may ask for whatever there is
        await decide(open_on_sqlite, registered, column)
        after = await changed(open_on_sqlite, registered, scope=more)
        assert getattr(await kept(open_on_sqlite, after), column) is False
        registered = await changed(open_on_sqlite, after, scope="openid")


async def test_the_present_secret_may_be_sent_along(open_on_sqlite: Deployment) -> None:
    for method in ("client_secret_basic", "client_secret_jwt"):
        registered = await register(open_on_sqlite, token_endpoint_auth_method=method)
        secret = registered.told["client_secret"]
        after = await changed(open_on_sqlite, registered, client_secret=secret)
        assert (await kept(open_on_sqlite, after)).client_name == "Unnamed client"


async def test_a_change_counts_at_once(open_on_sqlite: Deployment) -> None:
    user = await make_user(open_on_sqlite.op)
    registered = await register(open_on_sqlite)
    browser = open_on_sqlite.browser()
    await browser.obtain_code(await kept(open_on_sqlite, registered), user)
    registered = await changed(open_on_sqlite, registered, redirect_uris=[OTHER])
    assert await browser.obtain_code(await kept(open_on_sqlite, registered), user, prompt="consent")
    refused = await browser.authorize(await kept(open_on_sqlite, registered), redirect_uri=CALLBACK)
    assert refused.status_code == 400


async def test_a_removed_client_takes_everything_along(
    open_deployment: Deployment, changes_are_seen_at_once: None
) -> None:
    op = open_deployment.op
    user, static = await make_user(op), await make_client(op)
    registered = await register(
        open_deployment,
        grant_types=["authorization_code", "refresh_token"],
        scope="openid offline_access",
        token_endpoint_auth_method="none",
    )
    client = await kept(open_deployment, registered)
    tokens = await obtain_tokens(open_deployment, client, user, scope="openid offline_access", prompt="consent")
    kept_tokens = await obtain_tokens(open_deployment, static, user)
    assert (await userinfo(open_deployment, tokens["access_token"])).status_code == 200

    gone = await manage(open_deployment, "DELETE", registered.path, registered.token)
    assert (gone.status_code, gone.content) == (204, b"")
    assert "content-length" not in gone.headers

    assert (await userinfo(open_deployment, tokens["access_token"])).status_code == 401
    assert error_of(await refresh(open_deployment, client, tokens["refresh_token"])) == "invalid_client"
    assert await is_active(open_deployment, static, kept_tokens["access_token"])
    assert (await open_deployment.browser().authorize(client)).status_code == 400
    for method in ("GET", "PUT", "DELETE"):
        refused = await manage(open_deployment, method, registered.path, registered.token, json=registered.metadata())
        assert refused.status_code == 401
    left = await op.db.all("SELECT client_id FROM token_families UNION ALL SELECT client_id FROM consents")
    assert {row["client_id"] for row in left} == {static.client_id}


async def test_T06_of_two_changes_at_once_one_wins(open_deployment: Deployment) -> None:
    registered = await register(open_deployment)
    bodies = [registered.metadata(client_name=f"Shop {number}") for number in range(8)]
    answers = await asyncio.gather(
        *(manage(open_deployment, "PUT", registered.path, registered.token, json=body) for body in bodies)
    )
    won = [each for each in answers if each.status_code == 200]
    assert sorted(each.status_code for each in answers) == [200] + [401] * 7
    told = Registered(won[0].json())
    assert (await kept(open_deployment, told)).client_name == told.told["client_name"]
    assert (await manage(open_deployment, "GET", told.path, told.token)).status_code == 200


async def test_T06_of_two_removals_at_once_one_finds_something(open_deployment: Deployment) -> None:
    registered = await register(open_deployment)
    removals = [manage(open_deployment, "DELETE", registered.path, registered.token) for _ in range(8)]
    answers = await asyncio.gather(*removals)
    assert sorted(each.status_code for each in answers) == [204] + [401] * 7


async def test_changes_and_removals_stand_in_the_audit_log(open_on_sqlite: Deployment) -> None:
    registered = await register(open_on_sqlite)
    registered = await changed(open_on_sqlite, registered, client_name="Shop")
    await manage(open_on_sqlite, "DELETE", registered.path, registered.token)
    rows = await open_on_sqlite.op.db.all(
        "SELECT action, actor_kind, client_id, metadata_json FROM audit_log ORDER BY seq"
    )
    assert [(row["action"], row["actor_kind"], row["client_id"]) for row in rows] == [
        (f"client:registration:{act}", "client", registered.client_id) for act in ("created", "updated", "deleted")
    ]
    assert json.loads(rows[1]["metadata_json"])["fields"] == ["client_name"]
    assert await clients.find(open_on_sqlite.op.db, registered.client_id) is None


async def test_L09_the_sector_must_know_every_redirect_uri_after_a_change_too(
    open_and_reaching_apps: Deployment, app_site: AppServer
) -> None:
    sector = app_site.show("/sector", [CALLBACK])
    pairwise = {"subject_type": "pairwise", "sector_identifier_uri": sector}
    registered = await register(open_and_reaching_apps, **pairwise)

    registered = await changed(open_and_reaching_apps, registered, client_name="Shop")
    assert app_site.asked == ["/sector"], "nothing that concerns the sector was changed"

    body = registered.metadata(redirect_uris=[CALLBACK, OTHER])
    refused = await manage(open_and_reaching_apps, "PUT", registered.path, registered.token, json=body)
    assert error_of(refused) == "invalid_client_metadata"

    app_site.show("/sector", [CALLBACK, OTHER])
    registered = await changed(open_and_reaching_apps, registered, redirect_uris=[CALLBACK, OTHER])
    assert registered.told["redirect_uris"] == [CALLBACK, OTHER]
    assert len(app_site.asked) == 3


async def test_below_an_issuer_with_a_path_everything_is_below_it(tmp_path: Path) -> None:
    url, issuer = f"sqlite:///{tmp_path / 'hibana.db'}", "https://id.example/people"
    async with open_to_all(url, tmp_path, issuer=issuer) as deployment, deployment.http() as http:
        told = (await http.post(f"{issuer}/register", json={"redirect_uris": [CALLBACK]})).json()
        assert told["registration_client_uri"] == f"{issuer}/register/{told['client_id']}"
        headers = {"Authorization": f"Bearer {told['registration_access_token']}"}
        assert (await http.get(told["registration_client_uri"], headers=headers)).status_code == 200
        assert (await http.delete(told["registration_client_uri"], headers=headers)).status_code == 204
