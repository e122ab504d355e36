"""`/registration-tokens`: with these, developers register apps themselves (RFC 7591 §3)."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page
from hibana_op.api.shapes import Given, Listing, Moment, Taken, seconds, told_of
from hibana_op.oauth import initial_access
from hibana_op.provider import Provider
from hibana_op.records import initial_access_tokens
from hibana_op.records.initial_access_tokens import InitialAccessToken

State = Literal["live", "spent", "expired", "revoked"]


class RegistrationTokenShown(Given, frozen=True, kw_only=True):
    """A token, without the token itself."""

    id: str
    note: str
    state: State
    used_count: int
    max_uses: int
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class RegistrationTokenMade(RegistrationTokenShown, frozen=True, kw_only=True):
    """A new token; `token` is shown this once. It is sent to `registration_endpoint`, where registration is on."""

    token: str
    registration_endpoint: str | None


class NewRegistrationToken(Taken, frozen=True, kw_only=True):
    """A token for so many apps; without a time it counts for seven days."""

    note: Annotated[str, Meta(max_length=initial_access.LONGEST_NOTE, description="For whom or what it is.")] = ""
    max_uses: Annotated[int, Meta(ge=1, le=initial_access.MOST_USES)] = 1
    expires_at: Moment | None = None


async def list_tokens(op: Provider, asked: Asked) -> Page:
    """The tokens, those that count no more included."""

    async def read(after: str, limit: int) -> list[InitialAccessToken]:
        return await initial_access_tokens.page(op.db, after=after, limit=limit)

    return await paging.page(
        op, asked.query, read, of="registration-tokens", key=lambda each: each.id, told=lambda each: _shown(op, each)
    )


async def show(op: Provider, asked: Asked) -> RegistrationTokenShown:
    """One token."""
    return _shown(op, await initial_access_tokens.get(op.db, asked.id))


async def create(op: Provider, asked: Asked) -> RegistrationTokenMade:
    """Make a token."""
    body: NewRegistrationToken = asked.body
    until = seconds(body.expires_at)
    made, text = await initial_access.create_token(
        op,
        max_uses=body.max_uses,
        lifetime=initial_access.LIFETIME if until is None else until - op.now(),
        note=body.note,
        origin=asked.origin,
    )
    told: RegistrationTokenMade = told_of(
        made,
        RegistrationTokenMade,
        state=made.state(op.now()),
        token=text,
        registration_endpoint=initial_access.endpoint(op),
    )
    return told


async def revoke(op: Provider, asked: Asked) -> None:
    """Let no more apps be registered with a token."""
    await initial_access.revoke_token(op, asked.id, asked.origin)


def _shown(op: Provider, token: InitialAccessToken) -> RegistrationTokenShown:
    shown: RegistrationTokenShown = told_of(token, RegistrationTokenShown, state=token.state(op.now()))
    return shown


OPERATIONS = (
    Operation(
        method="GET",
        path="/registration-tokens",
        permission="clients:read",
        summary="List the tokens with which developers register apps",
        handler=list_tokens,
        query=Listing,
        gives=RegistrationTokenShown,
        is_list=True,
    ),
    Operation(
        method="POST",
        path="/registration-tokens",
        permission="clients:create",
        summary="Make a token with which developers register apps; it is shown this once",
        handler=create,
        takes=NewRegistrationToken,
        gives=RegistrationTokenMade,
        status=201,
    ),
    Operation(
        method="GET",
        path="/registration-tokens/{id}",
        permission="clients:read",
        summary="Show a token, without the token itself",
        handler=show,
        gives=RegistrationTokenShown,
    ),
    Operation(
        method="DELETE",
        path="/registration-tokens/{id}",
        permission="clients:delete",
        summary="Let no more apps be registered with a token; those that were stay",
        handler=revoke,
        status=204,
    ),
)
