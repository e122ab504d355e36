"""How an answer travels back through the browser: query, fragment (OAuth 2.0 Multiple Response Types) and form_post."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from hibana_op.foundation.errors import OAuthError
from hibana_op.records.clients import Client

MODES = ("query", "fragment", "form_post")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to a client, to a redirect URI proven to be the client's; `refusal`: why it is an error."""

    client_id: str
    redirect_uri: str
    mode: str
    fields: Mapping[str, str]
    refusal: OAuthError | None = None

    @property
    def location(self) -> str:
        """The address to redirect to, for the modes that redirect; the URI's own query is kept (RFC 6749 §3.1.2)."""
        encoded = urlencode(self.fields)
        if self.mode == "fragment":
            return f"{self.redirect_uri}#{encoded}"
        # Never taken apart and put together again: that can change a URI such as `com.example.app:///callback`.
        return f"{self.redirect_uri}{'&' if '?' in self.redirect_uri else '?'}{encoded}"


def mode_of(response_type: str | None, response_mode: str | None) -> str:
    """The mode of an answer; of an error too, which goes where its client looks for the answer it hoped for (§5)."""
    if response_mode in ("fragment", "form_post"):
        return response_mode
    # Tokens never come in a query, whatever is asked for.
    return "fragment" if {"id_token", "token"} & set((response_type or "").split(" ")) else "query"


def mode_for(client: Client, wanted: str) -> str:
    """The mode in which a client is answered: the wanted one; where it does not take that, one it does, to say so."""
    taken = client.response_modes or MODES
    return wanted if wanted in taken else taken[0]
