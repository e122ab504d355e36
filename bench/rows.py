"""The rows of the report: what each operation cannot do without."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """Signatures and durable writes that one operation needs; its HTTP answers are counted as it runs."""

    signatures: tuple[str, ...] = ()
    writes: int = 0


# Tokens of a person are two: an RS256 ID token and an ES256 access token for the provider itself.
# A whole sign-in writes four times: the request to come back to, the session, the code, the tokens.
ROWS: Mapping[str, Row] = {
    "discovery": Row(),
    "jwks": Row(),
    "client_credentials_rs256": Row(("RS256",), 1),
    "client_credentials_es256": Row(("ES256",), 1),
    "client_credentials_opaque": Row((), 1),
    "code_exchange": Row(("RS256", "ES256"), 1),
    "refresh": Row(("RS256", "ES256"), 1),
    "userinfo": Row(),
    "introspect": Row(),
    "code_flow_session": Row(("RS256", "ES256"), 2),
    "code_flow_sign_in": Row(("RS256", "ES256"), 4),
}
