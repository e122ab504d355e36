"""Whose look hosted pages wear: the organisation's that is entered, else the deployment's, else Hibana's own."""

import asyncio
import re
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from hibana_op.records import branding_files, registry, remembered, tenants
from hibana_op.records.tenants import Tenant
from hibana_op.storage.database import Session
from hibana_op.web import looks
from hibana_op.web.words import say
from tests.branding import choose, dress, png, upload
from tests.deployment import Browser, Deployment, Page, answer
from tests.make import make_client, make_member, make_resource, make_tenant, make_user

SHEET = re.compile(r'<link rel="stylesheet" href="(/branding/[^"]+)"')
_ALIEN = "Zenith"


@pytest.fixture(autouse=True)
def seen_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a worker remembers may be a second old; here nobody waits for it."""
    monkeypatch.setattr(remembered, "FRESH_FOR", -1.0)


def look_of(page: httpx2.Response) -> dict[str, Any]:
    """What a page says that it wears."""
    text = page.text
    title = re.search(r"<title>([^<]*)</title>", text)
    logo = re.search(r'<img class="logo own" src="([^"]+)" alt="([^"]*)"', text)
    return {
        "title": title[1] if title else "",
        "sheets": SHEET.findall(text),
        "logo": logo[1] if logo else None,
        "has_header": "brand-header" in text,
        "has_footer": "brand-footer" in text,
    }


async def test_the_pages_of_a_tenants_app_wear_its_look(deployment: Deployment) -> None:
    op = deployment.op
    tenant, user = await make_tenant(op, slug="acme"), await make_user(op)
    await make_member(op, tenant, user)
    client = await make_client(op, tenant_id=tenant.id)
    ids = await dress(op, tenant, "Acme")
    browser = deployment.browser()

    asked = await browser.authorize(client)
    named = await browser.submit(Page.read(asked), username=user.email)
    consent = await browser.submit(Page.read(named), password="a password that is long enough")
    for page in (asked, named, consent):
        look = look_of(page)
        assert look["title"].endswith("– Acme"), page.url
        assert look["logo"] == f"/branding/acme/{ids['logo']}.png" or page is not asked
        assert (look["has_header"], look["has_footer"], len(look["sheets"])) == (True, True, 1)
    assert f'srcset="/branding/acme/{ids["logo_dark"]}.png"' in asked.text
    assert f'<link rel="icon" href="/branding/acme/{ids["favicon"]}.png">' in asked.text
    for name in ("terms", "privacy", "help"):
        assert f'href="https://acme.example/{name}"' in asked.text
        assert say("en", f"page.{name}") in asked.text


async def wears(deployment: Deployment, url: str, brand: str) -> httpx2.Response:
    """A page, once it is seen to wear the look of this name."""
    page = await deployment.browser().get(url)
    assert look_of(page)["title"].endswith(f"– {brand}"), (url, look_of(page))
    return page


async def test_an_address_that_names_a_tenant_wears_its_look_to_the_end(deployment: Deployment) -> None:
    op = deployment.op
    tenant, user = await make_tenant(op, slug="acme"), await make_user(op)
    await dress(op, tenant, "Acme")
    client = await make_client(op, first_party=True)
    await make_member(op, tenant, user)
    browser = deployment.browser()
    for start in ("/login?tenant=acme", "/account?tenant=acme", "/login?return=/account&tenant=acme"):
        page = await browser.get(start)
        asked = await browser.submit(Page.read(page), username=user.email)
        assert [look_of(each)["title"][-6:] for each in (page, asked)] == ["– Acme"] * 2, start
    assert look_of(await browser.authorize(client, tenant="acme"))["title"].endswith("– Acme")
    assert look_of(await browser.authorize(client, organization="acme"))["title"].endswith("– Acme")
    resource = await make_resource(op, tenant_id=tenant.id)
    assert look_of(await browser.authorize(client, resource=resource.identifier))["title"].endswith("– Acme")
    for nothing in ("/login", "/login?tenant=nobody", "/login?tenant=%00", "/login?tenant=system"):
        await wears(deployment, nothing, "Hibana")


async def test_what_a_tenant_leaves_open_is_the_deployments_choice(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op, slug="acme")
    ids = await dress(op, None, "Provider")
    page = await wears(deployment, "/login", "Provider")
    assert look_of(page)["logo"] == f"/branding/system/{ids['logo']}.png"

    own = await upload(op, tenant.id, png(50, 50))
    await choose(op, tenant, logo_dark=own.id, primary_color="#c2410c", terms_url="https://acme.example/own-terms")
    page = await wears(deployment, "/login?tenant=acme", "Provider")
    assert look_of(page)["logo"] == f"/branding/acme/{own.id}.png"  # its two logos are one choice
    assert ids["logo_dark"] not in page.text
    assert "https://acme.example/own-terms" in page.text
    assert "https://provider.example/privacy" in page.text
    assert "Below Provider" in page.text
    sheet = await css(deployment, page)
    assert "--primary: #c2410c" in sheet
    assert "--secondary: #10b981" in sheet  # nor are its two colours mixed with those of another brand
    assert f"../system/{ids['background']}.png" in sheet
    assert "--bg: light-dark(#fdf4ff, #1a0b2e)" in sheet


async def css(deployment: Deployment, page: httpx2.Response) -> str:
    """The style sheet that a page names besides Hibana's own."""
    (path,) = look_of(page)["sheets"]
    async with deployment.http() as http:
        response = await http.get(path)
    assert response.status_code == 200
    return response.text


