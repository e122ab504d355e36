"""Joining by a code: by itself, before a sign-in, and on the way to an app."""

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from hibana_op.foundation.ids import uuid7
from hibana_op.records import interactions, memberships, roles, sessions, tenants, units
from hibana_op.records.roles import Role
from hibana_op.records.tenants import Tenant
from hibana_op.records.units import Unit
from hibana_op.records.users import User
from hibana_op.tenancy import actors, join_codes
from hibana_op.tenancy.seats import Seat
from tests.deployment import Browser, Deployment, Page, answer
from tests.flows.conftest import deployment, deployment_on_sqlite
from tests.make import make_client, make_user
from tests.tenancy.authority import HERE, make_tenant

__all__ = ["deployment", "deployment_on_sqlite"]

ACCOUNT = "/account/organizations"


async def coded(deployment: Deployment, slug: str = "acme") -> tuple[Tenant, str]:
    """A tenant and a code for it."""
    tenant = await make_tenant(deployment.op, slug)
    actor = await actors.command(deployment.op)
    _, text = await join_codes.create(deployment.op, actor, tenant.id, seat=Seat(), origin=HERE)
    return tenant, text


async def signed_in(deployment: Deployment) -> tuple[Browser, User]:
    user = await make_user(deployment.op)
    browser = deployment.browser()
    await browser.sign_in(await browser.get("/login"), user)
    return browser, user


async def active_in(deployment: Deployment, user: User) -> str | None:
    """The tenant that the person's newest session is in."""
    (session, *_) = await sessions.live_of_user(deployment.op.db, user.id, now=deployment.op.now())
    member = session.active_membership_id
    found = await memberships.as_seen(deployment.op.db, member, user_id=user.id) if member else None
    return found.slug if found else None


async def test_somebody_signed_in_sees_the_organization_and_joins(deployment: Deployment) -> None:
    tenant, text = await coded(deployment)
    browser, user = await signed_in(deployment)
    asked = await browser.get(f"/join?code={text}")
    page = Page.read(asked)
    assert page.fields["join_code"] == text
    shown = await browser.submit(page)
    assert tenant.name in shown.text
    assert user.email in shown.text
    assert await memberships.of_person(deployment.op.db, tenant.id, user.id) is None, "nobody joins by looking"
    landed = await browser.submit(Page.read(shown), decision="join")
    assert landed.url.path == ACCOUNT
    assert "You are a member now" in landed.text
    assert await active_in(deployment, user) == "acme"


async def test_whoever_cancels_does_not_join(deployment: Deployment) -> None:
    tenant, text = await coded(deployment)
    browser, user = await signed_in(deployment)
    shown = await browser.submit(Page.read(await browser.get("/join")), join_code=text)
    landed = await browser.submit(Page.read(shown), decision="cancel")
    assert landed.url.path == ACCOUNT
    assert await memberships.of_person(deployment.op.db, tenant.id, user.id) is None


async def test_a_code_typed_before_the_sign_in_waits_sealed_for_its_browser(deployment: Deployment) -> None:
    tenant, text = await coded(deployment)
    user = await make_user(deployment.op)
    browser = deployment.browser()
    login = await browser.submit(Page.read(await browser.get(f"/join?code={text}")))
    assert login.url.path == "/login"
    rows = str([dict(row) for row in await deployment.op.db.all("SELECT * FROM interactions")])
    assert text not in rows
    assert text.replace("-", "") not in rows
    shown = await browser.sign_in(login, user)
    assert tenant.name in shown.text
    kept = parse_qs(urlsplit(str(shown.url)).query)["kept"][0]
    other, _ = await signed_in(deployment)
    elsewhere = await other.get(f"/join?kept={kept}")
    assert tenant.name not in elsewhere.text
    landed = await browser.submit(Page.read(shown), decision="join")
    assert landed.url.path == ACCOUNT
    assert await active_in(deployment, user) == "acme"


async def test_P05_on_the_way_to_an_app_one_signs_in_joins_and_goes_on_in_the_new_tenant(
    deployment: Deployment,
) -> None:
    tenant, text = await coded(deployment)
    client = await make_client(deployment.op, first_party=True)
    user = await make_user(deployment.op)
    browser = deployment.browser()
    login = await browser.authorize(client, prompt="login", tenant="acme")
    link = re.search(r'<a id="join" href="([^"]+)"', login.text)
    assert link is not None
    asked = await browser.get(link[1])
    detour = await browser.submit(Page.read(asked), join_code=text)
    shown = await browser.sign_in(detour, user)
    assert tenant.name in shown.text
    back = await browser.submit(Page.read(shown), decision="join")
    code = answer(back)["code"]
    assert code
    assert await active_in(deployment, user) == "acme"


async def test_a_sign_in_from_before_does_not_count_for_an_app_that_wants_a_new_one(deployment: Deployment) -> None:
    _, text = await coded(deployment)
    client = await make_client(deployment.op, first_party=True)
    browser, _ = await signed_in(deployment)
    deployment.clock.advance(60)
    login = await browser.authorize(client, prompt="login")
    link = re.search(r'<a id="join" href="([^"]+)"', login.text)
    assert link is not None
    shown = await browser.submit(Page.read(await browser.get(link[1])), join_code=text)
    back = await browser.submit(Page.read(shown), decision="join")
    assert back.url.path == "/login"


