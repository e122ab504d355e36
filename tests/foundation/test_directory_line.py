"""The line to a directory, to servers that only pretend to be one: bounds, time, and TLS before anything is said."""

import asyncio
from dataclasses import replace

import pytest

from hibana_op.foundation import directory as directories
from hibana_op.foundation import directory_line
from hibana_op.foundation.directory import Directory, DirectoryFailed, find
from hibana_op.foundation.outbound import Outbound
from tests.foundation.strangers import listening
from tests.slapd import HOST, Slapd

BIND_SUCCEEDED = bytes.fromhex("300c02010161070a010004000400")
START_TLS_ANSWER = bytes.fromhex("300c02010178070a010004000400")
START_TLS_LONG_ANSWER = bytes.fromhex("308400000010020101788400000007") + b"\x0a\x01\x00\x04\x00\x04\x00"
START_TLS_REFUSED = bytes.fromhex("300c02010178070a013404000400")


@pytest.mark.parametrize(
    ("url", "start_tls", "fault"),
    [
        ("ldap://directory.example", False, "needs start_tls"),
        ("ldaps://directory.example", True, "already"),
        ("ldapi://%2Ftmp%2Fx", False, "form"),
        ("https://directory.example", False, "form"),
        ("ldaps://user@directory.example", False, "form"),
        ("ldaps://directory.example/dc=x", False, "form"),
        ("ldaps://directory.example?x", False, "form"),
        ("ldaps://directory.example:0", False, "port"),
        ("ldaps://0x7f000001", False, "unusual"),
        ("ldaps://", False, "form"),
    ],
    ids=ascii,
)
def test_K09_a_URL_of_a_directory_is_taken_apart_strictly(url: str, start_tls: bool, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        directory_line.place(url, start_tls=start_tls)


def test_a_URL_without_a_port_means_the_usual_one() -> None:
    assert directory_line.place("ldaps://Directory.example", start_tls=False).port == 636
    assert directory_line.place("ldap://directory.example/", start_tls=True).port == 389
    assert directory_line.place("ldaps://[2001:db8::1]", start_tls=False).port == 636
    assert directory_line.place("ldaps://directory.example:443", start_tls=False).port == 443


async def test_S07_a_directory_that_never_answers_ends_in_time(
    to_slapd: Outbound, corp: Directory, slapd: Slapd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory_line, "CONNECT_SECONDS", 0.3)
    monkeypatch.setattr(directories, "OPERATION_SECONDS", 0.3)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def lets_everybody_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(BIND_SUCCEEDED)
        await reader.read()

    tls = slapd.authority.server(HOST)
    for answer, own_tls, url in (
        (silent, None, "ldaps"),  # no TLS
        (silent, tls, "ldaps"),  # no answer to the bind
        (lets_everybody_in, tls, "ldaps"),  # no answer to the search
        (silent, None, "ldap"),  # no answer to StartTLS
    ):
        async with listening(answer, tls=own_tls) as port:
            stuck = replace(corp, url=f"{url}://{HOST}:{port}", start_tls=url == "ldap")
            began = asyncio.get_running_loop().time()
            with pytest.raises(DirectoryFailed):
                await find(to_slapd, stuck, "alice")
            assert asyncio.get_running_loop().time() - began < 2


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x30\x84\x7f\xff\xff\xff\x02\x01\x01",
        b"\x30\x88" + b"\xff" * 8,
        b"\x30\x83\x01\x00\x01" + b"\x00" * 65537,
        b"\x30\x00" * 200_000,
        b"\x30\x03\x02\x01\x01",
        BIND_SUCCEEDED[:-3],
        b"",
    ],
    ids=["http", "two-gigabytes", "eight-bytes", "over-the-limit", "endless", "empty", "cut", "nothing"],
)
async def test_S01_what_is_not_LDAP_within_bounds_is_refused(
    to_slapd: Outbound, corp: Directory, slapd: Slapd, said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directories, "OPERATION_SECONDS", 1.0)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(said)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with listening(answer, tls=slapd.authority.server(HOST)) as port:
        with pytest.raises(DirectoryFailed):
            await find(to_slapd, replace(corp, url=f"ldaps://{HOST}:{port}"), "alice")


@pytest.mark.parametrize(
    ("said", "comes_about"),
    [
        (START_TLS_ANSWER, True),
        (START_TLS_LONG_ANSWER, True),
        (START_TLS_REFUSED, False),
        (START_TLS_ANSWER + BIND_SUCCEEDED, False),  # said before TLS, to be believed after it
        (BIND_SUCCEEDED, False),
        (b"\x30\x02\x02\x01", False),
        (b"\x15\x03\x01", False),
    ],
    ids=["short", "long", "refused", "injected", "another", "cut", "tls"],
)
async def test_K09_nothing_that_was_said_before_TLS_counts_after_it(
    to_slapd: Outbound, corp: Directory, slapd: Slapd, said: bytes, comes_about: bool
) -> None:
    handshakes: list[bool] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readexactly(31)
        assert b"1.3.6.1.4.1.1466.20037" in asked
        writer.write(said)
        await writer.start_tls(slapd.authority.server(HOST))
        handshakes.append(True)
        assert b"alice" not in await reader.read(1000)

    async with listening(answer) as port:
        with pytest.raises(DirectoryFailed):
            await find(to_slapd, replace(corp, url=f"ldap://{HOST}:{port}", start_tls=True), "alice")

    assert bool(handshakes) == comes_about
