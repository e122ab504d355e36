"""Software statements: what a trusted publisher says of its software counts for more (RFC 7591 §2.3, §3.1.1)."""

import json
from typing import Any

import pytest

from hibana_op.foundation import jose
from hibana_op.foundation.errors import InvalidClientMetadata, InvalidRecord, NotFound
from hibana_op.oauth import software_statements
from hibana_op.records import software_publishers
from tests.app_keys import AppKey, key_set, mac, part, unsigned
from tests.app_server import AppServer
from tests.deployment import Deployment
from tests.flows.journeys import error_of
from tests.flows.registering import COMMAND, Registered, kept, manage, post, register
from tests.make import CALLBACK
from tests.schema import ISSUER

PUBLISHER = "https://apps.example"
KEY, STRANGER = AppKey(), AppKey()
WEB = {"redirect_uris": [CALLBACK]}


def stated(deployment: Deployment, **changes: Any) -> dict[str, Any]:
    """What a good statement says; None takes a claim out."""
    now = deployment.op.now()
    claims = {"iss": PUBLISHER, "iat": now, "exp": now + 3600, "software_id": "4NRB1", "client_name": "Shop", **changes}
    return {name: value for name, value in claims.items() if value is not None}


async def trust(deployment: Deployment, **changes: Any) -> None:
    """Let the publisher's statements count."""
    asked: dict[str, Any] = {"issuer": PUBLISHER, "jwks": key_set(KEY), "jwks_uri": None, **changes}
    await software_statements.trust(deployment.op, **asked, origin=COMMAND)


async def refusal(deployment: Deployment, statement: object) -> str:
    """The error that a registration with a statement is answered with."""
    return error_of(await post(deployment, {**WEB, "software_statement": statement}))


async def test_the_publishers_word_wins_and_is_echoed(open_deployment: Deployment) -> None:
    await trust(open_deployment)
    statement = KEY.sign(stated(open_deployment, logo_uri="https://apps.example/shop.png", scope="openid email"))
    plain = {
        "client_name": "Bank",
        "client_name#ja": "銀行",
        "logo_uri#ja": "https://evil.example/logo.png",
        "tos_uri": "https://app.example/terms",
        "software_id": "mine",
        "scope": "openid profile",
    }
    told = (await register(open_deployment, software_statement=statement, **plain)).told
    assert told["software_statement"] == statement
    assert (told["client_name"], told["software_id"], told["scope"]) == ("Shop", "4NRB1", "openid email")
    assert (told["logo_uri"], told["tos_uri"]) == ("https://apps.example/shop.png", "https://app.example/terms")
    assert not [name for name in told if "#" in name]
    client = await kept(open_deployment, Registered(told))
    assert (client.software_statement, client.verified) == (statement, False)
    row = await open_deployment.op.db.one(
        "SELECT metadata_json FROM audit_log WHERE action = 'client:registration:created'"
    )
    assert row is not None
    assert json.loads(row["metadata_json"])["software_publisher"] == PUBLISHER


async def test_a_statement_may_say_where_answers_go(open_on_sqlite: Deployment) -> None:
    await trust(open_on_sqlite)
    statement = KEY.sign(stated(open_on_sqlite, redirect_uris=["https://apps.example/cb"]))
    told = (await register(open_on_sqlite, software_statement=statement)).told
    assert told["redirect_uris"] == ["https://apps.example/cb"]


async def test_L07_a_statement_gives_no_trust_that_is_the_administrators(open_on_sqlite: Deployment) -> None:
    await trust(open_on_sqlite)
    claims = {"verified": True, "first_party": True, "registration": "static", "client_id": "mine", "jti": "1"}
    registered = await register(open_on_sqlite, software_statement=KEY.sign(stated(open_on_sqlite, **claims)))
    client = await kept(open_on_sqlite, registered)
    assert (client.verified, client.first_party, client.registration) == (False, False, "dcr")
    assert client.client_id != "mine"


