"""What a tenant may choose for itself; what `system` chooses holds for the whole deployment."""

from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from hibana_op.foundation.branding import fonts
from hibana_op.foundation.errors import InvalidRecord
from hibana_op.foundation.printable import is_line

Method = Literal["passkey", "password", "email", "provider"]
_DAY = 86400
_Days = Annotated[int, Meta(ge=1, le=3650)]
_Colour = Annotated[str, Meta(pattern="^#[0-9a-fA-F]{6}$")]
_Fonts = Annotated[str, Meta(max_length=100, pattern="^[A-Za-z0-9][A-Za-z0-9 -]*(, ?[A-Za-z0-9][A-Za-z0-9 -]*)*$")]
_Link = Annotated[str, Meta(max_length=500, pattern=r"^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#][!-~]*)?$")]
_FileId = Annotated[str, Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
_Aaguid = Annotated[str, Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


# What of the branding is a file.
PICTURES = ("logo", "logo_dark", "favicon", "background")
FILES = (*PICTURES, "stylesheet", "header", "footer")


class _Choices(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A group of choices; what is left out is not chosen, and the next wider choice holds."""


class SignIn(_Choices, frozen=True):
    """How people begin a sign-in, and how much they prove at least."""

    methods: Annotated[tuple[Method, ...], Meta(min_length=1)] | None = None
    second_factor: Literal["optional", "required"] | None = None
    acr: Literal["urn:hibana:loa:2", "urn:hibana:loa:3", "phr", "phrh"] | None = None


class Sessions(_Choices, frozen=True):
    """How long a session lasts, in seconds."""

    idle_seconds: Annotated[int, Meta(ge=300, le=30 * _DAY)] | None = None
    absolute_seconds: Annotated[int, Meta(ge=300, le=90 * _DAY)] | None = None


class Passwords(_Choices, frozen=True):
    """What a new password must be."""

    min_length: Annotated[int, Meta(ge=8, le=64)] | None = None
    history: Annotated[int, Meta(ge=0, le=24)] | None = None


class Passkeys(_Choices, frozen=True):
    """Which authenticators may be added: those of listed models, proven by attestation; an empty list is all."""

    attestation: Literal["none", "direct"] | None = None
    aaguids: Annotated[tuple[_Aaguid, ...], Meta(max_length=100)] | None = None

    @property
    def demands_attestation(self) -> bool:
        """Whether an authenticator must say what it is."""
        return self.attestation == "direct" or bool(self.aaguids)


class Branding(_Choices, frozen=True):
    """How the hosted pages look; the last seven name what was uploaded (records/branding_files.py) by its id."""

    name: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    primary_color: _Colour | None = None
    secondary_color: _Colour | None = None
    font_family: _Fonts | None = None
    theme: Literal["system", "light", "dark"] | None = None
    terms_url: _Link | None = None
    privacy_url: _Link | None = None
    help_url: _Link | None = None
    logo: _FileId | None = None
    logo_dark: _FileId | None = None
    favicon: _FileId | None = None
    background: _FileId | None = None
    stylesheet: _FileId | None = None
    header: _FileId | None = None
    footer: _FileId | None = None

    @property
    def files(self) -> dict[str, str]:
        """The id of each file that is chosen, by what it is chosen for."""
        chosen = {name: getattr(self, name) for name in FILES}
        return {name: file_id for name, file_id in chosen.items() if file_id is not None}


class Retention(_Choices, frozen=True):
    """How long records are kept; a tenant may only have the audit log kept for longer than the deployment does."""

    audit_days: _Days | None = None
    failed_login_days: _Days | None = None


class TenantSettings(_Choices, frozen=True):
    """All choices. `approvals`: what the service provider's staff do to tenants only with a second person's consent.

    `impersonation`: whether administrators may act as somebody else; where nothing is chosen they may not.
    """

    sign_in: SignIn = SignIn()
    sessions: Sessions = Sessions()
    passwords: Passwords = Passwords()
    passkeys: Passkeys = Passkeys()
    retention: Retention = Retention()
    branding: Branding = Branding()
    impersonation: Literal["off", "allowed"] | None = None
    approvals: tuple[Literal["created", "updated", "suspended", "resumed", "deleted", "plan_changed"], ...] = ()


def read(settings: dict[str, Any]) -> TenantSettings:
    """The choices in a column or a request; InvalidRecord names what is wrong."""
    try:
        return msgspec.convert(settings, TenantSettings)
    except msgspec.ValidationError as fault:
        raise InvalidRecord(f"settings: {fault}") from None


def chosen(settings: dict[str, Any]) -> TenantSettings:
    """The choices in a request. More is asked of them than of what is kept, which stays as it was once taken."""
    found = read(settings)
    for name, value in msgspec.structs.asdict(found.branding).items():
        if value is not None and (not is_line(value) or value != value.strip()):
            raise InvalidRecord(f"settings: one line without blanks at its ends is expected - at `$.branding.{name}`")
    if found.branding.font_family is not None and not fonts.has_letters(found.branding.font_family):
        raise InvalidRecord("settings: a font with letters is expected - at `$.branding.font_family`")
    return found


def check_own(settings: TenantSettings) -> None:
    """Refuse what is chosen for the whole deployment alone, in the tenant `system`."""
    if settings.approvals:
        raise InvalidRecord("settings: approvals are chosen for the whole deployment, in the tenant system")
    if settings.impersonation is not None:
        raise InvalidRecord("settings: impersonation is chosen for the whole deployment, in the tenant system")
    if settings.retention.failed_login_days is not None:
        raise InvalidRecord("settings: failed_login_days is chosen for the whole deployment, in the tenant system")


@lru_cache(maxsize=1024)
def of_column(text: str) -> TenantSettings:
    """The choices as a column holds them; most tenants have chosen nothing, and so the same."""
    return msgspec.json.decode(text, type=TenantSettings)


def as_json_object(settings: TenantSettings) -> dict[str, Any]:
    """The choices as they are kept and shown: what is not chosen is left out."""
    given: dict[str, Any] = msgspec.to_builtins(settings)
    return {name: value for name, value in given.items() if value}
