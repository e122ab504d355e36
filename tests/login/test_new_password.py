"""New passwords, where a tenant asks for more than the deployment."""

import pytest

from hibana_op.foundation.errors import LoginRefused
from hibana_op.login import new_password
from hibana_op.provider import Provider
from hibana_op.records import password_history
from hibana_op.records.users import User
from tests.deployment import Deployment
from tests.flows.conftest import deployment
from tests.make import PASSWORD, make_user
from tests.policies import choose, member_of_tenant

__all__ = ["deployment"]

SECOND, THIRD = "seven purple trombones", "a kettle of winter comets"


async def set_to(op: Provider, user: User, password: str) -> None:
    chosen = await new_password.choose(op, user, password)
    await op.db.transact(lambda tx: new_password.put(tx, user.id, chosen, now=op.now()))


async def test_the_length_is_that_of_the_tenants(deployment: Deployment) -> None:
    op = deployment.op
    user, other = await make_user(op), await make_user(op)
    await member_of_tenant(op, user, passwords={"min_length": 24})

    with pytest.raises(LoginRefused) as refused:
        await set_to(op, user, SECOND)
    assert (refused.value.reason, refused.value.values) == ("password_too_short", {"shortest": 24})
    await set_to(op, other, SECOND)


async def test_the_deployment_says_how_long_a_first_password_is(deployment: Deployment) -> None:
    await choose(deployment.op, passwords={"min_length": 30})

    with pytest.raises(LoginRefused, match="password_too_short"):
        await new_password.check_first(deployment.op, SECOND, about=())


async def test_passwords_of_before_do_not_come_again_where_that_is_asked(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    await member_of_tenant(op, user, passwords={"history": 2})

    await set_to(op, user, SECOND)
    for used in (PASSWORD, SECOND):
        with pytest.raises(LoginRefused, match="password_used_before"):
            await set_to(op, user, used)
    deployment.clock.advance(60)
    await set_to(op, user, THIRD)
    await set_to(op, user, PASSWORD)  # the last two are others now
    assert len(await password_history.newest(op.db, user.id, most=9)) == 1


async def test_without_such_a_choice_no_earlier_password_is_kept(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)

    await set_to(op, user, SECOND)
    await set_to(op, user, PASSWORD)

    assert await password_history.newest(op.db, user.id, most=9) == []
