"""Where a browser is led, whatever an address or a form says: to us, or to an address that was registered. Row R04."""

import html
import json
import re
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx2
import pytest

from hibana_op.oauth.logout import PARAMETERS
from hibana_op.records import interactions
from hibana_op.routes import PAGES
from tests.deployment import Browser, Deployment, Page, deploy
from tests.flows.federation import saml
from tests.flows.journeys import is_page, obtain_tokens
from tests.make import make_client, make_user

EVIL = "evil.example"
# What a browser may take for another site although it looks like a path, or like one of our own addresses.
HOSTILE = (
    f"//{EVIL}",
    f"///{EVIL}",
    f"////{EVIL}/account",
    f"/\\{EVIL}",
    f"\\\\{EVIL}",
    f"\\/{EVIL}",
    f"/\\/{EVIL}",
    f"/%5c{EVIL}",
    f"/%5C%5C{EVIL}",
    f"/%2f{EVIL}",
    f"%2f%2f{EVIL}",
    f"%252f%252f{EVIL}",
    f"/\t/{EVIL}",
    f"/\n/{EVIL}",
    f"/\r/{EVIL}",
    f"\t//{EVIL}",
    f" //{EVIL}",
    f"\x00//{EVIL}",
    f"\x0b//{EVIL}",
    f"/\x00/{EVIL}",
    f"\u00a0//{EVIL}",
    f"\u2028//{EVIL}",
    f"/\u200b/{EVIL}",
    f"/account\n//{EVIL}",
    f"/account\r\nLocation: https://{EVIL}",
    f"/account/..//{EVIL}",
    f"/account/..;//{EVIL}",
    f"/account/.//{EVIL}",
    f"/account//{EVIL}",
    f"/account\\..\\..\\{EVIL}",
    f"/account/%2e%2e/%2f{EVIL}",
    f"/account@{EVIL}",
    f"/account?next=//{EVIL}",
    f"/account#//{EVIL}",
    f"account/../../{EVIL}",
    f".{EVIL}",
    f"@{EVIL}",
    f":@{EVIL}",
    f"http:{EVIL}",
    f"https:{EVIL}",
    f"https:/{EVIL}",
    f"https:///{EVIL}",
    f"https:\\\\{EVIL}",
    f"https://{EVIL}",
    f"HTTPS://{EVIL}",
    f"ht\ttps://{EVIL}",
    f"https://id.example@{EVIL}",
    f"https://id.example:443@{EVIL}/account",
    f"https://id.example%40{EVIL}",
    f"https://id.example.{EVIL}",
    f"https://id.example\\.{EVIL}",
    f"https://{EVIL}#id.example",
    f"https://{EVIL}?https://id.example/account",
    "https://evil。example",
    "//evil．example",
    "//evil｡example",
    "／／evil.example",
    "/／evil.example",
    "//ｅｖｉｌ.example",
    "//3232235777",
    "//[::1]",
    f"ftp://{EVIL}",
    f"javascript://{EVIL}/%0aalert(1)",
    f"data:text/html,<a href=//{EVIL}>",
    f"intent://{EVIL}#Intent;end",
    "/account" + "/a" * 300 + f"//{EVIL}",
)
# Every name that a parameter of ours has which leads on, and those under which others have them.
NAMES = (
    *("return", "return_to", "returnTo", "return_url", "returnUrl", "return_path", "next", "next_url", "continue"),
    *("redirect", "redirect_to", "redirect_url", "url", "uri", "to", "goto", "dest", "destination", "target", "back"),
    *("back_url", "callback", "RelayState", "target_link_uri", "service", "kept", "method", "done", "again", "code"),
    *("provider", "slug", "email", "username", "tenant", "membership", "token", "trace", "otherwise", "passkeys"),
)


def is_elsewhere(url: str, issuer: str) -> bool:
    """Whether a browser that reads an address on one of our pages goes to another site (WHATWG URL §4.4)."""
    read = re.sub(r"[\t\n\r]", "", url).strip("".join(map(chr, range(0x21)))).replace("\\", "/")
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", read)
    if scheme is None and not read.startswith("//"):
        return False
    own = re.fullmatch(r"https://([^/]+)(?:/.*)?", issuer)
    host = re.match(r"(?:https:)?//([^/?#]*)", read)
    return own is None or host is None or host[1].lower() != own[1].lower()


@pytest.mark.parametrize(
    ("url", "elsewhere"),
    [
        ("/account", False),
        ("?done=x", False),
        ("https://id.example/account//evil.example", False),
        ("https://id.example", False),
        *((each, True) for each in (f"//{EVIL}", f"/\\{EVIL}", f"/\t/{EVIL}", f"https:{EVIL}", f"ht\ttps://{EVIL}")),
        (f"https://id.example@{EVIL}", True),
        (f"https://id.example.{EVIL}", True),
        ("http://id.example/account", True),
        ("javascript:alert(1)", True),
    ],
)
def test_what_leads_elsewhere_is_told_as_a_browser_would(url: str, elsewhere: bool) -> None:
    assert is_elsewhere(url, "https://id.example") is elsewhere


