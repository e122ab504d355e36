"""SMS going out: through Twilio's Messages API, or to a webhook of the administrator's own."""

import base64
import json
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlencode, urlsplit

from hibana_op.foundation.mail import Mailer, MailFailed, Message
from hibana_op.foundation.outbound import Outbound, OutboundRefused
from hibana_op.foundation.secrets import Secret

CHANNEL = "sms"
TWILIO = "https://api.twilio.com"
_FORM = "application/x-www-form-urlencoded"


def sender(url: str, outbound: Outbound) -> Mailer:
    """What sends SMS for a URL; ValueError when it names no way that is known here.

    `twilio://ACCOUNT_SID:AUTH_TOKEN@FROM`, where FROM is a number or the SID of a messaging service, or
    `webhook+https://user:password@host/path`, which gets `{"to", "text"}` as JSON.
    """
    parts = urlsplit(url)
    credentials, _, place = parts.netloc.rpartition("@")
    user, _, password = credentials.partition(":")
    name, secret = unquote(user), Secret(unquote(password))
    if parts.scheme == "twilio" and name and password and place:
        return TwilioSender(outbound, name, secret, unquote(place))
    if parts.scheme == "webhook+https" and parts.hostname:
        address = parts._replace(scheme="https", netloc=place).geturl()
        return WebhookSender(outbound, address, _basic(name, secret) if credentials else None)
    raise ValueError("SMS go out by twilio://ACCOUNT_SID:AUTH_TOKEN@FROM or webhook+https://user:password@host/path")


@dataclass(frozen=True, slots=True)
class TwilioSender:
    """Twilio: https://www.twilio.com/docs/messaging/api/message-resource."""

    outbound: Outbound
    account: str
    token: Secret
    origin: str
    api: str = TWILIO
    channel: str = CHANNEL

    async def send(self, message: Message) -> None:
        """Hand a message over, or raise MailFailed."""
        is_service = self.origin.startswith("MG")
        form = {
            "To": message.to,
            "MessagingServiceSid" if is_service else "From": self.origin,
            "Body": message.text,
        }
        url = f"{self.api}/2010-04-01/Accounts/{quote(self.account, safe='')}/Messages.json"
        await _post(self.outbound, url, urlencode(form).encode(), _FORM, _basic(self.account, self.token))


@dataclass(frozen=True, slots=True)
class WebhookSender:
    """An https address that passes messages on."""

    outbound: Outbound
    url: str
    authorization: Secret | None
    channel: str = CHANNEL

    async def send(self, message: Message) -> None:
        """Hand a message over, or raise MailFailed."""
        body = json.dumps({"to": message.to, "text": message.text}, ensure_ascii=False).encode()
        await _post(self.outbound, self.url, body, "application/json", self.authorization)


async def _post(outbound: Outbound, url: str, content: bytes, content_type: str, authorization: Secret | None) -> None:
    headers = {"Authorization": authorization.reveal()} if authorization else {}
    try:
        answer = await outbound.post(url, content=content, content_type=content_type, headers=headers)
    except OutboundRefused as refused:
        raise MailFailed(f"the SMS service was not reached: {refused}") from None
    if not 200 <= answer.status < 300:
        raise MailFailed(f"the SMS service refused the message ({answer.status})")


def _basic(user: str, password: Secret) -> Secret:
    return Secret("Basic " + base64.b64encode(f"{user}:{password.reveal()}".encode()).decode())
