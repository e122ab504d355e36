"""What an administrator may name beside https: http on this very machine; and the headers that a request carries."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from hibana_op.foundation.addresses import parse
from hibana_op.foundation.outbound import Outbound, OutboundRefused
from tests.foundation.strangers import JSON, Names, Stranger, listening


@pytest.fixture
async def plain_port() -> AsyncIterator[int]:
    """A server without TLS that says which Host and Authorization it was asked with."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        told = [line for line in head.split("\r\n") if line.startswith(("Host:", "Authorization:"))]
        body = "|".join(sorted(told)).encode()
        reply = f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        writer.write(reply)

    async with listening(answer) as port:
        yield port


@pytest.fixture
async def way_out() -> AsyncIterator[Outbound]:
    """Finds every name on loopback, where localhost may be reached."""
    made = Outbound(allow=["localhost"], resolver=Names(["127.0.0.1"]))
    yield made
    await made.close()


async def test_http_on_this_machine_is_reached_where_it_may_be(way_out: Outbound, plain_port: int) -> None:
    url = f"http://localhost:{plain_port}/"
    given = {"Authorization": "Bearer x"}
    told = f"Authorization: Bearer x|Host: localhost:{plain_port}".encode()
    assert (await way_out.get(url, accept=JSON, headers=given, plain_here=True)).body == told
    assert (await way_out.post(url, content=b"", content_type=JSON, headers=given, plain_here=True)).body == told


async def test_L01_http_is_refused_unless_the_caller_may_and_the_host_is_allowed(
    way_out: Outbound, plain_port: int
) -> None:
    with pytest.raises(OutboundRefused, match="https"):
        await way_out.get(f"http://localhost:{plain_port}/", accept=JSON)
    with pytest.raises(OutboundRefused, match="https"):
        await way_out.post(f"http://localhost:{plain_port}/", content=b"", content_type=JSON)
    with pytest.raises(OutboundRefused, match="not on the public internet"):
        await way_out.get(f"http://127.0.0.1:{plain_port}/", accept=JSON, plain_here=True)
    with pytest.raises(OutboundRefused, match="does not lead to this machine"):
        await way_out.get(f"http://rp.test:{plain_port}/", accept=JSON, plain_here=True)


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("http://localhost/", "localhost"),
        ("http://127.0.0.1:80/", "127.0.0.1"),
        ("http://[::1]:8000/", "[::1]:8000"),
        ("http://localhost:443/", "localhost:443"),
        ("https://localhost:80/", "localhost:80"),
        ("https://localhost/", "localhost"),
    ],
)
def test_the_port_is_told_where_it_is_not_the_usual_one(url: str, authority: str) -> None:
    assert parse(url, plain_here=True).authority == authority


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost.example/",
        "http://10.0.0.1/",
        "http://0.0.0.0/",
        "http://127.0.0.2/",
        "http://example.com/",
        "ftp://localhost/",
        "http://user@localhost/",
    ],
)
def test_L01_http_leads_nowhere_but_to_this_machine(url: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        parse(url, plain_here=True)


def test_L01_http_is_refused_as_before_where_strangers_name_the_address() -> None:
    with pytest.raises(ValueError, match="https"):
        parse("http://localhost/")


async def test_a_stranger_with_tls_is_reached_as_before(outbound: Outbound, rp: Stranger) -> None:
    assert (await outbound.get(rp.url(), accept=JSON, plain_here=True)).status == 200