async def test_a_publisher_that_nobody_trusts_is_unapproved(open_on_sqlite: Deployment) -> None:
    good = KEY.sign(stated(open_on_sqlite))
    assert await refusal(open_on_sqlite, good) == "unapproved_software_statement"
    await trust(open_on_sqlite)
    assert (await post(open_on_sqlite, {**WEB, "software_statement": good})).status_code == 201
    for issuer in (PUBLISHER + "/", PUBLISHER + "\0", PUBLISHER.upper(), "x" * 5000, ""):
        wrong = KEY.sign(stated(open_on_sqlite, iss=issuer))
        assert await refusal(open_on_sqlite, wrong) == "unapproved_software_statement"
    await software_statements.remove(open_on_sqlite.op, PUBLISHER, COMMAND)
    assert await refusal(open_on_sqlite, good) == "unapproved_software_statement"


async def test_D01_a_forged_statement_is_invalid(open_on_sqlite: Deployment) -> None:
    await trust(open_on_sqlite)
    claims = stated(open_on_sqlite)
    good = KEY.sign(claims)
    head, body, signature = good.split(".")
    public = json.dumps(KEY.jwk)
    forged = [
        STRANGER.sign(claims),
        STRANGER.sign(claims, kid=KEY.kid),
        STRANGER.sign(claims, kid=None),
        STRANGER.sign(claims, kid=KEY.kid, jwk=STRANGER.jwk),
        STRANGER.sign(claims, jku="https://evil.example/keys"),
        unsigned(claims),
        unsigned(claims, kid=KEY.kid),
        mac(public, claims, kid=KEY.kid),
        f"{head}.{part({**claims, 'client_name': 'Bank'})}.{signature}",
        f"{head}.{body}.",
        f"{head}.!.{signature}",
        f"{head}..{signature}",
        f"{head}.{body}",
        f"{good}.{signature}",
        KEY.sign(claims, typ="at+jwt"),
        KEY.sign(claims, typ="logout+jwt"),
        KEY.sign(claims, crit=["exp"]),
        KEY.sign(claims, kid="another"),
        KEY.sign(stated(open_on_sqlite, iss=None)),
        KEY.sign(stated(open_on_sqlite, iss=5)),
        KEY.sign(stated(open_on_sqlite, aud="https://other.example")),
        KEY.sign(stated(open_on_sqlite, aud=["https://other.example"])),
        "",
        "..",
        "a.b.c",
        "é",
        "x" * (jose.LONGEST_TOKEN + 1),
        5,
        [good],
        {"statement": good},
    ]
    for statement in forged:
        assert await refusal(open_on_sqlite, statement) == "invalid_software_statement", statement


async def test_a_statement_counts_in_its_time(open_on_sqlite: Deployment) -> None:
    await trust(open_on_sqlite)
    now = open_on_sqlite.op.now()
    wrong: list[dict[str, Any]] = [
        *({"exp": now - 61}, {"exp": "later"}, {"exp": True}, {"nbf": now + 120}, {"iat": now + 120}),
    ]
    right: list[dict[str, Any]] = [
        *({"exp": None, "iat": None}, {"exp": now + 1}, {"nbf": now - 1}, {"aud": ISSUER}, {"aud": [ISSUER]}),
    ]
    for times in wrong:
        statement = KEY.sign(stated(open_on_sqlite, **times))
        assert await refusal(open_on_sqlite, statement) == "invalid_software_statement", times
    for times in right:
        statement = KEY.sign(stated(open_on_sqlite, **times))
        assert (await post(open_on_sqlite, {**WEB, "software_statement": statement})).status_code == 201, times


async def test_what_a_statement_says_is_checked_like_anything_else(open_on_sqlite: Deployment) -> None:
    await trust(open_on_sqlite)
    for claims, error in (
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"logo_uri": "http://apps.example/logo.png"}, "invalid_client_metadata"),
        ({"client_name": ["Shop"]}, "invalid_client_metadata"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}}, "invalid_client_metadata"),
    ):
        assert await refusal(open_on_sqlite, KEY.sign(stated(open_on_sqlite, **claims))) == error


