"""Codes that are sent: ten minutes, one business, one person, and not too many of them (I04, I08)."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.events import CodeSent
from hibana_op.login.second_factors import SECOND_FACTORS, codes, enrolment
from hibana_op.records import audit_log, outbox, users
from hibana_op.records.users import User
from tests.deployment import Deployment
from tests.make import make_user
from tests.second_factors import PHONE, a_challenge, messages_to, newest_code, with_mailbox, with_phone

WAYS = ["sms", "email"]


async def ready(deployment: Deployment, way: str, **changes: Any) -> User:
    """A person who may have codes sent, and to whom none was sent for an hour."""
    user = await make_user(deployment.op, **changes)
    await (with_phone if way == "sms" else with_mailbox)(deployment.op, user)
    deployment.clock.advance(3600)
    return await users.get(deployment.op.db, user.id)


async def send(deployment: Deployment, way: str, user: User, bound_to: str, *, ip: str = "192.0.2.1") -> str:
    """Have a code sent in a sign-in; the code."""
    begin = SECOND_FACTORS[way].begin
    assert begin is not None
    await begin(deployment.op, a_challenge(user, bound_to=bound_to, ip=ip))
    return await newest_code(deployment.op)


async def refused(deployment: Deployment, way: str, user: User, bound_to: str, code: str) -> bool:
    """Whether a code is refused."""
    try:
        await SECOND_FACTORS[way].finish(deployment.op, a_challenge(user, bound_to=bound_to), code)
    except LoginRefused as refusal:
        return refusal.reason == "wrong_code"
    return False


async def different(deployment: Deployment, way: str, user: User, bound_to: str, other: str) -> str:
    """A code that is not by chance the same as another one."""
    code = await send(deployment, way, user, bound_to)
    while code == other:
        deployment.clock.advance(60)
        code = await send(deployment, way, user, bound_to)
    return code


@pytest.mark.parametrize("way", WAYS)
async def test_I04_code_is_good_once(deployment: Deployment, way: str) -> None:
    user = await ready(deployment, way)
    code = await send(deployment, way, user, "one")

    factor = await SECOND_FACTORS[way].finish(deployment.op, a_challenge(user, bound_to="one"), code)

    assert factor.proves == {"sms": ("phone",), "email": ("mailbox",)}[way]
    assert await refused(deployment, way, user, "one", code)


@pytest.mark.parametrize("way", WAYS)
async def test_I04_of_many_at_once_one_succeeds(deployment: Deployment, way: str) -> None:
    user = await ready(deployment, way)
    code = await send(deployment, way, user, "one")

    tried = await asyncio.gather(*(refused(deployment, way, user, "one", code) for _ in range(5)))

    assert tried.count(False) == 1


@pytest.mark.parametrize("way", WAYS)
async def test_I04_code_of_one_sign_in_is_worth_nothing_in_another(deployment: Deployment, way: str) -> None:
    user = await ready(deployment, way)
    first = await send(deployment, way, user, "one")
    await different(deployment, way, user, "two", first)

    assert await refused(deployment, way, user, "two", first)
    assert not await refused(deployment, way, user, "one", first)


@pytest.mark.parametrize("way", WAYS)
async def test_I04_code_of_one_person_is_worth_nothing_for_another(deployment: Deployment, way: str) -> None:
    user, other = await ready(deployment, way), await ready(deployment, way)
    code = await send(deployment, way, user, "one")

    assert await refused(deployment, way, other, "one", code)


@pytest.mark.parametrize("way", WAYS)
async def test_I04_code_ends_after_ten_minutes(deployment: Deployment, way: str) -> None:
    user = await ready(deployment, way)
    code = await send(deployment, way, user, "one")
    deployment.clock.advance(600)

    assert await refused(deployment, way, user, "one", code)


@pytest.mark.parametrize("way", WAYS)
async def test_I04_new_code_takes_the_place_of_the_old(deployment: Deployment, way: str) -> None:
    user = await ready(deployment, way)
    old = await send(deployment, way, user, "one")
    deployment.clock.advance(60)
    new = await different(deployment, way, user, "one", old)

    assert await refused(deployment, way, user, "one", old)
    assert not await refused(deployment, way, user, "one", new)


async def test_I04_code_to_confirm_a_number_is_no_second_factor(deployment: Deployment) -> None:
    op = deployment.op
    user = await ready(deployment, "sms")
    await codes.send(op, codes.CONFIRM_PHONE, a_challenge(user, bound_to="one"), PHONE)

    assert await refused(deployment, "sms", user, "one", await newest_code(op))


async def test_I04_code_to_confirm_is_tried_five_times(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    challenge = a_challenge(user)
    await codes.send(op, codes.CONFIRM_PHONE, challenge, PHONE)
    code = await newest_code(op)
    for _ in range(5):
        with pytest.raises(LoginRefused, match="wrong_code"):
            await enrolment.confirm_phone(op, challenge, "0")

    with pytest.raises(LoginRefused, match="wrong_code"):
        await enrolment.confirm_phone(op, challenge, code)


async def test_I04_database_holds_no_code(deployment: Deployment) -> None:
    user = await ready(deployment, "sms")
    code = await send(deployment, "sms", user, "one")

    rows = await deployment.op.db.all("SELECT code_hash FROM verification_codes WHERE user_id = :id", id=user.id)

    assert all(len(row["code_hash"]) == 43 and code not in row["code_hash"] for row in rows)


async def test_number_that_was_changed_meanwhile_proves_nothing(deployment: Deployment) -> None:
    op = deployment.op
    user = await ready(deployment, "sms")
    code = await send(deployment, "sms", user, "one")
    deployment.clock.advance(60)
    await with_phone(op, user, "+819087654321")

    assert await refused(deployment, "sms", user, "one", code)


async def test_address_that_is_not_confirmed_gets_no_codes(deployment: Deployment) -> None:
    op = deployment.op
    user = await ready(deployment, "email")
    await op.db.transact(lambda tx: users.update(tx, replace(user, email_verified=False)))
    changed = await users.get(op.db, user.id)

    assert await SECOND_FACTORS["email"].offer(op.db, changed) is None
    with pytest.raises(LoginRefused, match="code_not_sent"):
        await send(deployment, "email", changed, "one")


@pytest.mark.parametrize("way", WAYS)
async def test_destination_is_told_masked(deployment: Deployment, way: str) -> None:
    user = await ready(deployment, way, email="hanako@example.com")

    offer = await SECOND_FACTORS[way].offer(deployment.op.db, user)

    assert offer is not None
    assert offer.destination == {"sms": "••••5678", "email": "h•••@example.com"}[way]


@pytest.mark.parametrize("way", WAYS)
async def test_I08_another_code_waits_a_minute(deployment: Deployment, way: str) -> None:
    user = await ready(deployment, way)
    await send(deployment, way, user, "one")
    deployment.clock.advance(59)

    with pytest.raises(LoginRefused) as refusal:
        await send(deployment, way, user, "one")

    assert (refusal.value.reason, refusal.value.values) == ("code_just_sent", {"seconds": 1})


async def sent_of(deployment: Deployment, tries: list[tuple[User, str]]) -> int:
    """Of many who have an SMS sent, each in a sign-in of its own, how many get one."""
    done = 0
    for number, (user, ip) in enumerate(tries):
        try:
            await send(deployment, "sms", user, f"sign-in {number}", ip=ip)
            done += 1
        except LoginRefused as refusal:
            done += refusal.reason != "too_many_codes_sent"
    return done


async def test_I08_one_number_gets_five_an_hour_whoever_asks(deployment: Deployment) -> None:
    people = [await ready(deployment, "sms") for _ in range(3)]
    before = len(await messages_to(deployment.op, PHONE))

    sent = await sent_of(deployment, [(people[number % 3], f"192.0.2.{number}") for number in range(12)])

    assert sent == codes.MOST_TO_A_DESTINATION
    assert len(await messages_to(deployment.op, PHONE)) - before == sent


async def test_I08_one_person_gets_fifteen_a_day(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    sent = 0
    for number in range(20):
        try:
            await codes.send(op, codes.CONFIRM_PHONE, a_challenge(user), f"+8190123456{number:02}")
            sent += 1
        except LoginRefused as refusal:
            sent += refusal.reason != "too_many_codes_sent"

    assert sent == codes.MOST_TO_A_PERSON


@pytest.mark.parametrize(
    ("counter", "most"),
    [("sms from:address:192.0.2.1", 30), ("sms to country:81", 300), ("sms", 1000)],
    ids=["place", "country", "deployment"],
)
async def test_I08_place_country_and_deployment_have_limits(deployment: Deployment, counter: str, most: int) -> None:
    op = deployment.op
    user = await ready(deployment, "sms")
    await op.db.run(
        "INSERT INTO rate_counts (subject, count, counted_from) VALUES (:subject, :count, :now) "
        "ON CONFLICT (subject) DO UPDATE SET count = :count, counted_from = :now",
        subject=counter,
        count=most,
        now=op.now(),
    )

    with pytest.raises(LoginRefused, match="too_many_codes_sent"):
        await send(deployment, "sms", user, "one")


async def test_what_was_sent_is_written_down_without_the_code(deployment: Deployment) -> None:
    op = deployment.op
    user = await ready(deployment, "sms")
    code = await send(deployment, "sms", user, "one")

    entries = await audit_log.page(op.db, user_id=user.id, before=None, limit=50)
    sent = [entry for entry in entries if entry.action == CodeSent.tag]
    assert {str(entry.metadata) for entry in sent} == {"{'channel': 'sms'}"}
    assert code not in str(entries)


async def test_messages_speak_the_persons_language_else_the_pages(deployment: Deployment) -> None:
    op = deployment.op
    for locale, expected in (("ja", "確認コード"), (None, "is your Hibana code")):
        user = await make_user(op, locale=locale)
        await codes.send(op, codes.CONFIRM_EMAIL, a_challenge(user), user.email)
        (message,) = await messages_to(op, user.email)
        assert expected in message.subject + message.text_body
        assert message.channel == "email"


async def test_sms_ends_with_the_line_that_browsers_read(deployment: Deployment) -> None:
    user = await ready(deployment, "sms")
    code = await send(deployment, "sms", user, "one")

    message = (await outbox.latest(deployment.op.db, deployment.op.vault))[0]
    assert message.channel == "sms"
    assert message.html_body == ""
    assert message.text_body.splitlines()[-1] == f"@id.example #{code}"
    assert len(message.text_body) <= 160
