"""The whole command that mends a refusal: only where everything is known, and never what a stranger may have sent."""

import json
import shlex

import click
import msgspec
import pytest

from hibana_op.cli.main import hibana
from hibana_op.foundation.redaction import Received
from hibana_op.records.refusal_traces import Account, RefusalTrace
from hibana_op.web.mending import command

CALLBACK = "https://app.example/callback"
OTHER = "https://app.example/call'back"


def refused(
    rule: str, *, sent: str | None, expected: tuple[str, ...] = (CALLBACK,), client: str | None = "app", scope: str = ""
) -> str | None:
    received = (Received(name="scope", value=scope, length=len(scope)),)
    account = Account(
        method="GET", status=400, rule=rule, description="", expected=expected, sent=sent, received=received
    )
    trace = RefusalTrace(
        id="1",
        trace_id="1",
        endpoint="/authorize",
        client_id=client,
        error="invalid_request",
        explanation=msgspec.to_builtins(account),
        created_at=0,
        expires_at=1,
    )
    return command(trace)


def typed(text: str | None) -> list[str]:
    """The words of a command that exists and takes them."""
    assert text is not None
    words = shlex.split(text)
    found: click.Command | None = hibana
    for number, word in enumerate(words[1:], start=2):
        assert isinstance(found, click.Group)
        found = found.get_command(click.Context(found), word)
        assert found is not None, text
        if not isinstance(found, click.Group):
            found.make_context(" ".join(words[:number]), words[number:]).close()
            break
    return words


@pytest.mark.parametrize(
    ("rule", "member"),
    [
        ("redirect_uri_unregistered", "redirect_uris"),
        ("logout_redirect_unregistered", "post_logout_redirect_uris"),
        ("request_uri_unregistered", "request_uris"),
    ],
)
def test_an_address_of_the_same_app_is_added_to_those_that_are_registered(rule: str, member: str) -> None:
    *words, metadata = typed(refused(rule, sent=OTHER))
    assert words == ["hibana", "client", "update", "app", "--metadata"]
    assert json.loads(metadata) == {member: [CALLBACK, OTHER]}


@pytest.mark.parametrize("sent", ["http://localhost:3000/callback", "http://127.0.0.1/cb", "http://[::1]:8080/cb"])
def test_an_address_on_this_machine_is_added_too(sent: str) -> None:
    assert sent in typed(refused("redirect_uri_unregistered", sent=sent))[-1]


def test_a_grant_type_is_added() -> None:
    grants = ("authorization_code",)
    *_, metadata = typed(refused("grant_type_unregistered", sent="client_credentials", expected=grants))
    assert json.loads(metadata) == {"grant_types": ["authorization_code", "client_credentials"]}


def test_a_grant_for_an_api_gives_the_scopes_that_were_asked_for() -> None:
    asked = refused("resource_not_granted", sent="https://api.example/", expected=(), scope="openid read write")
    assert typed(asked) == [
        *("hibana", "resource", "allow", "https://api.example/", "--client", "app"),
        *("--scope=read", "--scope=write"),
    ]


@pytest.mark.parametrize(
    ("rule", "sent", "expected", "client"),
    [
        ("redirect_uri_unregistered", "https://evil.example/callback", (CALLBACK,), "app"),
        ("redirect_uri_unregistered", "http://app.example/callback", (CALLBACK,), "app"),
        ("redirect_uri_unregistered", "https://[app.example/callback", (CALLBACK,), "app"),
        ("redirect_uri_unregistered", f"{CALLBACK}?token=***", (CALLBACK,), "app"),
        ("redirect_uri_unregistered", f"{CALLBACK}\\x1b", (CALLBACK,), "app"),
        ("redirect_uri_unregistered", f"{CALLBACK} x", (CALLBACK,), "app"),
        ("redirect_uri_unregistered", f"{CALLBACK}…", (CALLBACK,), "app"),
        ("redirect_uri_unregistered", f"{CALLBACK}2", (), "app"),
        ("redirect_uri_unregistered", f"{CALLBACK}2", tuple(f"{CALLBACK}{n}" for n in range(10)), "app"),
        ("redirect_uri_unregistered", f"{CALLBACK}2", (CALLBACK,), None),
        ("redirect_uri_unregistered", f"{CALLBACK}2", (CALLBACK,), "a …"),
        ("redirect_uri_unregistered", None, (CALLBACK,), "app"),
        ("client_authentication_method", "client_secret_post", ("private_key_jwt",), "app"),
        ("code_expired", "x", (), "app"),
    ],
)
def test_no_command_is_given_where_it_might_do_harm_or_lacks_something(
    rule: str, sent: str | None, expected: tuple[str, ...], client: str | None
) -> None:
    assert refused(rule, sent=sent, expected=expected, client=client) is None
