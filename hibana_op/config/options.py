"""Every setting, in one table: the reference in the documentation is made from it."""

from collections.abc import Callable
from dataclasses import dataclass

from hibana_op.config import parsers
from hibana_op.foundation.secrets import Secret


@dataclass(frozen=True, slots=True)
class Option:
    """One setting: its name in a TOML file, what it takes, and the words for the reference."""

    key: str
    parse: Callable[[str], object]
    default: str
    meaning: str
    secret: bool = False  # shown as ***, and may stand in a file named by NAME_FILE

    @property
    def name(self) -> str:
        """Its name in the environment."""
        return f"HIBANA_{self.key.upper()}"


OPTIONS = (
    Option(
        "issuer",
        parsers.issuer,
        "`http://localhost:PORT` in dev, required in serve",
        "The address people and apps see: https, or http on localhost only. It may have a path.",
    ),
    Option(
        "database_url",
        parsers.database_url,
        "`sqlite:///hibana-data/hibana.db`",
        "`sqlite:///relative/path`, `sqlite:////absolute/path` or `postgresql://user:password@host/name`.",
        secret=True,
    ),
    Option(
        "master_key",
        parsers.master_key,
        "generated once into the data directory in dev, required in serve",
        "32 random bytes in url-safe base64; encrypts secrets in the database. Its file must not be writable "
        "by group or others.",
        secret=True,
    ),
    Option(
        "master_key_previous",
        parsers.master_keys,
        "none",
        "Earlier master keys, separated by commas: they still open what they sealed.",
        secret=True,
    ),
    Option(
        "trusted_proxies",
        parsers.networks,
        "none",
        "Addresses and networks of your own reverse proxies, separated by commas: only their "
        "`X-Forwarded-For` and `X-Request-Id` count.",
    ),
    Option(
        "outbound_allow",
        parsers.hosts_or_networks,
        "none",
        "Hosts and networks that Hibana may fetch from although their addresses are private.",
    ),
    Option(
        "outbound_ca_file",
        parsers.readable_file,
        "none",
        "Further certificate authorities for fetches, as a PEM file.",
    ),
    Option(
        "profile",
        parsers.one_of("oidc", "oauth21"),
        "`oidc`",
        "The policy of new clients: `oidc`, or `oauth21`, where PKCE cannot be switched off.",
    ),
    Option(
        "registration",
        parsers.one_of("off", "token", "open"),
        "`token`",
        "Dynamic registration at `/register`: `off`, with an initial access token (`token`), or by everybody (`open`).",
    ),
    Option(
        "signup",
        parsers.one_of("open", "invite", "off"),
        "`invite`",
        "Who may make an account for themselves: everybody (`open`), those with a link from `hibana user invite` "
        "(`invite`), or nobody (`off`). `open` needs a mail server, because each address is confirmed. In dev the "
        "default is `open`, to be tried out.",
    ),
    Option(
        "tenant_domain",
        parsers.domain,
        "none",
        "A domain whose names lead to tenants: with `example.com`, `https://acme.example.com/authorize` is "
        "`/authorize` of the issuer with `tenant=acme`.",
    ),
    Option(
        "related_origins",
        parsers.origins,
        "none",
        "Further origins on which the passkeys of this deployment may be used, separated by commas, 20 at most: "
        "https, or http on localhost where the issuer is there too. Browsers read them at `/.well-known/webauthn`.",
    ),
    Option(
        "attestation_roots",
        parsers.certificates,
        "none",
        "Whose certificates may vouch for authenticators, where a policy demands attestation: a PEM file, or a folder "
        "of them. Without it statements are verified, and who signed them is not.",
    ),
    Option(
        "breached_passwords_file",
        parsers.readable_file,
        "none",
        "A list of breached passwords, none of which may be chosen: the SHA-1 file of Have I Been Pwned, `HASH:COUNT` "
        "lines sorted by hash. It may have any size; it is searched where it lies.",
    ),
    Option(
        "breached_passwords_url",
        parsers.issuer,
        "none",
        "A service that lists breached passwords, such as `https://api.pwnedpasswords.com/range`. It is told the first "
        "five of the 40 digits of a hash, and passed over when it does not answer within two seconds.",
    ),
    Option(
        "google__client_id",
        parsers.client_id,
        "none",
        "The client ID that Google gave you: people may then sign in with Google. Its redirect URI is "
        "`ISSUER/federation/google/callback`.",
    ),
    Option(
        "google__client_secret",
        Secret,
        "none",
        "The client secret beside it.",
        secret=True,
    ),
    Option(
        "google__issuer",
        parsers.issuer,
        "`https://accounts.google.com`",
        "The provider in Google's place, for trials.",
    ),
    Option(
        "smtp__url",
        parsers.smtp_url,
        "the outbox page in dev, no mail in serve",
        "The mail server: `smtp://user:password@host:port`, or `smtps://`.",
        secret=True,
    ),
    Option(
        "smtp__from",
        parsers.email,
        "`no-reply@` and the issuer's host",
        "The sender of Hibana's mail.",
    ),
    Option(
        "sms__url",
        parsers.sms_url,
        "the outbox page in dev, no SMS in serve",
        "What sends SMS: `twilio://ACCOUNT_SID:AUTH_TOKEN@FROM`, where FROM is a number or the SID of a messaging "
        'service; or `webhook+https://user:password@host/path`, which is sent `{"to", "text"}` as JSON.',
        secret=True,
    ),
    Option(
        "bootstrap_admin_email",
        parsers.email,
        "none",
        "The first administrator's address, used at the first start only; needs the password beside it.",
    ),
    Option(
        "bootstrap_admin_password",
        Secret,
        "none",
        "The first administrator's password, used at the first start only.",
        secret=True,
    ),
    Option("tls_cert", parsers.readable_file, "none", "Serve TLS directly: the certificate chain, PEM."),
    Option(
        "tls_key",
        parsers.readable_file,
        "none",
        "The private key of that certificate, PEM; the file must not be writable by group or others.",
    ),
    Option("log_format", parsers.one_of("text", "json"), "`text`", "`text`, or `json` with one object a line."),
    Option(
        "log_level",
        parsers.one_of("debug", "info", "warning", "error"),
        "`info`",
        "The least that is logged; `warning` also silences the line for each request.",
    ),
    Option(
        "management_port",
        parsers.port,
        "none",
        "A second port on the same host that answers `/metrics`, `/healthz` and `/readyz` only. Without it, "
        "`/metrics` answers only to callers on the same machine.",
    ),
    Option(
        "shutdown_delay",
        parsers.seconds,
        "`0` in dev, `5` in serve",
        "Seconds between `/readyz` answering 503 at SIGTERM and the moment new connections are refused.",
    ),
)

BY_KEY = {option.key: option for option in OPTIONS}


def reference() -> list[tuple[str, str, str]]:
    """Rows for the documentation: name (with `_FILE` where there is one), default, meaning."""
    return [
        (
            f"`{option.name}`" + (f", `{option.name}_FILE`" if option.secret else ""),
            option.default,
            option.meaning,
        )
        for option in OPTIONS
    ]
