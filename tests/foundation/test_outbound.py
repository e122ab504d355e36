"""The one way out: what it sends, what it takes, and how long it waits."""

import asyncio
import time
from collections.abc import Sequence

import pytest

from hibana_op.foundation.outbound import (
    AT_ONCE_PER_HOST,
    FAILED_FOR_SECONDS,
    REMEMBERED_FAILURES,
    TOTAL_SECONDS,
    Outbound,
    OutboundRefused,
)
from tests.foundation.certificates import Authority
from tests.foundation.strangers import CANARY, JSON, Names, Stranger, stranger


class Stopwatch:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_a_document_is_fetched(outbound: Outbound, rp: Stranger) -> None:
    fetched = await outbound.get(rp.url("/charset?a=b%20c"), accept="application/jwk-set+json, application/json")

    assert (fetched.status, fetched.body, fetched.content_type) == (200, CANARY.encode(), JSON)
    assert fetched.headers["content-length"] == str(len(CANARY))
    assert rp.requests[0].startswith("GET /charset?a=b%20c HTTP/1.1\r\n")
    assert rp.headers() == {
        "host": f"rp.test:{rp.port}",
        "accept": "application/jwk-set+json, application/json",
        "accept-encoding": "identity",
        "user-agent": "Hibana",
        "connection": "close",
    }
    assert rp.names == ["rp.test"]


async def test_a_message_is_sent(outbound: Outbound, rp: Stranger) -> None:
    fetched = await outbound.post(rp.url(), content=b"logout_token=x", content_type="application/x-www-form-urlencoded")

    assert (fetched.status, fetched.body) == (200, CANARY.encode())
    assert rp.requests[0].startswith("POST /ok HTTP/1.1\r\n")
    assert rp.headers()["content-type"] == "application/x-www-form-urlencoded"
    assert rp.bodies == [b"logout_token=x"]


async def test_an_error_page_is_an_answer_of_any_type(outbound: Outbound, rp: Stranger) -> None:
    missing = await outbound.get(rp.url("/missing"), accept=JSON)
    broken = await outbound.get(rp.url("/broken"), accept=JSON)

    assert (missing.status, missing.content_type, broken.status) == (404, "text/html", 500)


async def test_nothing_is_kept_from_one_request_to_the_next(outbound: Outbound, rp: Stranger) -> None:
    for _ in range(3):
        await outbound.get(rp.url("/cookie"), accept=JSON)

    assert rp.connections == 3
    assert all("cookie" not in rp.headers(number) for number in range(3))


async def test_L03_an_answer_is_taken_up_to_its_limit_and_no_further(outbound: Outbound, rp: Stranger) -> None:
    assert len((await outbound.get(rp.url("/limit"), accept=JSON)).body) == 65536
    assert len((await outbound.get(rp.url("/over"), accept=JSON, limit=65537)).body) == 65537
    for path in ("/over", "/endless"):
        with pytest.raises(OutboundRefused, match="larger than 65536 bytes"):
            await outbound.get(rp.url(path), accept=JSON)
        with pytest.raises(OutboundRefused, match="larger than 10 bytes"):
            await outbound.post(rp.url(path), content=b"", content_type=JSON, limit=10)


@pytest.mark.parametrize("path", ["/gzip", "/bomb", "/brotli", "/transfer"])
async def test_L03_a_compressed_answer_is_not_unpacked(outbound: Outbound, rp: Stranger, path: str) -> None:
    with pytest.raises(OutboundRefused):
        await outbound.get(rp.url(path), accept=JSON)


async def test_L03_another_content_type_is_refused(outbound: Outbound, rp: Stranger) -> None:
    with pytest.raises(OutboundRefused, match="content type"):
        await outbound.get(rp.url("/html"), accept=JSON)
    with pytest.raises(OutboundRefused, match="content type"):
        await outbound.get(rp.url("/ok"), accept="text/html, application/jwk-set+json")


@pytest.mark.parametrize("path", ["/cut", "/garbage", "/mute", "/headers", "/length"])
async def test_L04_a_broken_answer_is_refused_without_a_word_of_it(outbound: Outbound, rp: Stranger, path: str) -> None:
    with pytest.raises(OutboundRefused) as refused:
        await outbound.get(rp.url(path), accept=JSON)

    assert str(refused.value) == "the server broke off or did not speak HTTP"


