"""Branding at the console: chosen with a form, tried out, taken back; by whoever may change settings."""

import html
import re

import httpx2

from hibana_op.records import audit_log, branding_files, tenants
from hibana_op.tenancy import actors, settings
from tests.branding import SHEET, dress, png
from tests.deployment import Browser, Deployment, Page
from tests.make import make_user
from tests.pages.admin.running import at_console, joined
from tests.tenancy.authority import HERE, give, make_tenant

ROOM = "/admin/acme/branding"


def fields_of(page: httpx2.Response) -> dict[str, str]:
    """What the form holds, as a browser would send it again."""
    found = dict(Page.read(page).fields)
    for name, text in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\n(.*?)</textarea>', page.text, re.DOTALL):
        found[name] = html.unescape(text)
    chosen = re.search(r'<option value="(\w+)" selected>', page.text)
    return {**found, "theme": chosen[1] if chosen else ""}


async def submit(
    browser: Browser, decision: str = "save", files: dict[str, bytes] | None = None, **changes: str
) -> httpx2.Response:
    """Send the form with some fields changed, in the way of a form with files."""
    fields = fields_of(await browser.get(ROOM))
    given = {name: value for name, value in {**fields, **changes}.items() if name not in ("logo", "logo_dark")}
    sent = {name: (f"{name}.png", content, "image/png") for name, content in (files or {}).items()}
    nothing_chosen = {"background": ("", b"", "application/octet-stream")}
    data = {**given, "decision": decision}
    for name in ("favicon", "background"):
        data.pop(name, None)
    response = await browser.http.post(ROOM, data=data, files={**nothing_chosen, **sent})
    return await browser.get(response.headers["location"]) if response.is_redirect else response


async def test_an_owner_chooses_a_look_and_people_see_it(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    owner = await joined(op, tenant, "owner")
    browser = await at_console(deployment, owner)

    landed = await submit(
        browser,
        name="アクメ",
        primary_color="#7c3aed",
        header="<p>Ask the <strong>desk</strong></p>",
        stylesheet=SHEET,
        terms_url="https://acme.example/terms",
        theme="dark",
        files={"logo": png(60, 20)},
    )
    assert "The branding was saved." in landed.text
    kept = (await tenants.get(op.db, tenant.id)).settings["branding"]
    assert (kept["name"], kept["primary_color"], kept["theme"]) == ("アクメ", "#7c3aed", "dark")
    assert set(kept) == {"name", "primary_color", "theme", "terms_url", "header", "stylesheet", "logo"}
    assert f"/branding/acme/{kept['logo']}.png" in landed.text
    (told, *_) = await audit_log.page(op.db, action="tenant:record:updated")
    assert (told.user_id, told.tenant_id) == (owner.id, tenant.id)

    again = await submit(browser, name="Acme")
    assert again.status_code == 200
    later = (await tenants.get(op.db, tenant.id)).settings["branding"]
    assert later == {**kept, "name": "Acme"}  # what was not touched is not uploaded anew
    less = await submit(browser, header="", no_logo="1", theme="")
    assert less.status_code == 200
    assert set((await tenants.get(op.db, tenant.id)).settings["branding"]) == {
        *("name", "primary_color", "terms_url", "stylesheet")
    }


async def test_what_cannot_be_worn_is_said_beside_its_field_and_nothing_is_kept(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    browser = await at_console(deployment, await joined(op, tenant, "owner"))
    page = await submit(
        browser,
        name="Acme",
        primary_color="blue",
        terms_url="http://acme.example/",
        header="<script>alert(1)</script>",
        stylesheet=".card { position: fixed; }",
        files={"logo": b"<svg onload=alert(1)>"},
    )
    assert page.status_code == 400
    for field in ("primary_color", "terms_url", "header", "stylesheet", "logo"):
        assert f'id="{field}-problem"' in page.text, field
    assert 'id="name-problem"' not in page.text
    assert 'value="Acme"' in page.text
    assert "line 1" in page.text  # the author of a sheet learns where
    assert "<script>alert(1)" not in page.text
    assert (await tenants.get(op.db, tenant.id)).settings == {}
    assert await branding_files.count(op.db, tenant.id) == 0


async def test_colours_are_tried_without_being_kept(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    browser = await at_console(deployment, await joined(op, tenant, "owner"))
    page = await submit(browser, decision="try", primary_color="#fde047")
    assert page.status_code == 200
    link = re.search(r'id="tried-sheet" href="([^"]+)"', page.text)
    assert link is not None
    sheet = await browser.get(html.unescape(link[1]))
    assert sheet.headers["content-type"].startswith("text/css")
    assert "--primary-strong: #fde047" in sheet.text
    assert "--on-primary: #0b1220" in sheet.text
    odd = await browser.get(f"{ROOM}/tried.css?primary_color=%7D%20body%20%7Bdisplay:none")
    assert "display" not in odd.text
    assert (await tenants.get(op.db, tenant.id)).settings == {}


async def test_what_a_second_person_has_to_approve_waits_for_staff_and_not_for_the_tenants_own(
    deployment: Deployment,
) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    await settings.change(op, await actors.command(op), "system", {"approvals": ["updated"]}, origin=HERE)
    staff = await make_user(op)
    await give(op, staff, "super_admin")
    landed = await submit(await at_console(deployment, staff), name="Acme")
    assert "waits until a second person approves it" in landed.text
    assert (await tenants.get(op.db, tenant.id)).settings == {}

    landed = await submit(await at_console(deployment, await joined(op, tenant, "owner")), name="Acme")
    assert "The branding was saved." in landed.text
    assert (await tenants.get(op.db, tenant.id)).settings == {"branding": {"name": "Acme"}}


async def test_P01_nobody_without_the_right_sees_or_changes_the_look(deployment: Deployment) -> None:
    op = deployment.op
    tenant, other = await make_tenant(op), await make_tenant(op, "other")
    await dress(op, tenant, "Acme")
    stranger = await at_console(deployment, await joined(op, other, "owner"))
    for path in (ROOM, f"{ROOM}/tried.css"):
        assert (await stranger.get(path)).status_code == 404
    member = await at_console(deployment, await joined(op, tenant, "member"))
    assert (await member.get(ROOM)).status_code == 404


async def test_G01_a_form_with_files_from_elsewhere_changes_nothing(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    browser = await at_console(deployment, await joined(op, tenant, "owner"))
    for csrf in ({}, {"csrf": "not the token"}):
        data = {"decision": "save", "name": "Acme", **csrf}
        sent = await browser.http.post(ROOM, data=data, files={"logo": ("l.png", png(), "image/png")})
        assert sent.status_code == 403
    assert (await tenants.get(op.db, tenant.id)).settings == {}


async def test_S01_pictures_together_stay_within_a_mebibyte(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    tenant = await make_tenant(op)
    browser = await at_console(deployment_on_sqlite, await joined(op, tenant, "owner"))
    large = png() + bytes(500 * 1024)
    fits = await submit(browser, files={"logo": large, "favicon": large})
    assert "The branding was saved." in fits.text
    sent = await browser.http.post(
        ROOM, data={"decision": "save"}, files={f"f{number}": ("x", large) for number in range(3)}
    )
    assert sent.status_code == 413
