"""When a person is asked, and when not: rows A09 and A10, OpenID Connect Core §3.1.2.1 and §3.1.2.3."""

import json

import httpx2

from hibana_op.records import sessions
from tests.deployment import Browser, Deployment, Page, answer
from tests.flows.journeys import claims_of, is_page, obtain_tokens, redeem, refusal_of, tokens_of
from tests.make import make_client, make_user


def asks_to_sign_in(response: httpx2.Response) -> bool:
    """Whether the browser stands at the sign-in page."""
    return response.status_code == 200 and response.url.path.endswith("/login")


async def cookies_after(browser: Browser) -> dict[str, str]:
    """The cookies of a browser."""
    return dict(browser.http.cookies)


async def test_A09_prompt_none_shows_no_page_and_signs_nobody_in(deployment: Deployment) -> None:
    op = deployment.op
    client, other = await make_client(op), await make_client(op)
    user = await make_user(op)
    browser = deployment.browser()

    assert refusal_of(await browser.authorize(client, prompt="none")) == "login_required"
    assert not any("session" in name for name in browser.http.cookies)

    await browser.obtain_code(client, user)
    before = await cookies_after(browser)
    assert "code" in answer(await browser.authorize(client, prompt="none"))
    assert refusal_of(await browser.authorize(client, prompt="none", scope="openid address")) == "consent_required"
    assert refusal_of(await browser.authorize(other, prompt="none")) == "consent_required"
    deployment.clock.advance(61)
    assert refusal_of(await browser.authorize(client, prompt="none", max_age="60")) == "login_required"
    assert await cookies_after(browser) == before

    for mode in ("fragment", "form_post"):
        silent = await deployment.browser().authorize(client, prompt="none", response_mode=mode)
        assert "login_required" in (silent.text if mode == "form_post" else silent.headers["location"])


async def test_A09_prompt_none_does_not_use_the_session_of_somebody_who_may_not_sign_in(
    deployment_on_sqlite: Deployment,
) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment_on_sqlite.browser()
    await browser.obtain_code(client, user)
    await op.db.run("UPDATE users SET status = 'suspended' WHERE id = :id", id=user.id)

    assert refusal_of(await browser.authorize(client, prompt="none")) == "login_required"


