"""The settings as the rest of the house sees them: a tree of frozen dataclasses."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from hibana_op.foundation.errors import WrongSettings
from hibana_op.foundation.secrets import Secret

Mode = Literal["dev", "serve", "command"]
Profile = Literal["oidc", "oauth21"]
Registration = Literal["off", "token", "open"]
Signup = Literal["open", "invite", "off"]


@dataclass(frozen=True, slots=True)
class Outbound:
    """What requests that go out may reach."""

    allow: tuple[str, ...] = ()  # hosts and networks exempt from the private-address guard
    ca_file: Path | None = None  # further certificate authorities, PEM


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """The first administrator, made at the first start only."""

    email: str | None = None
    password: Secret | None = None


@dataclass(frozen=True, slots=True)
class Google:
    """What signing in with Google takes."""

    client_id: str
    client_secret: Secret
    issuer: str = "https://accounts.google.com"


@dataclass(frozen=True, slots=True)
class BreachedPasswords:
    """Where passwords that others have lost are looked up."""

    file: Path | None = None  # sorted lines of SHA-1 hashes
    url: str | None = None  # a service that is asked by the first digits of a hash


@dataclass(frozen=True, slots=True)
class Tls:
    """Set when Hibana ends TLS itself."""

    cert: Path | None = None  # certificate chain, PEM
    key: Path | None = None  # its private key, PEM


@dataclass(frozen=True, slots=True)
class Log:
    """How and how much is logged."""

    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "info"


@dataclass(frozen=True, slots=True)
class Smtp:
    """Where mail goes."""

    url: Secret | None = None  # None: the outbox in dev, no mail elsewhere
    sender: str = ""  # the From address


@dataclass(frozen=True, slots=True)
class Sms:
    """Where SMS go."""

    url: Secret | None = None  # None: the outbox in dev, no SMS elsewhere


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of `hibana config show`."""

    name: str
    value: str
    source: str  # flag, environment, a file's name, default, generated


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that was decided before the process started."""

    mode: Mode
    issuer: str  # normalised, without a trailing slash
    database_url: Secret
    data_dir: Path
    master_keys: tuple[Secret, ...] = ()  # the first is current, the others may still open
    trusted_proxies: tuple[str, ...] = ()  # networks whose X-Forwarded-For counts
    profile: Profile = "oidc"  # the policy of new clients
    registration: Registration = "token"  # who may register clients at /register
    signup: Signup = "invite"  # who may make an account for themselves
    tenant_domain: str | None = None  # tenants have addresses of their own below it
    related_origins: tuple[str, ...] = ()  # where passkeys may be used besides the issuer's own origin
    outbound: Outbound = Outbound()
    smtp: Smtp = Smtp()
    sms: Sms = Sms()
    bootstrap: Bootstrap = Bootstrap()
    google: Google | None = None
    breached_passwords: BreachedPasswords = BreachedPasswords()
    attestation_roots: Path | None = None  # who may vouch for authenticators, PEM
    tls: Tls = Tls()
    log: Log = Log()
    management_port: int | None = None  # a second port, for metrics and health only
    shutdown_delay: float = 0  # seconds between "not ready" and the end of accepting connections
    shown: tuple[Shown, ...] = field(default=(), repr=False, compare=False)

    @property
    def is_https(self) -> bool:
        """Whether people reach this server over TLS."""
        return self.issuer.startswith("https:")

    @property
    def issuer_path(self) -> str:
        """The path below which everything is served: empty, or `/something`."""
        return urlsplit(self.issuer).path

    @property
    def issuer_host(self) -> str:
        """The issuer's host name, without port or brackets."""
        return urlsplit(self.issuer).hostname or ""

    def require_master_keys(self) -> tuple[Secret, ...]:
        """The master keys, or a refusal that says how to give one."""
        if not self.master_keys:
            raise WrongSettings(
                [
                    "HIBANA_MASTER_KEY is not set; give the key that the server uses with this database"
                    " (`hibana dev` keeps it in the file master.key of its data folder: HIBANA_MASTER_KEY_FILE)"
                ]
            )
        return self.master_keys


def describe(settings: Settings) -> list[Shown]:
    """Every setting with its value (secrets as ***) and where the value came from."""
    return list(settings.shown)
