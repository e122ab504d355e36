"""The edge, over real connections: what passes, what is refused, and what every answer carries."""

import asyncio
import logging
import re
import resource
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
import pytest_asyncio

from hibana_op.web.metrics import Metrics
from hibana_op.web.middleware import MAX_FORM, MAX_JSON
from tests.web.edge import Answer, ask, build, call, exchange, parse, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def port() -> AsyncIterator[int]:
    async with serving(build()) as port:
        yield port


async def test_every_answer_carries_the_request_id_and_the_security_headers(port: int) -> None:
    answers = [await ask(port, target) for target in ("/echo", "/none", "/fail", "//", "/healthz", "/busy")]
    for answer in answers:
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] in ("no-referrer", "origin")
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert "server" not in answer.headers
        assert "strict-transport-security" not in answer.headers
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)


async def test_G04_an_https_issuer_asks_for_https_for_a_year() -> None:
    async with serving(build(is_https=True)) as port:
        answer = await ask(port, "/echo")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


async def test_a_header_the_application_chose_is_left_alone(port: int) -> None:
    assert (await ask(port, "/echo")).headers["referrer-policy"] == "origin"


async def test_the_trace_id_of_a_well_formed_traceparent_is_adopted(port: int) -> None:
    answer = await ask(port, "/echo", f"traceparent: 00-{TRACE}-00f067aa0ba902b7-01")
    assert answer.headers["x-request-id"] == answer.json["trace"] == TRACE


@pytest.mark.parametrize(
    "traceparent",
    [
        f"00-{TRACE.upper()}-00f067aa0ba902b7-01",
        f"ff-{TRACE}-00f067aa0ba902b7-01",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[1:]}-00f067aa0ba902b7-01",
        "nonsense",
    ],
)
async def test_a_malformed_traceparent_is_passed_over(port: int, traceparent: str) -> None:
    answer = await ask(port, "/echo", f"traceparent: {traceparent}")
    assert answer.status == 200
    assert answer.headers["x-request-id"].lower() != TRACE


async def test_a_request_id_counts_from_a_trusted_proxy_only(port: int) -> None:
    assert (await ask(port, "/echo", "X-Request-Id: from-nobody")).headers["x-request-id"] != "from-nobody"
    async with serving(build(trusted_proxies=["127.0.0.0/8"])) as trusting:
        answer = await ask(trusting, "/echo", "X-Request-Id: from-my-proxy")
        assert answer.headers["x-request-id"] == answer.json["trace"] == "from-my-proxy"
        for wrong in ("short", "a b c d e f g", "x" * 65, "línea-línea", '"quoted-id"'):
            assert (await ask(trusting, "/echo", f"X-Request-Id: {wrong}")).headers["x-request-id"] != wrong


async def test_G07_the_forwarded_address_counts_behind_a_trusted_proxy_only(port: int) -> None:
    assert (await ask(port, "/echo", "X-Forwarded-For: 203.0.113.9")).json["ip"] == "127.0.0.1"
    async with serving(build(trusted_proxies=["127.0.0.1/32", "10.0.0.0/8"])) as trusting:
        answer = await ask(trusting, "/echo", "X-Forwarded-For: 198.51.100.1", "X-Forwarded-For: 203.0.113.9, 10.1.2.3")
        assert answer.json["ip"] == "203.0.113.9"


@pytest.mark.parametrize("host", ["localhost", "id.example.com", "evil.example:8443", "[::1]:8000", "127.0.0.1:80"])
async def test_G07_a_well_formed_host_is_accepted_whatever_it_says(port: int, host: str) -> None:
    assert (await ask(port, "/echo", host=host)).status == 200


@pytest.mark.parametrize(
    "host",
    ["", "ok/abc?x=", "ok@evil", "a b", "ok#", "ok:port", "ok:123456", "[::1", "ok\\evil", "ök", "a,b", "x" * 254],
)
async def test_G07_a_malformed_host_is_refused(port: int, host: str) -> None:
    assert (await ask(port, "/echo", host=host)).status == 400


async def test_G07_a_missing_or_doubled_host_is_refused(port: int) -> None:
    assert (await ask(port, "/echo", host=None)).status == 400
    assert (await ask(port, "/echo", "Host: other")).status == 400
    old = parse(await exchange(port, b"GET /echo HTTP/1.0\r\n\r\n"))
    assert old.status == 200


