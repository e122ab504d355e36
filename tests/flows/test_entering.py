"""Signing in to a tenant: which one is entered, what tokens say of it, and when all of that ends."""

from dataclasses import replace
from typing import Any

import pytest

from hibana_op.records import ip_allowlists, memberships, sessions, tenants
from hibana_op.records.ip_allowlists import IpRule
from hibana_op.records.memberships import Membership
from hibana_op.records.tenants import Tenant
from hibana_op.records.users import User
from hibana_op.web.words import say
from tests.deployment import Browser, Deployment, Page, answer
from tests.flows.journeys import claims_of, obtain_tokens, redeem, refresh, tokens_of
from tests.flows.refused import rules_of
from tests.make import make_client, make_member, make_resource, make_tenant, make_user

SCOPE = "openid tenant roles"


async def signed_in(deployment: Deployment, user: User) -> Browser:
    """A browser in which somebody has signed in already."""
    browser = deployment.browser()
    client = await make_client(deployment.op, first_party=True)
    answer(await browser.sign_in(await browser.authorize(client), user))
    return browser


async def userinfo(deployment: Deployment, token: str) -> dict[str, Any]:
    async with deployment.http() as http:
        response = await http.get("/userinfo", headers={"Authorization": f"Bearer {token}"})
    return {"status": response.status_code, **(response.json() if response.status_code == 200 else {})}


async def change(deployment: Deployment, membership: Membership, **changes: Any) -> None:
    await deployment.op.db.transact(lambda tx: memberships.update(tx, replace(membership, **changes)))


async def test_the_only_tenant_of_a_person_is_entered_without_a_question(deployment: Deployment) -> None:
    op = deployment.op
    client, user, tenant = await make_client(op, first_party=True), await make_user(op), await make_tenant(op)
    membership = await make_member(op, tenant, user, role="owner")
    api = await make_resource(op)

    tokens = await obtain_tokens(deployment, client, user, scope=f"{SCOPE} read", resource=api.identifier)

    claims = claims_of(tokens["access_token"])
    assert (claims["tenant_id"], claims["tenant"], claims["tenant_name"]) == (tenant.id, tenant.slug, tenant.name)
    assert (claims["roles"], claims["permissions"]) == (["tenant_owner"], ["*"])
    (session,) = await sessions.live_of_user(op.db, user.id, now=op.now())
    assert session.active_membership_id == membership.id


async def test_an_app_that_does_not_ask_hears_nothing_of_tenants(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op, first_party=True), await make_user(op)
    await make_member(op, await make_tenant(op), user)

    tokens = await obtain_tokens(deployment, client, user, scope="openid roles")

    assert "tenant_id" not in claims_of(tokens["access_token"])
    assert await userinfo(deployment, tokens["access_token"]) == {"status": 200, "sub": user.id}


async def test_an_app_sees_in_the_id_token_which_tenant_was_entered(deployment: Deployment) -> None:
    """Anybody may write another `tenant` into the address that an app sends them to."""
    op = deployment.op
    client, user, tenant = await make_client(op, first_party=True), await make_user(op), await make_tenant(op)
    await make_member(op, tenant, user)

    tokens = await obtain_tokens(deployment, client, user, scope="openid", tenant=tenant.slug)

    assert claims_of(tokens["id_token"])["tenant_id"] == tenant.id
    assert "tenant" not in claims_of(tokens["id_token"])


async def test_whoever_is_in_no_tenant_gets_tokens_without_one(deployment: Deployment) -> None:
    client, user = await make_client(deployment.op, first_party=True), await make_user(deployment.op)

    tokens = await obtain_tokens(deployment, client, user, scope=SCOPE)

    assert "tenant_id" not in claims_of(tokens["access_token"])


async def test_among_several_the_person_picks_and_the_last_one_is_entered_next_time(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op, first_party=True), await make_user(op)
    first, second = await make_tenant(op, name="Acme"), await make_tenant(op, name="Zenith")
    await make_member(op, first, user)
    chosen = await make_member(op, second, user)
    browser = await signed_in(deployment, user)

    page = await browser.authorize(client, scope=SCOPE)
    assert page.url.path == "/login/organizations"
    assert "Acme" in page.text
    picked = answer(await browser.submit(Page.read(page), membership=chosen.id))
    claims = await _told(deployment, client, picked["code"])
    again = await _told(deployment, client, answer(await browser.authorize(client, scope=SCOPE))["code"])

    assert claims["tenant"] == again["tenant"] == second.slug


async def _told(deployment: Deployment, client: Any, code: str) -> dict[str, Any]:
    tokens = await tokens_of(await redeem(deployment, client, code))
    return await userinfo(deployment, tokens["access_token"])


