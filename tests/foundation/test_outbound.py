"""The one way out, against servers that behave as badly as strangers may."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from hibana_op.foundation.outbound import (
    AT_ONCE_PER_HOST,
    FAILED_FOR_SECONDS,
    REMEMBERED_FAILURES,
    TOTAL_SECONDS,
    Outbound,
    OutboundRefused,
)
from tests.foundation.certificates import Authority
from tests.foundation.strangers import CANARY, Stranger, stranger

HOSTS = [
    line
    for line in Path(__file__).with_name("forbidden_hosts.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
JSON = "application/json"


class Names:
    """A resolver that says what it is told, in turn, and counts the questions."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = answers
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        answer = self._answers[min(self.asked, len(self._answers)) - 1]
        if not answer:
            raise OSError("no such host")
        return answer


class Stopwatch:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest_asyncio.fixture
async def rp(authority: Authority) -> AsyncIterator[Stranger]:
    """A relying party's server."""
    async with stranger(authority.server("rp.test", "127.0.0.1")) as server:
        yield server


@pytest_asyncio.fixture
async def sink() -> AsyncIterator[Stranger]:
    """Counts whoever knocks."""
    async with stranger(None) as server:
        yield server


@pytest_asyncio.fixture
async def outbound(authority: Authority) -> AsyncIterator[Outbound]:
    """Finds every name on loopback, where `rp.test` alone may be reached."""
    made = Outbound(allow=["rp.test"], ca_file=str(authority.file), resolver=Names(["127.0.0.1"]))
    yield made
    await made.close()


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


async def test_an_ipv6_server_is_reached(authority: Authority) -> None:
    outbound = Outbound(allow=["::1"], ca_file=str(authority.file))
    async with stranger(authority.server("::1"), host="::1") as server:
        fetched = await outbound.get(server.url(host="[::1]"), accept=JSON)

        assert fetched.status == 200
        assert server.headers()["host"] == f"[::1]:{server.port}"
    await outbound.close()


async def test_nothing_is_kept_from_one_request_to_the_next(outbound: Outbound, rp: Stranger) -> None:
    for _ in range(3):
        await outbound.get(rp.url("/cookie"), accept=JSON)

    assert rp.connections == 3
    assert all("cookie" not in rp.headers(number) for number in range(3))


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


async def test_the_system_is_asked_for_a_name(authority: Authority) -> None:
    outbound = Outbound(allow=["localhost"], ca_file=str(authority.file))
    async with stranger(authority.server("localhost")) as server:
        assert (await outbound.get(server.url(host="localhost"), accept=JSON)).status == 200
        assert server.names == ["localhost"]
    await outbound.close()
