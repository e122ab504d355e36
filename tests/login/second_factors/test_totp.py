"""Codes of authenticator apps: once each, for a short while, by anyone who types them their own way (I02)."""

import asyncio
from dataclasses import replace

import pyotp
import pytest

from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.vault import Vault, generate_master_key, parse_master_key
from hibana_op.login.second_factors import SECOND_FACTORS, enrolment
from hibana_op.login.second_factors.totp import matching_step
from hibana_op.operations import keys
from hibana_op.records import two_factor
from tests.deployment import Deployment
from tests.make import make_user
from tests.schema import MASTER_KEY
from tests.second_factors import ORIGIN, a_challenge, code_of, with_app

FACTOR = SECOND_FACTORS["totp"]
# RFC 6238, appendix B, the SHA-1 rows; our codes are their last six digits.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC_ROWS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


@pytest.mark.parametrize(("now", "code"), RFC_ROWS, ids=[str(row[0]) for row in RFC_ROWS])
def test_codes_are_those_of_the_specification(now: int, code: str) -> None:
    assert matching_step(RFC_SECRET, code[-6:], now=now) == now // 30


async def test_I02_code_is_accepted_once(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    secret = await with_app(deployment.op, user)
    deployment.clock.advance(60)
    code = code_of(secret, deployment.op)

    factor = await FACTOR.finish(deployment.op, a_challenge(user), code)
    with pytest.raises(LoginRefused, match="wrong_code"):
        await FACTOR.finish(deployment.op, a_challenge(user), code)

    assert (factor.method, factor.proves, factor.amr) == ("totp", ("app",), ("otp",))


async def test_I02_of_many_at_once_one_succeeds(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    secret = await with_app(deployment.op, user)
    deployment.clock.advance(60)
    code = code_of(secret, deployment.op)

    tried = await asyncio.gather(
        *(FACTOR.finish(deployment.op, a_challenge(user), code) for _ in range(20)), return_exceptions=True
    )

    assert all(isinstance(each, LoginRefused) for each in tried if isinstance(each, BaseException))
    assert sum(not isinstance(each, BaseException) for each in tried) == 1


async def test_I02_code_of_the_setup_does_not_sign_in(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    secret = await with_app(deployment.op, user)

    with pytest.raises(LoginRefused, match="wrong_code"):
        await FACTOR.finish(deployment.op, a_challenge(user), code_of(secret, deployment.op))


@pytest.mark.parametrize(("steps", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
async def test_I02_clock_may_be_half_a_minute_off(deployment: Deployment, steps: int, is_taken: bool) -> None:
    user = await make_user(deployment.op)
    secret = await with_app(deployment.op, user)
    deployment.clock.advance(300)
    code = code_of(secret, deployment.op, steps=steps)

    if is_taken:
        assert await FACTOR.finish(deployment.op, a_challenge(user), code)
    else:
        with pytest.raises(LoginRefused, match="wrong_code"):
            await FACTOR.finish(deployment.op, a_challenge(user), code)


async def test_I02_older_code_than_the_last_is_not_accepted(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    secret = await with_app(deployment.op, user)
    deployment.clock.advance(300)
    await FACTOR.finish(deployment.op, a_challenge(user), code_of(secret, deployment.op, steps=1))

    with pytest.raises(LoginRefused, match="wrong_code"):
        await FACTOR.finish(deployment.op, a_challenge(user), code_of(secret, deployment.op))


@pytest.mark.parametrize("spelling", ["{} {}", " {}{} ", "{}-{}", "full width"])
async def test_code_may_be_typed_with_spaces_and_full_width_digits(deployment: Deployment, spelling: str) -> None:
    user = await make_user(deployment.op)
    secret = await with_app(deployment.op, user)
    deployment.clock.advance(60)
    code = code_of(secret, deployment.op)
    wide = code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    typed = f"{wide[:3]}　{wide[3:]}" if spelling == "full width" else spelling.format(code[:3], code[3:])

    assert await FACTOR.finish(deployment.op, a_challenge(user), typed)


async def test_person_without_an_app_is_not_offered_one(deployment: Deployment) -> None:
    user = await make_user(deployment.op)

    assert await FACTOR.offer(deployment.op.db, user) is None
    with pytest.raises(LoginRefused, match="wrong_code"):
        await FACTOR.finish(deployment.op, a_challenge(user), "000000")


async def test_I07_app_counts_only_after_its_first_right_code(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    setup = enrolment.begin_app(op, user, bound_to="a session")
    wrong = f"{(int(pyotp.TOTP(setup.secret).at(op.now())) + 1) % 10**6:06}"

    with pytest.raises(LoginRefused, match="wrong_app_code"):
        await enrolment.add_app(op, user, setup, wrong, ORIGIN)

    assert await FACTOR.offer(op.db, user) is None


async def test_I07_setup_belongs_to_its_person_and_session_for_an_hour(deployment: Deployment) -> None:
    op = deployment.op
    user, other = await make_user(op), await make_user(op)
    begun = enrolment.begin_app(op, user, bound_to="a session")

    assert enrolment.resume_app(op, user, bound_to="a session", sealed=begun.sealed) == begun
    assert enrolment.resume_app(op, other, bound_to="a session", sealed=begun.sealed) is None
    assert enrolment.resume_app(op, user, bound_to="another", sealed=begun.sealed) is None
    assert enrolment.resume_app(op, user, bound_to="a session", sealed="v1.nonsense") is None
    deployment.clock.advance(enrolment.SETUP_LIFETIME)
    assert enrolment.resume_app(op, user, bound_to="a session", sealed=begun.sealed) is None


async def test_second_app_does_not_take_the_place_of_the_first(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    await with_app(op, user)
    kept = await two_factor.find_app(op.db, user.id)

    with pytest.raises(LoginRefused, match="app_already_set_up"):
        await with_app(op, user)

    assert await two_factor.find_app(op.db, user.id) == kept
    assert kept is not None
    assert kept.secret_sealed.startswith("v1.")


async def test_T02_secret_moves_to_the_new_master_key(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    secret = await with_app(op, user)
    old_key, new_key = (parse_master_key(text) for text in (MASTER_KEY, generate_master_key()))

    await keys.rotate_master(replace(op, vault=Vault([new_key, old_key])), Origin.command("a-trace"))

    [(user_id, sealed)] = await two_factor.sealed_secrets(op.db)
    assert user_id == user.id
    assert Vault([new_key]).open(sealed, two_factor.sealed_name(user.id)).decode() == secret
