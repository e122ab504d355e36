"""A plan or a licence that runs out closes the tenant by the clock alone: to its people, apps, keys and ways in."""

from dataclasses import replace
from typing import Any

import pytest

from hibana_op.api.operation import ROOT
from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.ids import uuid7
from hibana_op.login import policy
from hibana_op.login.federation import choice
from hibana_op.records import api_keys, identity_providers, invitations, resources, tenant_domains, tenants
from hibana_op.records.identity_providers import IdentityProvider
from hibana_op.records.tenant_domains import TenantDomain
from hibana_op.records.tenants import Tenant
from hibana_op.tenancy import accepting, actors, by_domain, join_codes
from hibana_op.tenancy import invitations as inviting
from hibana_op.tenancy.access import IN_DEPLOYMENT, Where, may, reaches
from hibana_op.tenancy.seats import Seat
from tests.api.credentials import ask, key_of, machine_token, person_token
from tests.deployment import Deployment
from tests.flows.conftest import changes_are_seen_at_once
from tests.flows.journeys import is_active, obtain_tokens, refresh, userinfo
from tests.make import make_client, make_resource, make_user
from tests.tenancy.authority import HERE, acting, give, make_member, make_staff, make_tenant

__all__ = ["changes_are_seen_at_once"]

ENDINGS = ["plan_expires_at", "license_expires_at"]
AN_HOUR = 3600


async def with_an_end(deployment: Deployment, name: str = "plan_expires_at", slug: str = "acme") -> Tenant:
    """A tenant that is open for another hour."""
    tenant = await make_tenant(deployment.op, slug)
    return await ends(deployment, tenant, **{name: deployment.op.now() + AN_HOUR})


async def ends(deployment: Deployment, tenant: Tenant, **when: int | None) -> Tenant:
    changed = replace(tenant, **when)  # type: ignore[arg-type] # one of the two ends
    await deployment.op.db.transact(lambda tx: tenants.update(tx, changed))
    return changed


