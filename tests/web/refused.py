"""Refused requests as the development pages show them, in the states that look different."""

import msgspec

from hibana_op.dev.traces import Shown
from hibana_op.foundation.redaction import Received
from hibana_op.records.refusal_traces import Account, RefusalTrace
from hibana_op.web.refusal_words import tell

LONG = "https://a-very-long-host-name-without-any-place-to-break-it.subdomain.of.a.long.example.com/callback"

COMPARED = Account(
    method="GET",
    status=400,
    rule="redirect_uri_unregistered",
    description="redirect_uri is not one of those registered for this client",
    expected=(LONG, "https://shop.example.com/other"),
    sent=f"{LONG.replace('host', 'hots')}/",
    parameter="redirect_uri",
    received=(
        Received(name="client_id", value="01990000-0000-7000-8000-000000000000", length=36),
        Received(name="redirect_uri", value=LONG, length=len(LONG)),
        Received(name="state", value=None, length=32),
        Received(name="redirectUri", value=None, length=7, meant="redirect_uri"),
        Received(name=None, value=None, length=9),
    ),
)
LISTED = Account(
    method="POST",
    status=400,
    rule="grant_type_unknown",
    description="grant_type must be one of authorization_code, refresh_token",
    detail="",
    expected=("authorization_code", "refresh_token"),
    sent="password",
    parameter="grant_type",
    received=(Received(name="grant_type", value="password", length=8),),
)
BARE = Account(method="POST", status=401, rule="client_secret_wrong", description="", detail="the secret is wrong")
OWN = Account(method="GET", status=400, rule="interaction_expired", description="")


def shown(language: str) -> list[Shown]:
    """One refusal of each kind."""
    kinds = ((COMPARED, "bad_redirect_uri"), (LISTED, "invalid_grant"), (BARE, "invalid_client"), (OWN, "login"))
    return [_shown(account, error, language) for account, error in kinds]


def _shown(account: Account, error: str, language: str) -> Shown:
    trace = RefusalTrace(
        id="01990000-0000-7000-8000-000000000001",
        trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
        endpoint="/authorize",
        client_id="01990000-0000-7000-8000-000000000000" if account is COMPARED else None,
        error=error,
        explanation=msgspec.to_builtins(account),
        created_at=1_800_000_000,
        expires_at=1_800_086_400,
    )
    app = "Shop Console" if account is COMPARED else None
    return Shown(trace, account, tell(trace, language), app, f"/idp/dev/traces/{trace.trace_id}")
