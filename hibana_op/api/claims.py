"""`/claims`: what the tokens of a person for an app would say, and why."""

from collections.abc import Iterable
from typing import Annotated, Any

from msgspec import Meta

from hibana_op.api.operation import Asked, Operation
from hibana_op.api.shapes import Given, Id, Taken
from hibana_op.oauth import mappings
from hibana_op.oauth.claims import Explained
from hibana_op.oauth.mappings import Question
from hibana_op.provider import Provider


class ClaimsWanted(Taken, frozen=True, kw_only=True):
    """Whose claims, for which app, with which scopes; `tenant` is the slug of the one that they would enter."""

    user_id: Id
    client_id: Id
    scope: Annotated[str, Meta(max_length=2048)]
    tenant: Annotated[str, Meta(min_length=1, max_length=255)] | None = None
    resource: Annotated[str, Meta(min_length=1, max_length=2048)] | None = None


class ClaimTold(Given, frozen=True, kw_only=True):
    """One claim: its value and where it comes from, or the reason why it is not there."""

    claim: str
    value: Any
    scope: str | None
    source: str
    reason: str | None


class ClaimsPreview(Given, frozen=True, kw_only=True):
    """The three places where claims appear."""

    id_token: list[ClaimTold]
    userinfo: list[ClaimTold]
    access_token: list[ClaimTold]


async def preview(op: Provider, asked: Asked) -> ClaimsPreview:
    """What a sign-in would put into each token."""
    body: ClaimsWanted = asked.body
    found = await mappings.preview_for(
        op,
        Question(
            user_id=body.user_id,
            client_id=body.client_id,
            scope=body.scope,
            resource=body.resource,
            tenant=body.tenant,
        ),
    )
    return ClaimsPreview(
        id_token=_told(found.id_token), userinfo=_told(found.userinfo), access_token=_told(found.access_token)
    )


def _told(explained: Iterable[Explained]) -> list[ClaimTold]:
    return [
        ClaimTold(claim=each.claim, value=each.value, scope=each.scope, source=each.source, reason=each.absent)
        for each in explained
    ]


OPERATIONS = (
    Operation(
        method="POST",
        path="/claims/preview",
        permission="claims:preview",
        summary="Show what the tokens of a person for an app would say, each claim with its source or why it is absent",
        handler=preview,
        takes=ClaimsWanted,
        gives=ClaimsPreview,
    ),
)
