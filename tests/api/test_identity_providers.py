"""`/identity-providers`: whose word counts for whom, and that no secret comes out."""

from typing import Any

import pytest

from hibana_op.foundation.ids import uuid7
from hibana_op.login.federation import choice
from hibana_op.provider import Provider
from hibana_op.records import tenant_domains
from hibana_op.records.tenant_domains import TenantDomain
from tests.api.credentials import ask, person_token, with_role
from tests.api.specimens import Side, seed_side
from tests.api.specimens.identity_providers import CONFIG
from tests.api.test_clients import last_entry, root_token
from tests.deployment import Deployment

NEW: dict[str, Any] = {"slug": "partner", "name": "Partner", "type": "oauth", "config": CONFIG}
SECRET = "a-secret-of-the-partner"


async def test_a_provider_is_added_changed_and_removed_and_its_secret_never_shown(deployment: Deployment) -> None:
    op = deployment.op
    token = await root_token(op)
    new = NEW | {"client_secret": SECRET, "domains": ["Partner.example"]}
    made = await ask(deployment, "POST", "/identity-providers", token, json=new)
    path = f"/identity-providers/{made.json()['id']}"
    changes = {"name": "Partner 2", "enabled": False, "client_secret": f"{SECRET}2", "domains": []}
    changed = await ask(deployment, "PATCH", path, token, json=changes)
    shown = await ask(deployment, "GET", path, token)

    assert made.status_code == 201, made.text
    assert (made.json()["has_secret"], made.json()["domains"]) == (True, ["partner.example"])
    assert made.json()["redirect_uri"] == f"{op.issuer}/federation/partner/callback"
    assert (changed.json()["name"], changed.json()["enabled"], changed.json()["domains"]) == ("Partner 2", False, [])
    assert shown.json() == changed.json()
    assert not [each for each in (made, changed, shown) if SECRET in each.text]
    told = await last_entry(op, "provider:registration:updated")
    assert told.metadata == {"provider": "partner", "fields": ["client_secret", "domains", "enabled", "name"]}
    assert (await ask(deployment, "POST", "/identity-providers", token, json=new)).status_code == 409
    assert (await ask(deployment, "DELETE", path, token)).status_code == 204
    assert (await ask(deployment, "GET", path, token)).status_code == 404


@pytest.mark.parametrize(
    ("provider_type", "config"),
    [
        ("oauth", {"client_id": "hibana"}),
        ("oauth", CONFIG | {"client_secret": "hidden here"}),
        ("saml", {"entity_id": "https://idp.example/", "sso_url": "https://idp.example/", "certificates": ["none"]}),
        ("ldap", {"url": "ldap://directory.example", "base": "dc=example", "bind_dn": "cn=hibana"}),
    ],
)
async def test_a_provider_that_could_not_be_used_is_refused(
    deployment_on_sqlite: Deployment, provider_type: str, config: dict[str, Any]
) -> None:
    token = await root_token(deployment_on_sqlite.op)
    new = NEW | {"type": provider_type, "config": config, "client_secret": SECRET}
    answer = await ask(deployment_on_sqlite, "POST", "/identity-providers", token, json=new)
    assert answer.status_code == 422, answer.text


async def verified(op: Provider, tenant_id: str, domain: str) -> None:
    """A domain that a tenant has shown to be its own."""
    own = TenantDomain(
        id=uuid7(), tenant_id=tenant_id, domain=domain, challenge="x", verified_at=op.now(), created_at=op.now()
    )
    await op.db.transact(lambda tx: tenant_domains.insert(tx, own))


