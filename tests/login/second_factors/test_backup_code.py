"""Backup codes: ten, each good once, kept as slow hashes (I05)."""

import asyncio
import re

import pytest

from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.events import BackupCodesMade
from hibana_op.login.second_factors import SECOND_FACTORS, enrolment
from hibana_op.records import audit_log
from hibana_op.records.users import User
from tests.deployment import Deployment
from tests.make import make_user
from tests.second_factors import ORIGIN, a_challenge, messages_to, with_app

FACTOR = SECOND_FACTORS["backup_code"]


async def with_codes(deployment: Deployment) -> tuple[User, list[str]]:
    """A person with an app, and their backup codes."""
    user = await make_user(deployment.op)
    await with_app(deployment.op, user)
    return user, await enrolment.make_backup_codes(deployment.op, user, ORIGIN)


async def left(deployment: Deployment, user: User) -> int | None:
    offer = await FACTOR.offer(deployment.op.db, user)
    return offer.left if offer else None


async def test_ten_different_codes_that_can_be_read_aloud(deployment: Deployment) -> None:
    user, made = await with_codes(deployment)

    assert len(set(made)) == 10
    assert all(re.fullmatch(r"([0-9a-hjkmnp-tv-z]{4}-){2}[0-9a-hjkmnp-tv-z]{4}", code) for code in made)
    assert await left(deployment, user) == 10


async def test_I05_code_is_good_once_and_its_person_is_told(deployment: Deployment) -> None:
    user, made = await with_codes(deployment)

    factor = await FACTOR.finish(deployment.op, a_challenge(user), made[3])
    with pytest.raises(LoginRefused, match="wrong_code"):
        await FACTOR.finish(deployment.op, a_challenge(user), made[3])

    assert factor.proves == ("backup",)
    assert await left(deployment, user) == 9
    newest = (await messages_to(deployment.op, user.email))[0]
    assert "9" in newest.text_body
    assert "192.0.2.1" in newest.text_body


async def test_I05_of_twenty_at_once_one_succeeds(deployment: Deployment) -> None:
    user, made = await with_codes(deployment)

    tried = await asyncio.gather(
        *(FACTOR.finish(deployment.op, a_challenge(user), made[0]) for _ in range(20)), return_exceptions=True
    )

    assert sum(not isinstance(each, BaseException) for each in tried) == 1
    assert all(isinstance(each, LoginRefused) for each in tried if isinstance(each, BaseException))
    assert await left(deployment, user) == 9


async def test_I05_new_codes_void_the_old(deployment: Deployment) -> None:
    user, old = await with_codes(deployment)
    await enrolment.make_backup_codes(deployment.op, user, ORIGIN)

    with pytest.raises(LoginRefused, match="wrong_code"):
        await FACTOR.finish(deployment.op, a_challenge(user), old[0])

    assert await left(deployment, user) == 10
    entries = await audit_log.page(deployment.op.db, user_id=user.id, before=None, limit=50)
    assert [entry.action for entry in entries].count(BackupCodesMade.tag) == 2


async def test_I05_database_holds_slow_hashes_only(deployment: Deployment) -> None:
    user, made = await with_codes(deployment)

    rows = await deployment.op.db.all("SELECT * FROM backup_codes WHERE user_id = :id", id=user.id)
    kept = " ".join(str(value) for row in rows for value in row.values())

    assert not any(code in kept or code.replace("-", "") in kept for code in made)
    hashes = {await deployment.op.passwords.fingerprint(code.replace("-", ""), salt=user.id) for code in made}
    assert hashes == {row["code_hash"] for row in rows}
    assert await deployment.op.passwords.fingerprint(made[0].replace("-", ""), salt="somebody else") not in hashes


async def test_code_of_somebody_else_is_refused(deployment: Deployment) -> None:
    _, made = await with_codes(deployment)
    other, _ = await with_codes(deployment)

    with pytest.raises(LoginRefused, match="wrong_code"):
        await FACTOR.finish(deployment.op, a_challenge(other), made[0])


@pytest.mark.parametrize("spelling", ["upper", "without hyphens", "spaces", "full width", "letters for digits"])
async def test_code_may_be_typed_in_many_ways(deployment: Deployment, spelling: str) -> None:
    user, made = await with_codes(deployment)
    code = next(code for code in made if {"0", "1"} & set(code)) if spelling == "letters for digits" else made[0]
    typed = {
        "upper": code.upper(),
        "without hyphens": code.replace("-", ""),
        "spaces": f" {code.replace('-', ' ')} ",
        "full width": "".join(chr(ord(each) + 0xFEE0) for each in code),
        "letters for digits": code.replace("0", "O").replace("1", "l"),
    }[spelling]

    assert await FACTOR.finish(deployment.op, a_challenge(user), typed)


async def test_backup_codes_do_not_stand_alone(deployment: Deployment) -> None:
    user = await make_user(deployment.op)

    with pytest.raises(LoginRefused, match="backup_codes_alone"):
        await enrolment.make_backup_codes(deployment.op, user, ORIGIN)

    assert await left(deployment, user) is None
