"""The members of a client as the API takes and shows them: RFC 7591 §2, and what only administrators decide.

What each of them may be, alone and together, is for oauth/metadata to say.
"""

from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from hibana_op.api.problems import Fault, Unprocessable
from hibana_op.api.shapes import Given, Id, Taken, changes, told_of
from hibana_op.oauth.metadata import LOCALIZED
from hibana_op.records.clients import Client

Word = Annotated[str, Meta(max_length=200)]
Uri = Annotated[str, Meta(max_length=2048)]
Image = Annotated[str, Meta(max_length=65536)]
Words = Annotated[list[Word], Meta(max_length=50)]
Uris = Annotated[list[Uri], Meta(max_length=50)]
Number = Annotated[int, Meta(ge=0, le=10**9)]
Tagged = Annotated[str, Meta(max_length=80)]


class ClientTaken(Taken, frozen=True, kw_only=True):
    """What is given of a client; null takes a member back to its default."""

    client_name: Word | UnsetType | None = UNSET
    application_type: Word | UnsetType | None = UNSET
    redirect_uris: Uris | UnsetType | None = UNSET
    post_logout_redirect_uris: Uris | UnsetType | None = UNSET
    grant_types: Words | UnsetType | None = UNSET
    response_types: Words | UnsetType | None = UNSET
    response_modes: Words | UnsetType | None = UNSET
    scope: Uri | UnsetType | None = UNSET
    logo_uri: Image | UnsetType | None = UNSET
    client_uri: Uri | UnsetType | None = UNSET
    policy_uri: Uri | UnsetType | None = UNSET
    tos_uri: Uri | UnsetType | None = UNSET
    contacts: Annotated[list[Annotated[str, Meta(max_length=320)]], Meta(max_length=50)] | UnsetType | None = UNSET
    localized: Annotated[dict[Tagged, Image | None], Meta(max_length=50)] | UnsetType = UNSET
    jwks: dict[str, Any] | UnsetType | None = UNSET
    jwks_uri: Uri | UnsetType | None = UNSET
    subject_type: Word | UnsetType | None = UNSET
    sector_identifier_uri: Uri | UnsetType | None = UNSET
    token_endpoint_auth_method: Word | UnsetType | None = UNSET
    token_endpoint_auth_signing_alg: Word | UnsetType | None = UNSET
    id_token_signed_response_alg: Word | UnsetType | None = UNSET
    id_token_encrypted_response_alg: Word | UnsetType | None = UNSET
    id_token_encrypted_response_enc: Word | UnsetType | None = UNSET
    userinfo_signed_response_alg: Word | UnsetType | None = UNSET
    userinfo_encrypted_response_alg: Word | UnsetType | None = UNSET
    userinfo_encrypted_response_enc: Word | UnsetType | None = UNSET
    request_object_signing_alg: Word | UnsetType | None = UNSET
    request_object_encryption_alg: Word | UnsetType | None = UNSET
    request_object_encryption_enc: Word | UnsetType | None = UNSET
    require_signed_request_object: bool | UnsetType | None = UNSET
    request_uris: Uris | UnsetType | None = UNSET
    default_max_age: Number | UnsetType | None = UNSET
    require_auth_time: bool | UnsetType | None = UNSET
    default_acr_values: Words | UnsetType | None = UNSET
    initiate_login_uri: Uri | UnsetType | None = UNSET
    frontchannel_logout_uri: Uri | UnsetType | None = UNSET
    frontchannel_logout_session_required: bool | UnsetType | None = UNSET
    backchannel_logout_uri: Uri | UnsetType | None = UNSET
    backchannel_logout_session_required: bool | UnsetType | None = UNSET
    software_id: Word | UnsetType | None = UNSET
    software_version: Word | UnsetType | None = UNSET
    first_party: bool | UnsetType | None = UNSET
    verified: bool | UnsetType | None = UNSET
    require_pkce: bool | UnsetType | None = UNSET
    profile: Word | UnsetType | None = UNSET
    access_token_lifetime: Number | UnsetType | None = UNSET
    id_token_lifetime: Number | UnsetType | None = UNSET
    refresh_token_rotation: bool | UnsetType | None = UNSET
    refresh_token_leeway: Number | UnsetType | None = UNSET
    refresh_token_idle_lifetime: Number | UnsetType | None = UNSET
    refresh_token_lifetime: Number | UnsetType | None = UNSET