def ways_out(response: httpx2.Response, issuer: str) -> list[str]:
    """Everything in an answer that would bring a browser to another site."""
    found = [response.headers[name] for name in ("location", "content-location") if name in response.headers]
    found += [each.partition("url=")[2] for each in [response.headers.get("refresh", "")] if each]
    for tag in re.findall(r"<[a-zA-Z][^>]*>", response.text):
        found += [html.unescape(each) for each in re.findall(r'\s(?:href|action|formaction|src)="([^"]*)"', tag)]
        if "http-equiv" in tag.lower():
            found.append(tag)
    if "json" in response.headers.get("content-type", ""):
        found += [str(each) for each in response.json().values()] if response.text.startswith("{") else []
    # An authenticator app on the same device is opened by a link of ours.
    return [each for each in found if is_elsewhere(each, issuer) and not each.startswith("otpauth://totp/")]


def sent(**parameters: str) -> str:
    return urlencode(parameters, errors="surrogatepass")


async def signed_in(deployment: Deployment) -> Browser:
    browser = deployment.browser()
    await browser.sign_in(await browser.get("/login"), await make_user(deployment.op))
    return browser


async def test_R04_return_leads_to_pages_of_the_account_alone(deployment_on_sqlite: Deployment) -> None:
    visitors = (deployment_on_sqlite.browser(), await signed_in(deployment_on_sqlite))
    wrong = []
    for browser in visitors:
        for value in HOSTILE:
            for more in ({}, {"again": "1"}):
                response = await browser.http.get(f"/login?{sent(**{'return': value}, **more)}")
                if not is_page(response):
                    wrong.append((value, more, response.status_code, response.headers.get("location")))
    assert wrong == []
    rows = await deployment_on_sqlite.op.db.all("SELECT DISTINCT return_path FROM interactions")
    assert {row["return_path"] for row in rows} <= {None}, "nothing of it is kept"


