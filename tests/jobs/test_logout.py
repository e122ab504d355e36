"""Apps hear of ended sessions over real TLS: signed, at once, again when nobody listened, and beside each other."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from joserfc import jwe
from joserfc.jwk import RSAKey

from hibana_op.jobs.logout import LEASE, MOST_ATTEMPTS, PAUSES, tell_apps
from hibana_op.oauth import logout_tokens, subjects
from hibana_op.provider import Provider
from hibana_op.records import clients, logout_deliveries
from hibana_op.records.clients import Client
from tests.jobs.house import House
from tests.make import make_client, make_user
from tests.ports import free_port
from tests.schema import ISSUER

EVENT = "http://schemas.openid.net/event/backchannel-logout"
ENCRYPTS = RSAKey.generate_key(2048, {"kid": "mine", "use": "enc"})


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float = 10) -> None:
    """Wait for something that another task brings about."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - nobody rings a bell for a row in the database
            await asyncio.sleep(0.02)


async def test_M03_an_app_is_told_by_a_token_that_it_can_check(house: House) -> None:
    client, user = await house.client(), await make_user(house.op)
    session = await house.ended(client, user=user)

    assert await house.tell(client)

    assert house.app.requests[0].startswith("POST /ok HTTP/1.1\r\n")
    assert house.app.headers()["content-type"] == "application/x-www-form-urlencoded"
    claims = await house.opened(house.told(), "RS256")
    assert claims.pop("jti")
    assert claims == {
        "iss": ISSUER,
        "aud": client.client_id,
        "iat": house.op.now(),
        "exp": house.op.now() + 120,
        "sub": user.id,
        "sid": session.id,
        "events": {EVENT: {}},
    }
    assert (await house.delivery(session)).delivered_at == house.op.now()
    assert await house.outcomes() == [("client:logout:delivered", {"attempts": 1})]
    assert not await house.tell(client), "once is enough"


@pytest.mark.parametrize(("registered", "used"), [("none", "RS256"), ("ES256", "ES256"), ("PS384", "PS384")])
async def test_M03_the_token_is_signed_as_id_tokens_are_and_never_unsigned(
    house: House, registered: str, used: str
) -> None:
    client = await house.client(id_token_signed_response_alg=registered)
    await house.ended(client)

    assert await house.tell(client)

    assert (await house.opened(house.told(), used))["aud"] == client.client_id


async def test_token_is_encrypted_where_id_tokens_are(house: House) -> None:
    client = await house.client(
        id_token_encrypted_response_alg="RSA-OAEP-256", jwks={"keys": [ENCRYPTS.as_dict(private=False)]}
    )
    session = await house.ended(client)

    assert await house.tell(client)

    plaintext = jwe.decrypt_compact(house.told(), ENCRYPTS, algorithms=["RSA-OAEP-256", "A128CBC-HS256"]).plaintext
    assert plaintext is not None
    assert (await house.opened(plaintext.decode(), "RS256"))["sid"] == session.id


async def test_token_cannot_be_made_without_the_apps_key(house: House) -> None:
    client = await house.client(id_token_encrypted_response_alg="RSA-OAEP-256", jwks={"keys": []})
    session = await house.ended(client)

    assert not await house.tell(client)

    assert (await house.delivery(session)).failure == (
        "no logout token could be made: the client has no key to encrypt to with RSA-OAEP-256"
    )
    assert house.app.connections == 0


async def test_pairwise_app_hears_the_names_that_it_knows(house: House) -> None:
    client, user = await house.client(subject_type="pairwise"), await make_user(house.op)
    session = await house.ended(client, user=user)

    assert await house.tell(client)

    claims = await house.opened(house.told(), "RS256")
    assert claims["sub"] == subjects.subject(house.op, client, user.id) != user.id
    assert claims["sid"] == subjects.sid(house.op, client, session.id) != session.id


async def test_app_that_fails_is_told_again_for_an_hour_and_then_no_more(house: House) -> None:
    client = await house.client("/broken")
    session = await house.ended(client)
    pauses = []
    for _ in range(MOST_ATTEMPTS):
        assert not await house.tell(client)
        delivery = await house.delivery(session)
        assert delivery.failure == "the server answered 500"
        pauses.append(delivery.next_attempt_at - house.op.now())
        assert not await house.tell(client)
        house.clock.advance(pauses[-1])

    assert pauses == [*PAUSES, 0]
    assert 3000 < sum(pauses) < 2 * 3600
    assert len(house.app.bodies) == MOST_ATTEMPTS
    jtis = {(await house.opened(house.told(number), "RS256"))["jti"] for number in range(MOST_ATTEMPTS)}
    assert len(jtis) == MOST_ATTEMPTS
    house.clock.advance(86400)
    assert not await house.tell(client)
    assert len(house.app.bodies) == MOST_ATTEMPTS
    outcomes = await house.outcomes()
    assert [tag for tag, _ in outcomes] == ["client:logout:undelivered"] * MOST_ATTEMPTS
    assert [told["given_up"] for _, told in outcomes] == [False] * (MOST_ATTEMPTS - 1) + [True]
    assert outcomes[0][1] == {"attempts": 1, "reason": "the server answered 500", "given_up": False}