async def test_a_tenant_that_is_closed_shows_nothing_of_its_look(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op, slug="acme")
    ids = await dress(op, tenant, "Acme")
    page = await wears(deployment, "/login?tenant=acme", "Acme")
    (sheet,) = look_of(page)["sheets"]
    await op.db.transact(lambda tx: tenants.set_status(tx, tenant.id, "suspended", now=op.now()))
    page = await wears(deployment, "/login?tenant=acme", "Hibana")
    assert look_of(page)["sheets"] == []
    async with deployment.http() as http:
        for path in (sheet, f"/branding/acme/{ids['logo']}.png"):
            assert (await http.get(path)).status_code == 404, path


async def test_join_and_sign_out_wear_the_look_of_the_tenant_they_are_about(deployment: Deployment) -> None:
    op = deployment.op
    tenant, user = await make_tenant(op, slug="acme"), await make_user(op)
    await make_member(op, tenant, user)
    await dress(op, tenant, "Acme")
    client = await make_client(op, tenant_id=tenant.id, first_party=True)
    browser = deployment.browser()
    answer(await browser.sign_in(await browser.authorize(client), user))
    page = await browser.get(f"/logout?client_id={client.client_id}")
    assert look_of(page)["title"].endswith("– Acme")
    assert look_of(await browser.get("/logout"))["title"].endswith("– Hibana")


