"""How an answer travels back through the browser: query, fragment (OAuth 2.0 Multiple Response Types) and form_post."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

MODES = ("query", "fragment", "form_post")
DEFAULT_MODE = "query"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to a client, to a redirect URI that was proven to be the client's."""

    redirect_uri: str
    mode: str
    fields: Mapping[str, str]

    @property
    def location(self) -> str:
        """The address to redirect to, for the modes that redirect; the URI's own query is kept (RFC 6749 §3.1.2)."""
        encoded = urlencode(self.fields)
        if self.mode == "fragment":
            return f"{self.redirect_uri}#{encoded}"
        # Never taken apart and put together again: that can change a URI such as `com.example.app:///callback`.
        return f"{self.redirect_uri}{'&' if '?' in self.redirect_uri else '?'}{encoded}"
