"""Response types: what comes straight from the authorization endpoint (OAuth 2.0 Multiple Response Types)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ResponseType:
    """What one response type gives."""

    name: str
    code: bool = False
    id_token: bool = False
    token: bool = False

    @property
    def is_front_channel(self) -> bool:
        """Whether tokens themselves pass through the browser."""
        return self.id_token or self.token

    @property
    def is_alone(self) -> bool:
        """Whether an ID token is all there is, so that no access token will ever open userinfo (Core §5.4)."""
        return self.id_token and not self.code and not self.token

    @property
    def grant_types(self) -> frozenset[str]:
        """What a client has to be registered for as well (OpenID Connect Registration §2)."""
        needed = (("authorization_code", self.code), ("implicit", self.is_front_channel))
        return frozenset(grant for grant, is_needed in needed if is_needed)


# `token` alone is not offered: nothing in such an answer says whom the token was meant for (RFC 9700 §2.1.2).
RESPONSE_TYPES = {
    each.name: each
    for each in (
        ResponseType("code", code=True),
        ResponseType("id_token", id_token=True),
        ResponseType("id_token token", id_token=True, token=True),
        ResponseType("code id_token", code=True, id_token=True),
        ResponseType("code token", code=True, token=True),
        ResponseType("code id_token token", code=True, id_token=True, token=True),
        ResponseType("none"),
    )
}


def canonical(text: str) -> str:
    """A response type with its words in the order of the table; the order has no meaning (RFC 6749 §3.1.1)."""
    return " ".join(sorted(text.split(" ")))
