"""What the load generator needs to know about a server under measurement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

REDIRECT_URI = "https://app.example/callback"
RESOURCES = {
    "RS256": "https://rs256.example",
    "ES256": "https://es256.example",
    "opaque": "https://opaque.example",
}
RESOURCE_SCOPE = "read"
PASSWORD = "a long enough passphrase for a bench"  # noqa: S105 - of a database that lives for one run


_SIGN_INS_AT_ONCE = 4


def people_for(connections: int) -> Sequence[str]:
    """Names of enough people that nobody signs in so often at once that it looks like guessing."""
    return [f"person{number}@example.com" for number in range(-(-connections // _SIGN_INS_AT_ONCE))]


@dataclass(frozen=True, slots=True)
class Credentials:
    """A client of the server, as it authenticates."""

    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class Target:
    """A running server, its clients and its people; it travels to the generator as JSON."""

    name: str
    pid: int
    port: int
    clients: Mapping[str, Credentials] = field(default_factory=dict)
    people: Sequence[str] = ()

    @property
    def authority(self) -> str:
        """The Host header; the connection itself goes to the loopback address."""
        return f"localhost:{self.port}"

    @property
    def issuer(self) -> str:
        """The issuer that the server was started with."""
        return f"http://{self.authority}"