async def test_O03_a_tenants_provider_answers_for_the_tenants_own_domains_while_they_are_its_own(
    deployment: Deployment,
) -> None:
    op = deployment.op
    side = await seed_side(op, "CANARYA")
    token = await person_token(op, side.owner)
    await verified(op, side.tenant_id, "own.example")
    new = NEW | {"tenant_id": side.tenant_id}
    stolen = await ask(deployment, "POST", "/identity-providers", token, json=new | {"domains": ["gmail.com"]})
    trusting = CONFIG | {"trust_email": True}
    trusted = await ask(deployment, "POST", "/identity-providers", token, json=new | {"config": trusting})
    made = await ask(deployment, "POST", "/identity-providers", token, json=new | {"domains": ["own.example"]})
    path = f"/identity-providers/{made.json()['id']}"

    assert (stolen.status_code, trusted.status_code, made.status_code) == (422, 422, 201)
    assert (await ask(deployment, "PATCH", path, token, json={"domains": ["gmail.com"]})).status_code == 422
    found = await choice.for_domain(op, "alice@own.example")
    assert found is not None
    assert found.slug == "partner"
    (domain,) = [each for each in await tenant_domains.of_tenant(op.db, side.tenant_id) if each.domain == "own.example"]
    await op.db.transact(lambda tx: tenant_domains.delete(tx, side.tenant_id, domain.id))
    assert await choice.for_domain(op, "alice@own.example") is None
    assert (await ask(deployment, "GET", path, token)).json()["domains"] == []


async def test_a_tenant_that_lost_a_domain_keeps_no_other_from_answering_for_it(deployment: Deployment) -> None:
    op = deployment.op
    one, other = await seed_side(op, "CANARYA"), await seed_side(op, "CANARYB")
    tokens = {side.tenant_id: await person_token(op, side.owner) for side in (one, other)}

    async def added(side: Side, slug: str) -> int:
        new = NEW | {"tenant_id": side.tenant_id, "slug": slug, "domains": ["own.example"]}
        answer = await ask(deployment, "POST", "/identity-providers", tokens[side.tenant_id], json=new)
        return answer.status_code

    await verified(op, one.tenant_id, "own.example")
    assert await added(one, "of-one") == 201
    assert await added(one, "of-one-too") == 409, "a domain that counts is one provider's"
    (domain,) = [each for each in await tenant_domains.of_tenant(op.db, one.tenant_id) if each.domain == "own.example"]
    await op.db.transact(lambda tx: tenant_domains.delete(tx, one.tenant_id, domain.id))
    await verified(op, other.tenant_id, "own.example")

    assert await added(other, "of-other") == 201
    found = await choice.for_domain(op, "alice@own.example")
    assert found is not None
    assert found.slug == "of-other"
    await verified(op, one.tenant_id, "lost.example")
    assert await added(one, "of-one-again") == 422, "it is not theirs any more"


async def test_P03_nobody_lets_a_provider_say_that_they_are_somebody_stronger(deployment: Deployment) -> None:
    op = deployment.op
    root = await with_role(op, "super_admin", email="root@boss.example")
    admin, token = await person_token(op, await with_role(op, "admin")), await person_token(op, root)
    new = NEW | {"domains": ["boss.example"]}
    plain = await ask(deployment, "POST", "/identity-providers", admin, json=NEW | {"slug": "plain"})

    assert (await ask(deployment, "POST", "/identity-providers", admin, json=new)).status_code == 403
    path = f"/identity-providers/{plain.json()['id']}"
    change = {"domains": ["boss.example"]}
    assert (await ask(deployment, "PATCH", path, admin, json=change)).status_code == 403
    assert (await ask(deployment, "PATCH", path, admin, json={"name": "Plain 2"})).status_code == 200
    assert (await ask(deployment, "POST", "/identity-providers", token, json=new)).status_code == 201


async def test_P03_a_tenants_owner_claims_no_domain_of_somebody_who_looks_after_the_deployment(
    deployment: Deployment,
) -> None:
    op = deployment.op
    side = await seed_side(op, "CANARYA")
    await with_role(op, "super_admin", email="root@own.example")
    await verified(op, side.tenant_id, "own.example")
    new = NEW | {"tenant_id": side.tenant_id, "domains": ["own.example"]}
    answer = await ask(deployment, "POST", "/identity-providers", await person_token(op, side.owner), json=new)
    assert answer.status_code == 403


@pytest.mark.parametrize("member", ["id", "slug", "type", "config", "tenant_id", "created_at"])
async def test_P02_who_a_provider_is_stays(deployment_on_sqlite: Deployment, member: str) -> None:
    op = deployment_on_sqlite.op
    side = await seed_side(op, "CANARYA")
    path = f"/identity-providers/{side.ids['provider']}"
    answer = await ask(deployment_on_sqlite, "PATCH", path, await root_token(op), json={member: "x"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, member)
