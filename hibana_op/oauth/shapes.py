"""The shapes that plug-ins of the protocol fill: each kind is one frozen dataclass and one visible table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hibana_op.oauth.call import Call, Form
from hibana_op.provider import Provider
from hibana_op.records.clients import Client
from hibana_op.records.custom_fields import CustomField
from hibana_op.records.memberships import Belonging
from hibana_op.records.resources import ResourceServer
from hibana_op.records.token_families import TokenFamily
from hibana_op.records.users import User
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRoles:
    """What somebody holds in one unit of the tenant and below, and nowhere else."""

    unit_id: str
    unit_code: str | None
    roles: tuple[str, ...]
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Everything that claims about a person are made from, read at one moment.

    `roles` and `permissions` are those of the whole tenant, or of the deployment; apps have no other places.
    """

    user: User
    custom_fields: tuple[CustomField, ...] = ()
    roles: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    unit_roles: tuple[UnitRoles, ...] = ()
    tenant: Belonging | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsRequest:
    """The `claims` parameter (OpenID Connect Core §5.5), taken apart, and the languages of `claims_locales` (§5.2)."""

    id_token: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)
    userinfo: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)
    locales: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsSource:
    """Where the claims of some scopes come from.

    `scopes` says for each scope which claims it gives, and for each claim where it rests. `value` is None for
    what a person does not have. A source of authority says what a person may do: it speaks to APIs too, and
    only under its own scope.
    """

    scopes: Mapping[str, Mapping[str, str]]
    value: Callable[[Person, str], Any]
    is_authority: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What a grant found to be allowed; `issue` makes tokens of it.

    `family` is None for a client acting on its own behalf. `resource` is what the access token is for, None
    for the provider's own userinfo endpoint.
    """

    client: Client
    scopes: tuple[str, ...]
    resource: ResourceServer | None = None
    family: TokenFamily | None = None
    person: Person | None = None
    nonce: str | None = None
    code: str | None = None
    refresh: bool = False
    refresh_token: str | None = None


Redemption = Callable[[Session], Awaitable[Approval]]
BeginGrant = Callable[[Provider, Client, Form, Call], Awaitable[Redemption]]


@dataclass(frozen=True, slots=True)
class Grant:
    """A way to get tokens.

    `begin` reads the form and what workers remember; the redemption it returns is the database's part and
    runs inside the endpoint's transaction.
    """

    name: str
    reads: frozenset[str]
    begin: BeginGrant


class BadCredential(Exception):
    """A credential that does not prove who the caller is; the reason is for the log."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request offers as proof of being a client: a secret, an assertion, or nothing."""

    client_id: str
    proof: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClientAuth:
    """A method of client authentication (RFC 6749 §2.3).

    `find` looks for the method's credential and reads nothing else; `prove` answers with the client if it is
    right, or raises BadCredential. An unknown client is asked about too: nobody shall tell it from a wrong secret.
    """

    name: str
    find: Callable[[Call], Credential | None]
    prove: Callable[[Provider, Client | None, Credential], Awaitable[Client]]
