"""A relying party made with idpyoidc: finds the provider, registers itself, and sends a person there."""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import httpx2
from cryptojwt.key_jar import KeyJar, init_key_jar
from idpyoidc.client.defaults import DEFAULT_OIDC_SERVICES
from idpyoidc.client.oauth2.stand_alone_client import StandAloneClient
from idpyoidc.client.oidc import authorization

from tests.conformance.browser import Browser, Landing
from tests.conformance.conftest import Providers
from tests.conformance.rp import Op
from tests.conformance.site import Site

RESPONSE_TYPES = ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"]
_GRANTS = {"code": "authorization_code", "id_token": "implicit", "token": "implicit"}
AFTER_LOGOUT = "/signed-out"
_METHODS = ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "bearer_header"]


class Authorization(authorization.Authorization):  # type: ignore[misc]  # the library is not typed
    """The library's own, which offers the response types without a token only, but knows the others as well."""

    _supports: ClassVar = {**authorization.Authorization._supports, "response_types_supported": RESPONSE_TYPES}
    _include: ClassVar = {"grant_types_supported": ["implicit"]}


SERVICES = {
    **DEFAULT_OIDC_SERVICES,
    "authorization": {"class": Authorization},
    "registration_read": {"class": "idpyoidc.client.oidc.read_registration.RegistrationRead"},
    "end_session": {"class": "idpyoidc.client.oidc.end_session.EndSession"},
}


@cache
def _keys() -> KeyJar:
    # One set for every relying party of this process: making it takes a good part of a second.
    both: list[dict[str, Any]] = [{"type": "RSA"}, {"type": "EC", "crv": "P-256"}]
    every = [{**kind, "use": [use]} for kind in both for use in ("sig", "enc")]
    return init_key_jar(key_defs=[*every, {"type": "OKP", "crv": "Ed25519", "use": ["sig"]}])


@dataclass(frozen=True, slots=True)
class Party:
    """One registered relying party, and the browser of a person who uses it."""

    client: Any
    browser: Browser

    @property
    def registered(self) -> dict[str, Any]:
        """What the provider said at registration."""
        found: dict[str, Any] = self.client.get_context().registration_response.to_dict()
        return found

    def arrive(self, address: str) -> dict[str, str]:
        """What comes back from an authorization request."""
        where = self.browser.open(address)
        assert isinstance(where, Landing), where
        return {**where.query, **where.fragment, **where.form}

    def sign_in(self, **request: Any) -> dict[str, Any]:
        """The whole flow: `state`, `token`, `id_token` and `userinfo`, checked by the library."""
        return self.finalize(self.arrive(self.client.init_authorization(request)))

    def finalize(self, fields: dict[str, str]) -> dict[str, Any]:
        """What the library makes of an answer: it redeems a code, and asks for userinfo where it has a token."""
        found: dict[str, Any] = self.client.finalize(fields)
        assert "error" not in found, fields
        return found


class Parties:
    """Registers relying parties at the provider of an engine."""

    def __init__(self, ops: Providers, site: Site) -> None:
        self._ops = ops
        self.site = site
        self._made: list[Party] = []

    def register(self, engine: str, response_type: str = "code", **wishes: Any) -> Party:
        """One more, as `register` makes it."""
        party = register(self._ops.op(engine), self.site, response_type, **wishes)
        self._made.append(party)
        return party

    def close(self) -> None:
        """Close their browsers."""
        for party in self._made:
            party.browser.http.close()


def register(
    op: Op,
    site: Site,
    response_type: str = "code",
    *,
    refresh: bool = False,
    add_ons: dict[str, Any] | None = None,
    **preference: Any,
) -> Party:
    """A relying party that registers for one response type; what else it prefers is as discovery names it."""

    def fetch(method: str, url: str, *, data: Any = None, headers: Any = None, **_: object) -> httpx2.Response:
        with op.http() as http:
            return http.request(method, url, content=data, headers=headers)

    def complete(request: Any, **_: object) -> Any:
        # The library names grants for the response types of its own offer only, and never that of refresh tokens;
        # and where to go after a logout it would register under a name that is not in the specification.
        grants = sorted({_GRANTS[word] for word in response_type.split()}) + ["refresh_token"] * refresh
        request.update({"grant_types": grants, "post_logout_redirect_uris": [site.url(AFTER_LOGOUT)]})
        return request

    preferred = {
        "response_types_supported": [response_type],
        "response_modes_supported": ["query", "fragment"],
        "scopes_supported": ["openid", "email", *(["offline_access"] * refresh)],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "userinfo_signing_alg_values_supported": [],
        **preference,
    }
    configuration = {
        "issuer": op.issuer,
        "base_url": site.url("/idpyoidc"),
        "client_authn_methods": _METHODS,
        "preference": preferred,
        "add_ons": add_ons or {},
    }
    client = StandAloneClient(
        client_type="oidc", config=configuration, services=SERVICES, httpc=fetch, keyjar=_keys().copy()
    )
    client.get_service("registration").post_construct.append(complete)
    client.do_provider_info()
    client.do_client_registration()
    # The library forgets this after a registration, and then signs assertions in the name of nobody.
    client.client_id = client.get_client_id()
    return Party(client, Browser(op.issuer, site.url(""), op.trust, email=op.email))
