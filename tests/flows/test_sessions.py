"""Browser sessions and their cookies: rows F01 to F04."""

import re

from tests.deployment import Browser, Deployment, Page, answer
from tests.make import PASSWORD, make_client, make_user

SESSION = "__Host-hibana_session"
BROWSER = "__Host-hibana_browser"
STATE = "__Host-hibana_state"


def session_of(browser: Browser) -> str | None:
    """The session cookie that a browser holds."""
    return browser.http.cookies.get(SESSION)


def signed_in(back: dict[str, str]) -> bool:
    return "code" in back


async def test_F01_a_session_id_chosen_by_an_attacker_is_not_taken_over(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op)
    browser = deployment.browser()
    planted = "A" * 43
    browser.http.cookies.set(SESSION, planted, domain="id.example")
    await browser.obtain_code(client, user)

    attacker = deployment.browser()
    attacker.http.cookies.set(SESSION, planted, domain="id.example")

    assert planted not in (session_of(browser) or "")
    assert answer(await attacker.authorize(client, prompt="none"))["error"] == "login_required"


async def test_F01_signing_in_again_gives_a_new_id_and_ends_the_old_one(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op)
    browser = deployment.browser()
    await browser.obtain_code(client, user)
    before = session_of(browser)
    await browser.obtain_code(client, user, prompt="login")

    assert session_of(browser) != before
    browser.http.cookies.set(SESSION, before or "", domain="id.example")
    assert answer(await browser.authorize(client, prompt="none"))["error"] == "login_required"


async def test_F01_a_session_counts_only_in_the_browser_it_was_made_for(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op)
    browser, thief = deployment.browser(), deployment.browser()
    await browser.obtain_code(client, user)
    thief.http.cookies.set(SESSION, session_of(browser) or "", domain="id.example")

    assert answer(await thief.authorize(client, prompt="none"))["error"] == "login_required"


async def test_F02_cookies_are_bound_to_the_host_hidden_from_scripts_and_say_nothing(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op)
    browser = deployment.browser()
    login = await browser.authorize(client)
    asked = await browser.submit(Page.read(login), username=user.email)
    first = Page.read(asked)
    response = await browser.http.post(first.action, data={**first.fields, "password": PASSWORD})

    cookies = response.headers.get_list("set-cookie")
    assert any(cookie.startswith(SESSION) for cookie in cookies)
    for cookie in cookies:
        attributes = [part.strip().lower() for part in cookie.split(";")[1:]]
        # The frame of session management has to read its own cookie in the pages of apps; it opens nothing.
        strict = {"samesite=none"} if cookie.startswith(STATE) else {"httponly", "samesite=lax"}
        assert {"secure", "path=/"} | strict <= set(attributes), cookie
        assert not any(part.startswith("domain") for part in attributes)
        assert re.fullmatch(r"__Host-hibana_\w+=[A-Za-z0-9_.-]+", cookie.split(";")[0])


async def test_F03_a_session_ends_when_it_is_idle_for_a_day(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op)
    browser = deployment.browser()
    await browser.obtain_code(client, user)
    deployment.clock.advance(24 * 3600 - 1)
    assert signed_in(answer(await browser.authorize(client, prompt="none")))
    deployment.clock.advance(24 * 3600 - 1)
    assert signed_in(answer(await browser.authorize(client, prompt="none"))), "use moves the idle limit"

    deployment.clock.advance(24 * 3600)

    assert answer(await browser.authorize(client, prompt="none"))["error"] == "login_required"


async def test_F03_a_session_ends_after_a_week_however_much_it_is_used(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op)
    browser = deployment.browser()
    await browser.obtain_code(client, user)
    for _ in range(13):
        deployment.clock.advance(12 * 3600)
        assert signed_in(answer(await browser.authorize(client, prompt="none")))

    deployment.clock.advance(12 * 3600)

    assert answer(await browser.authorize(client, prompt="none"))["error"] == "login_required"


async def test_F04_a_cookie_kept_after_signing_out_is_worthless(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op)
    browser = deployment.browser()
    await browser.obtain_code(client, user)
    kept = session_of(browser)
    question = await browser.get("/logout")
    gone = await browser.submit(Page.read(question), decision="logout")
    assert gone.status_code == 200
    assert session_of(browser) in (None, "")

    browser.http.cookies.set(SESSION, kept or "", domain="id.example")

    assert answer(await browser.authorize(client, prompt="none"))["error"] == "login_required"


async def test_staying_signed_in_changes_nothing(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op)
    browser = deployment.browser()
    await browser.obtain_code(client, user)
    question = await browser.get("/logout")

    await browser.submit(Page.read(question), decision="stay")

    assert signed_in(answer(await browser.authorize(client, prompt="none")))


async def test_a_suspended_person_is_out_at_once(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op)
    browser = deployment.browser()
    await browser.obtain_code(client, user)

    await deployment.op.db.run("UPDATE users SET status = 'suspended' WHERE id = :id", id=user.id)

    assert answer(await browser.authorize(client, prompt="none"))["error"] == "login_required"


async def test_two_people_share_a_browser_and_choose(deployment: Deployment) -> None:
    first, second = await make_user(deployment.op), await make_user(deployment.op)
    client = await make_client(deployment.op)
    browser = deployment.browser()
    await browser.obtain_code(client, first)
    login = await browser.get(str((await browser.authorize(client, prompt="login")).url))
    consent = await browser.sign_in(login, second)
    await browser.submit(Page.read(consent), decision="allow")

    picker = await browser.authorize(client, prompt="select_account")

    assert first.email in picker.text
    assert second.email in picker.text
    ids = re.findall(r'name="account" value="([^"]+)"', picker.text)
    assert len(ids) == 2
    chosen = await browser.submit(Page.read(picker), account=ids[1])
    assert signed_in(answer(chosen))


async def test_F08_broken_cookies_count_as_none(deployment: Deployment) -> None:
    client = await make_client(deployment.op)
    for cookie in (
        f"{SESSION}=",
        f"{SESSION}={'x' * 9000}",
        f"{SESSION}=ä",
        f"{SESSION}=a.b.c; {SESSION}=d",
        f"={SESSION}",
        ";;;=;",
        f"{SESSION}=" + ".".join(["A" * 43] * 50),
        f"{BROWSER}=short; {SESSION}={'A' * 43}",
    ):
        async with deployment.http(headers={"Cookie": cookie.encode("utf-8")}) as http:
            response = await http.get(f"/login?client_id={client.client_id}")
        assert response.status_code == 200, cookie
