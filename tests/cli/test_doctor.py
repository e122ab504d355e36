"""`hibana doctor`: what it finds in a deployment that is well, and in ones that are not."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from hibana_op.foundation.vault import generate_master_key
from hibana_op.storage import open_database
from tests.cli.command import run
from tests.foundation.postman import office
from tests.ports import free_port
from tests.schema import MASTER_KEY
from tests.server import HibanaProcess

LONG_AGO = "Mon, 01 Jan 2024 00:00:00 GMT"


def examined(folder: Path, settings: dict[str, str], *arguments: str) -> tuple[int, dict[str, tuple[str, str]]]:
    """The status, and the state and words of each check."""
    done = run("doctor", "--json", *arguments, folder=folder, settings=settings)
    findings: list[dict[str, Any]] = json.loads(done.stdout)
    return done.returncode, {each["check"]: (each["state"], each["says"]) for each in findings}


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """A deployment that has been used, and is not running."""
    settings = {
        "HIBANA_DATABASE_URL": f"sqlite:///{tmp_path / 'hibana.db'}",
        "HIBANA_MASTER_KEY": MASTER_KEY,
        "HIBANA_ISSUER": f"http://localhost:{free_port()}",
    }
    assert run("user", "create", "--email", "a@example.com", folder=tmp_path, settings=settings).returncode == 0
    return settings


def change(settings: dict[str, str], sql: str) -> None:
    async def changed() -> int:
        db = await open_database(settings["HIBANA_DATABASE_URL"])
        try:
            return await db.run(sql)
        finally:
            await db.close()

    assert asyncio.run(changed()) > 0


def test_a_server_that_runs_is_well(hibana_server: HibanaProcess) -> None:
    told = {finding["check"]: finding["state"] for finding in json.loads(hibana_server.command("doctor", "--json"))}
    assert (told.pop("mail"), told.pop("people")) == ("warn", "warn")
    is_embedded = told.pop("size", None) == "ok"
    assert is_embedded == hibana_server.settings["HIBANA_DATABASE_URL"].startswith("sqlite:")
    assert told.keys() == {"settings", "database", "migrations", "keys", "audit", "clock", "issuer", "proxy"}
    assert set(told.values()) == {"ok"}
    lines = hibana_server.command("doctor", "--full").splitlines()
    assert len(lines) == 10 + is_embedded
    assert "ok    audit       all 0 entries are as they were written" in lines
    assert "warn  mail        no mail goes out; set HIBANA_SMTP__URL" in lines


def test_a_server_that_does_not_run_is_only_a_warning(tmp_path: Path, settings: dict[str, str]) -> None:
    status, found = examined(tmp_path, settings)
    assert status == 0
    assert {check for check, (state, _) in found.items() if state == "warn"} == {"clock", "issuer", "mail", "people"}
    assert found["issuer"][1].startswith(f"nothing answers at {settings['HIBANA_ISSUER']}: ")


def test_a_deployment_that_nobody_administers_is_told(tmp_path: Path, settings: dict[str, str]) -> None:
    _, found = examined(tmp_path, settings)
    assert found["people"] == ("warn", "nobody is a super administrator")
    added = ("user", "create", "--email", "root@example.com", "--role", "super_admin")
    assert run(*added, folder=tmp_path, settings=settings).returncode == 0
    _, found = examined(tmp_path, settings)
    assert found["people"] == ("ok", "somebody administers the deployment")
    change(settings, "UPDATE users SET status = 'suspended' WHERE email = 'root@example.com'")
    _, found = examined(tmp_path, settings)
    assert found["people"][0] == "warn"


@pytest.mark.parametrize(
    ("methods", "says"),
    [
        (["email"], "email needs a mail server, and none is set; people without a passkey cannot sign in"),
        (["password", "email"], "email needs a mail server, and none is set"),
        (["provider"], "provider needs another provider, and there is none; people without a passkey cannot sign in"),
        (["passkey"], None),
        (["password"], None),
    ],
)
def test_ways_to_sign_in_that_nobody_can_take_are_told(
    tmp_path: Path, settings: dict[str, str], methods: list[str], says: str | None
) -> None:
    assert (
        run("tenant", "create", "--slug", "acme", "--name", "Acme", folder=tmp_path, settings=settings).returncode == 0
    )
    chosen = json.dumps({"sign_in": {"methods": methods}})
    done = run("settings", "set", chosen, "--tenant", "acme", folder=tmp_path, settings=settings)
    assert done.returncode == 0
    assert done.stderr == (f"hibana: warning: {says}\n" if says else "")
    _, found = examined(tmp_path, settings)
    assert found.get("sign-in") == (("warn", f"in acme, {says}") if says else None)


def test_settings_that_cannot_be_read_are_all_it_tells(tmp_path: Path, settings: dict[str, str]) -> None:
    status, found = examined(tmp_path, settings | {"HIBANA_LOG_LEVEL": "loud"})
    assert status == 1
    assert found.keys() == {"settings"}
    assert "HIBANA_LOG_LEVEL" in found["settings"][1]


def test_settings_that_serve_would_refuse_are_a_warning(tmp_path: Path, settings: dict[str, str]) -> None:
    del settings["HIBANA_ISSUER"]
    _, found = examined(tmp_path, settings)
    assert found["settings"] == (
        "warn",
        "`hibana serve` would not start: HIBANA_ISSUER is not set; "
        "give the address people will see, like https://id.example.com",
    )


def test_a_database_that_is_not_there_fails_and_is_not_made(tmp_path: Path, settings: dict[str, str]) -> None:
    missing = tmp_path / "missing.db"
    status, found = examined(tmp_path, settings | {"HIBANA_DATABASE_URL": f"sqlite:///{missing}"})
    assert (status, found["database"]) == (1, ("fail", f"there is no file {missing}"))
    assert not missing.exists()
    url = f"postgresql://u:c4n4ry@127.0.0.1:{free_port()}/d"
    status, found = examined(tmp_path, settings | {"HIBANA_DATABASE_URL": url})
    assert (status, found["database"][0]) == (1, "fail")
    assert "c4n4ry" not in found["database"][1]


def test_a_database_that_is_behind_or_ahead_fails(tmp_path: Path, settings: dict[str, str], postgres_url: str) -> None:
    status, found = examined(tmp_path, settings | {"HIBANA_DATABASE_URL": postgres_url})
    assert (status, found["database"]) == (1, ("ok", "postgresql answers"))
    assert found["migrations"][0] == "fail"
    assert found["migrations"][1].endswith(" are missing")
    change(settings, "UPDATE schema_migrations SET checksum = 'another'")
    status, found = examined(tmp_path, settings)
    assert (status, found["migrations"][0]) == (1, "fail")


def test_a_new_database_has_no_keys_yet(tmp_path: Path, settings: dict[str, str]) -> None:
    empty = settings | {"HIBANA_DATABASE_URL": f"sqlite:///{tmp_path / 'empty.db'}"}
    assert run("migrate", "up", folder=tmp_path, settings=empty).returncode == 0
    status, found = examined(tmp_path, empty)
    assert (status, found["keys"][0], found["audit"]) == (0, "warn", ("ok", "nothing was recorded yet"))


@pytest.mark.parametrize(
    ("sql", "status", "keys"),
    [
        ("UPDATE signing_keys SET revoked_at = 1 WHERE algorithm = 'ES256'", 1, ("fail", "there is no key for ES256")),
        (
            "UPDATE signing_keys SET active_from = active_from - 100 * 86400 WHERE algorithm = 'ES256'",
            0,
            ("warn", "the ES256 key has been in use for 100 days"),
        ),
    ],
)
def test_keys_that_are_missing_or_old_are_told(
    tmp_path: Path, settings: dict[str, str], sql: str, status: int, keys: tuple[str, str]
) -> None:
    change(settings, sql)
    told, found = examined(tmp_path, settings)
    assert (told, found["keys"]) == (status, keys)


def test_another_master_key_fails(tmp_path: Path, settings: dict[str, str]) -> None:
    status, found = examined(tmp_path, settings | {"HIBANA_MASTER_KEY": generate_master_key()})
    assert (status, found["keys"][0], found["audit"][0]) == (1, "fail", "fail")
    del settings["HIBANA_MASTER_KEY"]
    status, found = examined(tmp_path, settings)
    assert (status, found["keys"][0]) == (1, "fail")
    assert "HIBANA_MASTER_KEY is not set" in found["keys"][1]


def test_a_changed_audit_log_fails(tmp_path: Path, settings: dict[str, str]) -> None:
    change(settings, "UPDATE audit_log SET action = 'user:account:deleted' WHERE seq = 1")
    for arguments in ((), ("--full",)):
        status, found = examined(tmp_path, settings, *arguments)
        assert (status, found["audit"][0]) == (1, "fail")
        assert found["audit"][1].startswith("entry 1 was changed")


@contextmanager
def answering(body: bytes, *, status: int = 200, date: str = LONG_AGO) -> Iterator[str]:
    """A server that is not Hibana; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status)
            self.send_header("Date", date)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b'{"issuer": "https://other.example"}', 200, "calls itself https://other.example"),
        (b'{"issuer": 5}', 200, "answers 200 and no discovery document"),
        (b"[]", 200, "answers 200 and no discovery document"),
        (b"hello", 200, "answers 200 and no discovery document"),
        (b"nothing", 404, "answers 404 and no discovery document"),
    ],
)
def test_another_server_at_the_issuers_address_fails(
    tmp_path: Path, settings: dict[str, str], body: bytes, status: int, says: str
) -> None:
    with answering(body, status=status) as address:
        ended, found = examined(tmp_path, settings | {"HIBANA_ISSUER": address})
    assert (ended, found["issuer"][0]) == (1, "fail")
    assert found["issuer"][1].endswith(says)
    assert found["clock"][0] == "fail"