async def test_a_tenant_that_was_given_another_end_is_remembered_with_it(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await with_an_end(deployment)
    client = await make_client(op, tenant_id=tenant.id)
    deployment.clock.advance(AN_HOUR)
    assert await op.remembered.client(client.client_id) is None

    await ends(deployment, tenant, plan_expires_at=op.now() + 1)
    op.remembered.forget()

    assert await op.remembered.client(client.client_id) == client
    deployment.clock.advance(1)
    assert await op.remembered.client(client.client_id) is None


@pytest.mark.parametrize("what", ENDINGS)
async def test_its_machines_get_no_tokens_and_those_they_have_are_dead(deployment: Deployment, what: str) -> None:
    op = deployment.op
    tenant = await with_an_end(deployment, what)
    watcher = await make_client(op)
    await make_resource(op, token_format="opaque", client_id=watcher.client_id, tenant_id=tenant.id)
    machine = await make_client(op, grant_types=("client_credentials",), tenant_id=tenant.id, scope="read")
    wanted = {"grant_type": "client_credentials", "resource": "https://api.example/"}
    opaque = (await deployment.token(machine, **wanted)).json()["access_token"]
    of_api = await machine_token(deployment, tenant_id=tenant.id)
    assert await is_active(deployment, watcher, opaque)
    assert (await ask(deployment, "GET", f"/tenants/{tenant.id}", of_api)).status_code == 200

    deployment.clock.advance(AN_HOUR - 1)
    again = await machine_token(deployment, tenant_id=tenant.id)
    assert (await deployment.token(machine, **wanted)).status_code == 200
    deployment.clock.advance(1)

    assert (await deployment.token(machine, **wanted)).json()["error"] == "invalid_client"
    assert (await deployment.call("/introspect", machine, token=opaque)).json()["error"] == "invalid_client"
    assert not await is_active(deployment, watcher, opaque)
    assert (await ask(deployment, "GET", f"/tenants/{tenant.id}", again)).status_code == 401


@pytest.mark.parametrize("what", ENDINGS)
async def test_nothing_is_issued_for_its_apis(deployment: Deployment, what: str) -> None:
    op = deployment.op
    tenant = await with_an_end(deployment, what)
    api = await make_resource(op, tenant_id=tenant.id)
    machine = await make_client(op, grant_types=("client_credentials",))
    await op.db.transact(
        lambda tx: resources.grant(tx, machine.client_id, api.id, scopes=frozenset({"read"}), now=op.now())
    )
    requests: list[dict[str, str]] = [{"resource": api.identifier}, {}]
    for request in requests:
        assert (await deployment.token(machine, grant_type="client_credentials", **request)).status_code == 200

    deployment.clock.advance(AN_HOUR)

    for request in requests:
        refused = await deployment.token(machine, grant_type="client_credentials", **request)
        assert refused.json()["error"] == "invalid_target"


@pytest.mark.usefixtures("changes_are_seen_at_once")
@pytest.mark.parametrize("what", ENDINGS)
async def test_what_its_people_have_from_apps_sleeps_while_it_is_closed(deployment: Deployment, what: str) -> None:
    op = deployment.op
    tenant = await with_an_end(deployment, what)
    user = await make_member(op, tenant, user=await make_user(op))
    ours, of_all = await make_client(op, tenant_id=tenant.id, first_party=True), await make_client(op, first_party=True)
    held = {
        client.client_id: await obtain_tokens(deployment, client, user, scope=f"openid {more} offline_access")
        for client, more in ((ours, "profile"), (of_all, "tenant"))
    }

    deployment.clock.advance(AN_HOUR)

    for client in (ours, of_all):
        tokens = held[client.client_id]
        assert (await userinfo(deployment, tokens["access_token"])).status_code == 401
        assert "access_token" not in (await refresh(deployment, client, tokens["refresh_token"])).json()
    assert not await is_active(deployment, of_all, held[of_all.client_id]["refresh_token"])

    await ends(deployment, tenant, plan_expires_at=None, license_expires_at=None)
    for client in (ours, of_all):
        assert (await refresh(deployment, client, held[client.client_id]["refresh_token"])).status_code == 200


@pytest.mark.parametrize("what", ENDINGS)
async def test_keys_that_were_made_for_it_do_not_count(deployment: Deployment, what: str) -> None:
    op = deployment.op
    tenant = await with_an_end(deployment, what)
    owner = await make_member(op, tenant, "owner")
    key = await key_of(op, owner, tenant_id=tenant.id)
    assert (await ask(deployment, "GET", f"/tenants/{tenant.id}", key)).status_code == 200

    deployment.clock.advance(AN_HOUR)

    assert (await ask(deployment, "GET", f"/tenants/{tenant.id}", key)).status_code == 401
    assert [each.revoked_at for each in await api_keys.page(op.db, tenant_id=tenant.id)] == [None]


@pytest.mark.parametrize("what", ENDINGS)
async def test_no_way_leads_into_it(deployment: Deployment, what: str) -> None:
    op = deployment.op
    command, tenant = await actors.command(op), await with_an_end(deployment, what)
    person = await make_user(op, email="kei@acme.example", email_verified=True)
    _, code = await join_codes.create(
        op, command, tenant.id, seat=Seat(), max_uses=None, lifetime=2 * AN_HOUR, origin=HERE
    )
    sent = await inviting.create(
        op,
        command,
        tenant.id,
        email=person.email,
        seat=Seat(),
        lifetime=2 * AN_HOUR,
        language="en",
        origin=HERE,
    )
    await own_domain(deployment, tenant)
    assert await invitations.pending_to(op.db, person.email, now=op.now())
    assert await by_domain.open_to(op.db, person, now=op.now())

    deployment.clock.advance(AN_HOUR)

    assert await invitations.pending_to(op.db, person.email, now=op.now()) == []
    assert await by_domain.open_to(op.db, person, now=op.now()) == []
    reasons = []
    for attempt in (
        join_codes.join(op, person.id, code, origin=HERE),
        accepting.accept(op, person.id, sent.invitation.id, origin=HERE),
        by_domain.join(op, person.id, tenant.id, origin=HERE),
    ):
        with pytest.raises(LoginRefused) as refused:
            await attempt
        reasons.append(refused.value.reason)
    assert reasons == ["join_code_over", "tenant_closed", "tenant_closed"]


async def own_domain(deployment: Deployment, tenant: Tenant) -> None:
    now = deployment.op.now()
    domain = TenantDomain(
        id=uuid7(),
        tenant_id=tenant.id,
        domain="acme.example",
        challenge="t",
        verified_at=now,
        may_join=True,
        created_at=now,
    )
    assert await deployment.op.db.transact(lambda tx: tenant_domains.insert(tx, domain))


@pytest.mark.parametrize("what", ENDINGS)
async def test_its_own_provider_signs_nobody_in(deployment: Deployment, what: str) -> None:
    op = deployment.op
    tenant = await with_an_end(deployment, what)
    await own_domain(deployment, tenant)
    client = await make_client(op, tenant_id=tenant.id)
    config: dict[str, Any] = {"issuer": "https://idp.acme.example", "client_id": "us"}
    made = IdentityProvider(
        id=uuid7(),
        slug="acme-login",
        name="Acme",
        provider_type="oidc",
        config=config,
        tenant_id=tenant.id,
        created_at=op.now(),
        updated_at=op.now(),
    )
    await op.db.transact(lambda tx: identity_providers.insert(tx, made, domains=["acme.example"]))
    assert await choice.offered(op, client.client_id) == [made]
    assert await choice.for_domain(op, "kei@acme.example") == made

    deployment.clock.advance(AN_HOUR)

    assert await choice.offered(op, client.client_id) == []
    assert await choice.for_domain(op, "kei@acme.example") is None
    assert not await op.db.transact(lambda tx: identity_providers.hold_enabled(tx, made.id, now=op.now()))


@pytest.mark.parametrize("what", ENDINGS)
async def test_its_owners_can_still_look_and_take_along_and_nobody_else_of_it_can(
    deployment: Deployment, what: str
) -> None:
    op = deployment.op
    tenant = await with_an_end(deployment, what)
    owner, manager = await make_member(op, tenant, "owner"), await make_member(op, tenant, "admin")
    await give(op, manager, "tenant_owner", tenant=tenant)
    here = Where(tenant_id=tenant.id)

    deployment.clock.advance(AN_HOUR)

    acts = await acting(op, owner)
    assert may(acts, "memberships:read", here)
    assert may(acts, "audit:export", here)
    left = {name for each in acts.granted for name in each.permissions}
    assert {name.partition(":")[2] for name in left} == {"read", "export"}
    assert not may(acts, "audit:read", IN_DEPLOYMENT)
    assert (await acting(op, manager)).granted == ()

    await op.db.transact(lambda tx: tenants.set_status(tx, tenant.id, "suspended", now=op.now()))
    assert not reaches(await acting(op, owner), tenant.id)


async def test_an_owners_role_that_was_narrowed_leaves_no_more_than_it_gave(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await with_an_end(deployment)
    owner = await make_member(op, tenant, "owner")
    await op.db.run(
        "UPDATE roles SET permissions_json = :given WHERE tenant_id = :id AND name = 'tenant_owner'",
        given='["memberships:*", "audit:read", "units:update"]',
        id=tenant.id,
    )

    deployment.clock.advance(AN_HOUR)

    assert [each.permissions for each in (await acting(op, owner)).granted] == [("audit:read", "memberships:read")]


@pytest.mark.usefixtures("changes_are_seen_at_once")
async def test_the_api_lets_an_owner_read_and_an_administrator_of_the_deployment_open_it_again(
    deployment: Deployment,
) -> None:
    op = deployment.op
    tenant = await with_an_end(deployment)
    owner, admin = await make_member(op, tenant, "owner"), await make_staff(op, "super_admin")
    at = f"/tenants/{tenant.id}"

    deployment.clock.advance(AN_HOUR)

    token = await person_token(op, owner)
    assert (await ask(deployment, "GET", at, token)).json()["slug"] == tenant.slug
    assert (await ask(deployment, "PATCH", at, token, json={"name": "Other"})).status_code == 403
    confined = await person_token(op, owner, tenant_id=tenant.id)
    assert (await ask(deployment, "GET", at, confined)).status_code == 401, "a token that was asked for in the tenant"
    of_admin = await person_token(op, admin)
    longer = {"plan_expires_at": "2099-01-01T00:00:00Z"}
    assert (await ask(deployment, "PATCH", at, of_admin, json=longer)).status_code == 200
    assert (await ask(deployment, "PATCH", at, token, json={"name": "Other"})).status_code == 200
    assert op.issuer + ROOT


async def test_what_it_asks_of_a_sign_in_is_asked_of_its_owners_still(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await with_an_end(deployment)
    await ends(deployment, replace(tenant, settings={"sign_in": {"second_factor": "required"}}))
    owner, member = await make_member(op, tenant, "owner"), await make_member(op, tenant)

    deployment.clock.advance(AN_HOUR)

    assert (await policy.of_person(op.db, owner, now=op.now())).is_second_factor_required
    assert not (await policy.of_person(op.db, member, now=op.now())).is_second_factor_required