async def test_L04_no_reason_tells_of_the_answer_the_address_or_our_insides(
    outbound: Outbound, rp: Stranger, sink: Stranger
) -> None:
    urls = [rp.url(path) for path in ("/html", "/over", "/gzip", "/cut", "/garbage", "/redirect/302?to=https://x/")]
    urls += [sink.url(), "https://10.0.0.1/", "https://rp.test:1/", "https://other.test/", "https://127.1/", "http://x"]
    for url in urls:
        with pytest.raises(OutboundRefused) as refused:
            await outbound.get(url, accept=JSON)
        reason = str(refused.value)
        for hidden in (CANARY, "127.0.0.1", "10.0.0.1", "Traceback", "Error", "httpx", "ssl", "Errno", str(rp.port)):
            assert hidden not in reason
        assert refused.value.__suppress_context__ or refused.value.__context__ is None


async def test_L03_what_is_slow_takes_five_seconds_and_holds_up_nobody_else(
    outbound: Outbound, authority: Authority, rp: Stranger
) -> None:
    async def no_answer(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    nameless = Outbound(resolver=no_answer)
    async with stranger(authority.server("rp.test")) as good:
        begun = time.monotonic()
        slow = asyncio.gather(
            *(outbound.get(rp.url(path), accept=JSON) for path in ("/tarpit", "/drip-headers", "/drip-body")),
            nameless.get(rp.url(), accept=JSON),
            return_exceptions=True,
        )
        await rp.has_been_reached(3)
        assert (await outbound.get(good.url(), accept=JSON)).status == 200
        assert time.monotonic() - begun < TOTAL_SECONDS / 2

        assert [str(reason) for reason in await slow] == ["the server took too long"] * 4
        assert time.monotonic() - begun == pytest.approx(TOTAL_SECONDS, abs=1)
    await nameless.close()


async def test_L03_a_host_is_asked_by_four_at_once(outbound: Outbound, rp: Stranger) -> None:
    answers = await asyncio.gather(*(outbound.get(rp.url("/slow"), accept=JSON) for _ in range(12)))

    assert [answer.status for answer in answers] == [200] * 12
    assert rp.most_at_once == AT_ONCE_PER_HOST


async def test_L03_what_failed_is_not_tried_again_for_half_a_minute(authority: Authority, rp: Stranger) -> None:
    stopwatch = Stopwatch()
    names = Names(["127.0.0.1"])
    outbound = Outbound(allow=["rp.test"], ca_file=str(authority.file), resolver=names, seconds=stopwatch)
    for _ in range(1000):
        with pytest.raises(OutboundRefused, match="content type"):
            await outbound.get(rp.url("/html"), accept=JSON)
        stopwatch.now += FAILED_FOR_SECONDS / 2000
    assert rp.connections == 1
    assert (await outbound.get(rp.url("/ok"), accept=JSON)).status == 200  # another document of the same server

    stopwatch.now += FAILED_FOR_SECONDS
    with pytest.raises(OutboundRefused, match="content type"):
        await outbound.get(rp.url("/html"), accept=JSON)
    assert rp.connections == 3
    await outbound.close()


async def test_L03_many_who_wait_for_one_dead_server_knock_four_times(outbound: Outbound, sink: Stranger) -> None:
    answers = await asyncio.gather(*(outbound.get(sink.url(), accept=JSON) for _ in range(50)), return_exceptions=True)

    assert {str(answer) for answer in answers} == {"no secure connection to the server could be made"}
    assert sink.connections <= AT_ONCE_PER_HOST


async def test_L03_only_so_many_failures_are_remembered() -> None:
    names = Names([])
    outbound = Outbound(resolver=names)
    for number in [*range(REMEMBERED_FAILURES + 1), REMEMBERED_FAILURES]:
        with pytest.raises(OutboundRefused, match="leads nowhere"):
            await outbound.get(f"https://rp{number}.test/", accept=JSON)
    assert names.asked == REMEMBERED_FAILURES + 1
    with pytest.raises(OutboundRefused):
        await outbound.get("https://rp0.test/", accept=JSON)

    assert names.asked == REMEMBERED_FAILURES + 2
    await outbound.close()


async def test_a_message_is_tried_whatever_became_of_the_one_before(outbound: Outbound, sink: Stranger) -> None:
    for _ in range(3):
        with pytest.raises(OutboundRefused):
            await outbound.post(sink.url(), content=b"x", content_type=JSON)

    assert sink.connections == 3


async def test_who_gives_up_leaves_no_place_taken(outbound: Outbound, rp: Stranger) -> None:
    tasks = [asyncio.create_task(outbound.get(rp.url("/tarpit"), accept=JSON)) for _ in range(8)]
    await rp.has_been_reached(AT_ONCE_PER_HOST)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert (await outbound.get(rp.url(), accept=JSON)).status == 200
