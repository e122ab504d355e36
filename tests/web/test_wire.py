"""The connection's own bounds: what never becomes a request."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from hibana_op.web import wire
from tests.web.edge import ask, build, exchange, parse, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def port() -> AsyncIterator[int]:
    async with serving(build()) as port:
        yield port


async def pour(port: int, head: bytes, piece: bytes, *, most: int) -> tuple[bytes, int]:
    """Send a piece again and again until the server closes; what it answered, and how much it took."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head)
    sent = 0
    try:
        while sent < most and not reader.at_eof():
            writer.write(piece)
            await writer.drain()
            sent += len(piece)
    except ConnectionError:
        pass
    try:
        return await reader.read(), sent
    except ConnectionError:
        return b"", sent
    finally:
        writer.close()


async def test_S01_headers_without_end_are_cut_off(port: int) -> None:
    raw, sent = await pour(port, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", b"x" * 16384, most=2**28)
    assert sent < 2**24
    if raw:  # the answer may be lost to the reset that follows
        assert parse(raw).status == 431


async def test_S01_a_head_just_over_the_bound_is_told_why(port: int) -> None:
    answer = parse(await exchange(port, b"GET / HTTP/1.1\r\nX: " + b"x" * (wire.MAX_OVERHEAD + 1)))
    assert answer.status == 431
    assert answer.headers["connection"] == "close"
    assert len(answer.headers["x-request-id"]) == 32


async def test_S01_trailers_without_end_are_cut_off(port: int) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    _, sent = await pour(port, head, b"X-Trailer: " + b"x" * 4096 + b"\r\n", most=2**28)
    assert sent < 2**24


async def test_trailers_are_never_merged_into_the_headers(port: int) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    answer = parse(await exchange(port, head + b"1\r\nx\r\n0\r\nUser-Agent: late\r\n\r\n"))
    assert answer.status == 200
    assert answer.json["agent"] is None


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"FOO / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
        b"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_S09_what_is_not_clean_http_is_refused(port: int, sent: bytes) -> None:
    answer = parse(await exchange(port, sent))
    assert answer.status == 400
    assert answer.headers["connection"] == "close"
    assert "x-request-id" in answer.headers


async def test_S07_a_request_that_does_not_arrive_in_time_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "ARRIVAL_SECONDS", 0.2)
    async with serving(build()) as port:
        for started in (b"", b"GET /echo HTTP/1.1\r\nHost: loc"):
            assert parse(await exchange(port, started)).status == 408
        body = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na=b"
        assert await exchange(port, body) == b""
        again = b"GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n"
        raw = await exchange(port, again + b"GET /ec")
        assert [part[:3] for part in raw.split(b"HTTP/1.1 ")[1:]] == [b"200", b"408"]


async def test_a_request_that_arrives_in_pieces_is_served(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    whole = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nConnection: close\r\n\r\na=b&c=d&e"
    for start in range(0, len(whole), 7):
        writer.write(whole[start : start + 7])
        await writer.drain()
        await asyncio.sleep(0)
    assert parse(await reader.read()).json["bytes"] == 9
    writer.close()


async def test_an_upgrade_is_not_taken_and_ends_the_connection(port: int) -> None:
    for protocol in ("websocket", "h2c"):
        raw = await exchange(
            port,
            f"GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n\r\n".encode(),
        )
        assert parse(raw).status == 200
        assert parse(raw).headers["connection"] == "close"
    assert (await ask(port, "/echo")).status == 200


async def test_a_whole_answer_leaves_in_one_piece(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answer = parse(await reader.read(65536))
    writer.close()

    assert answer.status == 200
    assert answer.json["bytes"] == 0
    assert len(answer.body) == int(answer.headers["content-length"])


@pytest.mark.parametrize("target", ["/split?name", "/split?value"])
async def test_S09_a_header_with_a_line_end_never_leaves(port: int, target: str) -> None:
    raw = await exchange(port, f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    assert b"smuggled" not in raw


async def test_an_answer_that_fails_before_its_first_byte_is_a_failure(port: int) -> None:
    raw = await exchange(port, b"GET /half HTTP/1.1\r\nHost: localhost\r\n\r\n")

    assert parse(raw).status == 500
    assert b"x-half" not in raw


async def test_what_was_said_of_a_body_holds_for_it(port: int) -> None:
    raw = await exchange(port, b"GET /short HTTP/1.1\r\nHost: localhost\r\n\r\n")
    head = await exchange(port, b"HEAD /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")

    assert not raw.endswith(b"too long")
    assert parse(head).status == 200
    assert parse(head).body == b""
