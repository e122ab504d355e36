"""SMS handed to a service, which may be away, refuse, or lead elsewhere."""

import base64
import json
from urllib.parse import parse_qs

import pytest

from hibana_op.foundation.mail import MailFailed, Message
from hibana_op.foundation.outbound import Outbound
from hibana_op.foundation.secrets import Secret
from hibana_op.foundation.sms import TWILIO, TwilioSender, WebhookSender, sender
from tests.foundation.strangers import Stranger

TEXT = "Hibanaの確認コードは123456です。\n\n@id.example #123456"
MESSAGE = Message(to="+819012345678", subject="SMS", text=TEXT)


async def test_webhook_is_told_whom_and_what(outbound: Outbound, rp: Stranger) -> None:
    url = rp.url("/ok").replace("https://", "webhook+https://us%40er:p%3Aw@")

    await sender(url, outbound).send(MESSAGE)

    assert json.loads(rp.bodies[0]) == {"to": "+819012345678", "text": TEXT}
    assert rp.headers()["content-type"] == "application/json"
    assert rp.headers()["authorization"] == "Basic " + base64.b64encode(b"us@er:p:w").decode()


async def test_webhook_without_credentials_gets_none(outbound: Outbound, rp: Stranger) -> None:
    await sender("webhook+" + rp.url("/ok"), outbound).send(MESSAGE)

    assert "authorization" not in rp.headers()


@pytest.mark.parametrize(("origin", "field"), [("+15005550006", "From"), ("MG0123456789abcdef", "MessagingServiceSid")])
async def test_twilio_is_asked_in_its_own_way(outbound: Outbound, rp: Stranger, origin: str, field: str) -> None:
    twilio = TwilioSender(outbound, "AC1", Secret("the token"), origin, api=rp.url("/ok?"))

    await twilio.send(MESSAGE)

    assert rp.requests[0].startswith("POST /ok?/2010-04-01/Accounts/AC1/Messages.json ")
    form = parse_qs(rp.bodies[0].decode())
    assert form == {"To": ["+819012345678"], field: [origin], "Body": [TEXT]}
    assert rp.headers()["authorization"] == "Basic " + base64.b64encode(b"AC1:the token").decode()


def test_url_of_twilio_names_account_token_and_origin() -> None:
    made = sender("twilio://AC1:t%40ken@+15005550006", Outbound())

    assert isinstance(made, TwilioSender)
    assert (made.account, made.token.reveal(), made.origin, made.api) == ("AC1", "t@ken", "+15005550006", TWILIO)
    assert "t@ken" not in repr(made)


@pytest.mark.parametrize("path", ["/missing", "/broken", "/redirect/302", "/mute", "/garbage"])
async def test_refused_message_is_not_sent_and_the_reason_tells_nothing(
    outbound: Outbound, rp: Stranger, path: str
) -> None:
    with pytest.raises(MailFailed) as failed:
        await WebhookSender(outbound, rp.url(path), Secret("Basic the-secret")).send(MESSAGE)

    assert "123456" not in str(failed.value)
    assert "the-secret" not in str(failed.value)
    assert "canary" not in str(failed.value)


async def test_L01_webhook_does_not_reach_into_the_private_network() -> None:
    outbound = Outbound()
    with pytest.raises(MailFailed, match="public internet"):
        await sender("webhook+https://127.0.0.1/", outbound).send(MESSAGE)
    await outbound.close()


@pytest.mark.parametrize(
    "url",
    [
        "https://sms.example/",
        "webhook+http://sms.example/",
        "webhook+https:///",
        "twilio://AC1@+1",
        "twilio://AC1:t@",
        "twilio://:t@+1",
        "smtp://sms.example",
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="twilio://"):
        sender(url, Outbound())
