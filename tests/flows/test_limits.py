"""Limits that a busy address never meets, and a flood does."""

from dataclasses import replace

from hibana_op.login import throttle
from tests.deployment import Deployment
from tests.flows.journeys import arrive
from tests.make import make_client, make_user


async def test_a_hundred_sign_ins_in_a_row_from_one_address_pass_and_a_flood_of_wrong_ones_does_not(
    deployment: Deployment,
) -> None:
    client, user = await make_client(deployment.op, first_party=True), await make_user(deployment.op)
    for _ in range(100):
        landing = await arrive(deployment.browser(), client, user)
        assert "code" in landing.fields
    strangers, statuses = deployment.browser(), []
    for number in range(throttle.MOST_FOR_AN_ADDRESS + 5):
        somebody = replace(user, email=f"somebody-{number}@example.com")
        statuses.append((await strangers.sign_in(await strangers.get("/login"), somebody, "wrong")).status_code)
    assert statuses == [400] * throttle.MOST_FOR_AN_ADDRESS + [429] * 5
    another = deployment.browser()
    assert (await another.sign_in(await another.authorize(client), user)).status_code == 429