async def test_A10_max_age_counts_from_the_sign_in(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    strict = await make_client(op, default_max_age=30, first_party=True)
    browser = deployment.browser()
    first = claims_of((await obtain_tokens(deployment, client, user, browser=browser))["id_token"])

    deployment.clock.advance(60)
    back = answer(await browser.authorize(client, max_age="60"))
    same = await tokens_of(await redeem(deployment, client, back["code"]))
    assert claims_of(same["id_token"])["auth_time"] == first["auth_time"]
    deployment.clock.advance(1)
    asked = await browser.authorize(client, max_age="60")
    assert asks_to_sign_in(asked)
    assert asks_to_sign_in(await browser.authorize(strict))
    back = answer(await browser.sign_in(asked, user))
    again = claims_of((await tokens_of(await redeem(deployment, client, back["code"])))["id_token"])
    assert again["auth_time"] == first["auth_time"] + 61
    assert again["sid"] == first["sid"]
    assert again["amr"] == ["pwd"]


async def test_A10_max_age_zero_and_prompt_login_always_ask(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment_on_sqlite.browser()
    await browser.obtain_code(client, user)

    prompts = ("login", "login consent", "login select_account")
    for parameters in ({"max_age": "0"}, *({"prompt": prompt} for prompt in prompts)):
        response = await browser.authorize(client, **parameters)
        assert "/login" in str(response.url), parameters
    assert refusal_of(await browser.authorize(client, max_age="0", prompt="none")) == "login_required"


async def test_A10_no_earlier_step_can_be_replayed_to_skip_the_sign_in(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment.browser()
    await browser.obtain_code(client, user)

    deployment.clock.advance(100)
    login = await browser.authorize(client, prompt="login")
    interaction = Page.read(login).fields["interaction"]
    # Straight to consent, with the old session: allowing there leads back to the sign-in page.
    consent = await browser.get(f"/consent?interaction={interaction}")
    allowed = await browser.submit(Page.read(consent), decision="allow")
    assert asks_to_sign_in(allowed)
    # Choosing the account that is there does not prove anything either.
    accounts = Page.read(await browser.get(f"/login/accounts?interaction={interaction}"))
    session = (await sessions.live_of_user(op.db, user.id, now=op.now()))[0]
    assert asks_to_sign_in(await browser.submit(accounts, account=session.id))
    # The password alone does; after that the interaction is over, and its pages with it.
    asked = await browser.submit(Page.read(allowed), username=user.email)
    assert "code" in answer(await browser.submit(Page.read(asked), password="correct horse battery"))
    for path in ("/login", "/login/password", "/login/accounts", "/consent"):
        assert is_page(await browser.get(f"{path}?interaction={interaction}")), path
    assert is_page(await browser.submit(Page.read(asked), password="correct horse battery"))
    assert asks_to_sign_in(await browser.authorize(client, prompt="login"))


async def test_A10_what_one_account_proved_does_not_count_for_another(deployment: Deployment) -> None:
    op = deployment.op
    client = await make_client(op)
    alice, bob = await make_user(op), await make_user(op)
    browser = deployment.browser()
    await browser.obtain_code(client, bob)
    deployment.clock.advance(1000)

    # Alice signs in where a fresh sign-in is asked for, and stops before consent …
    login = await browser.authorize(client, prompt="login")
    interaction = Page.read(login).fields["interaction"]
    consent = await browser.sign_in(login, alice)
    assert "/consent" in str(consent.url)
    # … then the browser changes to Bob's old session in another tab, and consents in the first.
    other = Page.read(await browser.authorize(client, prompt="select_account"))
    bobs = (await sessions.live_of_user(op.db, bob.id, now=op.now()))[0]
    await browser.submit(other, account=bobs.id)
    changed = Page.read(await browser.get(f"/consent?interaction={interaction}"))
    allowed = await browser.submit(changed, decision="allow")

    assert asks_to_sign_in(allowed)


async def test_A10_acr_and_amr_say_how_the_person_signed_in(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    wanted = json.dumps({"id_token": {"acr": {"essential": True, "values": ["urn:hibana:loa:1"]}, "auth_time": None}})

    tokens = await obtain_tokens(deployment_on_sqlite, client, user, claims=wanted, acr_values="urn:hibana:loa:1 other")

    claims = claims_of(tokens["id_token"])
    assert (claims["acr"], claims["amr"], claims["auth_time"]) == ("urn:hibana:loa:1", ["pwd"], op.now())


async def test_answer_is_about_the_person_of_the_hint_or_nobody(deployment: Deployment) -> None:
    op = deployment.op
    client = await make_client(op)
    alice, bob = await make_user(op), await make_user(op)
    browser = deployment.browser()
    of_bob = (await obtain_tokens(deployment, client, bob))["id_token"]
    of_alice = (await obtain_tokens(deployment, client, alice, browser=browser))["id_token"]
    sub_bob = json.dumps({"id_token": {"sub": {"value": bob.id}}})

    assert "code" in answer(await browser.authorize(client, prompt="none", id_token_hint=of_alice))
    for about_bob in ({"id_token_hint": of_bob}, {"claims": sub_bob}):
        assert refusal_of(await browser.authorize(client, prompt="none", **about_bob)) == "login_required"
        asked = await browser.authorize(client, **about_bob)
        assert asks_to_sign_in(asked)
        assert refusal_of(await browser.sign_in(asked, alice)) == "login_required"
        asked = await deployment.browser().authorize(client, **about_bob)
        assert asks_to_sign_in(asked)
    both = await browser.authorize(client, id_token_hint=of_alice, claims=sub_bob)
    assert refusal_of(both) == "invalid_request"


async def test_expired_hint_still_says_who_is_meant(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment_on_sqlite.browser()
    hint = (await obtain_tokens(deployment_on_sqlite, client, user, browser=browser))["id_token"]
    deployment_on_sqlite.clock.advance(client.id_token_lifetime + 1)

    assert "code" in answer(await browser.authorize(client, prompt="none", id_token_hint=hint))


async def test_select_account_lets_the_person_choose(deployment: Deployment) -> None:
    op = deployment.op
    client = await make_client(op, first_party=True)
    alice, bob = await make_user(op), await make_user(op)
    browser = deployment.browser()
    await browser.obtain_code(client, alice)
    chooser = await browser.authorize(client, prompt="select_account")
    assert alice.email in chooser.text

    # "Another account" leads to the sign-in page, and signing in is a choice.
    login = await browser.submit(Page.read(chooser), account="")
    assert asks_to_sign_in(login)
    as_bob = answer(await browser.sign_in(login, bob))
    claims = claims_of((await tokens_of(await redeem(deployment, client, as_bob["code"])))["id_token"])
    assert claims["sub"] == bob.id

    chooser = await browser.authorize(client, prompt="select_account")
    assert alice.email in chooser.text
    assert bob.email in chooser.text
    session = (await sessions.live_of_user(op.db, alice.id, now=op.now()))[0]
    as_alice = answer(await browser.submit(Page.read(chooser), account=session.id))
    claims = claims_of((await tokens_of(await redeem(deployment, client, as_alice["code"])))["id_token"])
    assert claims["sub"] == alice.id
    # A session that is not this browser's cannot be chosen.
    chooser = await browser.authorize(client, prompt="select_account")
    assert asks_to_sign_in(await browser.submit(Page.read(chooser), account="0193-not-mine"))


async def test_login_hint_fills_in_the_name_and_proves_nothing(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)

    response = await deployment_on_sqlite.browser().authorize(client, login_hint=user.email)

    assert asks_to_sign_in(response)
    assert Page.read(response).fields["username"] == user.email


async def test_ui_locales_choose_the_language_of_the_pages(deployment_on_sqlite: Deployment) -> None:
    client = await make_client(deployment_on_sqlite.op)

    for asked, expected in (("ja", "ja"), ("fr ja-JP en", "ja"), ("en", "en"), ("xx", "en")):
        response = await deployment_on_sqlite.browser().authorize(client, ui_locales=asked)
        assert response.headers["content-language"] == expected
