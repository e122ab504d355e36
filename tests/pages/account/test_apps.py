"""Connected apps: what they may do, since when, and how that is taken back with everything that came of it."""

import asyncio
from typing import Any

from hibana_op.records import audit_log, connected_apps, consents, token_families
from hibana_op.records.clients import Client
from hibana_op.records.users import User
from tests.deployment import VERIFIER, Browser, Deployment, Page, answer
from tests.make import make_client, make_resource, make_user
from tests.pages.account.visiting import post, signed_in

PATH = "/account/apps"


async def redeem(deployment: Deployment, client: Client, code: str) -> dict[str, Any]:
    given = await deployment.token(
        client,
        grant_type="authorization_code",
        code=code,
        redirect_uri=client.redirect_uris[0],
        code_verifier=VERIFIER,
    )
    assert given.status_code == 200, given.text
    told: dict[str, Any] = given.json()
    return told


async def use(deployment: Deployment, client: Client, user: User, **parameters: str) -> tuple[Browser, dict[str, Any]]:
    browser = deployment.browser()
    return browser, await redeem(deployment, client, await browser.obtain_code(client, user, **parameters))


async def userinfo(deployment: Deployment, token: str) -> int:
    async with deployment.http() as http:
        return (await http.get("/userinfo", headers={"Authorization": f"Bearer {token}"})).status_code


async def test_an_app_is_listed_with_what_it_may_do_and_when_it_was_used(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op)
    _, tokens = await use(deployment, client, user)
    deployment.clock.advance(2 * 86400 - 100)
    await deployment.token(client, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    page = (await (await signed_in(deployment, user)).get(PATH)).text
    for words in ("Shop Console", "Recognize you", "See your email address", "See your name and profile"):
        assert words in page
    assert "2027-01-15</time>, last used" in page
    assert "2027-01-17</time>" in page


async def test_what_it_may_do_at_an_api_is_told_with_the_name_of_the_api(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op)
    resource = await make_resource(deployment.op)
    scopes = frozenset({"read"})
    await deployment.op.db.transact(
        lambda tx: consents.put(tx, user.id, client.client_id, resource=resource.identifier, scopes=scopes, now=1)
    )
    page = (await (await signed_in(deployment, user)).get(PATH)).text
    assert "Read things (Example API)" in page


async def test_D10_E06_withdrawing_ends_consent_refresh_and_access_tokens_at_once(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op)
    browser, tokens = await use(deployment, client, user, scope="openid offline_access", prompt="consent")
    pending = answer(await browser.authorize(client, scope="openid"))["code"]
    assert await userinfo(deployment, tokens["access_token"]) == 200

    done = await post(browser, PATH, client_id=client.client_id)

    assert done.headers["location"] == f"{PATH}?done=app_removed"
    assert await userinfo(deployment, tokens["access_token"]) == 401
    refreshed = await deployment.token(client, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (refreshed.status_code, refreshed.json()["error"]) == (400, "invalid_grant")
    redeemed = await deployment.token(
        client,
        grant_type="authorization_code",
        code=pending,
        redirect_uri=client.redirect_uris[0],
        code_verifier=VERIFIER,
    )
    assert redeemed.json()["error"] == "invalid_grant"
    assert (await browser.authorize(client)).url.path == "/consent"
    (entry,) = await audit_log.page(deployment.op.db, action="user:consent:withdrawn")
    assert (entry.user_id, entry.client_id) == (user.id, client.client_id)


async def test_withdrawing_from_one_app_leaves_other_apps_and_other_people_alone(deployment: Deployment) -> None:
    user, other = await make_user(deployment.op), await make_user(deployment.op)
    gone, kept = await make_client(deployment.op), await make_client(deployment.op, client_name="Kept")
    browser, _ = await use(deployment, gone, user)
    _, still = await use(deployment, kept, user)
    _, theirs = await use(deployment, gone, other)
    await post(browser, PATH, client_id=gone.client_id)
    assert await userinfo(deployment, still["access_token"]) == 200
    assert await userinfo(deployment, theirs["access_token"]) == 200
    page = (await browser.get(PATH)).text
    assert "Kept" in page
    assert "Shop Console" not in page


async def test_withdrawing_twice_at_once_is_one_withdrawal(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op)
    browser, _ = await use(deployment, client, user)
    done = await asyncio.gather(*(post(browser, PATH, client_id=client.client_id) for _ in range(4)))
    assert {each.status_code for each in done} == {303}
    assert len(await audit_log.page(deployment.op.db, action="user:consent:withdrawn")) == 1


async def test_an_unknown_app_changes_nothing(deployment: Deployment) -> None:
    browser = await signed_in(deployment, await make_user(deployment.op))
    csrf = Page.read(await browser.get("/account/profile")).fields["csrf"]
    sent = await browser.http.post(PATH, data={"csrf": csrf, "client_id": "no-such-app"})
    assert sent.status_code == 303
    assert await audit_log.page(deployment.op.db, action="user:consent:withdrawn") == []


async def test_an_app_of_the_first_party_is_listed_while_it_has_access(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op, first_party=True)
    browser, _ = await use(deployment, client, user)
    assert "Shop Console" in (await browser.get(PATH)).text
    now = deployment.op.now()
    (app,) = await connected_apps.of_user(deployment.op.db, user.id, now=now)
    assert (app.client_id, app.scopes) == (client.client_id, {})
    await post(browser, PATH, client_id=client.client_id)
    assert await connected_apps.of_user(deployment.op.db, user.id, now=now) == []
    assert await token_families.live_of_user(deployment.op.db, user.id, now=now) == []
