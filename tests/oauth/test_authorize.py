"""The decision of the authorization endpoint as a table: rows A09, A10 and A11 without a browser."""

from dataclasses import replace
from typing import Any

import pytest

from hibana_op.foundation.errors import ConsentRequired, LoginRequired
from hibana_op.oauth.authorization_checks import AuthorizationRequest, ReturnAddress
from hibana_op.oauth.authorization_parameters import WantedAcr
from hibana_op.oauth.authorize import (
    NOTHING,
    AskAccount,
    AskConsent,
    AskLogin,
    Issue,
    asked_scopes,
    decide,
    missing_consents,
    split_by_resource,
)
from hibana_op.oauth.response_types import RESPONSE_TYPES
from hibana_op.oauth.shapes import ClaimsRequest
from hibana_op.oauth.targets import Target
from hibana_op.records.clients import Client
from hibana_op.records.interactions import Interaction
from hibana_op.records.resources import ResourceServer
from hibana_op.records.sessions import Session
from tests.make import a_client, a_resource

NOW = 1_800_000_000
ALLOWED = {"": frozenset({"openid", "email"})}
API = a_resource()


def a_session(**changes: Any) -> Session:
    """A session of a minute ago."""
    session = Session(
        id="session",
        token_hash="",
        user_id="alice",
        browser_hash="",
        auth_time=NOW - 60,
        acr="urn:hibana:loa:1",
        amr=("pwd",),
        remember=False,
        ip_address=None,
        user_agent=None,
        created_at=NOW - 60,
        last_seen_at=NOW,
        idle_expires_at=NOW + 60,
        expires_at=NOW + 600,
    )
    return replace(session, **changes)


def a_request(
    client: Client | None = None,
    *,
    scopes: tuple[str, ...] = ("openid", "email"),
    resources: tuple[ResourceServer, ...] = (),
    **changes: Any,
) -> AuthorizationRequest:
    """A request for two scopes."""
    request = AuthorizationRequest(
        back=ReturnAddress(client or a_client(), "https://app.example/callback", "query", None),
        response_type=RESPONSE_TYPES["code"],
        target=Target(scopes, resources),
        nonce=None,
        code_challenge=None,
        prompt=frozenset(),
        max_age=None,
        acr=WantedAcr(),
        claims=ClaimsRequest(),
        claims_locales=(),
        subjects=None,
    )
    return replace(request, **changes)


def progress(**changes: Any) -> Interaction:
    """An interaction that stands on the session."""
    interaction = Interaction(
        id="interaction", browser_hash="", client_id="", request={}, session_id="session", created_at=0, expires_at=0
    )
    return replace(interaction, **changes)


BOB = frozenset({"bob"})
SIGNED_IN = progress(signed_in=True, account_chosen=True)
ELSEWHERE = progress(signed_in=True, account_chosen=True, consented=True, session_id="another")
LOGIN, CONSENT, ACCOUNT = frozenset({"login"}), frozenset({"consent"}), frozenset({"select_account"})
CREATE = frozenset({"create"})