@pytest.mark.parametrize(
    "target",
    [
        "//echo",
        "/echo//",
        "/./echo",
        "/x/../echo",
        "/%2e%2e/echo",
        "/%2E/echo",
        "/x%2f..%2fecho",
        "/%2fecho",
        "/%5cecho",
        "/\\echo",
        "/echo%00",
        "/echo%0d%0a",
        "/%252e%252e/echo",
        "/%ff",
        "/%c0%ae/echo",
        "/ECHO",
        "/echo/",
        "/echo;x=1",
        "/invite/a%2Fb",
    ],
)
async def test_S09_a_path_with_a_trick_reaches_no_route(port: int, target: str) -> None:
    answer = await ask(port, target)
    assert answer.status == 404
    assert "location" not in answer.headers


async def test_an_encoded_letter_in_a_path_is_no_trick(port: int) -> None:
    assert (await ask(port, "/invite/%E5%B1%B1-%7Ea%20b")).status == 200


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "LINK", "PURGE"])
async def test_S09_other_methods_are_refused(port: int, method: str) -> None:
    answer = await ask(port, "/echo", method=method)
    assert answer.status == 405
    assert "GET" in answer.headers["allow"]


async def test_S01_a_long_url_is_refused(port: int) -> None:
    assert (await ask(port, "/echo?" + "x" * 16000)).status == 200
    assert (await ask(port, "/echo?" + "x" * 16384)).status == 414


async def test_S01_too_many_or_too_long_headers_are_refused(port: int) -> None:
    assert (await ask(port, "/echo", *(f"X-{each}: 1" for each in range(97)))).status == 200
    assert (await ask(port, "/echo", *(f"X-{each}: 1" for each in range(99)))).status == 431
    assert (await ask(port, "/echo", "X-Long: " + "x" * 33000)).status == 431


JSON = "Content-Type: application/json"
FORM = "Content-Type: application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("kind", "limit"),
    [(FORM, MAX_FORM), (JSON, MAX_JSON), ("Content-Type: application/scim+json; charset=utf-8", MAX_JSON)],
)
async def test_S01_a_body_may_have_its_limit_and_no_byte_more(port: int, kind: str, limit: int) -> None:
    assert (await ask(port, "/echo", kind, method="POST", body=b"x" * limit)).json["bytes"] == limit
    answer = await ask(port, "/echo", kind, method="POST", body=b"x" * (limit + 1))
    assert answer.status == 413
    assert answer.headers["connection"] == "close"


