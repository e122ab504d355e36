"""One operation of the API as a value: what it takes and gives, which permission it asks for, and where."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from msgspec import Struct

from hibana_op.api.problems import Fault, Unprocessable
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records.resources import OWN_SCOPE
from hibana_op.tenancy.access import IN_DEPLOYMENT, Actor, Where

Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]

ROOT = "/api/v1"
SCOPE = OWN_SCOPE
SIGNED_IN = ""  # in the place of a permission: for whoever has a token or key that counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who sent a request: a person by an app, a machine in its own name, or a program with a key."""

    kind: Literal["person", "machine", "key"]
    actor: Actor
    scopes: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        """What tells this caller from all others."""
        actor = self.actor
        return f"{self.kind}:{actor.key_id}:{actor.user_id}:{actor.client_id}:{actor.tenant_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request once its caller is known: `body` and `query` are of the shapes that the operation names."""

    caller: Caller
    origin: Origin
    path: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    query: Any = None

    @property
    def actor(self) -> Actor:
        """Who acts, with all that they hold."""
        return self.caller.actor

    @property
    def id(self) -> str:
        """What stands for `{id}` in the path."""
        return self.path["id"]

    def without_body(self) -> "Asked":
        """The same request as if it only asked to see the thing."""
        return replace(self, body=None, query=None)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; `next_cursor` is None on the last one."""

    items: list[Any]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is not done yet, as it is told, and the path below ROOT that will show it (202)."""

    told: Any
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """An answer that is too long to be held in memory."""

    content_type: str
    parts: AsyncIterator[bytes]


Handler = Callable[[Provider, Asked], Awaitable[Any]]
Place = Callable[[Provider, Asked], Awaitable[Where]]


async def in_deployment(op: Provider, asked: Asked) -> Where:
    """What belongs to no tenant."""
    return IN_DEPLOYMENT


async def in_named_tenant(op: Provider, asked: Asked) -> Where:
    """The tenant that the query or body names; the caller's own, for one who is confined; else the deployment."""
    return Where(tenant_id=tenant_named(asked))


def tenant_named(asked: Asked) -> str | None:
    """The tenant that a request is about, if it is about one."""
    for part in (asked.query, asked.body):
        named = getattr(part, "tenant_id", None)
        if isinstance(named, str) and named:
            return named
    return asked.actor.tenant_id


def require_tenant(asked: Asked) -> str:
    """The tenant that a request is about, which has to be named."""
    tenant_id = tenant_named(asked)
    if tenant_id is None:
        raise Unprocessable([Fault("tenant_id", "name the tenant")])
    return tenant_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method at one path.

    `where` finds the place in which the permission must be held, and raises NotFound for what is not there;
    whoever may not act there gets the same answer. A list's `gives` is the shape of one item.
    """

    method: Method
    path: str  # below ROOT
    permission: str
    summary: str
    handler: Handler
    takes: type[Struct] | None = None
    gives: type[Struct] | None = None
    query: type[Struct] | None = None
    status: int = 200
    where: Place = in_deployment
    is_own: Callable[[Provider, Asked], Awaitable[bool]] | None = None  # whether it is the caller's, who needs no right
    is_list: bool = False
    waits: type[Struct] | None = None  # what is told instead, with 202, when somebody else has to approve it first
    streams: str = ""  # the media type of an answer that comes in parts
    location: str = ""  # of what was created, with members of the answer in braces; by default the path and `{id}`

    @property
    def collection(self) -> str:
        """The first part of the path."""
        return self.path.split("/")[1]