async def test_a_statement_sent_again_with_a_change_is_read_again(open_on_sqlite: Deployment) -> None:
    await trust(open_on_sqlite)
    registered = await register(open_on_sqlite, software_statement=KEY.sign(stated(open_on_sqlite)))
    response = await manage(
        open_on_sqlite, "PUT", registered.path, registered.token, json=registered.metadata(client_name="Bank")
    )
    assert response.json()["client_name"] == "Shop"
    registered = Registered(response.json())

    open_on_sqlite.clock.advance(3600 + 61)
    refused = await manage(open_on_sqlite, "PUT", registered.path, registered.token, json=registered.metadata())
    assert error_of(refused) == "invalid_software_statement"
    plain = registered.metadata(software_statement=None)
    response = await manage(open_on_sqlite, "PUT", registered.path, registered.token, json=plain)
    assert response.status_code == 200
    assert "software_statement" not in response.json()


async def test_the_publishers_keys_may_be_at_an_address(
    open_and_reaching_apps: Deployment, app_site: AppServer
) -> None:
    await trust(open_and_reaching_apps, jwks=None, jwks_uri=app_site.show("/keys", key_set(KEY)))
    statement = KEY.sign(stated(open_and_reaching_apps))
    for _ in range(3):
        assert (await register(open_and_reaching_apps, software_statement=statement)).told["client_name"] == "Shop"
    assert app_site.asked == ["/keys"]

    new = AppKey()
    app_site.show("/keys", key_set(new))
    assert await register(open_and_reaching_apps, software_statement=new.sign(stated(open_and_reaching_apps)))


async def test_L04_keys_that_cannot_be_had_tell_nothing_of_the_network(
    open_and_reaching_apps: Deployment, app_site: AppServer
) -> None:
    await trust(open_and_reaching_apps, jwks=None, jwks_uri=app_site.url("/nothing"))
    refused = await post(
        open_and_reaching_apps, {**WEB, "software_statement": KEY.sign(stated(open_and_reaching_apps))}
    )
    assert error_of(refused) == "invalid_software_statement"
    assert "cannot be had now" in refused.json()["error_description"]
    assert "localhost" not in refused.text


async def test_a_publisher_is_trusted_with_sound_keys_only(deployment_on_sqlite: Deployment) -> None:
    private: Any = {"keys": [{**KEY.jwk, "d": "AAAA"}]}
    wrong: list[tuple[dict[str, Any], type[Exception]]] = [
        ({"jwks": None}, InvalidRecord),
        ({"jwks_uri": "https://apps.example/jwks"}, InvalidRecord),
        ({"issuer": ""}, InvalidRecord),
        ({"issuer": "x" * 256}, InvalidRecord),
        ({"jwks": private}, InvalidClientMetadata),
        ({"jwks": None, "jwks_uri": "http://apps.example/jwks"}, InvalidClientMetadata),
    ]
    for changes, kind in wrong:
        with pytest.raises(kind):
            await trust(deployment_on_sqlite, **changes)
    with pytest.raises(NotFound):
        await software_statements.remove(deployment_on_sqlite.op, PUBLISHER, COMMAND)


async def test_trust_stands_in_the_audit_log(deployment: Deployment) -> None:
    await trust(deployment)
    await trust(deployment, jwks=None, jwks_uri="https://apps.example/jwks")
    (found,) = await software_publishers.every(deployment.op.db)
    assert (found.issuer, found.jwks, found.jwks_uri) == (PUBLISHER, None, "https://apps.example/jwks")
    await software_statements.remove(deployment.op, PUBLISHER, COMMAND)
    rows = await deployment.op.db.all(
        "SELECT action, resource_id FROM audit_log WHERE action LIKE 'registration:publisher:%' ORDER BY seq"
    )
    assert [(row["action"], row["resource_id"]) for row in rows] == [
        (f"registration:publisher:{act}", PUBLISHER) for act in ("trusted", "trusted", "removed")
    ]