async def test_R02_pages_where_accounts_change_show_nothing_that_an_author_wrote(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    await dress(op, None, "Provider")
    browser = await signed_in(deployment, user)
    for path in ("/account", "/account/security", "/account/organizations", "/api/v1/docs"):
        page = await browser.get(path)
        look = look_of(page)
        assert look["title"].endswith("– Provider"), path
        assert (look["has_header"], look["has_footer"]) == (False, False), path
        sheet = await css(deployment, page)
        assert "--primary: #7c3aed" in sheet
        assert "border-radius" not in sheet, path
        assert "--bg:" not in sheet, path


async def signed_in(deployment: Deployment, user: Any) -> Browser:
    browser = deployment.browser()
    client = await make_client(deployment.op, first_party=True)
    answer(await browser.sign_in(await browser.authorize(client), user))
    return browser


async def test_error_pages_wear_the_deployments_look(deployment: Deployment) -> None:
    await dress(deployment.op, None, "Provider")
    browser = deployment.browser()
    await browser.get("/login")
    for path, status in (("/login/password", 400), ("/nothing-here", 404), ("/login?interaction=x", 400)):
        page = await browser.get(path)
        assert (page.status_code, look_of(page)["title"].rpartition("– ")[2]) == (status, "Provider"), path


async def test_R03_files_are_served_so_that_no_browser_runs_them(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op, slug="acme")
    ids = await dress(op, tenant, "Acme")
    page = await wears(deployment, "/login?tenant=acme", "Acme")
    (sheet,) = look_of(page)["sheets"]
    async with deployment.http() as http:
        picture, style = await http.get(f"/branding/acme/{ids['logo']}.png"), await http.get(sheet)
    assert picture.content == png(60, 20)
    assert [each.headers["content-type"] for each in (picture, style)] == ["image/png", "text/css; charset=utf-8"]
    for each in (picture, style):
        assert "sandbox" in each.headers["content-security-policy"]
        assert each.headers["x-content-type-options"] == "nosniff"
        assert "immutable" in each.headers["cache-control"]


async def test_only_what_is_chosen_is_served(deployment: Deployment) -> None:
    op = deployment.op
    tenant, other = await make_tenant(op, slug="acme"), await make_tenant(op, slug="zenith")
    ids = await dress(op, tenant, "Acme")
    await dress(op, other, _ALIEN)
    tomorrow = await upload(op, tenant.id, png(70, 70))
    missing = (
        f"/branding/acme/{tomorrow.id}.png",
        f"/branding/zenith/{ids['logo']}.png",
        f"/branding/system/{ids['logo']}.png",
        f"/branding/acme/{ids['header']}.html",
        f"/branding/acme/{ids['logo']}.svg",
        f"/branding/acme/{ids['logo']}",
        f"/branding/{tenant.id}/{ids['logo']}.png",
        "/branding/acme/0000000000000000.css",
        "/branding/nobody/x.png",
        "/branding/%00/x.png",
    )
    async with deployment.http() as http:
        for path in missing:
            response = await http.get(path)
            assert (response.status_code, response.headers["cache-control"]) in {(404, "no-store")}, path


async def test_O04_a_large_look_of_one_tenant_is_not_read_for_another(deployment: Deployment) -> None:
    op = deployment.op
    tenant, other = await make_tenant(op, slug="acme"), await make_tenant(op, slug="zenith")
    await dress(op, tenant, "Acme")
    await dress(op, other, _ALIEN)
    page = await wears(deployment, "/login?tenant=acme", "Acme")
    assert _ALIEN not in page.text + await css(deployment, page)
    assert "zenith" not in page.text


async def test_R08_braces_in_what_an_author_wrote_stay_braces(deployment: Deployment) -> None:
    await dress(deployment.op, None, "Provider")
    page = await wears(deployment, "/login", "Provider")
    assert "{{7*7}}" in page.text


async def test_G03_no_look_loosens_the_policy_of_a_page(deployment: Deployment) -> None:
    plain = await deployment.browser().get("/login")
    await dress(deployment.op, None, "Provider")
    dressed = await wears(deployment, "/login", "Provider")
    name = "content-security-policy"
    assert dressed.headers[name] == plain.headers[name]


async def test_a_file_that_went_away_leaves_the_rest_of_the_look(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op, slug="acme")
    ids = await dress(op, tenant, "Acme")
    await op.db.transact(lambda tx: branding_files.delete(tx, tenant.id, ids["logo_dark"]))
    page = await wears(deployment, "/login?tenant=acme", "Acme")
    assert look_of(page)["logo"] == f"/branding/acme/{ids['logo']}.png"
    assert "<source" not in page.text


@pytest.mark.parametrize(
    "kept", ["h1 {\n  gap: 0;\n}\n" * 2_000, ":root {\n  --text: #ffffff;\n}\n", ":root { nonsense"]
)
async def test_a_sheet_that_would_not_be_taken_any_more_takes_no_page_down(
    deployment_on_sqlite: Deployment, kept: str
) -> None:
    op = deployment_on_sqlite.op
    ids = await dress(op, None, "Provider")

    async def loosen(tx: Session) -> None:
        await tx.run("UPDATE branding_files SET content = :css WHERE id = :id", css=kept, id=ids["stylesheet"])
        await registry.advance(tx)

    await op.db.transact(loosen)
    page = await wears(deployment_on_sqlite, "/login", "Provider")
    sheet = await css(deployment_on_sqlite, page)
    assert "--primary: #7c3aed" in sheet
    assert "--text" not in sheet


@pytest.mark.parametrize(
    ("kept", "brand"),
    [
        ({"branding": {"name": 5}}, "Hibana"),
        ({"branding": {"name": "Acme", "font_family": "Wingdings"}}, "Acme"),  # from before this was refused
    ],
    ids=["unreadable", "of looser rules"],
)
async def test_settings_that_would_not_be_taken_any_more_take_no_page_down(
    deployment: Deployment, kept: dict[str, Any], brand: str
) -> None:
    op = deployment.op
    tenant = await make_tenant(op, slug="acme")

    async def loosen(tx: Session) -> None:
        await tenants.update(tx, replace(tenant, settings=kept))
        await registry.advance(tx)

    await op.db.transact(loosen)
    await wears(deployment, "/login?tenant=acme", brand)


async def test_a_choice_that_is_made_while_a_look_is_put_together_is_seen_the_next_time(
    deployment_on_sqlite: Deployment,
) -> None:
    op = deployment_on_sqlite.op
    tenant = await make_tenant(op, slug="acme")

    async def visit(after: float) -> None:
        await asyncio.sleep(after)
        await looks.of_tenant(op, tenant.id)

    for number in range(12):
        await asyncio.gather(choose(op, tenant, name=f"Acme {number}"), *(visit(each * 0.0006) for each in range(30)))
        assert (await looks.of_tenant(op, tenant.id)).name == f"Acme {number}"


async def test_O04_a_look_is_made_without_reading_its_pictures(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op, slug="acme")
    ids = await dress(op, tenant, "Acme")
    found = await branding_files.shown(op.db, tenant.id, {*ids.values(), "nothing"})
    assert {file_id for file_id, each in found.items() if each.content} == {
        ids[name] for name in ("stylesheet", "header", "footer")
    }
    assert set(found) == set(ids.values())
    assert await branding_files.shown(op.db, (await make_tenant(op, slug="zenith")).id, set(ids.values())) == {}


@pytest.mark.parametrize(("theme", "scheme"), [("light", "light"), ("dark", "dark")])
async def test_a_theme_holds_for_everybody(deployment_on_sqlite: Deployment, theme: str, scheme: str) -> None:
    op = deployment_on_sqlite.op
    tenant: Tenant = await make_tenant(op, slug="acme")
    ids = await dress(op, tenant, "Acme")
    await choose(op, tenant, theme=theme)
    page = await wears(deployment_on_sqlite, "/login?tenant=acme", "Acme")
    assert f'<html lang="en" data-theme="{theme}">' in page.text
    assert f'<meta name="color-scheme" content="{scheme}">' in page.text
    assert look_of(page)["logo"] == f"/branding/acme/{ids['logo_dark' if theme == 'dark' else 'logo']}.png"
    assert "<source" not in page.text


async def test_a_name_alone_changes_no_colour(deployment: Deployment) -> None:
    await choose(deployment.op, None, name="Renamed")
    page = await wears(deployment, "/login", "Renamed")
    assert look_of(page)["sheets"] == []
