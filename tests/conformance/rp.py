"""The relying party of a certification run: registers, asks, redeems and checks, as the plans do."""

import json
import secrets
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx2

from tests.conformance import checks
from tests.conformance.browser import Browser, Landing, Stop
from tests.conformance.keys import RpKeys
from tests.conformance.site import Site

CALLBACK = "/callback"


@dataclass(frozen=True, slots=True)
class Variant:
    """The response type and mode of one run of a plan."""

    response_type: str
    form_post: bool = False

    @property
    def words(self) -> frozenset[str]:
        """The parts of the response type."""
        return frozenset(self.response_type.split())

    @property
    def has_code(self) -> bool:
        """Whether a code comes back."""
        return "code" in self.words

    @property
    def has_front_id_token(self) -> bool:
        """Whether the authorization endpoint gives an ID token."""
        return "id_token" in self.words

    @property
    def has_front_token(self) -> bool:
        """Whether the authorization endpoint gives an access token."""
        return "token" in self.words

    @property
    def grants(self) -> list[str]:
        """The grant types that a client of this kind registers."""
        return ["authorization_code"] * self.has_code + ["implicit"] * bool(self.words & {"token", "id_token"})

    def __str__(self) -> str:
        return self.response_type.replace(" ", "+") + ("-form_post" if self.form_post else "")


@dataclass(frozen=True, slots=True)
class Op:
    """The provider under test."""

    issuer: str
    trust: ssl.SSLContext
    email: str
    metadata: dict[str, Any]

    def http(self) -> httpx2.Client:
        """A client without cookies."""
        return httpx2.Client(verify=self.trust, timeout=30)

    def jwks(self) -> dict[str, Any]:
        """The published keys, checked as every module does."""
        with self.http() as http:
            found: dict[str, Any] = http.get(self.metadata["jwks_uri"]).json()
        kids = [key["kid"] for key in found["keys"]]
        assert len(kids) == len(set(kids)), kids
        for key in found["keys"]:
            assert not key.keys() & {"d", "p", "q", "dp", "dq", "qi", "k"}, key["kid"]
            assert key["kty"] in ("RSA", "EC", "OKP"), key
        return found


@dataclass(slots=True)
class RpClient:
    """A client as its registration answered."""

    information: dict[str, Any]
    keys: RpKeys

    @property
    def client_id(self) -> str:
        """Its id."""
        return str(self.information["client_id"])

    @property
    def redirect_uri(self) -> str:
        """Its only, or first, redirect URI."""
        return str(self.information["redirect_uris"][0])