async def test_R04_return_leads_where_it_should(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    browser, user = deployment_on_sqlite.browser(), await make_user(op)
    landed = await browser.sign_in(await browser.get("/login?return=/account/security"), user)
    assert str(landed.url) == f"{op.issuer}/account/security"


async def test_R04_no_parameter_of_any_page_leads_elsewhere(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    wrong = []
    for browser in (deployment_on_sqlite.browser(), await signed_in(deployment_on_sqlite)):
        for route in PAGES:
            for value in HOSTILE[:: 1 if route.path.startswith("/login") else 7]:
                path = quote(value, safe="").join(re.split(r"\{[^}]*\}", route.path))
                query = sent(**dict.fromkeys(NAMES, value))
                for method in route.methods:
                    response = await browser.http.request(method, f"{path}?{query[:12000]}")
                    if out := ways_out(response, op.issuer):
                        wrong.append((method, route.path, value, out))
    assert wrong == []


async def test_R04_no_form_of_a_sign_in_leads_elsewhere(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    wrong = []
    for value in HOSTILE:
        browser = deployment_on_sqlite.browser()
        page = Page.read(await browser.get("/login"))
        fields = {**dict.fromkeys(NAMES, value), **page.fields, "username": value, "ui_locales": value}
        for action in ("/login", "/login/password", "/join"):
            for left_out in ({"provider"}, set[str]()):
                form = {name: each for name, each in fields.items() if name not in left_out}
                response = await browser.http.post(action, data=form)
                if out := ways_out(response, op.issuer):
                    wrong.append((action, value, out))
    assert wrong == []


async def test_R04_a_sign_in_is_named_by_an_id_of_ours_and_ends_where_we_wrote_down(
    deployment_on_sqlite: Deployment,
) -> None:
    op = deployment_on_sqlite.op
    browser = await signed_in(deployment_on_sqlite)
    wrong = []
    for value in HOSTILE:
        for path in ("/login", "/login/continue", "/login/password", "/login/accounts", "/login/mfa", "/consent"):
            response = await browser.http.get(f"{path}?{sent(interaction=value)}")
            if response.is_redirect or ways_out(response, op.issuer):
                wrong.append((path, value, response.status_code))
    assert wrong == []
    assert await interactions.find_open(op.db, HOSTILE[0], now=op.now()) is None


async def test_R04_after_signing_out_only_a_registered_address_is_led_to(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment_on_sqlite.browser()
    hint = (await obtain_tokens(deployment_on_sqlite, client, user, browser=browser))["id_token"]
    (registered,) = client.post_logout_redirect_uris
    beside = (
        f"{registered}//{EVIL}",
        f"{registered}@{EVIL}",
        f"{registered}\\@{EVIL}",
        f"{registered}\t",
        registered[:-1],
    )
    wrong = []
    for value in (*HOSTILE, *beside):
        for proof in ({"id_token_hint": hint}, {"client_id": client.client_id}, {}):
            response = await browser.http.get(f"/logout?{sent(post_logout_redirect_uri=value, **proof)}")
            if not is_page(response):
                wrong.append((value, tuple(proof), response.status_code))
    assert wrong == []
    for name in sorted(PARAMETERS - {"post_logout_redirect_uri"}):
        for value in HOSTILE[::5]:
            asked = await browser.http.get(f"/logout?{sent(**{name: value})}")
            assert ways_out(asked, op.issuer) == [], (name, value)


async def test_R04_the_state_of_an_app_never_moves_its_address(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment_on_sqlite.browser()
    hint = (await obtain_tokens(deployment_on_sqlite, client, user, browser=browser))["id_token"]
    (registered,) = client.post_logout_redirect_uris
    for value in HOSTILE[:40]:
        asked = sent(id_token_hint=hint, post_logout_redirect_uri=registered, state=value)
        response = await browser.http.get(f"/logout?{asked}")
        if response.is_redirect:
            location = response.headers["location"]
            assert location.startswith(f"{registered}?state="), (value, location)
            assert not re.search(r"[\s\\]", location), (value, location)
        else:
            assert is_page(response), value


async def test_R04_relay_state_is_one_of_ours_or_leads_nowhere(reaching_apps: Deployment) -> None:
    await saml.add(reaching_apps)
    client = await make_client(reaching_apps.op, first_party=True)
    asked = await saml.leave(reaching_apps.browser(), client)
    response = saml.provider_for(reaching_apps, asked).response()
    for value in HOSTILE:
        answered = await saml.respond(reaching_apps, value, response)
        assert is_page(answered), value
        assert ways_out(answered, reaching_apps.op.issuer) == [], value
    led = await saml.respond(reaching_apps, asked.state, response)
    assert led.headers["location"].startswith(f"{reaching_apps.op.issuer}/federation/acme/callback?")


async def test_R04_what_comes_back_from_a_provider_leads_nowhere_by_itself(reaching_apps: Deployment) -> None:
    await saml.add(reaching_apps)
    browser = reaching_apps.browser()
    for value in HOSTILE:
        everything = dict.fromkeys(("state", "code", "error", "error_description", "error_uri", "iss", "ticket"), value)
        back = await browser.http.get(f"/federation/acme/callback?{sent(**everything)}")
        assert is_page(back), value
        assert ways_out(back, reaching_apps.op.issuer) == [], value


@pytest.mark.parametrize(
    "path",
    [
        f"//{EVIL}",
        f"//{EVIL}/",
        f"//{EVIL}/account",
        f"/\\{EVIL}/",
        f"/%5c{EVIL}/",
        f"/%2f{EVIL}/",
        f"/account//{EVIL}/",
        f"/login//{EVIL}",
        "/account/",
        "/login/",
        "//account",
    ],
)
async def test_R04_no_path_is_mended_by_a_redirect(deployment_on_sqlite: Deployment, path: str) -> None:
    async with deployment_on_sqlite.http() as http:
        response = await http.get(f"{deployment_on_sqlite.op.issuer}{path}")
    assert (response.status_code, "location" in response.headers) == (404, False)
    assert ways_out(response, deployment_on_sqlite.op.issuer) == []


async def test_R04_the_host_that_a_request_names_is_never_led_to(deployment_on_sqlite: Deployment) -> None:
    issuer = deployment_on_sqlite.op.issuer
    lies = (
        {"Host": EVIL},
        {"Host": f"id.example@{EVIL}"},
        {"X-Forwarded-Host": EVIL},
        {"Forwarded": f"host={EVIL};proto=http"},
        {"X-Original-URL": f"//{EVIL}"},
        {"X-Rewrite-URL": f"//{EVIL}"},
        {"Referer": f"https://{EVIL}/"},
        {"X-Forwarded-Prefix": f"//{EVIL}"},
    )
    for headers in lies:
        for path in ("/", "/account", "/login", "/logout", "/.well-known/change-password", "/account/linked"):
            async with deployment_on_sqlite.http(headers=headers) as http:
                response = await http.get(path)
            assert ways_out(response, issuer) == [], (headers, path)


async def test_R04_the_door_of_a_tenant_leads_to_the_issuer_alone(tmp_path: Path) -> None:
    """The Host header chooses a tenant and nothing of the address."""
    settings = {"HIBANA_TENANT_DOMAIN": "example.org"}
    async with deploy(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path, **settings) as deployed:
        for host in ("evil.example.org", "EVIL.example.org:8443", EVIL, "a.evil.example.org", f"{EVIL}@x.example.org"):
            for query in ("", *(sent(login_hint=value) for value in HOSTILE[::6])):
                async with deployed.http(headers={"Host": host}) as http:
                    response = await http.get(f"/authorize?{query}")
                assert ways_out(response, deployed.op.issuer) == [], (host, query)


async def test_R04_scripts_are_told_of_our_own_pages_alone(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    for browser in (deployment_on_sqlite.browser(), await signed_in(deployment_on_sqlite)):
        for value in HOSTILE[::5]:
            for path in ("/account/passkeys", "/account/passkeys/options", "/login/passkey", "/login/passkey/options"):
                told = await browser.http.post(path, content=json.dumps(dict.fromkeys(NAMES, value)))
                assert ways_out(told, op.issuer) == [], (path, value)
