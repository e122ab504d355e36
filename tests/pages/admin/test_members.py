"""The members of an organisation at the console: listed, given other roles, suspended, let in again, taken out."""

import re

import pytest

from hibana_op.provider import Provider
from hibana_op.records import audit_log, sessions
from hibana_op.records.tenants import Tenant
from hibana_op.records.units import Unit
from hibana_op.records.users import User
from tests.deployment import Deployment, Page
from tests.make import make_user
from tests.pages.account.visiting import heading
from tests.pages.admin.running import at_console, joined, membership_of, page_of, send
from tests.tenancy.authority import give, make_role, make_tenant, make_unit

LIST = "/admin/acme/members"


async def put(op: Provider, tenant: Tenant, user: User, unit: Unit) -> None:
    """Somebody is in a unit."""
    await op.db.run(
        "UPDATE tenant_memberships SET unit_id = :unit WHERE user_id = :user AND tenant_id = :tenant",
        unit=unit.id,
        user=user.id,
        tenant=tenant.id,
    )


def listed(text: str) -> list[str]:
    """The names in a list, in their order."""
    return re.findall(r'<th scope="row"><a [^>]*><bdi>([^<]*)</bdi>', text)


async def test_members_are_found_by_name_role_status_and_unit_a_page_at_a_time(deployment: Deployment) -> None:
    op = deployment.op
    tenant, other = await make_tenant(op), await make_tenant(op, "other")
    unit = await make_unit(op, tenant)
    owner = await joined(op, tenant, "owner", name="Owner")
    people = [await joined(op, tenant, name=f"Member {at:02}") for at in range(26)]
    await joined(op, other, name="Canary")
    await put(op, tenant, people[3], unit)
    browser = await at_console(deployment, owner)
    await send(browser, await page_of(op, tenant, people[5]), decision="suspend")
    await send(browser, await page_of(op, tenant, people[7]), decision="role", role="admin")

    first = await browser.get(LIST)
    assert listed(first.text) == ["Owner", *(f"Member {at:02}" for at in range(24))]
    further = re.search(r'href="([^"]*after=[^"]*)">Next page', first.text)
    assert further is not None
    rest = await browser.get(further[1].replace("&amp;", "&"))
    assert listed(rest.text) == ["Member 24", "Member 25"]
    assert "First page" in rest.text
    for query, expected in (
        ("q=member+1", [f"Member {at}" for at in range(10, 20)]),
        ("role=owner", ["Owner"]),
        ("role=admin", ["Member 07"]),
        ("status=suspended", ["Member 05"]),
        (f"unit={unit.id}", ["Member 03"]),
        ("q=member&role=admin&status=suspended", []),
    ):
        assert listed((await browser.get(f"{LIST}?{query}")).text) == expected, query
    assert (await browser.get(f"{LIST}?unit={other.id}")).status_code == 404


