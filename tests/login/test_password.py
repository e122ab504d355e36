"""Signing in with a password: what counts, what is refused, and how often one may try."""

import asyncio
import threading
from dataclasses import replace

import bcrypt
import pytest

from hibana_op.foundation.errors import Busy, LoginRefused
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.passwords import Passwords
from hibana_op.login import people, throttle
from hibana_op.login.methods import METHODS
from hibana_op.login.shapes import Attempt
from hibana_op.provider import Provider
from hibana_op.records import audit_log, credentials, lockouts
from hibana_op.records.users import User
from tests.deployment import Deployment
from tests.make import PASSWORD, make_session, make_user

WRONG = "not the password"
HERE = Origin("192.0.2.1", "a browser", "trace")


async def sign_in(op: Provider, identifier: str, password: str = PASSWORD, origin: Origin = HERE) -> User:
    return await METHODS["password"].finish(op, Attempt(identifier=identifier, answer=password, origin=origin))


async def reason(op: Provider, identifier: str, password: str = WRONG, origin: Origin = HERE) -> str:
    with pytest.raises(LoginRefused) as refused:
        await sign_in(op, identifier, password, origin)
    return refused.value.reason


async def test_the_address_and_the_user_name_both_name_a_person(deployment: Deployment) -> None:
    user = await make_user(deployment.op, preferred_username="Alice")

    for identifier in (user.email, user.email.upper(), "alice", " ALICE ", "ａｌｉｃｅ"):
        assert (await sign_in(deployment.op, identifier)).id == user.id