async def test_P02_a_tenant_that_was_not_on_the_page_cannot_be_picked(deployment: Deployment) -> None:
    op = deployment.op
    client, user, stranger = await make_client(op, first_party=True), await make_user(op), await make_user(op)
    for _ in range(2):
        await make_member(op, await make_tenant(op), user)
    foreign = await make_member(op, await make_tenant(op), stranger)
    browser = await signed_in(deployment, user)

    page = await browser.authorize(client, scope=SCOPE)
    after = await browser.submit(Page.read(page), membership=foreign.id)

    assert after.url.path == "/login/organizations"


@pytest.mark.parametrize("name", ["tenant", "organization"])
async def test_a_request_names_the_tenant_to_enter(deployment: Deployment, name: str) -> None:
    op = deployment.op
    client, user = await make_client(op, first_party=True), await make_user(op)
    await make_member(op, await make_tenant(op), user)
    wanted = await make_tenant(op)
    await make_member(op, wanted, user)

    named: dict[str, Any] = {name: wanted.slug}
    tokens = await obtain_tokens(deployment, client, user, scope=SCOPE, **named)

    assert claims_of(tokens["access_token"])["tenant_id"] == wanted.id


async def test_whoever_is_not_in_the_tenant_hears_what_to_do_and_may_go_back(deployment: Deployment) -> None:
    op = deployment.op
    tenant, user = await make_tenant(op), await make_user(op)
    client = await make_client(op, first_party=True, tenant_id=tenant.id)
    browser = await signed_in(deployment, user)

    page = await browser.authorize(client)
    assert page.url.path == "/login/organizations"
    assert 'id="join"' in page.text
    assert answer(await browser.submit(Page.read(page), decision="cancel"))["error"] == "access_denied"
    silent = answer(await browser.authorize(client, prompt="none"))
    assert silent["error"] == "access_denied"


async def test_O03_an_unknown_tenant_answers_like_one_that_is_no_business_of_the_person(deployment: Deployment) -> None:
    op = deployment.op
    client, user, foreign = await make_client(op, first_party=True), await make_user(op), await make_tenant(op)
    browser = await signed_in(deployment, user)

    known = answer(await browser.authorize(client, prompt="none", tenant=foreign.slug, state="s"))
    unknown = answer(await browser.authorize(client, prompt="none", tenant="nobody-has-this", state="s"))

    assert known | {"session_state": ""} == unknown | {"session_state": ""}, "only its salt differs"
    assert known["error"] == "access_denied"


async def test_with_several_tenants_and_no_page_the_app_hears_that_a_page_is_needed(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op, first_party=True), await make_user(op)
    for _ in range(2):
        await make_member(op, await make_tenant(op), user)
    browser = await signed_in(deployment, user)

    assert answer(await browser.authorize(client, scope=SCOPE, prompt="none"))["error"] == "interaction_required"