async def test_P03_a_member_is_given_another_role_and_suspended_and_let_in_again(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    owner, member = await joined(op, tenant, "owner"), await joined(op, tenant)
    there = await at_console(deployment, member)
    await op.db.run(
        "UPDATE sessions SET active_membership_id = :id WHERE user_id = :user",
        id=(await membership_of(op, tenant, member)).id,
        user=member.id,
    )
    browser, path = await at_console(deployment, owner), await page_of(op, tenant, member)
    changed = await browser.submit(Page.read(await browser.get(path)), decision="role", role="admin")
    assert "The role was changed." in changed.text
    assert (await membership_of(op, tenant, member)).role == "admin"
    asked = await browser.get(f"{path}?ask=suspend")
    assert heading(asked) == "Suspend Alice Yamada?"
    suspended = await browser.submit(Page.read(asked), decision="suspend")
    assert "The member is suspended" in suspended.text
    assert (await membership_of(op, tenant, member)).status == "suspended"
    assert await sessions.live_of_user(op.db, member.id, now=op.now()) == []
    assert (await there.get("/account")).url.path == "/login"
    resumed = await browser.submit(Page.read(await browser.get(path)), decision="resume")
    assert "The member is let in again" in resumed.text
    assert (await membership_of(op, tenant, member)).status == "active"
    for event in ("updated", "suspended", "resumed"):
        (told,) = await audit_log.page(op.db, action=f"tenant:member:{event}")
        assert (told.user_id, told.tenant_id, told.resource_id) == (owner.id, tenant.id, member.id)


async def test_P03_taking_somebody_out_is_asked_first(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    owner, member = await joined(op, tenant, "owner"), await joined(op, tenant)
    browser, path = await at_console(deployment, owner), await page_of(op, tenant, member)
    asked = await browser.get(f"{path}?ask=remove")
    assert heading(asked) == "Remove Alice Yamada from the organization?"
    assert (await membership_of(op, tenant, member)).status == "active"
    landed = await browser.submit(Page.read(asked), decision="remove")
    assert landed.url.path == LIST
    assert "The member was removed" in landed.text
    assert (await membership_of(op, tenant, member)).status == "left"
    assert (await browser.get(path)).status_code == 404


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_P03_the_last_owner_stays_and_reads_why(deployment: Deployment, language: str) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    owner = await joined(op, tenant, "owner")
    browser = await at_console(deployment, owner, **{"Accept-Language": language})
    path = await page_of(op, tenant, owner)
    words = {"en": "This is the last owner, so nothing was changed.", "ja": "最後のオーナーのため、変更できません。"}
    for fields in ({"decision": "remove"}, {"decision": "suspend"}, {"decision": "role", "role": "member"}):
        refused = await send(browser, path, **fields)
        assert refused.status_code == 409
        assert words[language] in refused.text
        assert 'role="alert"' in refused.text
    kept = await membership_of(op, tenant, owner)
    assert (kept.role, kept.status) == ("owner", "active")


async def test_P03_an_administrator_changes_no_owner_and_makes_none(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    owner, admin, member = [await joined(op, tenant, role) for role in ("owner", "admin", "member")]
    browser = await at_console(deployment, admin)
    path = await page_of(op, tenant, owner)
    page = await browser.get(path)
    assert "This person may do more here than you" in page.text
    assert 'name="decision"' not in page.text
    assert "Remove Alice Yamada" not in (await browser.get(f"{path}?ask=remove")).text
    for fields in ({"decision": "remove"}, {"decision": "suspend"}, {"decision": "role", "role": "member"}):
        refused = await send(browser, path, **fields)
        assert refused.status_code == 403
        assert "This person may do more here than you" in refused.text
    assert (await membership_of(op, tenant, owner)).status == "active"
    theirs = await page_of(op, tenant, member)
    assert '<option value="owner">' not in (await browser.get(theirs)).text
    assert (await send(browser, theirs, decision="role", role="owner")).status_code == 403
    assert (await membership_of(op, tenant, member)).role == "member"


async def test_P01_whoever_may_only_look_sees_no_buttons_and_changes_nothing(deployment: Deployment) -> None:
    op, auditor = deployment.op, await make_user(deployment.op)
    await give(op, auditor, "auditor")
    tenant = await make_tenant(op)
    member = await joined(op, tenant)
    await put(op, tenant, member, await make_unit(op, tenant))
    browser, path = await at_console(deployment, auditor), await page_of(op, tenant, member)
    assert "<bdi>Sales</bdi>" in (await browser.get(LIST)).text
    for address in (LIST, path, f"{path}?ask=suspend"):
        page = await browser.get(address)
        assert page.status_code == 200
        assert 'method="post"' not in page.text
        assert "/new" not in page.text
    for decision in ("suspend", "remove", "resume", "role"):
        refused = await send(browser, path, decision=decision, role="admin")
        assert refused.status_code in (303, 403)
    kept = await membership_of(op, tenant, member)
    assert (kept.role, kept.status) == ("member", "active")


async def test_P01_whoever_looks_after_a_unit_sees_its_people_alone(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    ours = await make_unit(op, tenant)
    below, theirs = await make_unit(op, tenant, above=ours), await make_unit(op, tenant)
    manager, near, far = [await joined(op, tenant, name=name) for name in ("Manager", "Near", "Far")]
    deep = await joined(op, tenant, name="Deep")
    for user, unit in ((near, ours), (deep, below), (far, theirs)):
        await put(op, tenant, user, unit)
    await give(op, manager, "department_manager", tenant=tenant, unit=ours)
    browser = await at_console(deployment, manager)
    assert listed((await browser.get(LIST)).text) == ["Near", "Deep"]
    assert listed((await browser.get(f"{LIST}?unit={below.id}")).text) == ["Deep"]
    assert (await browser.get(f"{LIST}?unit={theirs.id}")).status_code == 404
    assert f'value="{theirs.id}"' not in (await browser.get(LIST)).text
    for user, expected in ((near, 200), (deep, 200), (far, 404), (manager, 404)):
        path = await page_of(op, tenant, user)
        assert (await browser.get(path)).status_code == expected
        sent = await send(browser, path, decision="suspend")
        assert sent.status_code == (303 if expected == 200 else 404)
        assert (await membership_of(op, tenant, user)).status == ("suspended" if expected == 200 else "active")


async def test_a_right_that_was_taken_meanwhile_is_none(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    tenant = await make_tenant(op)
    clerk, member = await joined(op, tenant), await joined(op, tenant)
    await make_role(op, tenant, ["memberships:*"], "clerk")
    await give(op, clerk, "clerk", tenant=tenant)
    browser, path = await at_console(deployment_on_sqlite, clerk), await page_of(op, tenant, member)
    assert (await browser.get(path)).status_code == 200
    await op.db.run("DELETE FROM user_roles WHERE user_id = :id", id=clerk.id)
    assert (await send(browser, path, decision="suspend")).status_code == 404
    assert (await membership_of(op, tenant, member)).status == "active"


async def test_only_what_the_page_offers_is_taken(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    tenant = await make_tenant(op)
    owner, member = await joined(op, tenant, "owner"), await joined(op, tenant)
    browser, path = await at_console(deployment_on_sqlite, owner), await page_of(op, tenant, member)
    assert (await send(browser, path, decision="promote")).status_code == 400
    wrong = await send(browser, path, decision="role", role="emperor")
    assert wrong.status_code == 400
    assert "This cannot be done with what was entered." in wrong.text
    assert "must be one of" not in wrong.text
    for strange in ("x", "00000000-0000-7000-8000-000000000000"):
        assert (await browser.get(f"{LIST}/{strange}")).status_code == 404
    await send(browser, path, decision="role", role="owner", user_id=owner.id, tenant_id="other", status="left")
    kept = await membership_of(op, tenant, member)
    assert (kept.role, kept.status, kept.user_id) == ("owner", "active", member.id)
    own = await send(browser, await page_of(op, tenant, owner), decision="remove")
    assert own.headers["location"] == "/account/organizations"
