"""`/users/invite` and the link to a password: how people whom administrators let in choose how they sign in."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from hibana_op.api.operation import Asked, Operation
from hibana_op.api.shapes import Given, Moment, Taken, at, seconds
from hibana_op.api.users import Claim, Email
from hibana_op.login import links, sign_up
from hibana_op.provider import Provider
from hibana_op.tenancy import people

Language = Annotated[Literal["ja", "en"], Meta(description="Of the mail.")]


class UserToInvite(Taken, frozen=True, kw_only=True):
    """Somebody who is to make an account themselves; without a time the link counts for seven days."""

    email: Email
    name: Claim | None = None
    expires_at: Moment | None = None
    language: Language = "ja"


class UserInvited(Given, frozen=True, kw_only=True):
    """A link that makes an account; where no mail is sent `url` is it, shown this once and to be passed on."""

    email: str
    is_mailed: bool
    url: str | None
    expires_at: datetime


class PasswordLink(Taken, frozen=True, kw_only=True):
    """How the mail speaks to whoever has named no language of their own."""

    language: Language = "ja"


class PasswordLinkSent(Given, frozen=True, kw_only=True):
    """Until when the link counts: an hour, or seven days for somebody who has no password yet."""

    expires_at: datetime


async def invite(op: Provider, asked: Asked) -> UserInvited:
    """Invite somebody to make an account."""
    body: UserToInvite = asked.body
    until = seconds(body.expires_at)
    link, url = await sign_up.invite(
        op,
        body.email,
        name=body.name,
        language=body.language,
        lifetime=links.LIFETIME_OF_INVITATION if until is None else until - op.now(),
        origin=asked.origin,
    )
    return UserInvited(email=link.email, is_mailed=url is None, url=url, expires_at=at(link.expires_at))


async def send_password_link(op: Provider, asked: Asked) -> PasswordLinkSent:
    """Send a person a link to choose a password."""
    body: PasswordLink = asked.body
    until = await people.send_password_link(op, asked.actor, asked.id, language=body.language, origin=asked.origin)
    return PasswordLinkSent(expires_at=at(until))


OPERATIONS = (
    Operation(
        method="POST",
        path="/users/invite",
        permission="users:create",
        summary="Invite somebody to make an account; where no mail is sent the link is shown this once",
        handler=invite,
        takes=UserToInvite,
        gives=UserInvited,
    ),
    Operation(
        method="POST",
        path="/users/{id}/send-password-link",
        permission="users:update",
        summary="Mail a person a link to choose a password; nobody else sets one",
        handler=send_password_link,
        takes=PasswordLink,
        gives=PasswordLinkSent,
    ),
)
