"""`/users/{id}/impersonation`: how an administrator gets an address that makes them act as somebody else."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from hibana_op.api.operation import Asked, Operation
from hibana_op.api.shapes import Given, Taken, at
from hibana_op.provider import Provider
from hibana_op.tenancy import impersonation

_Reason = Annotated[
    str, Meta(min_length=1, max_length=impersonation.LONGEST_REASON, description="One line; the person is told it.")
]


class ImpersonationAsked(Taken, frozen=True, kw_only=True):
    """Why somebody acts as somebody else."""

    reason: _Reason


class ImpersonationOffered(Given, frozen=True, kw_only=True):
    """The address that begins it, shown this once; it opens where whoever asked is signed in with two factors."""

    url: str
    expires_at: datetime


async def ask(op: Provider, asked: Asked) -> ImpersonationOffered:
    """Ask for an address that begins it."""
    body: ImpersonationAsked = asked.body
    address = await impersonation.ask(op, asked.actor, asked.id, reason=body.reason, origin=asked.origin)
    return ImpersonationOffered(url=f"{op.issuer}/impersonate/{address.token}", expires_at=at(address.expires_at))


OPERATIONS = (
    Operation(
        method="POST",
        path="/users/{id}/impersonation",
        permission=impersonation.PERMISSION,
        summary="Ask to act as a person, where the deployment allows it; the address counts once, for two minutes",
        handler=ask,
        takes=ImpersonationAsked,
        gives=ImpersonationOffered,
    ),
)