@dataclass(slots=True)
class Module:
    """One module: an empty cookie jar, fresh clients, and what is checked in each of them."""

    op: Op
    site: Site
    variant: Variant
    browser: Browser = field(init=False)
    clients: list[RpClient] = field(default_factory=list)
    keys: RpKeys = field(default_factory=RpKeys)

    def __post_init__(self) -> None:
        self.browser = self.new_browser()

    def new_browser(self) -> Browser:
        """Another empty cookie jar."""
        return Browser(self.op.issuer, self.site.url(""), self.op.trust, email=self.op.email)

    # Registration

    def metadata(self, **members: Any) -> dict[str, Any]:
        """The registration request of the plans."""
        return {
            "client_name": "Certification run",
            "grant_types": self.variant.grants,
            "response_types": [self.variant.response_type],
            "redirect_uris": [self.site.url(f"{CALLBACK}/{secrets.token_urlsafe(6)}")],
            "jwks": self.keys.public(),
            "token_endpoint_auth_method": "client_secret_basic",
            "contacts": ["certification@example.com"],
            **members,
        }

    def post_registration(self, **members: Any) -> httpx2.Response:
        """Send a registration request; a member that is None is left out."""
        body = {name: value for name, value in self.metadata(**members).items() if value is not None}
        with self.op.http() as http:
            return http.post(self.op.metadata["registration_endpoint"], json=body)

    def register(self, **members: Any) -> RpClient:
        """Register a client; what it is told is checked."""
        response = self.post_registration(**members)
        assert response.status_code == 201, response.text
        assert response.headers["content-type"].partition(";")[0] == "application/json"
        told = response.json()
        assert "error" not in told
        if "client_secret" in told:
            assert told["client_secret_expires_at"] == 0
        assert told["registration_client_uri"].startswith("https://")
        assert told["registration_access_token"]
        client = RpClient(told, self.keys)
        self.clients.append(client)
        return client

    def finish(self) -> None:
        """Every module ends by removing its clients, which has to answer 204."""
        for client in self.clients:
            with self.op.http() as http:
                told = client.information
                bearer = {"Authorization": f"Bearer {told['registration_access_token']}"}
                response = http.delete(told["registration_client_uri"], headers=bearer)
            assert response.status_code == 204, response.text
        self.browser.http.close()

    # Authorization

    def request(self, client: RpClient, **parameters: str | None) -> dict[str, str]:
        """An authorization request of the variant; a parameter that is None is left out."""
        asked: dict[str, str | None] = {
            "client_id": client.client_id,
            "redirect_uri": client.redirect_uri,
            "scope": "openid",
            "state": secrets.token_urlsafe(10),
            "nonce": secrets.token_urlsafe(10),
            "response_type": self.variant.response_type,
            "response_mode": "form_post" if self.variant.form_post else None,
            **parameters,
        }
        return {name: value for name, value in asked.items() if value is not None}

    def url(self, request: dict[str, str]) -> str:
        """The address that starts a request."""
        return f"{self.op.metadata['authorization_endpoint']}?{urlencode(request)}"

    def open(self, request: dict[str, str], *, browser: Browser | None = None) -> Landing | Stop:
        """Send the browser off with a request."""
        return (browser or self.browser).open(self.url(request))

    def arrive(self, request: dict[str, str], *, browser: Browser | None = None) -> dict[str, str]:
        """The fields of a successful answer, checked as every module does."""
        fields = self.landed(request, self.open(request, browser=browser))
        assert "error" not in fields, fields
        for word in self.variant.words:
            assert {"code": "code", "token": "access_token", "id_token": "id_token"}[word] in fields, fields
        return fields

    def landed(self, request: dict[str, str], where: Landing | Stop) -> dict[str, str]:
        """The fields of an answer that arrived where and how it should."""
        assert isinstance(where, Landing), f"at {where.path} instead of the app: {where.response.text[:3000]}"
        assert where.url.partition("?")[0] == request["redirect_uri"].partition("?")[0], where
        fields = self._fields(where)
        checks.check_landing(where, issuer=self.op.issuer, state=request.get("state"), fields=fields)
        return fields

    def _fields(self, landing: Landing) -> dict[str, str]:
        if self.variant.form_post:
            assert landing.method == "POST"
            assert not landing.query.keys() & {"code", "error", "state"}, landing
            return landing.form
        assert landing.method == "GET"
        if self.variant.response_type == "code":
            return landing.query
        assert not landing.query.keys() & {"code", "error"}, landing
        return landing.fragment

    def refused(self, request: dict[str, str], *errors: str) -> dict[str, str]:
        """The fields of an error that came back to the app, one of `errors`."""
        where = self.open(request)
        fields = self.landed(request, where)
        assert isinstance(where, Landing)
        checks.check_error_landing(where, fields)
        assert fields["error"] in errors, fields
        assert "code" not in fields
        return fields

    # Tokens

    def token(self, client: RpClient, form: dict[str, str]) -> httpx2.Response:
        """Call the token endpoint with the client's own way of authentication."""
        method = client.information["token_endpoint_auth_method"]
        with self.op.http() as http:
            endpoint = self.op.metadata["token_endpoint"]
            if method == "client_secret_basic":
                secret = client.information["client_secret"]
                return http.post(endpoint, data=form, auth=(client.client_id, secret))
            proof = {"client_id": client.client_id}
            if method == "client_secret_post":
                proof["client_secret"] = client.information["client_secret"]
            elif method != "none":
                proof |= client.keys.assertion(client.information, audience=endpoint)
            return http.post(endpoint, data={**form, **proof})

    def redeem(self, client: RpClient, code: str, **more: str) -> dict[str, Any]:
        """The tokens of a code, checked."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": client.redirect_uri, **more}
        response = self.token(client, form)
        assert response.status_code == 200, response.text
        told: dict[str, Any] = response.json()
        assert told["access_token"]
        assert told["id_token"]
        assert told["token_type"].lower() == "bearer"
        assert 0 < told["expires_in"] < checks.A_YEAR
        return told

    def id_claims(self, client: RpClient, id_token: str, request: dict[str, str]) -> dict[str, Any]:
        """The claims of an ID token, verified."""
        algorithm = client.information["id_token_signed_response_alg"]
        claims = checks.verified(id_token, self.op.jwks(), algorithm=algorithm)
        checks.check_id_token(claims, issuer=self.op.issuer, client_id=client.client_id, nonce=request.get("nonce"))
        return claims

    def userinfo(self, access_token: str) -> httpx2.Response:
        """Ask for the claims with a bearer header."""
        with self.op.http() as http:
            headers = {"Authorization": f"Bearer {access_token}"}
            return http.get(self.op.metadata["userinfo_endpoint"], headers=headers)

    def sign_in(self, client: RpClient, **parameters: str | None) -> "SignedIn":
        """The whole flow of the variant, with everything that is checked on the way."""
        request = self.request(client, **parameters)
        fields = self.arrive(request)
        found = SignedIn(request=request, fields=fields)
        if "id_token" in fields:
            claims = self.id_claims(client, fields["id_token"], request)
            if "access_token" in fields:
                assert claims["at_hash"] == checks.half_hash(fields["access_token"])
            if "code" in fields:
                assert claims["c_hash"] == checks.half_hash(fields["code"])
            found.front_claims = claims
        if "code" in fields:
            assert checks.has_entropy(fields["code"])
            found.tokens = self.redeem(client, fields["code"])
            claims = self.id_claims(client, found.tokens["id_token"], request)
            if "at_hash" in claims:
                assert claims["at_hash"] == checks.half_hash(found.tokens["access_token"])
            if found.front_claims:
                assert claims["sub"] == found.front_claims["sub"]
            found.back_claims = claims
        token = found.access_token
        if token is not None:
            response = self.userinfo(token)
            assert response.status_code == 200, response.text
            found.userinfo = response.json()
            assert found.userinfo["sub"] == found.id_claims["sub"]
            checks.check_standard_claims(found.userinfo)
        return found


@dataclass(slots=True)
class SignedIn:
    """What one sign-in brought."""

    request: dict[str, str]
    fields: dict[str, str]
    front_claims: dict[str, Any] = field(default_factory=dict)
    back_claims: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)

    @property
    def access_token(self) -> str | None:
        """The access token, from wherever it came."""
        found = self.tokens.get("access_token") or self.fields.get("access_token")
        return None if found is None else str(found)

    @property
    def id_token(self) -> str:
        """An ID token, the front channel's if there is one."""
        return str(self.fields.get("id_token") or self.tokens["id_token"])

    @property
    def id_claims(self) -> dict[str, Any]:
        """Its claims."""
        return self.front_claims or self.back_claims

    @property
    def claims(self) -> dict[str, Any]:
        """Where the claims of scopes are due: userinfo, or the ID token when there is no access token."""
        return self.userinfo or self.id_claims

    def every_id_token(self) -> Iterable[dict[str, Any]]:
        """The claims of each ID token that was given."""
        return [claims for claims in (self.front_claims, self.back_claims) if claims]


def claims_parameter(place: str, **wanted: Any) -> str:
    """A `claims` parameter for one place."""
    return json.dumps({place: wanted})
