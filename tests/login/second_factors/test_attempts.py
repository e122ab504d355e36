"""Guessing second factors: five times in a sign-in, ten times an hour, whatever the way (I03)."""

import asyncio

import pytest

from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.events import LoginFailed, LoginLocked
from hibana_op.login import people, throttle
from hibana_op.login.methods import METHODS
from hibana_op.login.second_factors import SECOND_FACTORS
from hibana_op.login.shapes import Attempt
from hibana_op.records import audit_log, lockouts
from hibana_op.records.users import User
from tests.deployment import Deployment
from tests.make import PASSWORD, make_user
from tests.second_factors import ORIGIN, a_challenge, code_of, messages_to, with_app

TOTP = SECOND_FACTORS["totp"]


async def guess(deployment: Deployment, user: User, *, bound_to: str | None = None, method: str = "totp") -> str:
    """Try a code that is wrong; why it was refused."""
    with pytest.raises(LoginRefused) as refused:
        await SECOND_FACTORS[method].finish(deployment.op, a_challenge(user, bound_to=bound_to), "0")
    return refused.value.reason


async def actions(deployment: Deployment, user: User) -> list[str]:
    """What the audit log says of a person."""
    entries = await audit_log.page(deployment.op.db, user_id=user.id, before=None, limit=200)
    return [entry.action for entry in entries]


async def test_I03_five_in_one_sign_in_whatever_the_way(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    secret = await with_app(deployment.op, user)
    deployment.clock.advance(60)
    ways = ["totp", "backup_code", "sms", "email", "totp"]

    assert [await guess(deployment, user, bound_to="one", method=way) for way in ways] == ["wrong_code"] * 5
    with pytest.raises(LoginRefused, match="too_many_attempts"):
        await TOTP.finish(deployment.op, a_challenge(user, bound_to="one"), code_of(secret, deployment.op))


async def test_I03_ten_an_hour_over_any_number_of_sign_ins(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    secret = await with_app(op, user)
    deployment.clock.advance(60)

    reasons = [await guess(deployment, user) for _ in range(30)]

    assert reasons == ["wrong_code"] * 10 + ["too_many_attempts"] * 20
    with pytest.raises(LoginRefused, match="too_many_attempts"):
        await TOTP.finish(op, a_challenge(user, ip="198.51.100.7"), code_of(secret, op))
    deployment.clock.advance(3600)
    assert await TOTP.finish(op, a_challenge(user), code_of(secret, op))


async def test_I03_limit_is_exact_when_guesses_come_at_once(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    await with_app(deployment.op, user)

    reasons = await asyncio.gather(*(guess(deployment, user) for _ in range(40)))

    assert sorted(reasons) == ["too_many_attempts"] * 30 + ["wrong_code"] * 10


async def test_I03_right_code_in_between_gives_no_more_guesses(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    secret = await with_app(op, user)
    for _ in range(9):
        await guess(deployment, user)
    deployment.clock.advance(60)
    assert await TOTP.finish(op, a_challenge(user), code_of(secret, op))

    assert [await guess(deployment, user) for _ in range(3)].count("wrong_code") <= 1


async def test_I03_person_is_told_by_mail_once_an_hour(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    await with_app(deployment.op, user)
    before = len(await messages_to(deployment.op, user.email))
    for number in range(12):
        await guess(deployment, user, bound_to=f"sign-in {number % 3}")

    told = (await messages_to(deployment.op, user.email))[before:]
    newest = await messages_to(deployment.op, user.email)
    assert len(newest) - before == 1, [message.subject for message in told]
    assert "192.0.2.1" in newest[0].text_body


async def test_wrong_codes_count_against_the_person_everywhere(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    await with_app(op, user)
    for _ in range(5):
        await guess(deployment, user, bound_to="one")

    attempt = Attempt(identifier=user.email, answer=PASSWORD, origin=ORIGIN, browser_hash="a browser")
    with pytest.raises(LoginRefused, match="too_many_attempts"):
        await METHODS["password"].finish(op, attempt)
    assert await lockouts.failures_of_user(op.db, user.id, since=0) == 5


async def test_H05_guessed_passwords_do_not_keep_the_person_from_the_second_step(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    secret = await with_app(op, user)
    deployment.clock.advance(60)
    counter = throttle.subject_of_user(user.id)
    for _ in range(6):
        await op.db.transact(lambda tx: lockouts.reserve(tx, counter, limit=5, seconds=900, now=op.now()))

    assert await TOTP.finish(op, a_challenge(user), code_of(secret, op))


async def test_every_failure_is_written_down(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    await with_app(deployment.op, user)
    for _ in range(6):
        await guess(deployment, user, bound_to="one")

    written = await actions(deployment, user)
    assert written.count(LoginFailed.tag) == 5
    assert written.count(LoginLocked.tag) == 1


async def test_administrator_lifts_the_lock(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    secret = await with_app(op, user)
    assert not await people.unlock(op, user, ORIGIN)
    deployment.clock.advance(60)
    while await guess(deployment, user) != "too_many_attempts":
        pass

    assert await people.unlock(op, user, ORIGIN)
    assert await TOTP.finish(op, a_challenge(user), code_of(secret, op))
