"""Whose choices count for a sign-in, and that the strictest of them does."""

from typing import Any

import pytest

from hibana_op.foundation import acr
from hibana_op.login import policy
from hibana_op.login.policy import DEFAULT
from hibana_op.records import roles, tenant_settings, tenants
from hibana_op.records.policies import OWN_ACCOUNT, Chosen, Destination
from hibana_op.records.roles import Assignment
from hibana_op.storage.database import Session
from tests.deployment import Deployment
from tests.flows.conftest import deployment
from tests.make import make_client, make_member, make_tenant, make_user
from tests.policies import choose, member_of_tenant

__all__ = ["deployment"]

ONE = "01020304-0506-0708-0102-030405060708"
OTHER = "11020304-0506-0708-0102-030405060708"


def chosen(deployment: dict[str, Any], *of_tenants: dict[str, Any], classes: tuple[str, ...] = ()) -> Chosen:
    """The choices of tenants that the sign-in leads into."""
    entered = tuple(tenant_settings.read(each) for each in of_tenants)
    return Chosen(tenant_settings.read(deployment), entered, classes=classes)


def beside(*of_tenants: dict[str, Any], classes: tuple[str, ...] = ()) -> Chosen:
    """The choices of tenants that the sign-in does not lead into."""
    others = tuple(tenant_settings.read(each) for each in of_tenants)
    return Chosen(tenant_settings.read({}), others=others, elsewhere=classes)


def methods(*names: str) -> dict[str, Any]:
    return {"sign_in": {"methods": list(names)}}


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        (chosen({}), DEFAULT.methods),
        (chosen({}, {}), DEFAULT.methods),
        (chosen(methods("passkey")), {"passkey"}),
        (chosen(methods("passkey"), {}), {"passkey"}),
        (chosen({}, methods("email", "passkey")), {"email", "passkey"}),
        (chosen({}, methods("email", "passkey"), {}), {"passkey"}),
        (chosen(methods("passkey", "password"), methods("email", "passkey")), {"passkey"}),
        (chosen({}, methods("password"), methods("provider")), {"passkey"}),
    ],
    ids=["nobody", "tenant without", "deployment", "tenant follows", "wider", "other tenant", "bound", "contradiction"],
)
def test_a_sign_in_begins_as_all_of_them_allow(choices: Chosen, expected: set[str]) -> None:
    assert policy.strictest(choices).methods == expected


def test_the_strictest_choice_counts_for_each_thing_by_itself() -> None:
    found = policy.strictest(
        chosen(
            {"sessions": {"idle_seconds": 7200}, "passwords": {"history": 2}},
            {"sessions": {"idle_seconds": 3600, "absolute_seconds": 30 * 86400}, "passwords": {"min_length": 20}},
            {"sign_in": {"second_factor": "required", "acr": acr.STRONG}, "passwords": {"history": 5}},
            classes=("phr",),
        )
    )

    assert found.idle_lifetime == 3600
    assert found.absolute_lifetime == policy.ABSOLUTE_LIFETIME
    assert found.shortest_password == 20
    assert found.history == 5
    assert found.is_second_factor_required
    assert found.classes == ("phr", acr.STRONG)


def test_a_session_may_last_longer_where_everybody_agrees() -> None:
    assert policy.strictest(chosen({}, {"sessions": {"absolute_seconds": 30 * 86400}})).absolute_lifetime == 30 * 86400


@pytest.mark.parametrize(
    ("sign_in", "expected"), [({}, 15), ({"second_factor": "required"}, 8), ({"acr": acr.TWO_FACTORS}, 8)]
)
def test_H07_a_password_may_be_short_only_beside_a_second_factor(sign_in: dict[str, Any], expected: int) -> None:
    assert policy.strictest(chosen({"sign_in": sign_in, "passwords": {"min_length": 8}})).shortest_password == expected


def test_authenticators_are_those_that_every_list_has_and_a_list_asks_for_attestation() -> None:
    assert policy.strictest(chosen({})).aaguids is None
    assert not policy.strictest(chosen({"passkeys": {"aaguids": []}})).is_attestation_required
    both = policy.strictest(chosen({"passkeys": {"aaguids": [ONE, OTHER]}}, {"passkeys": {"aaguids": [ONE]}}))
    assert both.aaguids == frozenset({ONE})
    assert both.is_attestation_required


@pytest.mark.parametrize("wanted", ["phrh", "phr", acr.STRONG])
def test_O04_a_tenant_keeps_nobody_from_what_is_not_its_own(wanted: str) -> None:
    hostile = {"sign_in": {"methods": ["provider"], "acr": wanted}, "passkeys": {"aaguids": [ONE]}}
    found = policy.strictest(beside(hostile, classes=(wanted,)))
    assert (found.methods, found.classes) == (DEFAULT.methods, ())
    assert not found.is_second_factor_required