@pytest.mark.parametrize("path", ["/missing", "/redirect/302?to=/ok", "/mute", "/endless"])
async def test_answers_other_than_success_count_as_failures(house: House, path: str) -> None:
    client = await house.client(path)
    session = await house.ended(client)

    assert not await house.tell(client)

    assert (await house.delivery(session)).delivered_at is None
    assert house.app.connections == 1


async def test_app_that_listens_again_is_told(house: House) -> None:
    port = free_port()
    client = await make_client(house.op, backchannel_logout_uri=f"https://localhost:{port}/ok")
    session = await house.ended(client)
    assert not await house.tell(client)
    mended = replace(client, backchannel_logout_uri=house.app.url("/ok", host="localhost"))
    await house.op.db.transact(lambda tx: clients.update(tx, mended))
    house.op.remembered.forget()
    house.clock.advance(PAUSES[0])

    assert await house.tell(client)

    delivery = await house.delivery(session)
    assert (delivery.failure, delivery.attempts) == (None, 2)


async def test_app_that_does_not_want_to_be_told_any_more_is_not(house: House) -> None:
    client = await house.client()
    session = await house.ended(client)
    await house.op.db.transact(lambda tx: clients.update(tx, replace(client, backchannel_logout_uri=None)))
    house.op.remembered.forget()

    assert not await house.tell(client)

    assert "has no backchannel_logout_uri" in str((await house.delivery(session)).failure)
    assert house.app.connections == 0


async def test_L01_an_address_that_is_not_public_is_never_asked(house: House) -> None:
    client = await make_client(house.op, backchannel_logout_uri=f"https://127.0.0.1:{house.app.port}/ok")
    session = await house.ended(client)

    assert not await house.tell(client)

    assert (await house.delivery(session)).failure == "the host is not on the public internet"
    assert house.app.connections == 0


async def test_two_workers_do_not_both_tell(house: House) -> None:
    client = await house.client("/slow")
    for _ in range(4):
        await house.ended(client)

    taken = await asyncio.gather(*(house.tell(client) for _ in range(4)), *(house.tell(client) for _ in range(4)))
    while await house.tell(client):
        pass

    assert sum(taken) <= 4
    sids = [(await house.opened(house.told(number), "RS256"))["sid"] for number in range(len(house.app.bodies))]
    assert len(sids) == len(set(sids)) == 4


async def test_what_was_under_way_in_a_worker_that_died_is_told_by_another(house: House) -> None:
    client = await house.client()
    session = await house.ended(client)
    now = house.op.now()
    await house.op.db.transact(
        lambda tx: logout_deliveries.lease(tx, client.client_id, until=now + LEASE, attempts=MOST_ATTEMPTS, now=now)
    )
    assert not await house.tell(client)

    house.clock.advance(LEASE)

    assert await house.tell(client)
    assert (await house.delivery(session)).attempts == 2


async def test_M03_a_tarpit_delays_nobody(house: House) -> None:
    tarpit, others = await house.client("/tarpit"), [await house.client("/ok") for _ in range(3)]
    stuck = [await house.ended(tarpit) for _ in range(20)]
    working = asyncio.create_task(tell_apps(house.op, logout_tokens.make))
    async with asyncio.timeout(10):
        await house.app.has_been_reached(1)
    told = await house.ended(*others)
    house.op.logout_bell.ring()

    # Before even the first request to the tarpit is given up.
    await until(lambda: house.is_told(told), seconds=4)

    assert {(await house.delivery(session)).failure for session in stuck} == {None}
    working.cancel()
    (ended,) = await asyncio.gather(working, return_exceptions=True)
    assert isinstance(ended, asyncio.CancelledError)


async def test_trouble_with_one_app_is_logged_and_stops_nothing(house: House, caplog: pytest.LogCaptureFixture) -> None:
    odd, good = await house.client(), await house.client()
    await house.ended(odd)

    async def make(op: Provider, client: Client, *, user_id: str, session_id: str) -> str:
        if client.client_id == odd.client_id:
            raise RuntimeError("a fault of ours")
        return await logout_tokens.make(op, client, user_id=user_id, session_id=session_id)

    with caplog.at_level(logging.ERROR):
        working = asyncio.create_task(tell_apps(house.op, make))
        session = await house.ended(good)
        house.op.logout_bell.ring()
        await until(lambda: house.is_told(session))
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)

    assert f"the client {odd.client_id} cannot be told" in caplog.text
    assert len(house.app.bodies) == 1


async def test_work_goes_on_when_the_database_was_away(house: House, caplog: pytest.LogCaptureFixture) -> None:
    client = await house.client()
    session = await house.ended(client)

    async def is_logged() -> bool:
        return "cannot be told of ended sessions at the moment" in caplog.text

    await house.op.db.run("ALTER TABLE logout_deliveries RENAME TO away")
    with caplog.at_level(logging.ERROR):
        working = asyncio.create_task(tell_apps(house.op, logout_tokens.make))
        await until(is_logged)
        await house.op.db.run("ALTER TABLE away RENAME TO logout_deliveries")
        house.op.logout_bell.ring()
        await until(lambda: house.is_told(session))
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
