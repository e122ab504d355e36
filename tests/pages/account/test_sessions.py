"""Devices: what is signed in, this one first, and how the others are signed out."""

from hibana_op.pages.account.person import FRESH_FOR
from hibana_op.records import audit_log, sessions, token_families
from tests.deployment import VERIFIER, Deployment, Page
from tests.make import make_client, make_session, make_user
from tests.pages.account.visiting import post, signed_in

PATH = "/account/sessions"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"


async def test_this_device_stands_first_with_browser_system_and_address(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = await signed_in(deployment, user, **{"User-Agent": FIREFOX})
    await make_session(
        deployment.op, user, user_agent=SAFARI, ip_address="203.0.113.9", last_seen_at=deployment.op.now() + 5
    )
    page = (await browser.get(PATH)).text
    assert page.index("Firefox / Windows") < page.index("This device") < page.index("Safari / iPhone")
    assert "203.0.113.9" in page
    assert page.count("This device") == 1


async def test_a_browser_that_calls_itself_names_is_only_called_by_names_of_ours(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = await signed_in(deployment, user)
    await make_session(deployment.op, user, user_agent="<b>Call 0900</b>")
    assert "0900" not in (await browser.get(PATH)).text


async def test_F06_one_device_is_signed_out_and_the_others_stay(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    first, second, third = [await signed_in(deployment, user) for _ in range(3)]
    now = deployment.op.now()
    live = await sessions.live_of_user(deployment.op.db, user.id, now=now)
    page = Page.read(await first.get(PATH))
    ended = next(each for each in live if f'value="{each.id}"' in page.response.text)
    told = await post(first, PATH, end=ended.id)
    assert told.headers["location"] == f"{PATH}?done=session_ended"
    left = {each.id for each in await sessions.live_of_user(deployment.op.db, user.id, now=now)}
    assert left == {each.id for each in live} - {ended.id}
    paths = [(await each.get("/account")).url.path for each in (first, second, third)]
    assert sorted(paths) == ["/account", "/account", "/login"]
    (entry,) = await audit_log.page(deployment.op.db, action="user:session:ended")
    assert (entry.user_id, entry.resource_id, entry.metadata) == (user.id, ended.id, {"reason": "ended_by_person"})


async def test_F06_all_other_devices_are_signed_out_at_once(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    first, second, third = [await signed_in(deployment, user) for _ in range(3)]
    assert (await post(first, PATH, end="others")).headers["location"] == f"{PATH}?done=sessions_ended"
    paths = [(await each.get("/account")).url.path for each in (first, second, third)]
    assert paths == ["/account", "/login", "/login"]


async def test_F06_what_an_app_got_from_an_ended_session_ends_with_it(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op)
    elsewhere = deployment.browser()
    code = await elsewhere.obtain_code(client, user)
    tokens = (
        await deployment.token(
            client,
            grant_type="authorization_code",
            code=code,
            redirect_uri=client.redirect_uris[0],
            code_verifier=VERIFIER,
        )
    ).json()
    here = await signed_in(deployment, user)
    await post(here, PATH, end="others")
    refreshed = await deployment.token(client, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (refreshed.status_code, refreshed.json()["error"]) == (400, "invalid_grant")
    assert await token_families.live_of_user(deployment.op.db, user.id, now=deployment.op.now()) == []


async def test_F06_a_session_of_somebody_else_cannot_be_ended(deployment: Deployment) -> None:
    user, other = await make_user(deployment.op), await make_user(deployment.op)
    theirs = await make_session(deployment.op, other)
    browser = await signed_in(deployment, user)
    assert (await post(browser, PATH, end=theirs.id)).status_code == 303
    assert await sessions.live_of_user(deployment.op.db, other.id, now=deployment.op.now())
    assert theirs.id not in (await browser.get(PATH)).text


async def test_the_session_in_use_is_not_ended_here(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = await signed_in(deployment, user)
    (mine,) = await sessions.live_of_user(deployment.op.db, user.id, now=deployment.op.now())
    await post(browser, PATH, end=mine.id)
    assert (await browser.get(PATH)).url.path == PATH


async def test_F07_other_devices_are_signed_out_only_after_a_fresh_sign_in(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = await signed_in(deployment, user)
    other = await make_session(deployment.op, user)
    deployment.clock.advance(FRESH_FOR + 1)
    page = await browser.get(PATH)
    assert 'name="end"' not in page.text
    assert "/login?return=%2Faccount%2Fsessions&amp;again=1" in page.text
    assert (await post(browser, PATH, end=other.id)).status_code == 403
    assert len(await sessions.live_of_user(deployment.op.db, user.id, now=deployment.op.now())) == 2


async def test_a_form_that_names_no_session_is_refused(deployment: Deployment) -> None:
    browser = await signed_in(deployment, await make_user(deployment.op))
    assert (await post(browser, PATH)).status_code == 400
