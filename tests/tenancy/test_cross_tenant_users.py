"""People in every tenant, as the service provider's staff see them."""

from hibana_op.records import cross_tenant_users
from tests.deployment import Deployment
from tests.make import make_user
from tests.tenancy.authority import give, make_member, make_tenant


async def test_a_page_names_the_roles_of_those_on_it_and_of_nobody_else(deployment: Deployment) -> None:
    op = deployment.op
    here, there = await make_tenant(op), await make_tenant(op, "other")
    person = await make_user(op, name="Alice Yamada")
    await make_member(op, here, "member", user=person)
    other = await make_member(op, there, "member")
    await make_member(op, there, "admin", user=person)
    await give(op, person, "department_manager", tenant=here)
    await give(op, other, "guest", tenant=there)

    everywhere = await cross_tenant_users.page(op.db)
    assert [(each.tenant_id, each.user_id, each.roles) for each in everywhere] == [
        (here.id, person.id, ("department_manager",)),
        (there.id, other.id, ("guest",)),
        (there.id, person.id, ()),
    ]
    of_one = await cross_tenant_users.page(op.db, tenant_id=there.id)
    assert [each.user_id for each in of_one] == [other.id, person.id]
    assert await cross_tenant_users.page(op.db, role="guest") == [everywhere[1]]
    assert await cross_tenant_users.page(op.db, role="admin", tenant_id=there.id) == [everywhere[2]]
    assert await cross_tenant_users.page(op.db, status="suspended") == []
    assert len(await cross_tenant_users.page(op.db, q="yamada", after=everywhere[0].membership_id)) == 2
