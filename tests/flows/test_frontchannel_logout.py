"""Signing out at every app through the browser: OpenID Connect Front-Channel Logout 1.0, row M04."""

import html
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2

from hibana_op.records.clients import Client
from hibana_op.records.users import User
from tests.deployment import Browser, Deployment, Page
from tests.flows.journeys import claims_of, obtain_tokens
from tests.flows.registering import kept, register
from tests.make import make_client, make_user

GOODBYE = "https://app.example/bye"


def frames(response: httpx2.Response) -> list[str]:
    """What a page embeds."""
    return [html.unescape(found) for found in re.findall(r'<iframe src="([^"]*)" hidden></iframe>', response.text)]


def embeddable(response: httpx2.Response) -> set[str] | None:
    """The origins that a page's policy lets it embed; None when it says nothing of frames."""
    directives = dict(
        each.strip().partition(" ")[::2] for each in response.headers["content-security-policy"].split(";")
    )
    return set(directives["frame-src"].split()) if "frame-src" in directives else None


async def visit(deployment: Deployment, browser: Browser, user: User, *apps: Client) -> list[dict[str, Any]]:
    """Sign in to some apps, one after the other, in one session."""
    found = []
    for app in apps:
        found.append(await obtain_tokens(deployment, app, user, browser=browser))
        deployment.clock.advance(1)
    return found


async def sign_out(browser: Browser, **parameters: str) -> httpx2.Response:
    """Send the browser to the end-session endpoint."""
    return await browser.http.get(f"/logout?{urlencode(parameters)}")


async def test_M04_every_app_of_the_session_is_loaded_and_nothing_else_may_be(deployment: Deployment) -> None:
    op, user, browser = deployment.op, await make_user(deployment.op), deployment.browser()
    first = await make_client(
        op,
        frontchannel_logout_uri="https://one.example:8443/out?from=op&x=a%20b",
        frontchannel_logout_session_required=True,
    )
    second = await make_client(op, frontchannel_logout_uri="https://two.example/out")
    same_host = await make_client(op, frontchannel_logout_uri="https://two.example/other")
    silent, uninvolved = await make_client(op), await make_client(op, frontchannel_logout_uri="https://three.example/")
    tokens = await visit(deployment, browser, user, first, second, same_host, silent)
    await obtain_tokens(deployment, uninvolved, user)

    response = await sign_out(
        browser, id_token_hint=tokens[0]["id_token"], post_logout_redirect_uri=GOODBYE, state="a&b <c>"
    )

    assert response.status_code == 200
    one, *others = frames(response)
    assert one.startswith("https://one.example:8443/out?from=op&x=a%20b&")
    sid = claims_of(tokens[0]["id_token"])["sid"]
    assert parse_qsl(urlsplit(one).query) == [("from", "op"), ("x", "a b"), ("iss", op.issuer), ("sid", sid)]
    assert others == ["https://two.example/out", "https://two.example/other"]
    assert embeddable(response) == {"https://one.example:8443", "https://two.example"}
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
    assert response.headers["x-frame-options"] == "DENY"


async def test_M04_no_address_of_an_app_can_add_to_the_policy_or_the_page(open_on_sqlite: Deployment) -> None:
    op, user, browser = open_on_sqlite.op, await make_user(open_on_sqlite.op), open_on_sqlite.browser()
    plain = await browser.get("/logout")
    odd = ("a;script-src", "a,script-src", "a'b", "a_b.example", "[::1]", "(a)", "a%3bb", "a$b:8443")
    apps = []
    for host in odd:
        address = f"https://{host}/out;script-src,*'?x='onload=a(b)//&y=%22%3E%3Cscript%3E"
        members: dict[str, Any] = {"redirect_uris": [f"https://{host}/cb"], "frontchannel_logout_uri": address}
        apps.append(await kept(open_on_sqlite, await register(open_on_sqlite, **members)))
        await browser.obtain_code(apps[-1], user)
        open_on_sqlite.clock.advance(1)

    response = await browser.submit(Page.read(await sign_out(browser)), decision="logout")

    assert frames(response) == [app.frontchannel_logout_uri for app in apps]
    assert response.text.count("<iframe ") == len(apps)
    assert "onload=a(b)//" not in re.sub(r'src="[^"]*"', "", response.text)
    assert embeddable(response) == {"https:"}, "no narrower source can be written for such hosts"
    policy, usual = (each.headers["content-security-policy"].split("; ") for each in (response, plain))
    assert [each for each in policy if not each.startswith("frame-src")] == usual
    assert op.issuer not in response.headers["content-security-policy"]


