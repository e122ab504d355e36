"""Whose account here somebody from another provider gets: their own, a new one, or none."""

from typing import Any

import pytest

from hibana_op.pages.account.person import FRESH_FOR
from hibana_op.records import two_factor, user_identities, users
from tests.deployment import Deployment, Page, answer
from tests.flows.federation.upstream import (
    ACCESS_TOKEN,
    SUBJECT,
    Upstream,
    add,
    an_app,
    come_back,
    departed,
    events,
    leave,
    linked_person,
    refused,
    signed_in,
)
from tests.make import make_user


async def test_K04_the_same_subject_at_another_provider_is_somebody_else(
    reaching_apps: Deployment, acme: Upstream
) -> None:
    provider = await add(reaching_apps, acme)
    await add(reaching_apps, acme, slug="other")
    await linked_person(reaching_apps, provider.id, acme)
    browser = reaching_apps.browser()
    state = await leave(browser, acme, await an_app(reaching_apps), slug="other")
    refused(await come_back(browser, state, slug="other"), 403, "is not linked")
    assert await signed_in(reaching_apps) == []
    (told,) = await events(reaching_apps, "user:federation:refused")
    assert '"reason":"federation_not_linked"' in told


async def test_K04_the_same_address_with_another_subject_is_somebody_else(
    open_to_new: Deployment, acme: Upstream
) -> None:
    provider = await add(open_to_new, acme)
    await linked_person(open_to_new, provider.id, acme, email="somebody@acme.example", email_verified=True)
    browser = open_to_new.browser()
    state = await leave(browser, acme, await an_app(open_to_new))
    acme.claims = {"sub": "somebody who got the address later"}
    refused(await come_back(browser, state), 403, "the two are not linked")
    assert await signed_in(open_to_new) == []


async def test_K04_a_linked_account_stays_the_persons_whatever_its_address_becomes(
    reaching_apps: Deployment, acme: Upstream
) -> None:
    provider = await add(reaching_apps, acme)
    user = await linked_person(reaching_apps, provider.id, acme)
    victim = await make_user(reaching_apps.op, email="victim@example.com", email_verified=True)
    browser = reaching_apps.browser()
    state = await leave(browser, acme, await an_app(reaching_apps))
    acme.claims = {"email": victim.email, "preferred_username": victim.email, "hd": "example.com"}
    answer(await come_back(browser, state))
    assert await signed_in(reaching_apps) == [user.id]
    assert (await users.get(reaching_apps.op.db, user.id)).email == user.email


@pytest.mark.parametrize(
    ("verified", "is_linked"),
    [(True, True), (False, False), ("true", False), (1, False), ([True], False), ({"a": True}, False), (None, False)],
    ids=str,
)
async def test_K05_an_address_links_when_the_provider_answers_for_it_and_says_the_json_value_true(
    reaching_apps: Deployment, acme: Upstream, verified: Any, is_linked: bool
) -> None:
    await add(reaching_apps, acme, domains=("acme.example",))
    user = await make_user(reaching_apps.op, email="somebody@acme.example", email_verified=True)
    browser = reaching_apps.browser()
    state = await leave(browser, acme, await an_app(reaching_apps))
    acme.claims, acme.userinfo = {"email_verified": verified}, {"sub": SUBJECT}
    came = await come_back(browser, state)
    assert came.status_code == (303 if is_linked else 403)
    assert await signed_in(reaching_apps) == ([user.id] if is_linked else [])
    assert len(await user_identities.of_user(reaching_apps.op.db, user.id)) == is_linked
    assert len(await events(reaching_apps, "user:identity:linked")) == is_linked


@pytest.mark.parametrize(
    "email",
    [
        "somebody@sub.acme.example",
        "somebody@acme.example.evil.example",
        "ｓomebody@acme.example",
        "somebody@ａcme.example",
    ],
)
async def test_K05_an_address_that_only_looks_like_one_of_the_domain_links_nothing(
    reaching_apps: Deployment, acme: Upstream, email: str
) -> None:
    await add(reaching_apps, acme, domains=("acme.example",))
    await make_user(reaching_apps.op, email="somebody@acme.example", email_verified=True)
    browser = reaching_apps.browser()
    state = await leave(browser, acme, await an_app(reaching_apps))
    acme.claims = {"email": email}
    assert (await come_back(browser, state)).status_code == 403
    assert await signed_in(reaching_apps) == []


async def test_K05_an_unconfirmed_account_that_somebody_made_before_is_not_linked(
    open_to_new: Deployment, acme: Upstream
) -> None:
    await add(open_to_new, acme, domains=("acme.example",))
    attacker = await make_user(open_to_new.op, email="somebody@acme.example", email_verified=False)
    browser = open_to_new.browser()
    state = await leave(browser, acme, await an_app(open_to_new))
    refused(await come_back(browser, state), 403, "the two are not linked")
    assert await user_identities.of_user(open_to_new.op.db, attacker.id) == []


