"""`hibana trace`: why requests were refused, for people and for programs."""

import asyncio
import json
import re
from typing import Any

import httpx2
import msgspec
import pytest

from hibana_op.foundation.clock import SystemClock
from hibana_op.foundation.redaction import Received
from hibana_op.records import refusal_traces
from hibana_op.records.refusal_traces import Account, RefusalTrace
from hibana_op.storage import open_database
from tests.cli.conftest import Shell
from tests.server import HibanaProcess

CALLBACK = "https://app.example/callback"
COMPARED = Account(
    method="GET",
    status=400,
    rule="redirect_uri_unregistered",
    description="redirect_uri is not one of those registered",
    expected=(CALLBACK, "https://app.example/other"),
    sent="https://app.example/callbcak",
    parameter="redirect_uri",
    received=(
        Received(name="redirect_uri", value="https://app.example/callbcak", length=28),
        Received(name="state", value=None, length=9),
        Received(name="redirectUri", value=None, length=1, meant="redirect_uri"),
        Received(name=None, value=None, length=5),
    ),
)
LISTED = Account(
    method="POST",
    status=400,
    rule="grant_type_unknown",
    description="grant_type must be one of …",
    detail="a\x1b[31mhint",
    expected=("authorization_code", "refresh_token"),
    sent="password",
)
FROM_TOMORROW = Account(method="POST", status=400, rule="a_rule_of_tomorrow", description="")


@pytest.fixture
def traced(hibana: Shell) -> Shell:
    """A deployment that refused three requests, the first two under one trace id."""
    hibana("user", "list")  # makes the database
    now = SystemClock().now()
    rows = [
        ("1", "trace-one", "/authorize", "bad_redirect_uri", "app", COMPARED, now - 7200),
        ("2", "trace-one", "/token", "unsupported_grant_type", "app", LISTED, now - 60),
        ("3", "trace-two", "/token", "invalid_request", None, FROM_TOMORROW, now),
        ("4", "trace-old", "/token", "invalid_request", None, LISTED, now - 86400),
    ]
    asyncio.run(_write(hibana.settings["HIBANA_DATABASE_URL"], rows))
    return hibana


async def _write(url: str, rows: list[Any]) -> None:
    db = await open_database(url)
    for trace, trace_id, endpoint, error, client_id, account, at in rows:
        made = RefusalTrace(
            id=trace,
            trace_id=trace_id,
            endpoint=endpoint,
            client_id=client_id,
            error=error,
            explanation=msgspec.to_builtins(account),
            created_at=at,
            expires_at=at + 86400,
        )
        await refusal_traces.insert(db, made)
    await db.close()


def test_a_difference_is_shown_under_the_characters(traced: Shell) -> None:
    lines = traced("trace", "show", "trace-one").splitlines()
    first = [text.rstrip() for text in lines[lines.index("") + 1 :]]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ  GET /authorize  400 bad_redirect_uri", first[0])
    assert first[1:] == [
        "  what went wrong  The redirect_uri must be one of the registered ones, character by character.",
        "  specification    OpenID Connect Core §3.1.2.1",
        "                   https://openid.net/specs/openid-connect-core-1_0.html#rfc.section.3.1.2.1",
        "  how to mend it   Send exactly the registered address, or register this one: "
        "`hibana client update app --metadata` with all redirect_uris.",
        "                   hibana client update app --metadata "
        """'{"redirect_uris": ["https://app.example/callback", "https://app.example/other", """
        """"https://app.example/callbcak"]}'""",
        "  told the caller  redirect_uri is not one of those registered",
        "  expected         https://app.example/callback",
        "                                            ^^",
        "  sent             https://app.example/callbcak",
        "                                            ^^",
        "                   They differ from character 26 on: expected “ac”, sent “ca”.",
        "  also expected    https://app.example/other",
        "  came in          redirect_uri: https://app.example/callbcak",
        "                   state: (not kept, length 9)",
        "                   redirectUri: (not kept, length 1) (unknown; is redirect_uri meant?)",
        "                   unknown parameter: (not kept, length 5)",
        "  client_id        app",
        "  trace id         trace-one",
    ]


def test_all_that_was_refused_under_an_id_is_shown_the_newest_first(traced: Shell) -> None:
    shown = traced("trace", "show", "trace-one")
    assert shown.index("POST /token") < shown.index("GET /authorize")
    assert (
        "  expected         authorization_code\n                   refresh_token\n  sent             password\n"
        in shown
    )
    assert "  not told         a\\x1b[31mhint\n" in shown, "nothing colours the terminal"
    members = traced.json("trace", "show", "trace-one")
    assert [each["rule"] for each in members] == ["grant_type_unknown", "redirect_uri_unregistered"]
    assert members[1]["expected"] == [CALLBACK, "https://app.example/other"]
    assert members[1]["spec_url"].startswith("https://openid.net/")
    assert members[1]["received"][1] == {"name": "state", "value": None, "length": 9, "meant": None}


@pytest.mark.parametrize(
    ("flags", "endpoints"),
    [
        ((), ["/token", "/token", "/authorize"]),
        (("--limit", "1"), ["/token"]),
        (("--client", "app"), ["/token", "/authorize"]),
        (("--endpoint", "/authorize"), ["/authorize"]),
        (("--error", "invalid_request"), ["/token"]),
        (("--since", "1h"), ["/token", "/token"]),
        (("--since", "1h", "--client", "app"), ["/token"]),
        (("--client", "nobody"), []),
    ],
    ids=["all", "limit", "client", "endpoint", "error", "since", "both", "none"],
)
def test_the_newest_refusals_are_listed_and_filtered(
    traced: Shell, flags: tuple[str, ...], endpoints: list[str]
) -> None:
    assert [each["endpoint"] for each in traced.json("trace", "list", *flags)] == endpoints


def test_the_list_is_a_table_for_people(traced: Shell, hibana: Shell) -> None:
    rows = traced("trace", "list").splitlines()
    assert rows[0].split() == ["TIME", "TRACE", "ID", "ENDPOINT", "STATUS", "ERROR", "RULE", "CLIENT", "ID"]
    assert rows[3].split()[2:] == ["trace-one", "/authorize", "400", "bad_redirect_uri", COMPARED.rule, "app"]
    assert hibana("trace", "list", "--client", "nobody") == "Nothing was refused.\n"


def test_a_rule_that_this_version_does_not_know_is_no_failure(traced: Shell) -> None:
    shown = traced("trace", "show", "trace-two")
    assert "This version does not know the rule" in shown
    assert "specification" not in shown
    assert traced.json("trace", "show", "trace-two")[0]["rule"] == "a_rule_of_tomorrow"


@pytest.mark.parametrize("trace_id", ["trace-old", "nothing", "' OR 1=1 --"])
def test_what_is_older_than_a_day_or_unknown_is_refused_in_one_line(traced: Shell, trace_id: str) -> None:
    assert "traces are kept for 24 hours" in traced.refused("trace", "show", trace_id)


def test_a_running_server_writes_what_the_command_reads(hibana_server: HibanaProcess) -> None:
    refused = httpx2.post(f"{hibana_server.issuer}/token", data={"grant_type": "password", "client_id": "nobody"})
    trace_id = refused.headers["x-request-id"]
    hibana_server.terminate()  # it ends orderly, and writes what still waits
    (told,) = json.loads(hibana_server.command("trace", "show", trace_id, "--json"))
    assert (told["endpoint"], told["error"], told["rule"]) == ("/token", "invalid_client", "unknown_client")