def test_a_server_without_a_clock_is_not_compared(tmp_path: Path, settings: dict[str, str]) -> None:
    with answering(b"{}", date="yesterday") as address:
        _, found = examined(tmp_path, settings | {"HIBANA_ISSUER": address})
    assert found["clock"] == ("warn", "there was no other clock to compare with")


async def test_the_mail_server_is_asked_and_sent_nothing(tmp_path: Path, settings: dict[str, str]) -> None:
    async with office() as postman:
        mail = {"HIBANA_SMTP__URL": f"smtp://127.0.0.1:{postman.port}"}
        status, found = await asyncio.to_thread(examined, tmp_path, settings | mail)
        assert (status, found["mail"]) == (0, ("ok", "the mail server takes mail"))
        assert postman.letters == []
    status, found = await asyncio.to_thread(examined, tmp_path, settings | mail)
    assert (status, found["mail"][0]) == (1, "fail")


def test_a_proxy_that_is_not_named_is_a_warning(tmp_path: Path, settings: dict[str, str]) -> None:
    behind = settings | {"HIBANA_ISSUER": f"https://localhost:{free_port()}"}
    assert examined(tmp_path, behind)[1]["proxy"][0] == "warn"
    assert examined(tmp_path, behind | {"HIBANA_TRUSTED_PROXIES": "10.0.0.0/8"})[1]["proxy"][0] == "ok"