async def test_a_new_person_gets_an_account_where_people_may_sign_up(open_to_new: Deployment, acme: Upstream) -> None:
    await add(open_to_new, acme, trust_email=True)
    browser = open_to_new.browser()
    app = await an_app(open_to_new)
    state = await leave(browser, acme, app)
    acme.claims = {"name": "Somebody", "given_name": "S" * 600, "locale": "en"}
    answer(await come_back(browser, state))
    user = await users.find_by_login(open_to_new.op.db, "somebody@acme.example")
    assert user is not None
    assert (user.name, user.given_name, user.locale, user.email_verified) == ("Somebody", None, "en", True)
    assert await signed_in(open_to_new) == [user.id]
    assert '"reason":"created"' in (await events(open_to_new, "user:identity:linked"))[0]

    again = open_to_new.browser()
    answer(await come_back(again, await leave(again, acme, app)))
    assert await signed_in(open_to_new) == [user.id, user.id]


async def test_K05_a_provider_that_is_not_trusted_makes_no_account_for_later(
    open_to_new: Deployment, acme: Upstream
) -> None:
    await add(open_to_new, acme)
    browser = open_to_new.browser()
    state = await leave(browser, acme, await an_app(open_to_new))
    acme.claims = {"email": "victim@example.com"}
    refused(await come_back(browser, state), 403, "is not linked")
    assert await users.page(open_to_new.op.db) == []


async def test_a_new_person_stays_outside_where_nobody_may_sign_up_but_by_this_provider(
    reaching_apps: Deployment, acme: Upstream
) -> None:
    await add(reaching_apps, acme)
    await add(reaching_apps, acme, slug="staff", create_people=True, domains=("acme.example",))
    app = await an_app(reaching_apps)
    browser = reaching_apps.browser()
    refused(await come_back(browser, await leave(browser, acme, app)), 403, "is not linked")
    state = await leave(browser, acme, app, slug="staff")
    answer(await come_back(browser, state, slug="staff"))


async def test_K07_what_a_provider_says_of_rights_and_confirmation_is_passed_over(
    open_to_new: Deployment, acme: Upstream
) -> None:
    await add(open_to_new, acme, trust_email=True)
    browser = open_to_new.browser()
    state = await leave(browser, acme, await an_app(open_to_new))
    acme.claims = {
        "is_admin": True,
        "roles": ["super_admin"],
        "tenant_id": "system",
        "status": "active",
        "kind": "service",
        "membership": "premium",
        "preferred_username": "root",
        "phone_number": "+81312345678",
        "phone_number_verified": True,
        "email_verified": True,
    }
    answer(await come_back(browser, state))
    (user,) = await users.page(open_to_new.op.db)
    assert (user.phone_number, user.phone_number_verified) == (None, False)
    assert (user.kind, user.membership, user.preferred_username) == ("human", "free", None)
    assert await open_to_new.op.db.all("SELECT * FROM user_roles") == []


async def test_claims_that_are_not_in_the_id_token_come_from_userinfo(open_to_new: Deployment, acme: Upstream) -> None:
    await add(open_to_new, acme, trust_email=True)
    browser = open_to_new.browser()
    state = await leave(browser, acme, await an_app(open_to_new))
    acme.claims = {"email": None, "email_verified": None}
    acme.userinfo = {"sub": SUBJECT, "email": "told@acme.example", "email_verified": True, "name": "Told"}
    answer(await come_back(browser, state))
    (user,) = await users.page(open_to_new.op.db)
    assert (user.email, user.email_verified, user.name) == ("told@acme.example", True, "Told")
    assert acme.requests[-1][1]["authorization"] == f"Bearer {ACCESS_TOKEN}"


async def test_K07_a_second_factor_is_asked_for_after_a_sign_in_elsewhere(
    open_to_new: Deployment, acme: Upstream
) -> None:
    provider = await add(open_to_new, acme)
    user = await linked_person(open_to_new, provider.id, acme, email_verified=True)
    now = open_to_new.clock.now()
    await open_to_new.op.db.transact(
        lambda tx: two_factor.put_method(tx, user.id, "email", destination=user.email, now=now)
    )
    browser = open_to_new.browser()
    asked = await come_back(browser, await leave(browser, acme, await an_app(open_to_new)))
    assert asked.url.path == "/login/mfa"
    assert await signed_in(open_to_new) == []


async def test_F07_who_is_signed_in_and_asked_again_is_asked_at_the_provider_too(
    reaching_apps: Deployment, acme: Upstream
) -> None:
    provider = await add(reaching_apps, acme)
    await linked_person(reaching_apps, provider.id, acme, password=None)
    browser = reaching_apps.browser()
    first = await browser.submit(Page.read(await browser.get("/login?return=/account/linked")), provider="acme")
    landed = await come_back(browser, departed(first, browser, acme))
    assert (landed.url.path, "prompt" in acme.asked) == ("/account/linked", False)

    reaching_apps.clock.advance(FRESH_FOR + 1)
    page = await browser.get("/login?return=/account/linked&again=1")
    again = await browser.submit(Page.read(page), provider="acme")
    landed = await come_back(browser, departed(again, browser, acme))
    assert (landed.url.path, acme.asked["prompt"]) == ("/account/linked", "login")
    left = await browser.submit(Page.read(landed), provider="acme")
    assert left.is_redirect, "the proof is fresh now"
