"""Documents of other parties: fetched once for all who wait, kept a while, and asked for politely."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from hibana_op.foundation import documents
from hibana_op.foundation.documents import KEYS_FRESH_FOR, KEYS_KEPT_FOR, MOST_KEPT, POLITE_SECONDS, Documents
from hibana_op.foundation.outbound import Outbound, OutboundRefused
from tests.app_keys import AppKey, key_set, unsigned
from tests.app_server import AppServer, app_server
from tests.clock import FrozenClock
from tests.foundation.certificates import Authority
from tests.foundation.strangers import Names

ADDRESS = "https://rp.test/keys"


class Publisher:
    """Publishes words at every address, and counts who asks."""

    def __init__(self, *words: str) -> None:
        self.words = list(words)
        self.asked: list[str] = []
        self.is_up = True

    async def fetch(self, address: str) -> list[str]:
        """One answer, after a moment."""
        self.asked.append(address)
        await asyncio.sleep(0)
        if not self.is_up:
            raise OutboundRefused("the server is down")
        return list(self.words)


@pytest.fixture
def publisher() -> Publisher:
    """One that publishes `old`."""
    return Publisher("old")


@pytest.fixture
def clock() -> FrozenClock:
    """Stands still until a test moves it."""
    return FrozenClock()


@pytest.fixture
def kept(publisher: Publisher, clock: FrozenClock) -> Documents[list[str]]:
    """Its documents, fresh for an hour and kept for a day."""
    return Documents(publisher.fetch, clock, fresh_for=3600, kept_for=86400)


async def holding(kept: Documents[list[str]], word: str, address: str = ADDRESS) -> bool:
    """Whether a word can be had at an address."""
    return word in await kept.get(address, fits=lambda words: word in words)


async def test_many_who_wait_are_served_by_one_fetch(kept: Documents[list[str]], publisher: Publisher) -> None:
    assert await asyncio.gather(*(kept.get(ADDRESS) for _ in range(50))) == [["old"]] * 50
    assert await kept.get("https://other.test/") == ["old"]
    assert publisher.asked == [ADDRESS, "https://other.test/"]


async def test_a_document_is_fetched_anew_when_it_is_no_longer_fresh(
    kept: Documents[list[str]], publisher: Publisher, clock: FrozenClock
) -> None:
    await kept.get(ADDRESS)
    publisher.words = ["new"]
    clock.advance(3599)
    assert await kept.get(ADDRESS) == ["old"]
    clock.advance(1)
    assert await kept.get(ADDRESS) == ["new"]


async def test_a_clock_that_is_set_back_makes_nothing_fresh_for_longer(
    kept: Documents[list[str]], publisher: Publisher, clock: FrozenClock
) -> None:
    await kept.get(ADDRESS)
    clock.advance(-10_000_000)
    await kept.get(ADDRESS)
    assert len(publisher.asked) == 2


async def test_what_is_missing_is_asked_for_at_once_and_then_politely(
    kept: Documents[list[str]], publisher: Publisher, clock: FrozenClock
) -> None:
    assert await holding(kept, "old")
    publisher.words = ["new"]
    assert await holding(kept, "new")
    publisher.words = ["newest"]
    assert not await holding(kept, "newest")
    assert await holding(kept, "new")
    clock.advance(POLITE_SECONDS)
    assert await holding(kept, "newest")
    assert len(publisher.asked) == 3


async def test_D04_a_thousand_who_miss_something_cause_two_fetches(
    kept: Documents[list[str]], publisher: Publisher
) -> None:
    missed = await asyncio.gather(*(holding(kept, f"random {number}") for number in range(1000)))

    assert not any(missed)
    assert len(publisher.asked) == 2
    assert await holding(kept, "old")


async def test_D04_a_server_that_is_down_does_not_take_its_document_back(
    kept: Documents[list[str]], publisher: Publisher, clock: FrozenClock
) -> None:
    await kept.get(ADDRESS)
    publisher.is_up = False
    assert not await holding(kept, "new")
    assert await holding(kept, "old")
    clock.advance(3600)
    assert [await kept.get(ADDRESS) for _ in range(3)] == [["old"]] * 3
    assert len(publisher.asked) == 3
    clock.advance(86400)
    with pytest.raises(OutboundRefused, match="down"):
        await kept.get(ADDRESS)


async def test_a_failure_is_remembered_for_a_moment(
    kept: Documents[list[str]], publisher: Publisher, clock: FrozenClock
) -> None:
    publisher.is_up = False
    for _ in range(3):
        with pytest.raises(OutboundRefused, match="down"):
            await kept.get(ADDRESS)
    publisher.is_up = True
    assert len(publisher.asked) == 1
    clock.advance(POLITE_SECONDS)
    assert await kept.get(ADDRESS) == ["old"]


async def test_somebody_who_stops_waiting_leaves_the_turn_to_the_next(
    kept: Documents[list[str]], publisher: Publisher
) -> None:
    first, second = (asyncio.create_task(kept.get(ADDRESS)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()

    assert await second == ["old"]
    assert first.cancelled()


async def test_only_so_many_addresses_are_kept(kept: Documents[list[str]], publisher: Publisher) -> None:
    await kept.get(ADDRESS)
    for number in range(MOST_KEPT - 1):
        await kept.get(f"https://rp.test/{number}")
    await kept.get(ADDRESS)
    assert len(publisher.asked) == MOST_KEPT
    await kept.get("https://rp.test/one-more")
    await kept.get(ADDRESS)
    assert len(publisher.asked) == MOST_KEPT + 1
    await kept.get("https://rp.test/0")
    assert len(publisher.asked) == MOST_KEPT + 2


@pytest.fixture
async def app(authority: Authority) -> AsyncIterator[AppServer]:
    """An app's server."""
    async with app_server(authority.server("localhost")) as server:
        yield server