def chunked(size: int, *, piece: int = 8192) -> bytes:
    parts = [b"%x\r\n%s\r\n" % (piece, b"x" * piece)] * (size // piece)
    return b"".join(parts) + b"0\r\n\r\n"


def post_chunked(target: str, size: int) -> bytes:
    head = f"POST {target} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    return head.encode() + chunked(size)


async def test_S01_a_chunked_body_is_counted_as_it_comes(port: int) -> None:
    assert parse(await exchange(port, post_chunked("/echo", MAX_FORM))).json["bytes"] == MAX_FORM
    assert parse(await exchange(port, post_chunked("/echo", MAX_FORM + 8192))).status == 413
    assert parse(await exchange(port, post_chunked("/swallow", MAX_FORM))).body == b"small enough"
    assert parse(await exchange(port, post_chunked("/swallow", MAX_FORM + 8192))).status == 413


async def test_S01_a_gigabyte_in_chunks_is_refused_and_never_held(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    writer.write(b"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
    piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    answering = asyncio.create_task(reader.readuntil(b"}"))
    sent = 0
    with suppress(ConnectionError):  # the server closes, and that is the point
        while sent < 2**30:
            writer.write(piece)
            await writer.drain()
            sent += len(piece)
    answer = parse(await answering)
    writer.close()
    assert answer.status == 413
    assert answer.headers["connection"] == "close"
    assert sent < 32 * 2**20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", " ", "5, 5", "99999999999999999999"])
async def test_S01_a_lying_content_length_is_refused(port: int, length: str) -> None:
    answer = await ask(port, "/echo", f"Content-Length: {length}", method="POST")
    assert answer.status in (400, 413)


async def test_S09_a_body_nobody_read_ends_the_connection(port: int) -> None:
    smuggled = b"GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n"
    head = f"POST /none HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(smuggled)}\r\n\r\n".encode()
    raw = await exchange(port, head + smuggled)
    assert raw.count(b"HTTP/1.1 ") == 1
    assert parse(raw).status == 404
    assert parse(raw).headers["connection"] == "close"


async def test_a_body_that_was_read_keeps_the_connection(port: int) -> None:
    one = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\na=b"
    raw = await exchange(port, one + b"GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert raw.count(b"HTTP/1.1 200") == 2


async def test_an_early_answer_to_a_big_upload_can_be_read(port: int) -> None:
    raw = await exchange(port, post_chunked("/ignore", 2 * 2**20))
    assert parse(raw).body == b"ignored"


async def test_S10_a_fault_of_ours_tells_nothing_but_the_id_to_ask_about(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        answer = await ask(port, "/fail")
    assert answer.status == 500
    assert answer.json == {
        "error_description": "Something went wrong on our side.",
        "trace_id": answer.headers["x-request-id"],
    }
    failures = [record for record in caplog.records if record.exc_info]
    assert len(failures) == 1
    assert "c4n4ry" in str(failures[0].exc_info)


async def test_S10_a_fault_in_the_middle_of_an_answer_cuts_it_off(port: int) -> None:
    raw = await exchange(port, b"GET /fail-late HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert raw.endswith(b"half")
    assert b"c4n4ry" not in raw


async def test_a_full_queue_answers_503_and_when_to_come_back(port: int) -> None:
    answer = await ask(port, "/busy")
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert "trace_id" in answer.json


async def test_a_refusal_in_starlettes_form_is_rendered_as_any_other(port: int) -> None:
    answer = await ask(port, "/teapot")
    assert (answer.status, answer.headers["x-tea"]) == (418, "yes")
    assert answer.json["error_description"] == "short and stout"


async def test_what_no_route_takes_is_rendered_as_any_other_refusal(port: int) -> None:
    missing = await ask(port, "/none")
    assert (missing.status, missing.json["trace_id"]) == (404, missing.headers["x-request-id"])
    refused = await ask(port, "/fail", method="POST")
    assert (refused.status, refused.json["trace_id"]) == (405, refused.headers["x-request-id"])
    assert set(refused.headers["allow"].split(", ")) == {"GET", "HEAD"}


async def test_Q02_the_access_line_has_no_query_and_no_token(port: int, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="hibana.access"):
        await ask(port, "/echo?code=c4n4ry")
        await ask(port, "/invite/c4n4ry")
    told = [record.__dict__["fields"] for record in caplog.records if record.name == "hibana.access"]
    assert [fields["path"] for fields in told] == ["/echo", "/invite/{token}"]
    assert told[0]["status"] == 200
    assert told[0]["ip"] == "127.0.0.1"
    assert told[0]["ms"] >= 0


async def test_Q02_the_browser_named_in_the_origin_is_short_and_printable(port: int) -> None:
    answer = await ask(port, "/echo", "User-Agent: \x9b2J" + "x" * 600)
    agent = answer.json["agent"]
    assert isinstance(agent, str)
    assert agent.startswith("\\x9b2J")
    assert len(agent) <= 512 + 3
    assert (await ask(port, "/echo")).json["agent"] is None


async def test_requests_are_counted_by_route_never_by_path() -> None:
    metrics = Metrics()
    async with serving(build(metrics=metrics)) as port:
        for target in ("/echo", "/invite/a", "/invite/b", "/nothing", "/else", "//x"):
            await ask(port, target)
    told = metrics.render().decode()
    assert 'hibana_http_requests_total{method="GET",route="/invite/{token}",status="2xx"} 2.0' in told
    assert 'hibana_http_requests_total{method="GET",route="other",status="4xx"} 3.0' in told
    assert "nothing" not in told


def scope(**changed: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/echo",
        "raw_path": b"/echo",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"content-length", b"4")],
        "client": None,
        "server": None,
        **changed,
    }


async def test_a_caller_that_hangs_up_is_no_fault_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        sent = await call(build(), scope())
    assert sent == []
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.__dict__["fields"]["status"] for record in caplog.records if record.name == "hibana.access"] == [499]


async def test_a_caller_without_an_address_is_served() -> None:
    sent = await call(build(), scope(), [{"type": "http.request", "body": b"a=bc", "more_body": False}])
    assert sent[0]["status"] == 200
    assert Answer(200, {}, sent[1]["body"]).json["ip"] is None
