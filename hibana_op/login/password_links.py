"""A link to choose a password, sent by an administrator: who gets it shows that the mailbox is theirs."""

from hibana_op.foundation.errors import Conflict, InvalidRecord, LoginRefused
from hibana_op.foundation.events import PasswordResetRequested
from hibana_op.foundation.origin import Origin
from hibana_op.login import links, mail_pace, notices
from hibana_op.provider import Provider
from hibana_op.records import credentials, verification_tokens
from hibana_op.records.users import User
from hibana_op.storage.database import Session


def check_can_be_sent(op: Provider) -> None:
    """InvalidRecord where no mail is sent at all."""
    if not notices.is_mail_wanted(op):
        raise InvalidRecord("no link can be sent, since this deployment sends no mail: HIBANA_SMTP__URL is not set")


async def send(op: Provider, tx: Session, user: User, *, language: str | None, origin: Origin) -> int:
    """Send a person the link, as the last statement of a transaction; the time until which it counts.

    Links that were sent before count no more.
    """
    if not user.is_active or user.kind != "human":
        raise Conflict("only people who are active can be sent a link")
    if not await mail_pace.admits(tx, user.email, origin, now=op.now()):
        raise LoginRefused("too_many_mails", minutes=mail_pace.WINDOW // 60)
    has_password = await credentials.find_password_hash(tx, user.id) is not None
    link = links.make(
        op,
        "/reset?token={token}",
        purpose=links.RESET_PASSWORD,
        email=user.email,
        user_id=user.id,
        # A first password is chosen by whoever was invited to an account.
        lifetime=links.LIFETIME if has_password else links.LIFETIME_OF_INVITATION,
        interaction=None,
    )
    await verification_tokens.end_of_user(tx, user.id, purpose=links.RESET_PASSWORD)
    await verification_tokens.insert(tx, link.row)
    until = notices.moment(link.row.expires_at, user)
    mail = notices.message(op, user, "choose_password", language=language, link=link.url, until=until)
    await notices.queue(op, tx, mail)
    await op.emit(tx, PasswordResetRequested(target_id=user.id), origin)
    return link.row.expires_at