@pytest.mark.parametrize(
    ("typed", "words"), [("", "Enter the code"), ("AAAA-AAAA", "not correct"), ("x" * 500, "not correct")]
)
async def test_what_is_no_code_is_said_on_the_page(deployment: Deployment, typed: str, words: str) -> None:
    browser, _ = await signed_in(deployment)
    refused = await browser.submit(Page.read(await browser.get("/join")), join_code=typed)
    assert refused.status_code == 400
    assert words in refused.text
    assert 'role="alert"' in refused.text


async def test_P05_after_too_many_codes_the_page_says_to_wait(deployment_on_sqlite: Deployment) -> None:
    _, text = await coded(deployment_on_sqlite)
    browser, _ = await signed_in(deployment_on_sqlite)
    page = Page.read(await browser.get("/join"))
    for _ in range(join_codes.MOST_FOR_A_PERSON):
        await browser.submit(page, join_code="AAAA-AAAA")
    assert (await browser.submit(page, join_code=text)).status_code == 429


async def test_a_full_organization_says_so_when_somebody_joins(deployment: Deployment) -> None:
    tenant, text = await coded(deployment)
    full = replace(tenant, max_users=1)
    await deployment.op.db.transact(lambda tx: tenants.update(tx, full))
    first, _ = await signed_in(deployment)
    second, late = await signed_in(deployment)
    for browser in (first, second):
        shown = await browser.submit(Page.read(await browser.get("/join")), join_code=text)
        landed = await browser.submit(Page.read(shown), decision="join")
    assert "no room" in landed.text
    assert await memberships.of_person(deployment.op.db, tenant.id, late.id) is None


async def test_whoever_has_no_account_is_told_how_to_get_one_where_one_has_to_be_invited(
    deployment: Deployment,
) -> None:
    advice = "ask whoever gave you the code for an invitation"
    stranger = deployment.browser()
    assert 'href="/join"' in (await stranger.get("/")).text.replace(deployment.op.issuer, "")
    assert advice in (await stranger.get("/join")).text
    browser, _ = await signed_in(deployment)
    assert advice not in (await browser.get("/join")).text


async def test_G01_a_form_from_elsewhere_joins_nobody(deployment_on_sqlite: Deployment) -> None:
    tenant, text = await coded(deployment_on_sqlite)
    browser, user = await signed_in(deployment_on_sqlite)
    for fields in ({"csrf": "x"}, {}):
        refused = await browser.http.post("/join", data={"join_code": text, "decision": "join", **fields})
        assert refused.status_code == 403
    assert await memberships.of_person(deployment_on_sqlite.op.db, tenant.id, user.id) is None


async def test_an_interaction_of_another_browser_is_refused(deployment_on_sqlite: Deployment) -> None:
    client = await make_client(deployment_on_sqlite.op, first_party=True)
    login = await deployment_on_sqlite.browser().authorize(client)
    interaction = parse_qs(urlsplit(str(login.url)).query)["interaction"][0]
    assert await interactions.find_open(deployment_on_sqlite.op.db, interaction, now=deployment_on_sqlite.op.now())
    browser, _ = await signed_in(deployment_on_sqlite)
    assert (await browser.get(f"/join?interaction={interaction}")).status_code == 403


async def with_a_desk(deployment: Deployment, tenant: Tenant) -> Seat:
    """A seat in a unit, with a role of the tenant's own."""
    op, now = deployment.op, deployment.op.now()
    role = a_role(tenant, "desk", "受付")
    unit = Unit(id=uuid7(), tenant_id=tenant.id, path="/", name="Osaka", created_at=now, updated_at=now)
    await op.db.transact(lambda tx: roles.insert(tx, role))
    await op.db.transact(lambda tx: units.insert(tx, unit))
    return Seat(role_id=role.id, unit_id=unit.id)


def a_role(tenant: Tenant, name: str, display_name: str) -> Role:
    return Role(
        id=uuid7(),
        tenant_id=tenant.id,
        name=name,
        display_name=display_name,
        description="",
        is_system_role=False,
        permissions_json='["tenants:read", "units:read"]',
        requires_acr=None,
        created_at=0,
        updated_at=0,
    )


async def test_the_role_and_the_unit_of_a_code_are_told_before_and_after_joining(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op, "acme")
    seat = await with_a_desk(deployment, tenant)
    _, text = await join_codes.create(op, await actors.command(op), tenant.id, seat=seat, origin=HERE)
    browser, _ = await signed_in(deployment)
    shown = await browser.submit(Page.read(await browser.get("/join")), join_code=text)
    assert "You join as: Member, 受付." in shown.text
    assert "Unit: <bdi>Osaka</bdi>" in shown.text
    landed = await browser.submit(Page.read(shown), decision="join")
    assert "Member, 受付 · Unit: <bdi>Osaka</bdi>" in landed.text


async def test_a_member_who_opens_a_code_again_is_told_what_they_are(deployment: Deployment) -> None:
    _, text = await coded(deployment)
    browser, _ = await signed_in(deployment)
    asked = await browser.submit(Page.read(await browser.get("/join")), join_code=text)
    await browser.submit(Page.read(asked), decision="join")
    deployment.clock.advance(60)
    again = await browser.submit(Page.read(await browser.get("/join")), join_code=text)
    assert "<h1>You are a member of" in again.text
    assert "Your role: Member" in again.text
    assert "You join as" not in again.text
    landed = await browser.submit(Page.read(again), decision="join")
    assert "You are a member now" not in landed.text
