"""Codes that are sent: six digits, ten minutes, one business, one person; paced and limited (ASVS 6.6.1, 6.6.2)."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace

import phonenumbers

from hibana_op.foundation import base64url
from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.events import CodeSent
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.secrets import digest
from hibana_op.login import notices, throttle
from hibana_op.login.second_factors.shapes import Challenge, plain
from hibana_op.provider import Provider
from hibana_op.records import outbox, rate_counts, verification_codes
from hibana_op.records.outbox import OutgoingMessage
from hibana_op.records.users import login_key
from hibana_op.records.verification_codes import VerificationCode
from hibana_op.storage.database import Session as Db

LIFETIME = 600
MOST_TRIES = 5  # of one code
PAUSE = 60  # seconds before another one is sent
HOUR, DAY = 3600, 86400
MOST_TO_A_DESTINATION = 5
MOST_TO_A_PERSON = 15
MOST_FROM_A_PLACE = 30
MOST_SMS_TO_A_COUNTRY = 300
MOST_SMS = 1000


@dataclass(frozen=True, slots=True)
class Business:
    """What a code is good for, and how it is sent."""

    channel: str
    purpose: str


SMS_SECOND = Business("sms", "second_factor")
EMAIL_SECOND = Business("email", "second_factor")
EMAIL_FIRST = Business("email", "first_factor")
CONFIRM_PHONE = Business("sms", "confirm_phone")
CONFIRM_EMAIL = Business("email", "confirm_email")


def can_send(op: Provider, channel: str) -> bool:
    """Whether there is a way for codes to go out."""
    if channel == "sms":
        return op.settings.sms.url is not None or op.settings.mode == "dev"
    return notices.is_mail_wanted(op)


async def send(op: Provider, business: Business, challenge: Challenge, destination: str) -> None:
    """Send a new code; those before count no more. LoginRefused when it would be too soon or too many."""
    if not can_send(op, business.channel):
        raise LoginRefused("code_not_sent")
    code, row = make(op, business, challenge, destination)
    now = op.now()
    message = _message(op, business, challenge, destination, code)

    async def write(tx: Db) -> None:
        await _pace(tx, business, challenge, now=now)
        await _limit(tx, business, challenge, destination, now=now)
        await verification_codes.replace(tx, row)
        await outbox.insert(tx, op.vault, message)
        event = CodeSent(user_id=challenge.user.id, target_id=challenge.user.id, channel=business.channel)
        await op.emit(tx, event, challenge.origin)

    await op.db.transact(write)


def make(op: Provider, business: Business, challenge: Challenge, destination: str) -> tuple[str, VerificationCode]:
    """A new code, and the row for the database."""
    code, now = f"{secrets.randbelow(10**6):06}", op.now()
    row = VerificationCode(
        id=uuid7(),
        user_id=challenge.user.id,
        channel=business.channel,
        purpose=business.purpose,
        bound_to=challenge.bound_to,
        destination=destination,
        code_hash=_hash(op, business, challenge, code),
        created_at=now,
        expires_at=now + LIFETIME,
    )
    return code, row


async def spend(op: Provider, tx: Db, business: Business, challenge: Challenge, answer: str) -> str | None:
    """Try what was typed: where the code was sent to if it is the one, and None if not."""
    return await verification_codes.spend(
        tx,
        challenge.user.id,
        channel=business.channel,
        purpose=business.purpose,
        bound_to=challenge.bound_to,
        code_hash=_hash(op, business, challenge, plain(answer)),
        most=MOST_TRIES,
        now=op.now(),
    )


async def find_open(op: Provider, business: Business, challenge: Challenge) -> VerificationCode | None:
    """The code that is on its way, while it counts."""
    return await verification_codes.find_open(
        op.db,
        challenge.user.id,
        channel=business.channel,
        purpose=business.purpose,
        bound_to=challenge.bound_to,
        now=op.now(),
    )


def masked_phone(number: str) -> str:
    """A number of which only the end is told."""
    return f"••••{number[-4:]}"


def masked_email(address: str) -> str:
    """An address of which the first letter and the domain are told."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}•••@{domain}"


def _hash(op: Provider, business: Business, challenge: Challenge, code: str) -> str:
    """So few digits could be guessed from a plain hash: this one needs the deployment's own key."""
    bound = "|".join((business.channel, business.purpose, challenge.bound_to, challenge.user.id, code))
    return base64url.encode(hmac.new(op.form_key, f"code|{bound}".encode(), hashlib.sha256).digest())


def _message(op: Provider, business: Business, challenge: Challenge, destination: str, code: str) -> OutgoingMessage:
    language = challenge.user.locale or challenge.language
    if business.channel == "email":
        return notices.message(op, destination, "code", language=language, code=code)
    host = op.settings.issuer_host  # the last line of the message lets the browser fill the code in (WebOTP)
    message = notices.message(op, destination, "sms_code", language=language, code=code, host=host)
    return replace(message, channel="sms", text_body=message.text_body.strip(), html_body="")


async def _pace(tx: Db, business: Business, challenge: Challenge, *, now: int) -> None:
    subject = f"code:{business.channel}:{business.purpose}:{challenge.user.id}:{challenge.bound_to}"
    sent = await rate_counts.count(tx, subject, seconds=PAUSE, now=now)
    if sent.times > 1:
        raise LoginRefused("code_just_sent", seconds=sent.seconds_left)


async def _limit(tx: Db, business: Business, challenge: Challenge, destination: str, *, now: int) -> None:
    """Nobody's telephone is rung for sport, and nobody earns by having messages sent."""
    kind = business.channel
    limits = [
        (f"{kind} to:{digest(login_key(destination))}", MOST_TO_A_DESTINATION, HOUR),
        (f"{kind} for:{challenge.user.id}", MOST_TO_A_PERSON, DAY),
    ]
    if challenge.origin.ip:
        limits.append((f"{kind} from:{throttle.subject_of_address(challenge.origin.ip)}", MOST_FROM_A_PLACE, HOUR))
    if kind == "sms":
        country = phonenumbers.parse(destination).country_code
        limits += [(f"sms to country:{country}", MOST_SMS_TO_A_COUNTRY, HOUR), ("sms", MOST_SMS, HOUR)]
    for subject, most, seconds in limits:
        sent = await rate_counts.count(tx, subject, seconds=seconds, now=now)
        if sent.times > most:
            raise LoginRefused("too_many_codes_sent", minutes=-(-sent.seconds_left // 60))