class NewClient(ClientTaken, frozen=True, kw_only=True):
    """A client that is to be; without a tenant it belongs to the deployment."""

    tenant_id: Id | None = None


class ClientChanged(ClientTaken, frozen=True, kw_only=True):
    """What changes of a client."""


class ClientShown(Given, frozen=True, kw_only=True):
    """A client, without its secret."""

    client_id: str
    tenant_id: str | None
    registration: str
    client_name: str
    application_type: str
    redirect_uris: list[str]
    post_logout_redirect_uris: list[str]
    grant_types: list[str]
    response_types: list[str]
    response_modes: list[str] | None
    scope: str | None
    logo_uri: str | None
    client_uri: str | None
    policy_uri: str | None
    tos_uri: str | None
    contacts: list[str]
    localized: dict[str, Any]
    jwks: dict[str, Any] | None
    jwks_uri: str | None
    subject_type: str
    sector_identifier_uri: str | None
    token_endpoint_auth_method: str
    token_endpoint_auth_signing_alg: str | None
    id_token_signed_response_alg: str
    id_token_encrypted_response_alg: str | None
    id_token_encrypted_response_enc: str | None
    userinfo_signed_response_alg: str | None
    userinfo_encrypted_response_alg: str | None
    userinfo_encrypted_response_enc: str | None
    request_object_signing_alg: str | None
    request_object_encryption_alg: str | None
    request_object_encryption_enc: str | None
    require_signed_request_object: bool
    request_uris: list[str]
    default_max_age: int | None
    require_auth_time: bool
    default_acr_values: list[str]
    initiate_login_uri: str | None
    frontchannel_logout_uri: str | None
    frontchannel_logout_session_required: bool
    backchannel_logout_uri: str | None
    backchannel_logout_session_required: bool
    software_id: str | None
    software_version: str | None
    software_statement: str | None
    first_party: bool
    verified: bool
    require_pkce: bool
    profile: str
    access_token_lifetime: int
    id_token_lifetime: int
    refresh_token_rotation: bool
    refresh_token_leeway: int
    refresh_token_idle_lifetime: int
    refresh_token_lifetime: int
    created_at: datetime
    updated_at: datetime
    last_used_at: datetime | None


class ClientMade(ClientShown, frozen=True, kw_only=True):
    """A client with the secret that was made for it just now; it is never shown again."""

    client_secret: str | None


def given(body: ClientTaken) -> dict[str, Any]:
    """The metadata in a body, with what is said in several languages as RFC 7591 §2.2 names it."""
    members = changes(body)
    members.pop("tenant_id", None)
    localized = members.pop("localized", {})
    for name in localized:
        base, tagged, _ = name.partition("#")
        if not tagged or base not in LOCALIZED:
            raise Unprocessable([Fault(f"localized.{name}", f"must be one of {', '.join(LOCALIZED)}, #, a language")])
    return {**members, **localized}


def shown(client: Client) -> ClientShown:
    """A client, without its secret."""
    told: ClientShown = told_of(client, ClientShown, **_lists(client))
    return told


def made(client: Client, secret: str | None) -> ClientMade:
    """A client with its new secret, if it has one."""
    told: ClientMade = told_of(client, ClientMade, client_secret=secret, **_lists(client))
    return told


def _lists(client: Client) -> dict[str, Any]:
    names = (each for each in ClientShown.__struct_fields__ if isinstance(getattr(client, each), tuple))
    return {name: list(getattr(client, name)) for name in names}