TABLE: tuple[tuple[dict[str, Any], Session | None, Interaction | None, type], ...] = (
    ({}, None, None, AskLogin),
    ({}, a_session(), None, Issue),
    ({"prompt": LOGIN}, a_session(), None, AskLogin),
    ({"prompt": LOGIN}, a_session(), progress(), AskLogin),
    ({"prompt": LOGIN}, a_session(), progress(consented=True, account_chosen=True), AskLogin),
    ({"prompt": LOGIN}, a_session(), ELSEWHERE, AskLogin),
    ({"prompt": LOGIN}, None, SIGNED_IN, AskLogin),
    ({"prompt": LOGIN}, a_session(auth_time=NOW), SIGNED_IN, Issue),
    ({"max_age": 60}, a_session(), None, Issue),
    ({"max_age": 59}, a_session(), None, AskLogin),
    ({"max_age": 59}, a_session(), ELSEWHERE, AskLogin),
    ({"max_age": 0}, a_session(auth_time=NOW), None, AskLogin),
    ({"max_age": 0}, a_session(auth_time=NOW), SIGNED_IN, Issue),
    ({"prompt": ACCOUNT}, None, None, AskLogin),
    ({"prompt": ACCOUNT}, a_session(), None, AskAccount),
    ({"prompt": ACCOUNT}, a_session(), ELSEWHERE, AskAccount),
    ({"prompt": ACCOUNT}, a_session(), progress(account_chosen=True), Issue),
    ({"prompt": ACCOUNT | LOGIN}, a_session(), progress(account_chosen=True), AskLogin),
    ({"prompt": CREATE}, None, None, AskLogin),
    ({"prompt": CREATE}, a_session(), None, AskLogin),
    ({"prompt": CREATE}, a_session(), ELSEWHERE, AskLogin),
    ({"prompt": CREATE}, a_session(), SIGNED_IN, Issue),
    ({"prompt": CREATE}, a_session(), progress(account_chosen=True), Issue),
    ({"prompt": CREATE | LOGIN}, a_session(), progress(account_chosen=True), AskLogin),
    ({"prompt": CREATE | ACCOUNT}, a_session(), None, AskLogin),
    ({"prompt": CONSENT}, a_session(), None, AskConsent),
    ({"prompt": CONSENT}, a_session(), SIGNED_IN, AskConsent),
    ({"prompt": CONSENT}, a_session(), ELSEWHERE, AskConsent),
    ({"prompt": CONSENT}, a_session(), progress(consented=True), Issue),
    ({"prompt": CONSENT | LOGIN}, a_session(), progress(consented=True), AskLogin),
    ({"scopes": ("openid", "phone")}, a_session(), None, AskConsent),
    ({"scopes": ("openid", "phone")}, a_session(), progress(consented=True), AskConsent),
    ({"claims": ClaimsRequest(userinfo={"phone_number": None})}, a_session(), None, AskConsent),
    ({"claims": ClaimsRequest(id_token={"email#x": None, "own": None})}, a_session(), None, Issue),
    ({"resources": (API,)}, a_session(), None, AskConsent),
    ({"subjects": frozenset({"alice"})}, a_session(), None, Issue),
    ({"subjects": BOB | {"alice"}}, a_session(), None, Issue),
    ({"subjects": BOB}, None, None, AskLogin),
    ({"subjects": BOB}, a_session(), None, AskLogin),
    ({"subjects": BOB}, a_session(), ELSEWHERE, AskLogin),
)


@pytest.mark.parametrize(("changes", "session", "done", "expected"), TABLE)
def test_what_is_missing_for_a_code(
    changes: dict[str, Any], session: Session | None, done: Interaction | None, expected: type
) -> None:
    subject = session.user_id if session else None

    decision = decide(a_request(**changes), session, ALLOWED, done, subject=subject, standing=NOTHING, now=NOW)

    assert type(decision) is expected
    if isinstance(decision, AskLogin):
        assert decision.again is (session is not None)


@pytest.mark.parametrize(
    ("changes", "session", "expected"),
    [
        ({}, None, LoginRequired),
        ({"max_age": 1}, a_session(), LoginRequired),
        ({"max_age": 0}, a_session(auth_time=NOW), LoginRequired),
        ({"subjects": BOB}, a_session(), LoginRequired),
        ({"scopes": ("openid", "phone")}, a_session(), ConsentRequired),
        ({"claims": ClaimsRequest(userinfo={"address": None})}, a_session(), ConsentRequired),
    ],
)
def test_A09_prompt_none_asks_nothing(
    changes: dict[str, Any], session: Session | None, expected: type[Exception]
) -> None:
    request = a_request(**changes, prompt=frozenset({"none"}))

    with pytest.raises(expected):
        decide(request, session, ALLOWED, None, subject="alice", standing=NOTHING, now=NOW)


UNVERIFIED = a_client(registration="dcr", verified=False)
ON_THE_DEVICE = a_client(token_endpoint_auth_method="none")


