"""People whom the deployment or a tenant cannot do without stay until somebody takes their place (P03)."""

from urllib.parse import urlencode

import pytest

from hibana_op.foundation.errors import Conflict, LoginRefused
from hibana_op.login import deletion
from hibana_op.records import administrators, deletions, users
from hibana_op.tenancy import people
from hibana_op.tenancy.administrators import require_another_owner
from tests.deployment import Deployment
from tests.make import make_user
from tests.pages.account.visiting import post, signed_in
from tests.tenancy.authority import HERE, acting, give, make_member, make_staff, make_tenant, suspend


@pytest.mark.parametrize(
    ("kind", "said"), [("chief", "last super administrator"), ("owner", "last owner of an organization")]
)
async def test_P03_whoever_is_the_last_of_their_kind_does_not_delete_their_account(
    deployment: Deployment, kind: str, said: str
) -> None:
    op = deployment.op
    person = await make_user(op)
    tenant = await make_tenant(op)
    if kind == "chief":
        await give(op, person, "super_admin")
    else:
        await make_member(op, tenant, "owner", user=person)
    browser = await signed_in(deployment, person)

    told = await post(browser, "/account/data", decision="delete", confirm=person.email)
    assert (told.status_code, said in told.text) == (400, True)
    assert await deletions.due_of(op.db, person.id) is None
    assert (await browser.get(f"/account?{urlencode({'done': 'kept'})}")).url.path == "/account"

    if kind == "chief":
        await make_staff(op, "super_admin")
    else:
        await make_member(op, tenant, "owner")
    assert await deletion.request(op, person, HERE) > op.now()


async def test_P03_nobody_leaves_with_an_agent_who_is_the_last_super_administrator(deployment: Deployment) -> None:
    op = deployment.op
    parent = await make_user(op, password=None)
    agent = await make_user(op, password=None, kind="agent", parent_user_id=parent.id)
    await give(op, agent, "super_admin")
    with pytest.raises(LoginRefused, match="last_super_admin"):
        await deletion.request(op, parent, HERE)
    await make_staff(op, "super_admin")
    assert await deletion.request(op, parent, HERE) > op.now()


async def test_P03_nobody_erases_the_last_owner_of_a_tenant(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    owner, second = await make_member(op, tenant, "owner"), await make_member(op, tenant, "owner")
    actor = await acting(op, await make_staff(op, "super_admin"))
    await suspend(op, second)

    with pytest.raises(Conflict, match="last owner"):
        await people.erase(op, actor, owner.id, origin=HERE)
    assert await users.find(op.db, owner.id) is not None

    await op.db.run("UPDATE users SET status = 'active'")
    await people.erase(op, actor, owner.id, origin=HERE)
    assert await users.find(op.db, owner.id) is None
    with pytest.raises(Conflict, match="last owner"):
        await op.db.transact(lambda tx: require_another_owner(tx, second.id))
    await op.db.run("UPDATE tenants SET status = 'deleted'")
    assert not await op.db.transact(lambda tx: administrators.is_last_owner(tx, second.id))
