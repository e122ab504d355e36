"""The ID token of another provider: each thing that can be wrong with it lets nobody in."""

from typing import Any

import pytest

from hibana_op.login.federation.id_token import LEEWAY, OLDEST
from hibana_op.records import users
from tests.app_keys import AppKey, mac, unsigned
from tests.deployment import Deployment, answer
from tests.flows.federation.upstream import (
    CLIENT_SECRET,
    SUBJECT,
    Upstream,
    add,
    an_app,
    come_back,
    leave,
    linked_person,
    refused,
    signed_in,
)

FORGERIES: dict[str, dict[str, Any]] = {
    "iss of another": {"iss": "https://evil.example"},
    "no iss": {"iss": None},
    "aud of another": {"aud": "another client"},
    "no aud": {"aud": None},
    "several aud without azp": {"aud": ["hibana:acme+1%", "another client"]},
    "azp of another": {"azp": "another client"},
    "several aud and azp of another": {"aud": ["hibana:acme+1%", "another client"], "azp": "another client"},
    "expired": {"exp": 1_800_000_000 - LEEWAY},
    "no exp": {"exp": None},
    "exp as text": {"exp": "1900000000"},
    "exp true": {"exp": True},
    "of the future": {"iat": 1_800_000_000 + LEEWAY + 1},
    "long ago": {"iat": 1_800_000_000 - OLDEST - LEEWAY - 1},
    "no iat": {"iat": None},
    "not valid yet": {"nbf": 1_800_000_000 + LEEWAY + 1},
    "another nonce": {"nonce": "the nonce of another sign-in"},
    "no nonce": {"nonce": None},
    "nonce as a list": {"nonce": ["x"]},
    "at_hash of another token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "at_hash as a number": {"at_hash": 1},
    "no sub": {"sub": None},
    "sub as a number": {"sub": 7},
    "sub too long": {"sub": "s" * 256},
    "empty sub": {"sub": ""},
}


@pytest.mark.parametrize("name", FORGERIES)
async def test_K03_an_id_token_with_one_wrong_claim_lets_nobody_in(
    reaching_apps: Deployment, acme: Upstream, name: str
) -> None:
    provider = await add(reaching_apps, acme)
    await linked_person(reaching_apps, provider.id, acme)
    browser = reaching_apps.browser()
    state = await leave(browser, acme, await an_app(reaching_apps))
    acme.claims = FORGERIES[name]
    refused(await come_back(browser, state), 502, "its ID token does not count")
    assert await signed_in(reaching_apps) == []


def forged(acme: Upstream, kind: str) -> str:
    """An ID token that this provider did not sign as it should."""
    claims = {"iss": acme.issuer, "sub": SUBJECT, "aud": "hibana:acme+1%", "iat": acme.now, "exp": acme.now + 300}
    claims["nonce"] = acme.asked["nonce"]
    stranger, signed = AppKey(), acme.signed()
    made = {
        "by another key of the same name": acme.signed(AppKey(kid=acme.key.kid)),
        "with a key of its own in the header": stranger.sign(claims, jwk=stranger.jwk, kid=None),
        "unsigned": unsigned(claims),
        "with the client secret": mac(CLIENT_SECRET * 2, claims, "HS256"),
        "as an access token": acme.key.sign(claims, typ="at+jwt"),
        "as a logout token": acme.key.sign(claims, typ="logout+jwt"),
        "with a broken signature": signed[:-4] + ("BBBB" if signed.endswith("AAAA") else "AAAA"),
    }
    return made.get(kind, kind)


@pytest.mark.parametrize(
    "kind",
    [
        "by another key of the same name",
        "with a key of its own in the header",
        "unsigned",
        "with the client secret",
        "as an access token",
        "as a logout token",
        "with a broken signature",
        "not a token",
        "",
    ],
)
async def test_K03_an_id_token_that_the_provider_did_not_sign_lets_nobody_in(
    reaching_apps: Deployment, acme: Upstream, kind: str
) -> None:
    provider = await add(reaching_apps, acme)
    await linked_person(reaching_apps, provider.id, acme)
    browser = reaching_apps.browser()
    state = await leave(browser, acme, await an_app(reaching_apps))
    acme.id_token = forged(acme, kind)
    refused(await come_back(browser, state), 502, "its ID token does not count")
    assert await signed_in(reaching_apps) == []


async def test_K03_a_token_for_us_among_others_counts_when_it_says_so(
    reaching_apps: Deployment, acme: Upstream
) -> None:
    provider = await add(reaching_apps, acme)
    await linked_person(reaching_apps, provider.id, acme)
    browser = reaching_apps.browser()
    state = await leave(browser, acme, await an_app(reaching_apps))
    acme.claims = {"aud": ["hibana:acme+1%", "another client"], "azp": "hibana:acme+1%"}
    acme.says_at_hash = False
    answer(await come_back(browser, state))


async def test_K03_a_provider_that_changed_its_keys_is_asked_for_them(
    reaching_apps: Deployment, acme: Upstream
) -> None:
    provider = await add(reaching_apps, acme)
    await linked_person(reaching_apps, provider.id, acme)
    app = await an_app(reaching_apps)
    for key in (acme.key, AppKey(kid="the next")):
        acme.key, browser = key, reaching_apps.browser()
        answer(await come_back(browser, await leave(browser, acme, app)))


@pytest.mark.parametrize("subject", ["somebody else", None, 7])
async def test_K03_userinfo_about_somebody_else_lets_nobody_in(
    open_to_new: Deployment, acme: Upstream, subject: Any
) -> None:
    await add(open_to_new, acme)
    browser = open_to_new.browser()
    state = await leave(browser, acme, await an_app(open_to_new))
    acme.claims = {"email": None}
    acme.userinfo = {"sub": subject, "email": "told@acme.example", "email_verified": True}
    refused(await come_back(browser, state), 502, "another person")
    assert await users.page(open_to_new.op.db) == []


async def test_a_provider_that_takes_the_secret_in_the_form_gets_it_there(
    reaching_apps: Deployment, acme: Upstream
) -> None:
    acme.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    provider = await add(reaching_apps, acme)
    await linked_person(reaching_apps, provider.id, acme)
    browser = reaching_apps.browser()
    answer(await come_back(browser, await leave(browser, acme, await an_app(reaching_apps))))
    (form,) = [form for path, _, form in acme.requests if path == "/token"]
    assert form["client_secret"] == CLIENT_SECRET