def to_address(client: Client, redirect_uri: str) -> ReturnAddress:
    """A return address of a client."""
    return ReturnAddress(client, redirect_uri, "query", None)


@pytest.mark.parametrize(
    ("client", "redirect_uri", "shown"),
    [
        (UNVERIFIED, "https://app.example/callback", True),
        (replace(UNVERIFIED, first_party=True), "https://app.example/callback", False),
        (replace(UNVERIFIED, verified=True), "https://app.example/callback", False),
        (ON_THE_DEVICE, "http://127.0.0.1:49152/callback", True),
        (ON_THE_DEVICE, "http://localhost/callback", True),
        (ON_THE_DEVICE, "com.example.app:/callback", True),
        (ON_THE_DEVICE, "https://app.example/callback", False),
        (ON_THE_DEVICE, "HTTPS://app.example/callback", False),
        (replace(ON_THE_DEVICE, first_party=True), "com.example.app:/callback", False),
        (a_client(), "http://127.0.0.1/callback", False),
    ],
)
def test_A11_remembered_consent_is_shown_again_where_nobody_can_say_whose_app_it_is(
    client: Client, redirect_uri: str, shown: bool
) -> None:
    request = a_request(back=to_address(client, redirect_uri))

    def asked(done: Interaction | None) -> type:
        return type(decide(request, a_session(), ALLOWED, done, subject="alice", standing=NOTHING, now=NOW))

    for done in (None, SIGNED_IN, ELSEWHERE):
        assert asked(done) is (AskConsent if shown else Issue)
    assert asked(progress(consented=True)) is Issue


def test_A11_without_a_page_remembered_consent_does_except_for_an_address_that_any_app_could_take() -> None:
    def silently(back: ReturnAddress) -> type:
        request = a_request(back=back, prompt=frozenset({"none"}))
        return type(decide(request, a_session(), ALLOWED, None, subject="alice", standing=NOTHING, now=NOW))

    assert silently(to_address(UNVERIFIED, "https://app.example/callback")) is Issue
    assert silently(to_address(replace(ON_THE_DEVICE, first_party=True), "com.example.app:/callback")) is Issue
    for device in ("com.example.app:/callback", "http://[::1]:8000/callback"):
        with pytest.raises(ConsentRequired):
            silently(to_address(ON_THE_DEVICE, device))


def test_wrong_person_who_has_just_signed_in_is_not_asked_for_ever() -> None:
    with pytest.raises(LoginRequired, match="another person"):
        decide(a_request(subjects=BOB), a_session(), ALLOWED, SIGNED_IN, subject="alice", standing=NOTHING, now=NOW)


def test_A11_first_party_client_asks_only_where_a_resource_wants_it() -> None:
    client = a_client(first_party=True)
    asking = a_resource(identifier="https://asking.example/", skip_consent=False)
    scopes = ("openid", "read")

    assert missing_consents(a_request(client, scopes=scopes, resources=(API,)), {}) == []
    both = a_request(client, scopes=scopes, resources=(API, asking))
    assert missing_consents(both, {}) == [(asking, frozenset({"read"}))]
    assert missing_consents(both, {asking.identifier: frozenset({"read", "write"})}) == []


def test_A11_scopes_are_split_by_whom_they_are_for() -> None:
    claims = ClaimsRequest(id_token={"phone_number": None}, userinfo={"name#ja": None, "roles": None, "own": None})
    request = a_request(scopes=("openid", "read", "email"), resources=(API,), claims=claims)

    assert asked_scopes(request) == ("openid", "read", "email", "profile", "phone")
    assert split_by_resource(request) == [
        (None, frozenset({"openid", "email", "profile", "phone"})),
        (API, frozenset({"read"})),
    ]


def test_A11_a_first_meeting_misses_something_even_when_nothing_is_asked() -> None:
    assert missing_consents(a_request(scopes=()), {}) == [(None, frozenset({"openid"}))]
    assert missing_consents(a_request(scopes=()), {"": frozenset()}) == []
