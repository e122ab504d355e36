"""Accounts that belong to a person: what their parent sees of them and does with them, and what only others may."""

import pytest

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.foundation.origin import Origin
from hibana_op.login import people
from hibana_op.pages.account.agents import PATH
from hibana_op.pages.account.person import FRESH_FOR
from hibana_op.records import audit_log, sessions, users
from hibana_op.records.users import User
from tests.deployment import Deployment
from tests.make import make_session, make_user
from tests.pages.account.visiting import heading, post, signed_in
from tests.tenancy.authority import give, make_member, make_role, make_staff, make_tenant

COMMAND = Origin.command("trace")


async def status_of(deployment: Deployment, user: User) -> str:
    return (await users.get(deployment.op.db, user.id)).status


async def live(deployment: Deployment, user: User) -> int:
    return len(await sessions.live_of_user(deployment.op.db, user.id, now=deployment.op.now()))


async def make_agent(deployment: Deployment, parent: User, **changes: str) -> User:
    return await make_user(
        deployment.op, password=None, **{"parent_user_id": parent.id, "kind": "agent", "name": "Planner", **changes}
    )


async def test_a_parent_sees_suspends_resumes_and_signs_out_an_agent(deployment: Deployment) -> None:
    parent = await make_user(deployment.op)
    agent = await make_agent(deployment, parent)
    await make_session(deployment.op, agent)
    browser = await signed_in(deployment, parent)

    assert PATH in (await browser.get("/account/sessions")).text
    shown = await browser.get(PATH)
    assert heading(shown) == "Accounts that belong to you"
    assert "Planner" in shown.text
    assert "Devices signed in: 1" in shown.text

    assert (await post(browser, PATH, end=agent.id)).headers["location"] == f"{PATH}?done=agent_signed_out"
    assert (await live(deployment, agent), await status_of(deployment, agent)) == (0, "active")
    await make_session(deployment.op, agent)
    assert (await post(browser, PATH, suspend=agent.id)).headers["location"] == f"{PATH}?done=agent_suspended"
    assert (await live(deployment, agent), await status_of(deployment, agent)) == (0, "suspended")
    assert "Resume" in (await browser.get(f"{PATH}?done=agent_suspended")).text
    assert (await post(browser, PATH, resume=agent.id)).headers["location"] == f"{PATH}?done=agent_resumed"
    assert await status_of(deployment, agent) == "active"
    told = [(each.action, each.user_id, each.resource_id) for each in await audit_log.page(deployment.op.db, limit=3)]
    assert told == [(f"user:child:{act}", parent.id, agent.id) for act in ("resumed", "suspended", "signed_out")]


async def test_whoever_has_no_such_account_is_not_led_to_the_page(deployment: Deployment) -> None:
    browser = await signed_in(deployment, await make_user(deployment.op))
    assert PATH not in (await browser.get("/account/sessions")).text
    assert "No account belongs to yours." in (await browser.get(PATH)).text


@pytest.mark.parametrize("act", ["suspend", "resume", "end"])
async def test_P03_nobody_acts_on_an_account_that_is_not_theirs(deployment: Deployment, act: str) -> None:
    parent, other = await make_user(deployment.op), await make_user(deployment.op)
    agent = await make_agent(deployment, other, status="suspended" if act == "resume" else "active")
    await make_session(deployment.op, agent)
    await deployment.op.db.run("UPDATE users SET suspended_by_parent = TRUE WHERE status = 'suspended'")
    before = await status_of(deployment, agent)
    browser = await signed_in(deployment, parent)

    for target in (agent.id, parent.id, other.id, "nobody"):
        assert (await post(browser, PATH, **{act: target})).headers["location"] == PATH
    assert await status_of(deployment, agent) == before
    assert (await post(browser, PATH)).status_code == 400
    assert await audit_log.page(deployment.op.db, action=f"user:child:{act}ed") == []