async def test_page_leads_on_by_itself_with_and_without_scripts(deployment_on_sqlite: Deployment) -> None:
    op, user, browser = (
        deployment_on_sqlite.op,
        await make_user(deployment_on_sqlite.op),
        deployment_on_sqlite.browser(),
    )
    app = await make_client(op, frontchannel_logout_uri="https://one.example/out")
    (tokens,) = await visit(deployment_on_sqlite, browser, user, app)

    response = await sign_out(
        browser, id_token_hint=tokens["id_token"], post_logout_redirect_uri=GOODBYE, state="\"><script>&'; url=x"
    )

    seconds, _, target = response.headers["refresh"].partition("; url=")
    assert int(seconds) <= 2, "HtmlUnit obeys at once, but only what is due soon"
    assert target.startswith(f"{GOODBYE}?state=")
    assert parse_qsl(urlsplit(target).query) == [("state", "\"><script>&'; url=x")]
    link = re.search(r'<a [^>]*id="continue" href="([^"]*)"', response.text)
    assert link is not None
    assert html.unescape(link[1]) == target
    assert "<script>&" not in response.text
    script = re.search(r'<script src="([^"]*signed_out\.js)" defer>', response.text)
    assert script is not None
    source = (await browser.http.get(script[1])).text
    assert not re.search(r"=>|\b(const|let|async|await|class)\b|`", re.sub(r"//.*", "", source)), "for every browser"
    again = await sign_out(browser, id_token_hint=tokens["id_token"], post_logout_redirect_uri=GOODBYE)
    assert again.headers["location"] == GOODBYE, "there is nothing left to load"


async def test_person_who_says_yes_leaves_every_app_too(deployment: Deployment) -> None:
    op, user, browser = deployment.op, await make_user(deployment.op), deployment.browser()
    app = await make_client(
        op,
        subject_type="pairwise",
        frontchannel_logout_uri="https://one.example/out",
        frontchannel_logout_session_required=True,
    )
    (tokens,) = await visit(deployment, browser, user, app)

    response = await browser.submit(Page.read(await sign_out(browser)), decision="logout")

    (frame,) = frames(response)
    assert parse_qsl(urlsplit(frame).query) == [("iss", op.issuer), ("sid", claims_of(tokens["id_token"])["sid"])]
    assert "refresh" not in response.headers
    assert "signed_out.js" not in response.text
    assert 'id="continue"' not in response.text


async def test_only_apps_of_the_account_that_leaves_are_loaded(deployment_on_sqlite: Deployment) -> None:
    op, browser = deployment_on_sqlite.op, deployment_on_sqlite.browser()
    one = await make_client(op, frontchannel_logout_uri="https://one.example/out")
    two = await make_client(op, frontchannel_logout_uri="https://two.example/out")
    first, second = await make_user(op), await make_user(op)
    (tokens,) = await visit(deployment_on_sqlite, browser, first, one)
    consent = await browser.sign_in(await browser.authorize(two, prompt="login"), second)
    await browser.submit(Page.read(consent), decision="allow")

    response = await sign_out(browser, id_token_hint=tokens["id_token"])

    assert frames(response) == ["https://one.example/out"]


async def test_without_such_an_app_the_browser_goes_straight_back(deployment_on_sqlite: Deployment) -> None:
    op, user, browser = (
        deployment_on_sqlite.op,
        await make_user(deployment_on_sqlite.op),
        deployment_on_sqlite.browser(),
    )
    (tokens,) = await visit(deployment_on_sqlite, browser, user, await make_client(op))

    response = await sign_out(browser, id_token_hint=tokens["id_token"], post_logout_redirect_uri=GOODBYE)

    assert response.status_code == 303
    assert response.headers["location"] == GOODBYE