async def test_H01_unknown_wrong_suspended_and_without_password_answer_alike(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    suspended = await make_user(op, status="suspended")
    without = await make_user(op, password=None)

    assert await reason(op, user.email) == "wrong_credentials"
    assert await reason(op, "nobody@example.com", PASSWORD) == "wrong_credentials"
    assert await reason(op, suspended.email, PASSWORD) == "wrong_credentials"
    assert await reason(op, without.email, "") == "wrong_credentials"


async def test_H05_whoever_locks_a_person_out_from_elsewhere_does_not_lock_their_own_browser(
    deployment: Deployment,
) -> None:
    op = deployment.op
    user = await make_user(op)
    session = await make_session(op, user, browser_hash="known")
    for number in range(50):
        await reason(op, user.email, origin=replace(HERE, ip=f"198.51.100.{number}"))

    def attempt(browser: str, password: str = PASSWORD) -> Attempt:
        return Attempt(identifier=user.email, answer=password, origin=HERE, browser_hash=browser)

    with pytest.raises(LoginRefused, match="too_many_attempts"):
        await METHODS["password"].finish(op, attempt("another"))
    assert (await METHODS["password"].finish(op, attempt(session.browser_hash))).id == user.id
    assert await reason(op, user.email, PASSWORD) == "too_many_attempts", "it unlocks nobody else"

    for _ in range(6):
        with pytest.raises(LoginRefused):
            await METHODS["password"].finish(op, attempt(session.browser_hash, WRONG))
    with pytest.raises(LoginRefused, match="too_many_attempts"):
        await METHODS["password"].finish(op, attempt(session.browser_hash))
    assert await people.unlock(op, user, HERE)
    assert (await METHODS["password"].finish(op, attempt(session.browser_hash))).id == user.id


@pytest.mark.parametrize("known", [True, False])
async def test_H03_five_failures_lock_for_fifteen_minutes_known_or_not(deployment: Deployment, known: bool) -> None:
    op = deployment.op
    identifier = (await make_user(op)).email if known else "nobody@example.com"
    for _ in range(5):
        assert await reason(op, identifier) == "wrong_credentials"

    with pytest.raises(LoginRefused) as locked:
        await sign_in(op, identifier)
    assert locked.value.reason == "too_many_attempts"
    assert locked.value.values == {"minutes": 15}

    deployment.clock.advance(15 * 60)
    assert await reason(op, identifier) == "wrong_credentials"


async def test_a_success_forgets_the_failures_before(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    for _ in range(4):
        for _ in range(4):
            await reason(op, user.email)
        assert (await sign_in(op, user.email)).id == user.id


async def test_H04_parallel_guesses_cannot_pass_the_limit_together(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)

    results = await asyncio.gather(
        *(sign_in(op, user.email, "wrong") for _ in range(40)), sign_in(op, user.email), return_exceptions=True
    )

    reasons = [each.reason for each in results if isinstance(each, LoginRefused)]
    assert len(reasons) == 41
    assert reasons.count("wrong_credentials") == 5


async def test_many_right_attempts_at_once_all_succeed(deployment: Deployment) -> None:
    user = await make_user(deployment.op)

    found = await asyncio.gather(*(sign_in(deployment.op, user.email) for _ in range(20)))

    assert {each.id for each in found} == {user.id}


async def test_H06_one_address_cannot_try_many_names(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    for number in range(throttle.MOST_FOR_AN_ADDRESS):
        await reason(op, f"name-{number}@example.com")

    assert await reason(op, user.email, PASSWORD) == "too_many_attempts"
    assert (await sign_in(op, user.email, origin=Origin("192.0.2.2", None, "t"))).id == user.id


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_H06_an_ipv6_customer_counts_as_one(one: str, other: str, same: bool) -> None:
    assert (throttle.subject_of_address(one) == throttle.subject_of_address(other)) is same


async def test_an_administrator_unlocks(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    for _ in range(6):
        await reason(op, user.email)
    assert await lockouts.locked_until(op.db, throttle.subject_of_user(user.id), now=op.now())

    assert await people.unlock(op, user, Origin.command("t"))

    assert (await sign_in(op, user.email)).id == user.id
    assert not await people.unlock(op, user, Origin.command("t"))


async def test_failures_are_remembered_and_audited_without_the_password(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)

    await reason(op, user.email, "canary-password")

    assert await lockouts.failures_of_user(op.db, user.id, since=0) == 1
    [entry] = await audit_log.page(op.db, limit=1)
    assert (entry.action, entry.outcome, entry.user_id) == ("user:login:failed", "failure", user.id)
    assert "canary" not in str(entry)


async def test_a_hash_with_older_parameters_is_renewed_at_the_next_sign_in(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    stronger = Passwords()
    try:
        old = await stronger.hash(PASSWORD)
    finally:
        stronger.close()
    await credentials.put_password_hash(op.db, user.id, password_hash=old, now=op.now())

    await sign_in(op, user.email)

    assert await credentials.find_password_hash(op.db, user.id) != old


async def test_a_hash_from_elsewhere_is_replaced_at_the_first_sign_in(deployment: Deployment) -> None:
    op = deployment.op
    elsewhere = "$2b$04$" + "EGdrhbKUv8Oc9vGiXX0HQO"
    stored = bcrypt.hashpw(PASSWORD.encode(), elsewhere.encode()).decode()
    user = await make_user(op, password=None)
    await op.db.transact(lambda tx: credentials.put_password_hash(tx, user.id, password_hash=stored, now=op.now()))

    assert await reason(op, user.email) == "wrong_credentials"
    assert await credentials.find_password_hash(op.db, user.id) == stored
    assert (await sign_in(op, user.email)).id == user.id
    replaced = await credentials.find_password_hash(op.db, user.id)
    assert replaced is not None
    assert replaced.startswith("$argon2id$")
    assert (await sign_in(op, user.email)).id == user.id


async def test_H07_sign_ins_that_found_no_room_count_as_no_guesses(deployment: Deployment) -> None:
    user, other = await make_user(deployment.op), await make_user(deployment.op)
    passwords, is_over = Passwords(workers=1, waiting=0, cheap=True), threading.Event()
    op = replace(deployment.op, passwords=passwords)
    try:
        held = asyncio.create_task(passwords.apart(is_over.wait))
        await asyncio.sleep(0)
        for number in range(throttle.MOST_FOR_AN_ADDRESS + 1):
            with pytest.raises(Busy):
                await sign_in(op, (user, other)[number % 2].email)
    finally:
        is_over.set()
        await held
        passwords.close()

    assert (await sign_in(deployment.op, user.email)).id == user.id
    assert await reason(deployment.op, other.email) == "wrong_credentials"
