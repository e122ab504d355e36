"""What protects browsers on every answer, and forms against foreign sites: rows G01 to G07."""

import re

import pytest

from hibana_op.oauth.session_management import CHECK_SESSION_PATH
from hibana_op.routes import PAGES, ROUTES
from tests.deployment import Deployment, Page
from tests.make import PASSWORD, make_client, make_user

# A page below an address of its own, for one thing, is tested where such things are made.
POSTED = [
    route.path
    for route in PAGES
    if "POST" in route.methods and route.path not in ("/authorize", "/logout") and "{" not in route.path
]
OPENED = [route.path for route in PAGES if route.path in POSTED and "GET" in route.methods]


@pytest.mark.parametrize("path", [route.path for route in ROUTES])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_G04_every_answer_carries_the_headers_that_protect(
    deployment_on_sqlite: Deployment, path: str, method: str
) -> None:
    async with deployment_on_sqlite.http() as http:
        response = await http.request(method, path)

    assert response.status_code < 500
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert "max-age=31536000" in response.headers["strict-transport-security"]
    assert response.headers["x-request-id"]
    # The frame of session management is there to be embedded; its own headers are tested with it.
    if response.headers.get("content-type", "").startswith("text/html") and path != CHECK_SESSION_PATH:
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["x-frame-options"] == "DENY"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["content-type"] == "text/html; charset=utf-8"


async def test_G04_pages_that_are_not_there_are_protected_too(deployment_on_sqlite: Deployment) -> None:
    async with deployment_on_sqlite.http() as http:
        for path in ("/nothing", "/login/", "/.well-known/else", "/LOGIN", "/%2e%2e/login"):
            response = await http.get(path)
            assert response.status_code == 404, path
            assert "frame-ancestors 'none'" in response.headers["content-security-policy"]


@pytest.mark.parametrize("path", POSTED)
async def test_G01_a_form_without_the_token_of_this_browser_changes_nothing(deployment: Deployment, path: str) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op)
    browser, other = deployment.browser(), deployment.browser()
    login = await browser.authorize(client)
    interaction = Page.read(login).fields["interaction"]
    asked = await browser.submit(Page.read(login), username=user.email)
    if path in ("/consent", "/login/accounts") or path.startswith("/account"):
        await browser.submit(Page.read(asked), password=PASSWORD)
    own = Page.read(await browser.get(f"{path}?interaction={interaction}")).fields
    foreign = Page.read(await other.authorize(client)).fields["csrf"]
    fields = {**own, "interaction": interaction, "username": user.email, "password": PASSWORD, "decision": "allow"}
    before = await _rows(deployment)

    for token in ("", "x", foreign):
        response = await browser.http.post(path, data={**fields, "csrf": token})
        assert response.status_code == 403, (path, token)
    cross = await browser.http.post(path, data=fields, headers={"Sec-Fetch-Site": "cross-site"})
    assert cross.status_code == 403
    assert await _rows(deployment) == before


@pytest.mark.parametrize("path", [*OPENED, "/logout"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_G01_a_visit_changes_nothing_whatever_its_query_says(
    deployment_on_sqlite: Deployment, path: str, method: str
) -> None:
    user, client = await make_user(deployment_on_sqlite.op), await make_client(deployment_on_sqlite.op)
    browser = deployment_on_sqlite.browser()
    consent = await browser.sign_in(await browser.authorize(client), user)
    fields = Page.read(consent).fields
    account = await deployment_on_sqlite.op.db.one("SELECT id FROM sessions")
    assert account is not None
    before = await _rows(deployment_on_sqlite)
    for decision in ("allow", "deny", "logout"):
        asked = {**fields, "username": "other@example.com", "password": PASSWORD, "decision": decision}
        for choice in ("account", "forget"):
            response = await browser.http.request(method, path, params={**asked, choice: account["id"]})
            # Without the link in a mail there is nothing to go on with, and the page says so.
            assert response.status_code < (500 if path in ("/reset", "/login/link") else 400)

    assert await _rows(deployment_on_sqlite) == before


async def test_G01_signing_out_by_a_foreign_link_asks_first(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op)
    browser = deployment.browser()
    await browser.obtain_code(client, user)

    for response in (
        await browser.http.get("/logout", headers={"Sec-Fetch-Site": "cross-site"}),
        await browser.http.post("/logout", data={"decision": "logout"}, headers={"Sec-Fetch-Site": "cross-site"}),
        await browser.http.get("/logout?decision=logout"),
    ):
        assert response.status_code in (200, 403)
    row = await deployment.op.db.one("SELECT COUNT(*) AS live FROM sessions WHERE revoked_at IS NULL")
    assert row is not None
    assert row["live"] == 1


async def test_G05_pages_load_nothing_from_elsewhere(deployment: Deployment) -> None:
    client = await make_client(deployment.op, logo_uri="https://cdn.example/logo.png")
    login = await deployment.browser().authorize(client)

    loaded = re.findall(r'(?<![\w-])(?:src|href|action)="([^"]+)"', login.text)

    assert loaded
    assert all(url.startswith(("/", "#", "?", deployment.op.issuer)) for url in loaded), loaded


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded"])
async def test_G07_addresses_come_from_the_settings_and_never_from_the_request(
    deployment: Deployment, header: str
) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op)
    value = {"X-Forwarded-Proto": "gopher", "Forwarded": "host=evil.example"}.get(header, "evil.example")
    browser = deployment.browser(**{header: value})
    async with deployment.http(headers={header: value}) as http:
        document = (await http.get("/.well-known/openid-configuration")).text
    login = await browser.authorize(client)
    consent = await browser.sign_in(login, user)

    assert "evil.example" not in document
    assert "gopher" not in document
    for response in (login, consent):
        assert "evil.example" not in response.text
        assert "evil.example" not in str(response.headers)


async def test_G07_a_malformed_host_is_refused(deployment_on_sqlite: Deployment) -> None:
    async with deployment_on_sqlite.http() as http:
        for host in ("ok/abc?x=", "a b", "evil@id.example", "id.example:99999999", ""):
            response = await http.get("/login", headers={"Host": host})
            assert response.status_code == 400, host


async def test_A04_redirects_after_a_form_are_303(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op)
    browser = deployment.browser()
    page = Page.read(await browser.authorize(client))
    for fields in ({"username": user.email}, {"password": PASSWORD}, {"decision": "allow"}):
        response = await browser.http.post(page.action, data={**page.fields, **fields})
        assert response.status_code == 303
        if response.headers["location"].startswith("/"):
            page = Page.read(await browser.get(response.headers["location"]))


async def _rows(deployment: Deployment) -> list[object]:
    """Everything that a forged form could have changed."""
    found = []
    for table in ("sessions", "consents", "token_families", "authorization_codes", "audit_log"):
        row = await deployment.op.db.one(f"SELECT COUNT(*) AS rows FROM {table}")
        found.append(row["rows"] if row else None)
    interactions = await deployment.op.db.all(
        "SELECT id, identifier, signed_in, consented, account_chosen, finished_at FROM interactions ORDER BY id"
    )
    return [*found, interactions]
