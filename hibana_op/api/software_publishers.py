"""`/software-publishers`: whose statements about software count (RFC 7591 §2.3). An id stands for an issuer."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page
from hibana_op.api.shapes import Given, Listing, Taken, changes, told_of
from hibana_op.foundation import base64url
from hibana_op.foundation.errors import NotFound
from hibana_op.oauth import software_statements
from hibana_op.provider import Provider
from hibana_op.records import software_publishers
from hibana_op.records.software_publishers import SoftwarePublisher

Issuer = Annotated[str, Meta(min_length=1, max_length=software_statements.LONGEST_ISSUER)]
Address = Annotated[str, Meta(min_length=1, max_length=2000)]


class SoftwarePublisherShown(Given, frozen=True, kw_only=True):
    """A publisher, with its public keys or where they are shown."""

    id: str
    issuer: str
    jwks: dict[str, Any] | None
    jwks_uri: str | None
    created_at: datetime


class NewSoftwarePublisher(Taken, frozen=True, kw_only=True):
    """A publisher that is to be trusted: its keys (`jwks`), or the address where it shows them (`jwks_uri`)."""

    issuer: Issuer
    jwks: dict[str, Any] | None = None
    jwks_uri: Address | None = None


class SoftwarePublisherChanged(Taken, frozen=True, kw_only=True):
    """Other keys of a publisher; one that shows its keys from now on sends `jwks` as null."""

    jwks: dict[str, Any] | UnsetType | None = UNSET
    jwks_uri: Address | UnsetType | None = UNSET


async def list_publishers(op: Provider, asked: Asked) -> Page:
    """The publishers, by issuer."""

    async def read(after: str, limit: int) -> list[SoftwarePublisher]:
        return await software_publishers.page(op.db, after=after, limit=limit)

    return await paging.page(op, asked.query, read, of="software-publishers", key=lambda each: each.issuer, told=_shown)


async def show(op: Provider, asked: Asked) -> SoftwarePublisherShown:
    """One publisher."""
    return _shown(await _find(op, asked))


async def create(op: Provider, asked: Asked) -> SoftwarePublisherShown:
    """Trust a publisher."""
    body: NewSoftwarePublisher = asked.body
    return _shown(
        await software_statements.trust(
            op, issuer=body.issuer, jwks=body.jwks, jwks_uri=body.jwks_uri, origin=asked.origin, is_new=True
        )
    )


async def change(op: Provider, asked: Asked) -> SoftwarePublisherShown:
    """Give a publisher other keys."""
    wanted = replace(await _find(op, asked), **changes(asked.body))
    await software_statements.trust(
        op, issuer=wanted.issuer, jwks=wanted.jwks, jwks_uri=wanted.jwks_uri, origin=asked.origin
    )
    return _shown(await _find(op, asked))


async def remove(op: Provider, asked: Asked) -> None:
    """Trust a publisher no more."""
    await software_statements.remove(op, (await _find(op, asked)).issuer, asked.origin)


async def _find(op: Provider, asked: Asked) -> SoftwarePublisher:
    try:
        issuer = base64url.decode(asked.id).decode()
    except ValueError:
        raise NotFound("no publisher has this id") from None
    found = None if "\0" in issuer else await software_publishers.find(op.db, issuer)
    if found is None:
        raise NotFound("no publisher has this id")
    return found


def _shown(publisher: SoftwarePublisher) -> SoftwarePublisherShown:
    id = base64url.encode(publisher.issuer.encode())
    shown: SoftwarePublisherShown = told_of(publisher, SoftwarePublisherShown, id=id)
    return shown


OPERATIONS = (
    Operation(
        method="GET",
        path="/software-publishers",
        permission="clients:read",
        summary="List whose statements about software count",
        handler=list_publishers,
        query=Listing,
        gives=SoftwarePublisherShown,
        is_list=True,
    ),
    Operation(
        method="POST",
        path="/software-publishers",
        permission="clients:create",
        summary="Let the statements of a publisher count when apps are registered",
        handler=create,
        takes=NewSoftwarePublisher,
        gives=SoftwarePublisherShown,
        status=201,
    ),
    Operation(
        method="GET",
        path="/software-publishers/{id}",
        permission="clients:read",
        summary="Show a publisher",
        handler=show,
        gives=SoftwarePublisherShown,
    ),
    Operation(
        method="PATCH",
        path="/software-publishers/{id}",
        permission="clients:update",
        summary="Give a publisher other keys",
        handler=change,
        takes=SoftwarePublisherChanged,
        gives=SoftwarePublisherShown,
    ),
    Operation(
        method="DELETE",
        path="/software-publishers/{id}",
        permission="clients:delete",
        summary="Trust a publisher no more; apps that were registered with its statements stay",
        handler=remove,
        status=204,
    ),
)
