"""Nobody learns from the sign-in pages who has an account, and what kind of one: row H01."""

import re
from dataclasses import dataclass

import httpx2

from hibana_op.foundation import secrets
from hibana_op.foundation.origin import Origin
from hibana_op.login import people, throttle
from tests.deployment import Browser, Deployment, Page
from tests.make import make_client, make_user

WRONG = "not the password of anybody"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a browser gets, without what is new on every page."""

    status: int
    text: str
    headers: tuple[tuple[str, str], ...]
    cookies: tuple[str, ...]


def shown(response: httpx2.Response, name: str) -> Shown:
    text = response.text.replace(name, "NAME")
    for field in ("csrf", "interaction", "challenge"):
        for value in re.findall(rf'name="{field}" value="([^"]+)"|"{field}":\s*"([^"]+)"', text):
            text = text.replace(next(filter(None, value)), field)
    headers = {key: value for key, value in response.headers.items() if key not in ("x-request-id", "content-length")}
    masked = {key: re.sub(r"[0-9a-f-]{36}", "ID", value) for key, value in headers.items() if key != "set-cookie"}
    return Shown(response.status_code, text, tuple(sorted(masked.items())), tuple(sorted(response.cookies.keys())))


async def names(deployment: Deployment) -> list[str]:
    """Addresses of equal length: of nobody, and of people of every kind; one has lost their account a moment ago."""
    op = deployment.op
    active, suspended, bare, invited, gone = [
        await make_user(op, **kind)
        for kind in ({}, {"status": "suspended"}, {"password": None}, {"status": "invited"}, {})
    ]
    await people.delete(op, gone, Origin.command("test"))
    return [user.email for user in (active, suspended, bare, invited, gone)]


async def guess(browser: Browser, page: httpx2.Response, name: str, *, times: int) -> list[Shown]:
    """Name somebody and guess their password."""
    page = await browser.submit(Page.read(page), username=name)
    seen = [shown(page, name)]
    for _ in range(times):
        page = await browser.submit(Page.read(page), password=WRONG)
        seen.append(shown(page, name))
    return seen


async def test_H01_the_sign_in_pages_answer_alike_until_and_after_the_lock(deployment: Deployment) -> None:
    client = await make_client(deployment.op)
    walks = []
    for name in await names(deployment):
        browser = deployment.browser()
        page = await browser.authorize(client)
        walks.append(await guess(browser, page, name, times=throttle.MOST_FOR_A_PERSON + 1))

    assert all(each == walks[0] for each in walks)
    assert [each.status for each in walks[0]] == [200, *[400] * throttle.MOST_FOR_A_PERSON, 429]


async def test_H01_the_options_for_a_passkey_are_the_same_for_everybody(deployment: Deployment) -> None:
    told = []
    for name in await names(deployment):
        browser = deployment.browser()
        page = Page.read(await browser.submit(Page.read(await browser.get("/login")), username=name))
        asked = await browser.http.post(
            "/login/passkey/options",
            json={"interaction": page.fields["interaction"], "username": name},
            headers={"X-CSRF-Token": page.fields["csrf"]},
        )
        assert asked.status_code == 200, asked.text
        told.append(shown(asked, name))

    assert all(each == told[0] for each in told)


async def test_H01_an_invitation_that_nobody_sent_answers_like_one_that_was_used(deployment: Deployment) -> None:
    answers = [await deployment.browser().get(f"/invite/{token}") for token in ("x", "A" * 43, secrets.token())]

    assert {each.status_code for each in answers} == {400}
    assert len({re.sub(r"[0-9a-f]{32}|[0-9-]+[T ][0-9:+]+|/invite/[^?\"]+", "", each.text) for each in answers}) == 1
