"""The log: one line a record, with its request id, and nothing in it that could be used or could deceive."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Literal

import pytest

from hibana_op.foundation import log
from hibana_op.foundation.printable import printable


class Written:
    """A logger of the house whose lines land in memory."""

    def __init__(self, form: Literal["text", "json"]) -> None:
        self._stream = io.StringIO()
        self.handler = logging.StreamHandler(self._stream)
        self.handler.setFormatter(log.Lines(form))
        # What another test left running may still log; it is not what is looked at here.
        self.handler.addFilter(lambda record: record.name in {"hibana.tested", "hibana.access"})

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


@pytest.fixture(params=["text", "json"])
def written(request: pytest.FixtureRequest) -> Iterator[Written]:
    written = Written(request.param)
    logger = logging.getLogger("hibana")
    was = (logger.level, logger.propagate)
    logger.addHandler(written.handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    yield written
    logger.removeHandler(written.handler)
    logger.setLevel(was[0])
    logger.propagate = was[1]


@pytest.fixture
def logger() -> logging.Logger:
    return logging.getLogger("hibana.tested")


HOSTILE = "alice\r\n2026-01-01T00:00:00Z INFO forged \x1b[2Jline \u202egnp.exe \u2028\x85\x00\x7f end"


def test_Q02_a_hostile_name_cannot_forge_a_line(written: Written, logger: logging.Logger) -> None:
    logger.info("sign-in of %s", HOSTILE)
    logger.info("sign-in", extra={"fields": {"name": HOSTILE}})
    assert len(written.lines) == 2
    assert all(each.isprintable() for each in written.text.replace("\n", ""))
    assert "forged" in written.text


@pytest.mark.parametrize("form", ["text", "json"])
def test_Q02_half_a_character_is_written_as_its_number(form: Literal["text", "json"]) -> None:
    # Not through a logger: a captured record of this could not be handed from one test process to another.
    record = logging.LogRecord("hibana", logging.INFO, __file__, 1, "sign-in of %s", ("half \ud800 a letter",), None)
    line = log.Lines(form).format(record)
    assert line.encode("utf-8").isascii()
    assert "d800" in line


def test_Q02_the_lines_of_a_traceback_cannot_pose_as_records(written: Written, logger: logging.Logger) -> None:
    logger.error("it failed", exc_info=ValueError(f"password=c4n4ry {HOSTILE}"))
    assert "c4n4ry" not in written.text
    if written.text.startswith("{"):
        assert len(written.lines) == 1
        assert "ValueError" in json.loads(written.text)["exception"]
    else:
        assert all(line.startswith("  | ") for line in written.lines[1:])


CREDENTIALS = [
    "Authorization: Bearer c4n4ry-c4n4ry-c4n4ry",
    "authorization: Basic YzRuNHJ5OmM0bjRyeQ==c4n4ry",
    "Cookie: __Host-session=c4n4ry; other=c4n4ry",
    "Set-Cookie: __Host-session=c4n4ry",
    "DPoP: eyJc4n4ryc4n4ry.e30.x",
    "headers [(b'authorization', b'Basic c4n4ry'), (b'cookie', b'a=c4n4ry')]",
    "GET /callback?code=c4n4ry&state=c4n4ry HTTP/1.1",
    "code=c4n4ry",
    "redirect=https%3A%2F%2Fapp%2Fcb%3Fcode%3Dc4n4ry",
    "refresh_token=c4n4ry&client_secret=c4n4ry&code_verifier=c4n4ry",
    "client_assertion=c4n4ry id_token_hint=c4n4ry user_code=c4n4ry csrf=c4n4ry otp=c4n4ry",
    "{'password': 'c4n4ry with spaces', 'new_password': 'c4n4ry'}",
    '{"access_token": "c4n4ry", "id_token":"c4n4ry"}',
    "postgresql://hibana:c4n4ry@db/hibana",
    "smtp://user:c4n4ry@mail.example.com:587",
    "token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjNG40cnkifQ.c4n4ry is expired",
    "api key hib_c4n4ryc4n4ry",
]


@pytest.mark.parametrize("text", CREDENTIALS)
def test_Q02_what_looks_like_a_credential_is_struck_out(written: Written, logger: logging.Logger, text: str) -> None:
    logger.info(text)
    logger.info("%s", text)
    logger.info("x", extra={"fields": {"note": text}})
    assert len(written.lines) == 3
    assert "***" in written.text
    assert "c4n4ry" not in written.text.lower()


@pytest.mark.parametrize(
    "text",
    ["grant_type=authorization_code", "status_code=200", "client_id=web scope=openid", "keys: 2, database: ready"],
)
def test_what_only_sounds_like_a_credential_stays(text: str) -> None:
    assert log.redacted(text) == text


def test_every_line_has_the_request_id(written: Written, logger: logging.Logger) -> None:
    mark = log.request_id.set("4bf92f3577b34da6a3ce929d0e0e4736")
    logger.info("inside")
    log.request_id.reset(mark)
    logger.info("outside")
    assert "4bf92f3577b34da6a3ce929d0e0e4736" in written.lines[0]
    assert "4bf92f3577b34da6a3ce929d0e0e4736" not in written.lines[1]


def test_a_json_line_is_an_object_with_the_fields_beside_the_message(logger: logging.Logger) -> None:
    written = Written("json")
    record = logger.makeRecord("hibana.x", logging.WARNING, "", 0, "日本語 %d", (5,), None, None, {"fields": {"n": 1}})
    line = json.loads(written.handler.format(record))
    assert line.pop("time").endswith("Z")
    assert line == {"level": "warning", "logger": "hibana.x", "request_id": "-", "message": "日本語 5", "n": 1}


def test_the_access_line_has_method_path_status_time_and_address(written: Written) -> None:
    log.access("GET", "/tok\nen", 200, 1.26, "192.0.2.7")
    assert len(written.lines) == 1
    for part in ("GET", "tok\\\\nen" if written.text.startswith("{") else "tok\\nen", "200", "1.3", "192.0.2.7"):
        assert part in written.text


def test_a_higher_level_silences_the_access_line(written: Written) -> None:
    logging.getLogger("hibana").setLevel(logging.WARNING)
    log.access("GET", "/token", 200, 1.0, None)
    assert written.lines == []


PROGRAM = """
import logging
from hibana_op.foundation import log
log.configure("json", "info")
logging.getLogger("uvicorn.error").info("from the server")
logging.getLogger("hibana_op.web.health").info("from us")
logging.getLogger("aiosqlite").debug("statement")
logging.getLogger("httpx2").info("an address with a query")
logging.getLogger("asyncio").warning("from a library")
logging.getLogger("hibana").debug("too quiet")
"""


def test_configured_everything_goes_to_standard_error_and_libraries_only_when_they_warn() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    told = [json.loads(line)["message"] for line in done.stderr.splitlines()]
    assert told == ["from the server", "from us", "from a library"]


def test_printable_text_stays_as_it_is() -> None:
    assert printable("Émile 山田太郎 🙂") == "Émile 山田太郎 🙂"
    assert printable("a\tb\u202ec") == "a\\tb\\u202ec"