@pytest.fixture
async def way_out(authority: Authority) -> AsyncIterator[Outbound]:
    """The way out to it."""
    made = Outbound(allow=["localhost"], ca_file=str(authority.file), resolver=Names(["127.0.0.1"]))
    yield made
    await made.close()


async def test_a_set_of_keys_is_read(way_out: Outbound, app: AppServer, clock: FrozenClock) -> None:
    key = AppKey()
    key_sets = documents.key_sets(way_out, clock)
    for kind in ("application/json", "application/jwk-set+json; charset=utf-8"):
        address = app.show(f"/{kind[12:15]}", key_set(key), kind=kind)
        assert (await key_sets.get(address)).has_kid(key.kid)
    assert (KEYS_FRESH_FOR, KEYS_KEPT_FOR) == (3600, 86400)


async def test_what_is_no_set_of_keys_is_refused(way_out: Outbound, app: AppServer, clock: FrozenClock) -> None:
    key_sets = documents.key_sets(way_out, clock)
    wrong = {
        app.show("/gone", {}, status=404): "answered 404",
        app.show("/made", {}, status=201): "answered 201",
        app.show("/page", {"keys": []}, kind="text/html"): "content type",
        app.show("/list", []): "not a set of keys",
        app.show("/secret", {"keys": [{"kty": "oct", "k": "AAAA"}]}): "not a set of keys",
        app.show("/bytes", b"\xff"): "not a set of keys",
        app.show("/long", b'{"keys": [' + b" " * 65536 + b"]}"): "larger than 65536 bytes",
    }
    for address, why in wrong.items():
        with pytest.raises(OutboundRefused, match=why):
            await key_sets.get(address)


async def test_a_request_object_is_fetched_anew_when_the_fragment_of_its_address_changes(
    way_out: Outbound, app: AppServer, clock: FrozenClock
) -> None:
    request_objects = documents.request_objects(way_out, clock)
    token = unsigned({"state": "1"})
    address = app.show("/request", f"{token}\n", kind="application/oauth-authz-req+jwt")
    for _ in range(3):
        assert await request_objects.get(f"{address}#one") == token
    assert await request_objects.get(f"{address}#two") == token
    assert app.asked == ["/request"] * 2


async def test_a_request_object_may_come_as_the_type_that_a_simple_server_gives_it(
    way_out: Outbound, app: AppServer, clock: FrozenClock
) -> None:
    request_objects = documents.request_objects(way_out, clock)
    token = unsigned({"state": "1"})
    kinds = "application/jwt", "application/jose", "text/plain; charset=utf-8", "application/octet-stream"
    for number, kind in enumerate(kinds):
        assert await request_objects.get(app.show(f"/{number}", token, kind=kind)) == token


async def test_what_is_no_request_object_is_refused(way_out: Outbound, app: AppServer, clock: FrozenClock) -> None:
    request_objects = documents.request_objects(way_out, clock)
    wrong = {
        "/html": (b"<html>", "text/html", "content type"),
        "/bytes": (b"\xff\xfe", "application/jwt", "not a token"),
        "/long": (b"a" * 16385, "application/jwt", "larger than 16384 bytes"),
    }
    for path, (body, kind, why) in wrong.items():
        with pytest.raises(OutboundRefused, match=why):
            await request_objects.get(app.show(path, body, kind=kind))