@pytest.mark.parametrize("what", ["suspended in it", "left it", "it is suspended", "its plan ran out"])
async def test_D10_everything_of_a_tenant_ends_with_the_membership_or_the_tenant(
    deployment: Deployment, what: str
) -> None:
    op = deployment.op
    client, user, tenant = await make_client(op, first_party=True), await make_user(op), await make_tenant(op)
    membership = await make_member(op, tenant, user)
    elsewhere = await obtain_tokens(deployment, client, user, scope="openid offline_access")
    tokens = await obtain_tokens(deployment, client, user, scope=f"{SCOPE} offline_access")
    pending = await deployment.browser().obtain_code(client, user, scope=SCOPE)
    assert (await userinfo(deployment, tokens["access_token"]))["status"] == 200

    if what == "suspended in it":
        await change(deployment, membership, status="suspended")
    elif what == "left it":
        await change(deployment, membership, status="left")
    elif what == "it is suspended":
        await op.db.transact(lambda tx: tenants.set_status(tx, tenant.id, "suspended", now=op.now()))
    else:
        await op.db.transact(lambda tx: tenants.update(tx, replace(tenant, plan_expires_at=op.now())))

    assert (await userinfo(deployment, tokens["access_token"]))["status"] == 401
    assert (await refresh(deployment, client, tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await redeem(deployment, client, pending)).json()["error"] == "invalid_grant"
    assert (await userinfo(deployment, elsewhere["access_token"]))["status"] == 200, "what is not of the tenant stays"


@pytest.mark.usefixtures("changes_are_seen_at_once")
async def test_O05_the_apps_of_a_suspended_tenant_are_unknown(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    machine = await make_client(op, grant_types=("client_credentials",), tenant_id=tenant.id, scope="read")
    before = await deployment.token(machine, grant_type="client_credentials")
    assert claims_of(before.json()["access_token"])["tenant_id"] == tenant.id

    await _suspend(deployment, tenant)

    after = await deployment.token(machine, grant_type="client_credentials")
    assert after.json()["error"] == "invalid_client"


@pytest.mark.usefixtures("changes_are_seen_at_once")
async def test_O05_people_are_told_that_the_tenant_of_an_app_is_closed(deployment: Deployment) -> None:
    op = deployment.op
    user, tenant = await make_user(op), await make_tenant(op)
    client = await make_client(op, first_party=True, tenant_id=tenant.id)
    await make_member(op, tenant, user)
    browser = await signed_in(deployment, user)
    await _suspend(deployment, tenant)

    response = await browser.authorize(client)

    assert response.status_code == 403
    assert say("en", "refused.app_closed") in response.text
    assert say("en", "refused_advice.app_closed") in response.text
    assert tenant.name not in response.text
    assert await rules_of(deployment, {"app_closed": response}) == {"app_closed": "app_closed"}


@pytest.mark.parametrize("what", ["suspended in it", "it is suspended", "its plan ran out"])
async def test_a_member_who_may_not_enter_now_is_told_why_and_in_the_account_too(
    deployment: Deployment, what: str
) -> None:
    op = deployment.op
    client, user, tenant = await make_client(op, first_party=True), await make_user(op), await make_tenant(op)
    membership = await make_member(op, tenant, user)
    browser = await signed_in(deployment, user)
    word = "suspended" if what == "suspended in it" else "closed"
    if what == "suspended in it":
        await change(deployment, membership, status="suspended")
    elif what == "it is suspended":
        await _suspend(deployment, tenant)
    else:
        await op.db.transact(lambda tx: tenants.update(tx, replace(tenant, plan_expires_at=op.now())))

    page = await browser.authorize(client, scope=SCOPE, tenant=tenant.slug)
    account = await browser.get("/account/organizations")

    assert say("en", "organizations.shut_title") in page.text
    assert tenant.name in page.text
    assert say("en", f"account.organizations.{word}") in account.text


async def _suspend(deployment: Deployment, tenant: Tenant) -> None:
    op = deployment.op
    await op.db.transact(lambda tx: tenants.set_status(tx, tenant.id, "suspended", now=op.now()))


async def test_each_refusal_about_tenants_is_explained(deployment: Deployment) -> None:
    op = deployment.op
    tenant, user = await make_tenant(op), await make_user(op)
    client = await make_client(op, first_party=True, tenant_id=tenant.id)
    theirs = await make_resource(op, tenant_id=tenant.id)
    foreign = await make_resource(op, identifier="https://far.example/", tenant_id=(await make_tenant(op)).id)
    of_all = await make_client(op, first_party=True)
    browser = await signed_in(deployment, user)

    responses = {
        "resource_of_another_tenant": await browser.authorize(
            of_all, resource=[theirs.identifier, foreign.identifier], scope="openid read"
        ),
        "tenant_malformed": await browser.authorize(client, tenant="Not A Slug"),
        "not_in_tenant": await browser.authorize(client, prompt="none"),
    }

    assert await rules_of(deployment, responses) == {rule: rule for rule in responses}


@pytest.fixture
async def from_the_office(deployment: Deployment) -> Tenant:
    """A tenant whose people may act from 192.0.2.0/24 alone; tests call from elsewhere."""
    tenant = await make_tenant(deployment.op)
    now = deployment.op.now()
    rule = IpRule(id="office", tenant_id=tenant.id, cidr="192.0.2.0/24", created_at=now, updated_at=now)
    await deployment.op.db.transact(lambda tx: ip_allowlists.insert(tx, rule))
    return tenant


async def test_P08_nobody_enters_from_an_address_that_the_tenant_does_not_list(
    deployment: Deployment, from_the_office: Tenant
) -> None:
    op = deployment.op
    client, user = await make_client(op, first_party=True), await make_user(op)
    await make_member(op, from_the_office, user)
    machine = await make_client(op, grant_types=("client_credentials",), tenant_id=from_the_office.id, scope="read")
    browser = await signed_in(deployment, user)

    refused = await browser.authorize(client, scope=SCOPE)
    of_machine = await deployment.token(machine, grant_type="client_credentials")

    assert answer(refused)["error"] == of_machine.json()["error"] == "access_denied"
    rules = await rules_of(deployment, {"page": refused, "machine": of_machine})
    assert set(rules.values()) == {"address_not_allowed"}
    elsewhere = answer(await browser.authorize(client, scope="openid"))
    assert "code" in elsewhere, "what has nothing to do with the tenant is open from everywhere"


async def test_E07_a_list_that_was_made_since_counts_at_the_next_refresh(deployment: Deployment) -> None:
    op = deployment.op
    client, user, tenant = await make_client(op, first_party=True), await make_user(op), await make_tenant(op)
    await make_member(op, tenant, user)
    tokens = await obtain_tokens(deployment, client, user, scope=f"{SCOPE} offline_access")
    rule = IpRule(
        id="vpn", tenant_id=tenant.id, user_id=user.id, cidr="2001:db8::/32", created_at=op.now(), updated_at=op.now()
    )
    await op.db.transact(lambda tx: ip_allowlists.insert(tx, rule))

    assert (await refresh(deployment, client, tokens["refresh_token"])).json()["error"] == "access_denied"