@pytest.mark.parametrize(
    "asked",
    [beside({"sign_in": {"acr": acr.TWO_FACTORS}}), beside(classes=(acr.TWO_FACTORS,))],
    ids=["by a tenant", "by a role"],
)
def test_two_factors_are_asked_for_wherever_the_sign_in_leads(asked: Chosen) -> None:
    assert policy.strictest(asked).classes == (acr.TWO_FACTORS,)
    assert policy.strictest(beside({"sign_in": {"second_factor": "required"}})).is_second_factor_required


async def test_without_choices_nothing_is_asked(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    await make_member(op, await make_tenant(op), user)

    assert await policy.of_person(op.db, user, now=op.now()) == DEFAULT
    assert await policy.of_app(op.db, None) == DEFAULT


async def test_a_tenant_counts_while_the_membership_does(deployment: Deployment) -> None:
    op = deployment.op
    user, other = await make_user(op), await make_user(op)
    tenant = await member_of_tenant(op, user, sign_in={"second_factor": "required"})

    assert (await policy.of_person(op.db, user, now=op.now())).is_second_factor_required
    assert await policy.of_person(op.db, other, now=op.now()) == DEFAULT
    await op.db.transact(lambda tx: tenants.set_status(tx, tenant.id, "suspended", now=op.now()))
    assert await policy.of_person(op.db, user, now=op.now()) == DEFAULT


async def test_the_tenant_of_an_app_counts_for_everybody_on_the_way_to_it(deployment: Deployment) -> None:
    op = deployment.op
    user, tenant = await make_user(op), await make_tenant(op)
    await choose(op, tenant.id, sign_in={"methods": ["email"]})
    client = await make_client(op, tenant_id=tenant.id)

    assert (await policy.of_app(op.db, client.client_id)).methods == {"email"}
    to = Destination(client_id=client.client_id)
    assert (await policy.of_person(op.db, user, to=to, now=op.now())).methods == {"email"}
    assert await policy.of_person(op.db, user, now=op.now()) == DEFAULT


@pytest.mark.parametrize("by", ["id", "slug", "membership", "app"])
async def test_what_a_tenant_asks_for_counts_for_members_who_enter_it(deployment: Deployment, by: str) -> None:
    op = deployment.op
    user, tenant, other = await make_user(op), await make_tenant(op), await make_tenant(op)
    await choose(op, tenant.id, sign_in={"methods": ["passkey"], "acr": "phrh"})
    membership = await make_member(op, tenant, user)
    await make_member(op, other, user)
    client = await make_client(op, tenant_id=tenant.id)
    to = {
        "id": Destination(tenant=tenant.id),
        "slug": Destination(tenant=tenant.slug),
        "membership": Destination(membership_id=membership.id),
        "app": Destination(client_id=client.client_id),
    }[by]

    found = await policy.of_person(op.db, user, to=to, now=op.now())
    assert (set(found.methods), found.classes) == ({"passkey"}, ("phrh",))
    elsewhere = await policy.of_person(op.db, user, to=Destination(tenant=other.slug), now=op.now())
    assert (elsewhere.methods, elsewhere.classes) == (DEFAULT.methods, ())


@pytest.mark.parametrize("scope", ["deployment", "tenant", "membership"])
async def test_what_a_role_asks_for_counts_where_it_does(deployment: Deployment, scope: str) -> None:
    op = deployment.op
    user, tenant = await make_user(op), await make_tenant(op)
    await make_member(op, tenant, user, role="owner")
    holder = "system" if scope == "deployment" else tenant.id
    name = {"deployment": "auditor", "tenant": "department_manager", "membership": "tenant_owner"}[scope]
    role = await roles.find_by_name(op.db, holder, name)
    assert role is not None

    async def ask(tx: Session) -> None:
        await tx.run("UPDATE roles SET requires_acr = 'phr' WHERE id = :id", id=role.id)
        if scope != "membership":
            tenant_id = None if scope == "deployment" else tenant.id
            given = Assignment(
                id=f"given-{scope}",
                user_id=user.id,
                role_id=role.id,
                scope_type=scope,
                scope_id=holder,
                tenant_id=tenant_id,
                assigned_by=None,
                created_at=op.now(),
            )
            await roles.insert_assignment(tx, given)

    await op.db.transact(ask)

    entering = Destination(tenant=tenant.slug)
    assert (await policy.of_person(op.db, user, to=entering, now=op.now())).classes == ("phr",)
    to_their_account = await policy.of_person(op.db, user, now=op.now())
    assert to_their_account.classes == (("phr",) if scope == "deployment" else ())


async def test_the_cost_does_not_grow_with_the_number_of_tenants(deployment: Deployment) -> None:
    """One statement, whose rows are a person's own tenants: like choices are one row."""
    op = deployment.op
    user = await make_user(op)
    for _ in range(12):
        await make_member(op, await make_tenant(op), user)

    from hibana_op.records import policies  # noqa: PLC0415 -- the statement under test

    found = await policies.of_person(op.db, user.id, to=OWN_ACCOUNT, now=op.now())

    assert len(found.others) == 1