async def test_P03_what_an_administrator_suspended_no_parent_resumes(deployment: Deployment) -> None:
    op = deployment.op
    parent = await make_user(op)
    agent = await make_agent(deployment, parent)
    browser = await signed_in(deployment, parent)
    await post(browser, PATH, suspend=agent.id)
    await people.disable(op, await users.get(op.db, agent.id), COMMAND)

    assert "Only an administrator can resume it." in (await browser.get(PATH)).text
    await post(browser, PATH, resume=agent.id)
    assert await status_of(deployment, agent) == "suspended"


@pytest.mark.parametrize("held", ["super administrator", "owner", "stronger"])
async def test_P03_a_parent_does_not_suspend_an_account_that_is_needed_or_stronger(
    deployment: Deployment, held: str
) -> None:
    op = deployment.op
    parent = await make_user(op)
    child = await make_agent(deployment, parent, kind="human")
    tenant = await make_tenant(op)
    # Whoever holds everything by a role of another name is no substitute for the super administrator.
    if held != "stronger":
        await make_role(op, None, ["*"], "everything")
        await give(op, parent, "everything")
    else:
        await make_member(op, tenant, "owner")
    if held == "super administrator":
        await give(op, child, "super_admin")
    else:
        await make_member(op, tenant, "owner", user=child)
    browser = await signed_in(deployment, parent)

    refused = await post(browser, PATH, suspend=child.id)
    said = "may do more than yours" if held == "stronger" else "the last one that may administer"
    assert (refused.status_code, said in refused.text) == (400, True)
    assert await status_of(deployment, child) == "active"

    await make_member(op, tenant, "owner")
    await make_staff(op, "super_admin")
    await give(op, parent, "super_admin")
    assert (await post(browser, PATH, suspend=child.id)).headers["location"] == f"{PATH}?done=agent_suspended"


async def test_suspending_a_parent_suspends_their_agents_who_resume_by_hand(deployment: Deployment) -> None:
    op = deployment.op
    parent = await make_user(op)
    agent, service = await make_agent(deployment, parent), await make_agent(deployment, parent, kind="service")
    child = await make_agent(deployment, parent, kind="human")
    for each in (agent, child):
        await make_session(op, each)

    await people.disable(op, parent, COMMAND)

    assert [await status_of(deployment, each) for each in (agent, service, child)] == ["suspended"] * 2 + ["active"]
    assert (await live(deployment, agent), await live(deployment, child)) == (0, 1)
    disabled = {each.resource_id for each in await audit_log.page(op.db, action="user:account:disabled")}
    assert disabled == {parent.id, agent.id, service.id}

    await people.enable(op, await users.get(op.db, parent.id), COMMAND)
    assert await status_of(deployment, agent) == "suspended"
    await post(await signed_in(deployment, parent), PATH, resume=agent.id)
    assert await status_of(deployment, agent) == "active"


async def test_F06_changing_an_account_takes_a_fresh_proof(deployment: Deployment) -> None:
    parent = await make_user(deployment.op)
    agent = await make_agent(deployment, parent)
    browser = await signed_in(deployment, parent)
    deployment.clock.advance(FRESH_FOR + 1)

    shown = (await browser.get(PATH)).text
    assert "confirm first that it is you" in shown
    assert 'name="suspend"' not in shown
    assert (await post(browser, PATH, suspend=agent.id)).status_code == 403
    assert await status_of(deployment, agent) == "active"


async def test_an_account_belongs_to_an_active_person_who_belongs_to_nobody(deployment: Deployment) -> None:
    op = deployment.op

    async def make(email: str, **changes: str) -> User:
        return await people.create(op, email=email, claims={}, password=None, role_names=(), origin=COMMAND, **changes)

    parent = await make_user(op)
    agent = await make("agent@example.com", kind="agent", parent_id=parent.id)
    assert (agent.kind, agent.parent_user_id) == ("agent", parent.id)
    suspended = await make_user(op, status="suspended")
    service = await make_user(op, kind="service")
    child = await make("child@example.com", parent_id=parent.id)
    for wrong in (agent.id, suspended.id, service.id, child.id, "nobody"):
        with pytest.raises(InvalidRecord, match="parent"):
            await make("another@example.com", kind="agent", parent_id=wrong)
    with pytest.raises(InvalidRecord, match="kind"):
        await make("another@example.com", kind="robot")
    assert await users.find_by_login(op.db, "another@example.com") is None
