"""The one way out: whom it reaches, and whom never, by whatever name."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hibana_op.foundation.outbound import (
    Outbound,
    OutboundRefused,
)
from tests.foundation.certificates import Authority
from tests.foundation.strangers import JSON, Names, Stranger, stranger

HOSTS = [
    line
    for line in Path(__file__).with_name("forbidden_hosts.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest_asyncio.fixture
async def system(authority: Authority) -> AsyncIterator[Outbound]:
    """Asks the system for names, and allows nothing."""
    made = Outbound(ca_file=str(authority.file))
    yield made
    await made.close()


@pytest.mark.parametrize("host", HOSTS, ids=ascii)
async def test_L01_a_forbidden_host_is_never_reached(system: Outbound, sink: Stranger, host: str) -> None:
    for scheme in ("https", "http"):
        with pytest.raises(OutboundRefused) as refused:
            await system.get(f"{scheme}://{host}:{sink.port}/", accept=JSON)
        with pytest.raises(OutboundRefused):
            await system.post(f"{scheme}://{host}:{sink.port}/", content=b"x", content_type=JSON)
        if scheme == "https":
            assert str(refused.value).startswith(
                ("the host is not on the public internet", "the host name leads nowhere", "the URL")
            )

    assert sink.connections == 0


@pytest.mark.parametrize("host", HOSTS, ids=ascii)
async def test_L01_a_name_that_leads_to_a_forbidden_address_is_never_reached(sink: Stranger, host: str) -> None:
    names = Names([host.strip("[]")], ["1.1.1.1", host.strip("[]")])
    outbound = Outbound(resolver=names)
    for path in ("/", "/again"):
        with pytest.raises(OutboundRefused, match=r"not on the public internet|leads nowhere"):
            await outbound.get(f"https://innocent.test:{sink.port}{path}", accept=JSON)

    assert names.asked == 2
    assert sink.connections == 0
    await outbound.close()


async def test_L01_https_is_asked_for_even_of_what_is_allowed(sink: Stranger) -> None:
    outbound = Outbound(allow=["127.0.0.0/8", "::1", "localhost"])
    for url in (f"http://127.0.0.1:{sink.port}/", f"http://localhost:{sink.port}/", f"ws://localhost:{sink.port}/"):
        with pytest.raises(OutboundRefused, match="https"):
            await outbound.get(url, accept=JSON)

    assert sink.connections == 0
    await outbound.close()


async def test_L02_a_name_that_changes_its_address_is_looked_up_once_and_believed_once(authority: Authority) -> None:
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    outbound = Outbound(allow=["127.0.0.1"], ca_file=str(authority.file), resolver=names)
    async with stranger(authority.server("rp.test")) as checked, stranger(None, host="127.0.0.2") as other:
        assert (await outbound.get(checked.url(), accept=JSON)).status == 200
        assert (names.asked, checked.connections) == (1, 1)
        for _ in range(4):
            with pytest.raises(OutboundRefused, match="not on the public internet"):
                await outbound.post(other.url(), content=b"", content_type=JSON)

        assert (names.asked, checked.connections, other.connections) == (5, 1, 0)
    await outbound.close()


async def test_the_next_address_is_tried_when_nobody_is_at_the_first(authority: Authority) -> None:
    names = Names(["127.0.0.2", "127.0.0.2", "127.0.0.1"])
    outbound = Outbound(allow=["127.0.0.0/8"], ca_file=str(authority.file), resolver=names)
    async with stranger(authority.server("rp.test")) as server:
        assert (await outbound.get(server.url(), accept=JSON)).status == 200
    await outbound.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("scheme", ["https", "http"])
async def test_L02_a_redirect_is_not_followed(
    outbound: Outbound, rp: Stranger, sink: Stranger, status: int, scheme: str
) -> None:
    url = rp.url(f"/redirect/{status}?to={scheme}://127.0.0.1:{sink.port}/")
    with pytest.raises(OutboundRefused, match="redirect"):
        await outbound.get(url, accept=JSON)
    with pytest.raises(OutboundRefused, match="redirect"):
        await outbound.post(url, content=b"x", content_type=JSON)

    assert (rp.connections, sink.connections) == (2, 0)


async def test_L02_proxies_and_other_variables_of_the_environment_have_no_say(
    authority: Authority, rp: Stranger, sink: Stranger, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        for variable in (name, name.lower()):
            monkeypatch.setenv(variable, f"http://127.0.0.1:{sink.port}")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    monkeypatch.setenv("SSLKEYLOGFILE", str(authority.file.with_name("keys.log")))
    names = Names(["127.0.0.1"])
    told = Outbound(allow=["rp.test"], ca_file=str(authority.file), resolver=names)
    untold = Outbound(allow=["rp.test"], resolver=names)

    assert (await told.get(rp.url(), accept=JSON)).status == 200
    with pytest.raises(OutboundRefused, match="no secure connection"):
        await untold.get(rp.url(), accept=JSON)
    assert sink.connections == 0
    assert not authority.file.with_name("keys.log").exists()
    for each in (told, untold):
        await each.close()


@pytest.mark.parametrize(
    ("names", "expired"), [(["other.test"], False), (["127.0.0.1"], False), (["rp.test"], True), (["*.test"], True)]
)
async def test_a_certificate_must_be_for_the_name_and_of_today(
    outbound: Outbound, authority: Authority, names: list[str], expired: bool
) -> None:
    async with stranger(authority.server(*names, expired=expired)) as server:
        with pytest.raises(OutboundRefused, match="no secure connection"):
            await outbound.get(server.url(), accept=JSON)

        assert server.requests == []


async def test_a_certificate_of_an_unknown_authority_is_refused(outbound: Outbound, tmp_path: Path) -> None:
    async with stranger(Authority(tmp_path).server("rp.test")) as server:
        with pytest.raises(OutboundRefused, match="no secure connection"):
            await outbound.get(server.url(), accept=JSON)


async def test_a_server_without_tls_is_refused(outbound: Outbound, sink: Stranger) -> None:
    with pytest.raises(OutboundRefused, match="no secure connection"):
        await outbound.get(sink.url(), accept=JSON)


async def test_a_file_of_authorities_that_is_none_is_refused(rp: Stranger, tmp_path: Path) -> None:
    for content in (b"", b"no certificate", os.urandom(100)):
        file = tmp_path / "authorities.pem"
        file.write_bytes(content)
        outbound = Outbound(allow=["rp.test"], ca_file=str(file), resolver=Names(["127.0.0.1"]))
        with pytest.raises(OutboundRefused, match="file of certificate authorities"):
            await outbound.get(rp.url(), accept=JSON)
        await outbound.close()


async def test_the_system_is_asked_for_a_name(authority: Authority) -> None:
    outbound = Outbound(allow=["localhost"], ca_file=str(authority.file))
    async with stranger(authority.server("localhost")) as server:
        assert (await outbound.get(server.url(host="localhost"), accept=JSON)).status == 200
        assert server.names == ["localhost"]
    await outbound.close()


async def test_an_ipv6_server_is_reached(authority: Authority) -> None:
    outbound = Outbound(allow=["::1"], ca_file=str(authority.file))
    async with stranger(authority.server("::1"), host="::1") as server:
        fetched = await outbound.get(server.url(host="[::1]"), accept=JSON)

        assert fetched.status == 200
        assert server.headers()["host"] == f"[::1]:{server.port}"
    await outbound.close()
