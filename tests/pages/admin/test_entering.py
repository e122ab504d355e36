"""Who is let in at the console, and what they find there; to everybody else there is nothing."""

import re

import pytest

from hibana_op.foundation.acr import TWO_FACTORS
from hibana_op.pages.account.person import FRESH_FOR
from hibana_op.records.factors import of_provider
from hibana_op.routes import PAGES
from hibana_op.tenancy import actors, ip_rules, tenants
from tests.deployment import Browser, Deployment, Page
from tests.make import PASSWORD, make_user
from tests.pages.account.visiting import heading
from tests.pages.admin.running import at_console, joined, membership_of
from tests.policies import choose
from tests.second_factors import code_of, with_app
from tests.tenancy.authority import HERE, give, make_member, make_tenant, make_unit

ROOMS = ("", "/members", "/join-codes", "/join-codes/new", "/invitations", "/invitations/new")
EVERYWHERE = [each for each in PAGES if each.path.startswith("/admin/")]


async def statuses(browser: Browser, slug: str = "acme") -> list[int]:
    """What the rooms answer, one after another."""
    return [(await browser.get(f"/admin/{slug}{path}")).status_code for path in ROOMS]


async def test_P01_each_is_let_into_their_rooms_and_no_other(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    tenant, other = await make_tenant(op), await make_tenant(op, "other")
    owner, admin, member = [await joined(op, tenant, role) for role in ("owner", "admin", "member")]
    stranger = await joined(op, other, "owner")
    staff, auditor, finance = [await make_user(op) for _ in range(3)]
    for user, role in ((staff, "super_admin"), (auditor, "auditor"), (finance, "finance_admin")):
        await give(op, user, role)
    unknown = [404] * len(ROOMS)
    for user, expected in (
        (owner, [200] * len(ROOMS)),
        (admin, [200] * len(ROOMS)),
        (staff, [200] * len(ROOMS)),
        (member, unknown),
        (stranger, unknown),
        (auditor, [200, 200, 403, 403, 403, 403]),
        (finance, [200, 403, 403, 403, 403, 403]),
    ):
        browser = await at_console(deployment_on_sqlite, user)
        assert await statuses(browser) == expected, user.id
        assert await statuses(browser, "nobody") == unknown


async def test_O01_somebody_elses_organization_answers_like_one_that_never_was(
    deployment_on_sqlite: Deployment,
) -> None:
    op = deployment_on_sqlite.op
    tenant, own = await make_tenant(op, "canary"), await make_tenant(op, "own")
    theirs = await joined(op, tenant, "owner")
    browser = await at_console(deployment_on_sqlite, await joined(op, own, "owner"))
    csrf = Page.read(await browser.get("/admin/own/join-codes/new")).fields["csrf"]
    place = (await membership_of(op, tenant, theirs)).id
    for route in EVERYWHERE:
        for method in route.methods:
            told = []
            for slug in ("canary", "nothing", "system"):
                path = route.path.replace("{tenant}", slug).replace("{member}", place)
                path = path.replace("{code}", place).replace("{invitation}", place)
                answer = await browser.http.request(method, path, data={"csrf": csrf} if method == "POST" else None)
                assert answer.status_code == 404, path
                told.append(re.sub(r"<dd>.*?</dd>", "", answer.text).replace(slug, ""))
            assert told[0] == told[1] == told[2], route.path
            assert "Canary" not in told[0]


async def test_G01_no_room_takes_a_form_of_another_site(deployment_on_sqlite: Deployment) -> None:
    tenant = await make_tenant(deployment_on_sqlite.op)
    browser = await at_console(deployment_on_sqlite, await joined(deployment_on_sqlite.op, tenant, "owner"))
    for route in (each for each in EVERYWHERE if "POST" in each.methods):
        refused = await browser.http.post(route.path.replace("{tenant}", tenant.slug), data={"csrf": "x"})
        assert (refused.status_code, heading(refused)) == (403, "The form was not accepted"), route.path


async def test_the_door_leads_straight_in_where_there_is_one_and_shows_several(deployment: Deployment) -> None:
    op = deployment.op
    tenant, other = await make_tenant(op), await make_tenant(op, "other")
    owner = await joined(op, tenant, "owner")
    await make_member(op, other, user=owner)
    browser = await at_console(deployment, owner)
    assert (await browser.get("/admin")).url.path == "/admin/acme"
    assert "Switch organization" not in (await browser.get("/admin/acme")).text
    await give(op, owner, "tenant_admin", tenant=other)
    several = await browser.get("/admin")
    assert several.url.path == "/admin"
    assert all(f'href="/admin/{slug}"' in several.text for slug in ("acme", "other"))
    assert "Switch organization" in (await browser.get("/admin/acme")).text


async def test_whoever_looks_after_nothing_is_told_so_and_finds_no_link(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    tenant = await make_tenant(op)
    for user, expected in ((await joined(op, tenant), False), (await joined(op, tenant, "admin"), True)):
        browser = await at_console(deployment_on_sqlite, user)
        assert ('id="console"' in (await browser.get("/account")).text) is expected
        door = await browser.get("/admin")
        assert door.status_code == (200 if expected else 403)
        assert ("No organization to look after" in door.text) is not expected


async def test_staff_of_the_service_provider_search_all_organizations(deployment: Deployment) -> None:
    op, staff = deployment.op, await make_user(deployment.op)
    await give(op, staff, "operation_admin")
    for at in range(27):
        await make_tenant(op, f"tenant-{at:02}")
    browser = await at_console(deployment, staff, "/login?return=/admin")
    first = await browser.get("/admin")
    assert "tenant-24" in first.text
    assert "tenant-25" not in first.text
    further = Page.read(first).response.text.split('href="/admin?after=')[1].split('"')[0]
    assert "tenant-26" in (await browser.get(f"/admin?after={further}")).text
    assert "tenant-00" in (await browser.get("/admin?after=made-up")).text
    found = await browser.get("/admin?q=ant-13")
    assert found.text.count("/admin/tenant-") == 1
    assert "Nothing was found" in (await browser.get("/admin?q=%25")).text


async def test_a_stranger_signs_in_first_and_comes_back_to_the_room(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    owner = await joined(op, await make_tenant(op), "owner")
    browser = deployment_on_sqlite.browser()
    asked = await browser.get("/admin/acme/join-codes/new")
    assert asked.url.path == "/login"
    landed = await browser.sign_in(asked, owner)
    assert (landed.status_code, landed.url.path) == (200, "/admin/acme/join-codes/new")


async def test_F07_to_look_takes_a_session_and_to_change_a_fresh_proof(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    tenant = await make_tenant(op)
    owner, member = await joined(op, tenant, "owner"), await joined(op, tenant)
    browser = await at_console(deployment_on_sqlite, owner)
    path = f"/admin/acme/members/{(await membership_of(op, tenant, member)).id}"
    csrf = Page.read(await browser.get("/admin/acme/join-codes/new")).fields["csrf"]
    deployment_on_sqlite.clock.advance(FRESH_FOR + 1)
    page = await browser.get(path)
    assert "confirm first that it is you" in page.text
    assert f'href="/login?return={path}&amp;again=1"' in page.text.replace("%2F", "/")
    assert 'name="decision"' not in page.text
    refused = await browser.http.post(path, data={"csrf": csrf, "decision": "suspend"})
    assert (refused.status_code, heading(refused)) == (403, "Sign in again")
    assert (await membership_of(op, tenant, member)).status == "active"
    for changing in (f"{path}?ask=suspend", "/admin/acme/join-codes/new", "/admin/acme/invitations/new"):
        assert (await browser.get(changing)).url.path == "/login"
    again = await browser.get("/admin/acme/invitations/new")
    landed = await browser.submit(Page.read(await browser.submit(Page.read(again))), password=PASSWORD)
    assert (landed.status_code, landed.url.path) == (200, "/admin/acme/invitations/new")


@pytest.mark.parametrize("asks", ["the role", "the organization", "a second factor of all"])
async def test_P01_whoever_has_to_prove_more_is_led_to_it_and_comes_back(
    deployment_on_sqlite: Deployment, asks: str
) -> None:
    op = deployment_on_sqlite.op
    tenant = await make_tenant(op)
    owner = await joined(op, tenant, "owner")
    browser = await at_console(deployment_on_sqlite, owner)
    assert (await browser.get("/admin/acme")).status_code == 200
    if asks == "the role":
        await op.db.run(
            "UPDATE roles SET requires_acr = :acr WHERE tenant_id = :id AND name = 'tenant_owner'",
            acr=TWO_FACTORS,
            id=tenant.id,
        )
    else:
        chosen = {"acr": TWO_FACTORS} if asks == "the organization" else {"second_factor": "required"}
        await choose(op, tenant.id, sign_in=chosen)
    secret = await with_app(op, owner)
    asked = await browser.get("/admin/acme/members")
    assert asked.url.path == "/login"
    csrf = Page.read(await browser.get("/account/profile")).fields["csrf"]
    late = await browser.http.post("/admin/acme/join-codes/new", data={"csrf": csrf})
    assert (late.status_code, heading(late)) == (403, "Sign in again")
    second = await browser.submit(Page.read(await browser.submit(Page.read(asked))), password=PASSWORD)
    assert second.url.path == "/login/mfa"
    landed = await browser.submit(Page.read(second), code=code_of(secret, op, steps=1))
    assert (landed.status_code, landed.url.path) == (200, "/admin/acme/members")


async def test_P08_the_allowed_networks_of_an_organization_count_at_the_console(
    deployment_on_sqlite: Deployment,
) -> None:
    op = deployment_on_sqlite.op
    tenant = await make_tenant(op)
    admin = await joined(op, tenant, "admin")
    browser = await at_console(deployment_on_sqlite, admin)
    await ip_rules.create(op, await actors.command(op), tenant.id, cidr="203.0.113.0/24", origin=HERE, confirm=True)
    for headers in ({}, {"X-Forwarded-For": "203.0.113.5"}):
        shut = await browser.http.get("/admin/acme/members", headers=headers)
        assert (shut.status_code, heading(shut)) == (403, "Not from here")
    await op.db.run("DELETE FROM ip_allowlists")
    assert (await browser.get("/admin/acme/members")).status_code == 200


async def test_what_is_asked_of_staff_counts_at_the_console(deployment_on_sqlite: Deployment) -> None:
    op, staff = deployment_on_sqlite.op, await make_user(deployment_on_sqlite.op)
    await make_tenant(op)
    await give(op, staff, "super_admin")
    browser = await at_console(deployment_on_sqlite, staff)
    await op.db.run(
        """
        INSERT INTO service_provider_auth (id, user_id, auth_type, auth_data_json, is_active, created_at, updated_at)
        VALUES ('1', :id, 'mfa', '{}', TRUE, 1, 1)""",
        id=staff.id,
    )
    for path in ("/admin", "/admin/acme"):
        shut = await browser.get(path)
        assert (shut.status_code, heading(shut)) == (403, "Not from here")


async def test_a_session_that_an_organizations_own_provider_began_reaches_that_one_alone(
    deployment: Deployment,
) -> None:
    op = deployment.op
    tenant, other = await make_tenant(op), await make_tenant(op, "other")
    owner = await joined(op, tenant, "owner")
    browser = await at_console(deployment, owner)
    await op.db.run("UPDATE session_factors SET method = :method", method=of_provider(tenant.id))
    assert (await browser.get("/admin")).url.path == "/admin/acme"
    assert (await browser.get("/admin/other")).status_code == 404
    await make_member(op, other, "owner", user=owner)
    for slug in ("acme", "other"):
        assert (await browser.get(f"/admin/{slug}")).url.path == "/login"


async def test_O05_a_suspended_organization_is_closed_to_its_owner_and_open_to_staff(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    owner, staff = await joined(op, tenant, "owner"), await make_user(op)
    await give(op, staff, "super_admin")
    browser, above = await at_console(deployment, owner), await at_console(deployment, staff)
    await tenants.suspend(op, await actors.command(op), tenant.id, origin=HERE)
    browser = await at_console(deployment, owner)
    closed = await browser.get("/admin/acme/members")
    assert (closed.status_code, heading(closed)) == (403, "The organization cannot be opened")
    assert "Suspended" in (await above.get("/admin/acme")).text
    stranger = await at_console(deployment, await make_user(op))
    assert (await stranger.get("/admin/acme/members")).status_code == 404


async def test_the_owner_of_an_organization_whose_plan_ran_out_looks_and_changes_nothing(
    deployment_on_sqlite: Deployment,
) -> None:
    op = deployment_on_sqlite.op
    tenant = await make_tenant(op)
    owner, member = await joined(op, tenant, "owner"), await joined(op, tenant)
    browser = await at_console(deployment_on_sqlite, owner)
    await op.db.run("UPDATE tenants SET plan_expires_at = :now WHERE id = :id", now=op.now(), id=tenant.id)
    overview = await browser.get("/admin/acme")
    assert "Run out" in overview.text
    assert "You can look at everything and change nothing." in overview.text
    page = f"/admin/acme/members/{(await membership_of(op, tenant, member)).id}"
    assert 'name="decision"' not in (await browser.get(page)).text
    csrf = Page.read(await browser.get("/account/profile")).fields["csrf"]
    refused = await browser.http.post(page, data={"csrf": csrf, "decision": "remove"})
    assert refused.status_code == 403
    assert "You may not do this. Nothing was changed." in refused.text
    assert (await browser.get("/admin/acme/join-codes/new")).status_code == 403


async def test_the_overview_tells_as_much_as_somebody_may_know(deployment: Deployment) -> None:
    op = deployment.op
    tenant, manager = await make_tenant(op), await make_user(op)
    owner = await joined(op, tenant, "owner")
    unit = await make_unit(op, tenant)
    await make_member(op, tenant, user=manager)
    await give(op, manager, "department_manager", tenant=tenant, unit=unit)
    browser = await at_console(deployment, owner)
    overview = (await browser.get("/admin/acme")).text
    assert "<strong>2</strong> / 100" in overview
    assert "Domains" in overview
    overview = (await (await at_console(deployment, manager)).get("/admin/acme")).text
    assert "/ 100" not in overview
    assert "Domains" not in overview


async def test_the_console_speaks_both_languages(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    owner = await joined(op, await make_tenant(op), "owner")
    for language in ("ja", "en"):
        browser = await at_console(deployment_on_sqlite, owner, **{"Accept-Language": language})
        for path in ROOMS:
            page = await browser.get(f"/admin/acme{path}")
            assert f'<html lang="{language}">' in page.text
            assert page.text.count('aria-current="page"') == 1
