"""Whose answer an app gets: `id_token_hint`, the claim `sub` and several people in one browser (Core §3.1.2.2)."""

import json

from tests.deployment import Browser, Deployment, Page, answer
from tests.flows.journeys import (
    EVERY_TYPE,
    arrive,
    claims_of,
    landed,
    obtain_tokens,
    redeem,
    refusal_of,
    tokens_of,
    userinfo,
)
from tests.make import make_client, make_user


def subject(value: object, *, place: str = "id_token", member: str = "value") -> str:
    """A `claims` parameter that asks for a subject."""
    return json.dumps({place: {"sub": {member: value}}})


async def cookies_of(browser: Browser) -> dict[str, str]:
    """What a browser keeps."""
    return dict(browser.http.cookies)


async def test_of_several_people_the_one_who_is_meant_answers(deployment: Deployment) -> None:
    op = deployment.op
    client = await make_client(op, first_party=True)
    alice, bob = await make_user(op), await make_user(op)
    browser = deployment.browser()
    of_alice = (await obtain_tokens(deployment, client, alice, browser=browser))["id_token"]
    await browser.sign_in(await browser.authorize(client, prompt="login"), bob)

    async def answered(**asked: str) -> str:
        code = answer(await browser.authorize(client, **asked))["code"]
        return str(claims_of((await tokens_of(await redeem(deployment, client, code)))["id_token"])["sub"])

    kept = await cookies_of(browser)
    assert await answered() == bob.id
    about_alice = (
        {"id_token_hint": of_alice},
        {"claims": subject(alice.id)},
        {"claims": subject(alice.id, place="userinfo")},
        {"claims": subject(["somebody", alice.id], member="values")},
    )
    for asked in about_alice:
        assert await answered(prompt="none", **asked) == alice.id, asked
    # Without a page nothing changed in the browser, so Bob is still the one in use.
    assert await cookies_of(browser) == kept
    assert await answered(claims=subject([alice.id, bob.id], member="values")) == bob.id
    assert await answered(id_token_hint=of_alice) == alice.id
    assert await answered() == alice.id


async def test_consent_is_asked_of_the_person_who_is_meant(deployment: Deployment) -> None:
    op = deployment.op
    trusted, client = await make_client(op, first_party=True), await make_client(op)
    alice, bob = await make_user(op), await make_user(op)
    browser = deployment.browser()
    await browser.sign_in(await browser.authorize(trusted), alice)
    await browser.sign_in(await browser.authorize(trusted, prompt="login"), bob)

    asked = await browser.authorize(client, claims=subject(alice.id))

    assert alice.email in asked.text
    code = answer(await browser.submit(Page.read(asked), decision="allow"))["code"]
    tokens = await tokens_of(await redeem(deployment, client, code))
    assert claims_of(tokens["id_token"])["sub"] == alice.id


async def test_hint_is_for_the_client_that_it_was_issued_to(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, other = await make_client(op, first_party=True), await make_client(op, first_party=True)
    user = await make_user(op)
    browser = deployment_on_sqlite.browser()
    hint = (await obtain_tokens(deployment_on_sqlite, client, user, browser=browser))["id_token"]

    assert refusal_of(await browser.authorize(other, id_token_hint=hint)) == "invalid_request"
    assert refusal_of(await browser.authorize(other, id_token_hint=hint, prompt="none")) == "invalid_request"


async def test_D05_only_an_id_token_is_a_hint(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client = await make_client(op, first_party=True, userinfo_signed_response_alg="RS256")
    user = await make_user(op)
    browser = deployment_on_sqlite.browser()
    tokens = await obtain_tokens(deployment_on_sqlite, client, user, browser=browser)
    told = await userinfo(deployment_on_sqlite, tokens["access_token"])
    assert told.headers["content-type"] == "application/jwt"

    for token in (tokens["access_token"], tokens["refresh_token"], told.text):
        assert refusal_of(await browser.authorize(client, id_token_hint=token)) == "invalid_request", token


async def test_hint_that_came_through_the_browser_is_as_good(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op, **EVERY_TYPE), await make_user(op)
    browser = deployment_on_sqlite.browser()
    asked = {"response_type": "id_token"}
    hint = (await arrive(browser, client, user, **asked)).fields["id_token"]

    again = landed(await browser.authorize(client, **asked, prompt="none", id_token_hint=hint)).fields

    first, second = claims_of(hint), claims_of(again["id_token"])
    assert (second["sub"], second["auth_time"], second["sid"]) == (first["sub"], first["auth_time"], first["sid"])


async def test_pairwise_client_means_people_by_its_own_names(deployment: Deployment) -> None:
    op = deployment.op
    client = await make_client(op, first_party=True, subject_type="pairwise")
    alice, bob = await make_user(op), await make_user(op)
    browser = deployment.browser()
    hint = (await obtain_tokens(deployment, client, alice, browser=browser))["id_token"]
    name = claims_of(hint)["sub"]
    assert name != alice.id
    await browser.sign_in(await browser.authorize(client, prompt="login"), bob)

    for asked in ({"id_token_hint": hint}, {"claims": subject(name)}):
        code = answer(await browser.authorize(client, prompt="none", **asked))["code"]
        tokens = await tokens_of(await redeem(deployment, client, code))
        assert claims_of(tokens["id_token"])["sub"] == name
    by_id = await browser.authorize(client, prompt="none", claims=subject(alice.id))
    assert refusal_of(by_id) == "login_required"


async def test_create_shows_how_to_get_an_account_and_lets_people_sign_in(deployment: Deployment) -> None:
    op = deployment.op
    client = await make_client(op, first_party=True)
    alice, bob = await make_user(op), await make_user(op)
    browser = deployment.browser()

    page = await browser.authorize(client, prompt="create")
    assert "by invitation" in page.text
    assert "招待" in (await deployment.browser().authorize(client, prompt="create", ui_locales="ja")).text
    assert "by invitation" not in (await browser.authorize(client)).text
    assert "code" in answer(await browser.sign_in(page, alice))
    # Whoever is signed in already may go on as they are, or as somebody else; silence is not enough.
    again = await browser.authorize(client, prompt="create")
    assert "by invitation" in again.text
    chooser = await browser.get(f"/login/accounts?interaction={Page.read(again).fields['interaction']}")
    session = await op.db.one("SELECT id FROM sessions WHERE user_id = :id", id=alice.id)
    assert session
    assert "code" in answer(await browser.submit(Page.read(chooser), account=session["id"]))
    other = await browser.authorize(client, prompt="create consent")
    asked = await browser.sign_in(other, bob)
    assert asked.url.path.endswith("/consent")
    assert "code" in answer(await browser.submit(Page.read(asked), decision="allow"))
