"""The work of each row: what is prepared for a connection before the clock runs, and one timed operation."""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from bench import wire
from bench.browser import Browser
from bench.target import PASSWORD, REDIRECT_URI, RESOURCE_SCOPE, RESOURCES, Target
from bench.wire import Talk

_VERIFIER = "a-code-verifier-that-is-long-enough-for-rfc-7636-and-always-the-same"
_CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(_VERIFIER.encode()).digest()).rstrip(b"=").decode()
_CODES_A_ROUND = 60


@dataclass(slots=True)
class Seat:
    """What one connection keeps between its operations."""

    target: Target
    endpoints: Mapping[str, str]
    email: str = ""
    tenant: str = ""  # where one is named, its person enters it and the app is told of it
    browser: Browser = field(init=False)
    codes: list[str] = field(default_factory=list)
    token: str = ""
    signed_in: bool = False

    def __post_init__(self) -> None:
        """Every seat begins in a browser without cookies."""
        self.forget()

    def forget(self) -> None:
        """Take a fresh browser."""
        self.browser = Browser(self.target.issuer, {"username": self.email, "password": PASSWORD})
        self.signed_in = False

    def get(self, endpoint: str, headers: Mapping[str, str] | None = None) -> bytes:
        """A GET request to an endpoint by its name in the discovery document."""
        return wire.get(self.target.authority, self.endpoints[endpoint], headers)

    def post(self, endpoint: str, client: str, form: Mapping[str, str]) -> bytes:
        """A form for an endpoint, sent by a client that authenticates with client_secret_basic."""
        credentials = self.target.clients[client]
        headers = wire.basic(credentials.client_id, credentials.client_secret)
        return wire.post(self.target.authority, self.endpoints[endpoint], form, headers)


@dataclass(frozen=True, slots=True)
class Workload:
    """One row: `operate` gives operations until there are no more, or for ever."""

    prepare: Callable[[Seat], Talk[None]]
    operate: Callable[[Seat], Iterator[Talk[None]]]


def _nothing(_seat: Seat) -> Talk[None]:
    yield from ()


def _ask(request: bytes, text: bytes) -> Talk[None]:
    wire.expect((yield request), 200, text)


def _again(request: bytes, text: bytes) -> Iterator[Talk[None]]:
    while True:
        yield _ask(request, text)


def _constant(endpoint: str, text: bytes) -> Workload:
    return Workload(_nothing, lambda seat: _again(seat.get(endpoint), text))


def _client_credentials(kind: str) -> Workload:
    form = {"grant_type": "client_credentials", "resource": RESOURCES[kind], "scope": RESOURCE_SCOPE}
    return Workload(_nothing, lambda seat: _again(seat.post("token_endpoint", "machine", form), b"access_token"))


def _authorize(seat: Seat, client: str, **extra: str) -> Talk[str]:
    query = {
        "response_type": "code",
        "client_id": seat.target.clients[client].client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": "openid profile email",
        "state": "the-state-of-this-request",
        "nonce": "the-nonce-of-this-request",
        "code_challenge": _CHALLENGE,
        "code_challenge_method": "S256",
        **extra,
    }
    if seat.tenant:
        query |= {"tenant": seat.tenant, "scope": f"{query['scope']} tenant roles"}
    path = f"{seat.endpoints['authorization_endpoint']}?{urlencode(query)}"
    address = yield from seat.browser.authorize(path)
    answered = parse_qs(urlsplit(address).query)
    if "code" not in answered:
        raise RuntimeError(f"the app was sent to {address}")
    seat.signed_in = True
    return answered["code"][0]


def _redeem(seat: Seat, client: str, code: str) -> Talk[wire.Answer]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": _VERIFIER,
    }
    answer = yield seat.post("token_endpoint", client, form)
    return wire.expect(answer, 200, b"id_token")


def _flow(seat: Seat) -> Talk[None]:
    code = yield from _authorize(seat, "web")
    yield from _redeem(seat, "web", code)


def _prepare_session(seat: Seat) -> Talk[None]:
    if not seat.signed_in:
        yield from _flow(seat)


def _flows(seat: Seat) -> Iterator[Talk[None]]:
    while True:
        yield _flow(seat)


def _sign_ins(seat: Seat) -> Iterator[Talk[None]]:
    while True:
        seat.forget()
        yield _flow(seat)


def _prepare_codes(seat: Seat) -> Talk[None]:
    seat.codes.clear()
    for _ in range(_CODES_A_ROUND):
        seat.codes.append((yield from _authorize(seat, "web")))


def _exchange(seat: Seat, code: str) -> Talk[None]:
    yield from _redeem(seat, "web", code)


def _exchanges(seat: Seat) -> Iterator[Talk[None]]:
    return (_exchange(seat, code) for code in seat.codes)


def _prepare_chain(seat: Seat) -> Talk[None]:
    if not seat.token:
        asked = {"scope": "openid profile email offline_access", "prompt": "consent"}
        code = yield from _authorize(seat, "offline", **asked)
        answer = yield from _redeem(seat, "offline", code)
        seat.token = answer.member("refresh_token")


def _refresh(seat: Seat) -> Talk[None]:
    form = {"grant_type": "refresh_token", "refresh_token": seat.token}
    answer = yield seat.post("token_endpoint", "offline", form)
    seat.token = wire.expect(answer, 200, b"id_token").member("refresh_token")


def _chain(seat: Seat) -> Iterator[Talk[None]]:
    while True:
        yield _refresh(seat)


def _prepare_access_token(seat: Seat) -> Talk[None]:
    if not seat.token:
        code = yield from _authorize(seat, "web")
        seat.token = (yield from _redeem(seat, "web", code)).member("access_token")


def _userinfo(seat: Seat) -> Iterator[Talk[None]]:
    return _again(seat.get("userinfo_endpoint", wire.bearer(seat.token)), b'"sub"')


def _prepare_opaque_token(seat: Seat) -> Talk[None]:
    if not seat.token:
        form = {
            "grant_type": "client_credentials",
            "resource": RESOURCES["opaque"],
            "scope": RESOURCE_SCOPE,
        }
        answer = yield seat.post("token_endpoint", "machine", form)
        seat.token = wire.expect(answer, 200).member("access_token")


def _introspections(seat: Seat) -> Iterator[Talk[None]]:
    return _again(seat.post("introspection_endpoint", "machine", {"token": seat.token}), b'"client_id"')


WORKLOADS: Mapping[str, Workload] = {
    "discovery": _constant("discovery", b'"issuer"'),
    "jwks": _constant("jwks_uri", b'"keys"'),
    "client_credentials_rs256": _client_credentials("RS256"),
    "client_credentials_es256": _client_credentials("ES256"),
    "client_credentials_opaque": _client_credentials("opaque"),
    "code_exchange": Workload(_prepare_codes, _exchanges),
    "refresh": Workload(_prepare_chain, _chain),
    "userinfo": Workload(_prepare_access_token, _userinfo),
    "introspect": Workload(_prepare_opaque_token, _introspections),
    "code_flow_session": Workload(_prepare_session, _flows),
    "code_flow_sign_in": Workload(_nothing, _sign_ins),
    "floor_get": _constant("floor", b"{"),
    "floor_post": _client_credentials("RS256"),
}
