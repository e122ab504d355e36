"""What a browser shows to the frame of session management, and to nobody else: Session Management 1.0 §3."""

import hashlib
import re

from tests.deployment import Browser, Deployment, Page, answer
from tests.make import make_client, make_user

STATE = "__Host-hibana_state"


def agrees(browser: Browser, client_id: str, session_state: str) -> bool:
    """What the frame would say of a session_state: whether it is `unchanged`."""
    digest, _, salt = session_state.partition(".")
    text = f"{client_id} https://app.example {browser.http.cookies[STATE]} {salt}"
    return hashlib.sha256(text.encode()).hexdigest() == digest


async def test_frame_may_stand_in_any_page_and_can_do_nothing_but_compare(deployment_on_sqlite: Deployment) -> None:
    async with deployment_on_sqlite.http() as http:
        response = await http.get("/check_session")

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "x-frame-options" not in response.headers
    policy = dict(each.strip().partition(" ")[::2] for each in response.headers["content-security-policy"].split(";"))
    assert policy.keys() == {"default-src", "script-src", "base-uri", "form-action", "frame-ancestors"}
    assert (policy["default-src"], policy["frame-ancestors"]) == ("'none'", "*")
    assert re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", policy["script-src"])
    assert response.headers["cache-control"].startswith("public, max-age=")
    assert "set-cookie" not in response.headers, "the same for everybody"
    assert response.text.count("<script>") == 1
    assert f'data-cookie="{STATE}"' in response.text


async def test_frame_speaks_a_javascript_that_every_browser_knows(deployment_on_sqlite: Deployment) -> None:
    async with deployment_on_sqlite.http() as http:
        page = (await http.get("/check_session")).text
    script = page[page.index("<script>") : page.index("</script>")]
    code = re.sub(r"//.*", "", script)

    assert not re.search(r"=>|\b(const|let|async|await|class|Promise|subtle|fetch|XMLHttpRequest)\b|`", code)


async def test_an_answer_brings_a_session_state_that_fits_the_browser(deployment: Deployment) -> None:
    client, user, browser = await make_client(deployment.op), await make_user(deployment.op), deployment.browser()
    consent = await browser.sign_in(await browser.authorize(client), user)
    first = answer(await browser.submit(Page.read(consent), decision="allow"))["session_state"]
    assert agrees(browser, client.client_id, first)
    assert not agrees(browser, "another-client", first)

    second = answer(await browser.authorize(client, prompt="none"))["session_state"]

    assert second != first, "each has a salt of its own"
    assert agrees(browser, client.client_id, first)
    assert agrees(browser, client.client_id, second)


async def test_state_changes_with_the_person_in_use_and_only_then(deployment: Deployment) -> None:
    client, browser = await make_client(deployment.op), deployment.browser()
    alice, bob = await make_user(deployment.op), await make_user(deployment.op)
    login = await browser.authorize(client)
    asked = await browser.submit(Page.read(login), username=alice.email)
    assert asked.status_code == 200
    states = [browser.http.cookies[STATE]]
    consent = await browser.sign_in(login, alice)
    states.append(browser.http.cookies[STATE])

    await browser.submit(Page.read(consent), decision="allow")
    again = await browser.sign_in(await browser.authorize(client, prompt="login"), alice)
    assert answer(again)["code"]
    assert browser.http.cookies[STATE] == states[-1], "alice is alice, however often she signs in"

    await browser.sign_in(await browser.authorize(client, prompt="login"), bob)
    states.append(browser.http.cookies[STATE])
    picker = await browser.authorize(client, prompt="select_account")
    of_alice = re.findall(r'name="account" value="([^"]+)"', picker.text)[1]
    await browser.submit(Page.read(picker), account=of_alice)
    assert browser.http.cookies[STATE] == states[1], "alice is in use again"

    await browser.submit(Page.read(await browser.get("/logout")), decision="logout")
    assert browser.http.cookies[STATE] == states[2], "bob is left"
    await browser.submit(Page.read(await browser.get("/logout")), decision="logout")
    assert browser.http.cookies[STATE] == states[0], "nobody is left"
    assert len(set(states)) == 3


async def test_state_says_nothing_and_opens_nothing(deployment: Deployment) -> None:
    client, user, browser = await make_client(deployment.op), await make_user(deployment.op), deployment.browser()
    await browser.obtain_code(client, user)
    state = browser.http.cookies[STATE]
    row = await deployment.op.db.one("SELECT id, token_hash, browser_hash FROM sessions")
    assert row is not None
    assert state not in {row["id"], row["token_hash"], row["browser_hash"]}
    assert not any(state in value for name, value in browser.http.cookies.items() if name != STATE)

    async with deployment.http(headers={"Cookie": f"{STATE}={state}"}) as thief:
        response = await thief.get("/")

    assert user.email not in response.text


async def test_a_page_in_a_frame_without_cookies_does_not_overwrite_the_state(deployment: Deployment) -> None:
    client = await make_client(deployment.op)
    async with deployment.http() as embedded:
        response = await embedded.get(
            f"/authorize?client_id={client.client_id}&redirect_uri={client.redirect_uris[0]}"
            "&response_type=code&scope=openid&prompt=none",
            headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"},
        )

    assert response.is_redirect
    assert not any(cookie.startswith(STATE) for cookie in response.headers.get_list("set-cookie"))


async def test_state_lives_as_long_as_the_session_in_the_browser(deployment_on_sqlite: Deployment) -> None:
    user = await make_user(deployment_on_sqlite.op)
    for remember, is_kept in (({}, False), ({"remember": "1"}, True)):
        browser = deployment_on_sqlite.browser()
        asked = await browser.submit(Page.read(await browser.get("/login")), username=user.email)
        page = Page.read(asked)
        response = await browser.http.post(
            page.action, data={**page.fields, "password": "correct horse battery", **remember}
        )
        cookies = response.headers.get_list("set-cookie")
        (state,) = (cookie for cookie in cookies if cookie.startswith(STATE))
        assert ("Max-Age=604800" in state) == is_kept
