"""Second factors set up and given up: each counts only after its first right code, and the person is told by mail."""

from dataclasses import dataclass

import pyotp

from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.events import BackupCodesMade, FactorAdded, FactorRemoved, PrimaryFactorChosen
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.vault import Unsealable
from hibana_op.login import notices
from hibana_op.login.second_factors import backup_code, codes, order, totp
from hibana_op.login.second_factors.shapes import Challenge
from hibana_op.provider import Provider
from hibana_op.records import backup_codes, credentials, trusted_devices, two_factor, users
from hibana_op.records.two_factor import AppSecret
from hibana_op.records.users import User
from hibana_op.storage.database import Session as Db

SETUP_LIFETIME = 3600


@dataclass(frozen=True, slots=True)
class AppSetup:
    """An authenticator app that is being set up. Nothing is kept of it here: `sealed` travels with the form."""

    secret: str
    uri: str
    sealed: str


def begin_app(op: Provider, user: User, *, bound_to: str) -> AppSetup:
    """A fresh secret for an authenticator app."""
    secret = pyotp.random_base32()
    text = f"{secret} {op.now() + SETUP_LIFETIME}"
    return AppSetup(secret, _uri(op, user, secret), op.vault.seal(text.encode(), _sealed_for(user, bound_to)))


def resume_app(op: Provider, user: User, *, bound_to: str, sealed: str) -> AppSetup | None:
    """The secret that a form brought back, if it is of this person and session and not too old."""
    try:
        secret, _, ends_at = op.vault.open(sealed, _sealed_for(user, bound_to)).decode().partition(" ")
    except (Unsealable, ValueError):
        return None
    return AppSetup(secret, _uri(op, user, secret), sealed) if int(ends_at) > op.now() else None


async def add_app(op: Provider, user: User, setup: AppSetup, answer: str, origin: Origin) -> None:
    """Take the first code of an app: from here on it counts. The code itself is spent with it."""
    now = op.now()
    step = totp.matching_step(setup.secret, answer, now=now)
    if step is None:
        raise LoginRefused("wrong_app_code")
    sealed = op.vault.seal(setup.secret.encode(), two_factor.sealed_name(user.id))
    app = AppSecret(user_id=user.id, secret_sealed=sealed, last_step=step, created_at=now, confirmed_at=now)

    async def write(tx: Db) -> None:
        if not await two_factor.insert_app(tx, app):
            raise LoginRefused("app_already_set_up")
        await _note_added(op, tx, user, "totp", origin)

    await op.db.transact(write)


async def confirm_phone(op: Provider, challenge: Challenge, answer: str) -> None:
    """Take the code sent to a number: it is the person's from here on, and codes go there."""
    user, now = challenge.user, op.now()

    async def write(tx: Db) -> bool:
        number = await codes.spend(op, tx, codes.CONFIRM_PHONE, challenge, answer)
        if number is None:
            return False
        await users.confirm_phone(tx, user.id, phone_number=number, now=now)
        await _note_added(op, tx, user, "sms", challenge.origin, destination=number)
        return True

    if not await op.db.transact(write):
        raise LoginRefused("wrong_code")


async def confirm_email(op: Provider, challenge: Challenge, answer: str) -> None:
    """Take the code sent to the account's address: codes for sign-ins go there from here on."""
    user = challenge.user

    async def write(tx: Db) -> bool:
        address = await codes.spend(op, tx, codes.CONFIRM_EMAIL, challenge, answer)
        if address is None or address != user.email:
            return False
        await users.confirm_email(tx, user.id, email=address, was=address, now=op.now())
        # Whoever sets this up has the password too, however they came by it.
        await credentials.end_recovery(tx, user.id, until=op.now())
        await _note_added(op, tx, user, "email", challenge.origin)
        return True

    if not await op.db.transact(write):
        raise LoginRefused("wrong_code")


async def remove(op: Provider, user: User, method: str, origin: Origin) -> None:
    """Give a second factor up; with the last one go the backup codes and the trust in browsers."""

    async def write(tx: Db) -> None:
        if not await forget(tx, user.id, method):
            return
        await notices.queue(op, tx, notices.message(op, user, "factor_removed", origin=origin))
        await op.emit(tx, FactorRemoved(user_id=user.id, target_id=user.id, method=method), origin)

    await op.db.transact(write)


async def forget(tx: Db, user_id: str, method: str) -> bool:
    """Take a second factor away, and what goes with it; False when there is none such."""
    if method == two_factor.PASSKEY or not await two_factor.remove_method(tx, user_id, method):
        return False
    if method == "totp":
        await two_factor.remove_app(tx, user_id)
    if not await order.put_in_order(tx, user_id):
        await backup_codes.remove_all(tx, user_id)
        await trusted_devices.forget_all(tx, user_id)
    return True


async def prefer(op: Provider, user: User, method: str, origin: Origin) -> None:
    """Ask for this first: a second factor, or a passkey beside one."""

    async def write(tx: Db) -> None:
        if await order.put_first(tx, user.id, method, now=op.now()):
            await op.emit(tx, PrimaryFactorChosen(user_id=user.id, target_id=user.id, method=method), origin)

    await op.db.transact(write)


async def make_backup_codes(op: Provider, user: User, origin: Origin) -> list[str]:
    """New backup codes, told only here; those before are void."""
    made = [backup_code.make() for _ in range(backup_code.HOW_MANY)]
    hashes = [await backup_code.hash_of(op, user.id, code) for code in made]

    async def write(tx: Db) -> None:
        if not await two_factor.methods_of(tx, user.id):
            raise LoginRefused("backup_codes_alone")
        await backup_codes.replace(tx, user.id, hashes=hashes, now=op.now())
        await notices.queue(op, tx, notices.message(op, user, "backup_codes_made", origin=origin))
        await op.emit(tx, BackupCodesMade(user_id=user.id, target_id=user.id), origin)

    await op.db.transact(write)
    return made


async def _note_added(
    op: Provider, tx: Db, user: User, method: str, origin: Origin, *, destination: str | None = None
) -> None:
    await two_factor.put_method(tx, user.id, method, destination=destination, now=op.now())
    await notices.queue(op, tx, notices.message(op, user, "factor_added", origin=origin))
    await op.emit(tx, FactorAdded(user_id=user.id, target_id=user.id, method=method), origin)


def _uri(op: Provider, user: User, secret: str) -> str:
    """What the QR code says (the key URI format of authenticator apps)."""
    brand = op.remembered.brand.replace(":", " ")  # in the address it parts the brand from the account
    issuer = brand if op.settings.mode == "serve" else f"{brand} ({op.settings.issuer_host})"
    return pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=issuer)


def _sealed_for(user: User, bound_to: str) -> str:
    return f"authenticator app of {user.id} in {bound_to}"
