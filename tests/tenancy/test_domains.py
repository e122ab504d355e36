"""Domains of tenants: proven by their web server, one tenant's at most, and a way in for those who have an address."""

from dataclasses import replace
from pathlib import Path

import pytest

from hibana_op.foundation.errors import Conflict, Forbidden, InvalidRecord, LoginRefused, NotFound
from hibana_op.foundation.outbound import Outbound
from hibana_op.records import audit_log
from hibana_op.records.tenant_domains import TenantDomain
from hibana_op.records.tenants import Tenant
from hibana_op.tenancy import actors, by_domain
from hibana_op.tenancy import domains as rules
from tests.app_server import app_server
from tests.deployment import Deployment
from tests.foundation.certificates import Authority
from tests.foundation.strangers import Names
from tests.make import make_user
from tests.tenancy.authority import HERE, acting, make_member, make_tenant

DOMAIN = "acme.example"


async def known(deployment: Deployment, tenant: Tenant, domain: str = DOMAIN, *, may_join: bool = True) -> TenantDomain:
    """A domain that an administrator of the deployment vouches for."""
    op, actor = deployment.op, await actors.command(deployment.op)
    made = await rules.add(op, actor, tenant.id, domain=domain, origin=HERE)
    await rules.verify(op, actor, tenant.id, made.id, is_known=True, origin=HERE)
    return await rules.set_may_join(op, actor, tenant.id, made.id, may_join=may_join, origin=HERE)


async def test_whoever_has_a_confirmed_address_of_the_domain_joins(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    domain = await known(deployment, tenant)
    person = await make_user(op, email="Kei@ACME.example", email_verified=True)
    (offered,) = await op.db.read(lambda tx: by_domain.open_to(tx, person, now=op.now()))
    assert offered.name == tenant.name
    member = await by_domain.join(op, person.id, tenant.id, origin=HERE)
    assert (member.role, member.status) == ("member", "active")
    for email, verified in (("mei@acme.example", False), ("mei@sub.acme.example", True), ("x@acme.example.org", True)):
        other = await make_user(op, email=email, email_verified=verified)
        with pytest.raises(LoginRefused, match="tenant_closed"):
            await by_domain.join(op, other.id, tenant.id, origin=HERE)
    await rules.set_may_join(op, await actors.command(op), tenant.id, domain.id, may_join=False, origin=HERE)
    late = await make_user(op, email="late@acme.example", email_verified=True)
    with pytest.raises(LoginRefused, match="tenant_closed"):
        await by_domain.join(op, late.id, tenant.id, origin=HERE)


async def test_a_domain_counts_only_once_it_is_verified_and_for_one_tenant(deployment: Deployment) -> None:
    op, actor = deployment.op, await actors.command(deployment.op)
    tenant, other = await make_tenant(op), await make_tenant(op, "other")
    claimed = await rules.add(op, actor, other.id, domain="ACME.example", origin=HERE)
    await rules.set_may_join(op, actor, other.id, claimed.id, may_join=True, origin=HERE)
    person = await make_user(op, email="kei@acme.example", email_verified=True)
    with pytest.raises(LoginRefused):
        await by_domain.join(op, person.id, other.id, origin=HERE)
    verified = await known(deployment, tenant)
    with pytest.raises(Conflict, match="another organisation"):
        await rules.verify(op, actor, other.id, claimed.id, is_known=True, origin=HERE)
    with pytest.raises(Conflict, match="already"):
        await rules.add(op, actor, tenant.id, domain=DOMAIN, origin=HERE)
    await rules.remove(op, actor, tenant.id, verified.id, origin=HERE)
    assert (await rules.verify(op, actor, other.id, claimed.id, is_known=True, origin=HERE)).verified_at == op.now()
    tags = {each.action for each in await audit_log.page(op.db)}
    assert {f"tenant:domain:{what}" for what in ("added", "verified", "changed", "removed")} <= tags


async def test_P03_only_the_deployments_administrators_vouch_for_a_domain(deployment: Deployment) -> None:
    op = deployment.op
    tenant, other = await make_tenant(op), await make_tenant(op, "other")
    owner = await acting(op, await make_member(op, tenant, "owner"))
    made = await rules.add(op, owner, tenant.id, domain=DOMAIN, origin=HERE)
    with pytest.raises(Forbidden):
        await rules.verify(op, owner, tenant.id, made.id, is_known=True, origin=HERE)
    with pytest.raises(NotFound):
        await rules.verify(op, owner, other.id, made.id, origin=HERE)
    assert [each.domain for each in await rules.of_tenant(op, owner, tenant.id)] == [DOMAIN]
    stranger = await acting(op, await make_member(op, other, "owner"))
    with pytest.raises(NotFound, match=f"no domain has the id {made.id}"):
        await rules.remove(op, stranger, other.id, made.id, origin=HERE)


@pytest.mark.parametrize(
    "domain", ["", "acme", "https://acme.example", "acme.example/x", "ac me.example", "127.0.0.1:80"]
)
async def test_what_is_no_domain_is_refused(deployment_on_sqlite: Deployment, domain: str) -> None:
    op = deployment_on_sqlite.op
    tenant = await make_tenant(op)
    with pytest.raises(InvalidRecord):
        await rules.add(op, await actors.command(op), tenant.id, domain=domain, origin=HERE)


async def test_a_domain_is_verified_by_what_its_web_server_shows(
    deployment_on_sqlite: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    tenant = await make_tenant(deployment_on_sqlite.op)
    owner = await acting(deployment_on_sqlite.op, await make_member(deployment_on_sqlite.op, tenant, "owner"))
    made = await rules.add(deployment_on_sqlite.op, owner, tenant.id, domain=DOMAIN, origin=HERE)
    async with app_server(authority.server(DOMAIN)) as server:
        monkeypatch.setattr(rules, "ADDRESS", f"https://{{domain}}:{server.port}/.well-known/hibana-domain.txt")

        async def verify() -> TenantDomain:
            """With a way out of its own each time: failures are remembered for a while."""
            outbound = Outbound(allow=[DOMAIN], ca_file=str(authority.file), resolver=Names(["127.0.0.1"]))
            op = replace(deployment_on_sqlite.op, outbound=outbound)
            try:
                return await rules.verify(op, owner, tenant.id, made.id, origin=HERE)
            finally:
                await outbound.close()

        path = "/.well-known/hibana-domain.txt"
        for body, status in (("hibana-domain=another", 200), (rules.proof(made), 404), (f"x{rules.proof(made)}", 200)):
            server.show(path, body, kind="text/plain", status=status)
            with pytest.raises(InvalidRecord):
                await verify()
        server.show(path, f"first line\n {rules.proof(made)} \n", kind="text/plain; charset=utf-8")
        verified = await verify()
    assert verified.verified_at == deployment_on_sqlite.op.now()
