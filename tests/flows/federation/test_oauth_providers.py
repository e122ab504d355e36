"""Providers without ID tokens: who somebody is stands at a userinfo endpoint, as at GitHub."""

from typing import Any

import pytest

from hibana_op.records import user_identities, users
from tests.deployment import Deployment, answer
from tests.flows.federation.upstream import ACCESS_TOKEN, Upstream, add, an_app, come_back, leave, refused, signed_in

GITHUB: dict[str, Any] = {
    "claims": {"sub": "id", "name": "name"},
    "scopes": ["read:user", "user:email"],
    "trust_email": True,
}


async def test_a_person_signs_in_by_userinfo_and_a_list_of_addresses(open_to_new: Deployment, acme: Upstream) -> None:
    await add(open_to_new, acme, provider_type="oauth", emails_endpoint=f"{acme.issuer}/emails", **GITHUB)
    acme.userinfo = {"id": 583231, "login": "octocat", "name": "The Octocat", "email": "shown@acme.example"}
    acme.emails = [
        {"email": "old@acme.example", "primary": False, "verified": True},
        {"email": "octocat@acme.example", "primary": True, "verified": True},
    ]
    browser, app = open_to_new.browser(), await an_app(open_to_new)
    state = await leave(browser, acme, app)
    assert (acme.asked["scope"], "nonce" in acme.asked) == ("read:user user:email", False)
    assert acme.asked["code_challenge_method"] == "S256"
    answer(await come_back(browser, state))
    (user,) = await users.page(open_to_new.op.db)
    assert (user.email, user.name, user.email_verified) == ("octocat@acme.example", "The Octocat", True)
    (identity,) = await user_identities.of_user(open_to_new.op.db, user.id)
    assert (identity.subject, identity.issuer) == ("583231", f"{acme.issuer}/authorize")
    token = next(headers for path, headers, _ in acme.requests if path == "/token")
    assert token["accept"] == "application/json"
    assert acme.requests[-1][1]["authorization"] == f"Bearer {ACCESS_TOKEN}"


@pytest.mark.parametrize(
    "userinfo",
    [
        {},
        {"id": None},
        {"id": True},
        {"id": ""},
        {"id": "x" * 256},
        {"id": [1]},
        {"login": "octocat"},
        ["id"],
        b"<html>",
    ],
    ids=str,
)
async def test_userinfo_that_names_nobody_lets_nobody_in(
    open_to_new: Deployment, acme: Upstream, userinfo: Any
) -> None:
    await add(open_to_new, acme, provider_type="oauth", **GITHUB)
    acme.userinfo = userinfo
    browser = open_to_new.browser()
    refused(await come_back(browser, await leave(browser, acme, await an_app(open_to_new))), 502, "ACME did not answer")
    assert await signed_in(open_to_new) == []


@pytest.mark.parametrize(
    "emails",
    [
        [],
        [{"email": "octocat@acme.example", "primary": True, "verified": False}],
        [{"email": "octocat@acme.example", "primary": True, "verified": "true"}],
        [{"email": "octocat@acme.example", "primary": False, "verified": True}],
        [{"email": "octocat@acme.example", "primary": 1, "verified": True}],
        [{"email": 7, "primary": True, "verified": True}],
        ["octocat@acme.example", None],
    ],
    ids=range(7),
)
async def test_K05_only_the_main_address_and_only_when_it_is_confirmed_counts(
    open_to_new: Deployment, acme: Upstream, emails: Any
) -> None:
    await add(open_to_new, acme, provider_type="oauth", emails_endpoint=f"{acme.issuer}/emails", **GITHUB)
    acme.userinfo, acme.emails = {"id": 1, "email": "octocat@acme.example", "email_verified": True}, emails
    browser = open_to_new.browser()
    refused(await come_back(browser, await leave(browser, acme, await an_app(open_to_new))), 403, "is confirmed")
    assert await users.page(open_to_new.op.db) == []


@pytest.mark.parametrize("emails", [{"email": "x"}, b"[", b'"x"'], ids=["object", "broken", "text"])
async def test_a_list_of_addresses_that_is_none_is_told_of(
    open_to_new: Deployment, acme: Upstream, emails: Any
) -> None:
    await add(open_to_new, acme, provider_type="oauth", emails_endpoint=f"{acme.issuer}/emails", **GITHUB)
    acme.userinfo, acme.emails = {"id": 1}, emails
    browser = open_to_new.browser()
    refused(await come_back(browser, await leave(browser, acme, await an_app(open_to_new))), 502, "cannot be read")
