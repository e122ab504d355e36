"""What an administrator takes away for somebody who lost it: second factors, passkeys, trusted browsers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hibana_op.foundation.errors import InvalidRecord, NotFound
from hibana_op.foundation.events import FactorsReset
from hibana_op.foundation.origin import Origin
from hibana_op.login import notices
from hibana_op.login.second_factors import enrolment, order
from hibana_op.provider import Provider
from hibana_op.records import backup_codes, passkeys, sessions, token_families, trusted_devices, two_factor
from hibana_op.records.passkeys import Passkey
from hibana_op.records.two_factor import PASSKEY, Method
from hibana_op.records.users import User
from hibana_op.storage.database import Session as Db

BACKUP_CODES, BROWSERS, PASSKEYS = "backup-codes", "trusted-browsers", "passkeys"
KINDS = ("totp", "sms", "email", BACKUP_CODES, BROWSERS, PASSKEYS)


@dataclass(frozen=True, slots=True)
class SetUp:
    """What a person has set up to prove who they are, besides a password."""

    methods: tuple[Method, ...]
    passkeys: tuple[Passkey, ...]
    backup_codes: int
    browsers: int

    @property
    def kinds(self) -> frozenset[str]:
        """Which of KINDS the person has."""
        counted = {BACKUP_CODES: self.backup_codes, BROWSERS: self.browsers, PASSKEYS: len(self.passkeys)}
        return frozenset({each.method for each in self.methods} | {name for name, count in counted.items() if count})


async def set_up(db: Db, user_id: str, *, now: int) -> SetUp:
    """What a person has set up, now."""
    kept = await two_factor.methods_of(db, user_id)
    return SetUp(
        methods=tuple(each for each in kept if each.method != PASSKEY),
        passkeys=tuple(await passkeys.of_user(db, user_id)),
        backup_codes=await backup_codes.left(db, user_id),
        browsers=len(await trusted_devices.of_user(db, user_id, now=now)),
    )


async def remove(
    op: Provider, user: User, *, kinds: Collection[str] | None, named: Sequence[str], origin: Origin
) -> tuple[str, ...]:
    """Take these kinds (None: all there are) and the passkeys of these ids or names away; what that was.

    All sessions and tokens of the person end with it: whoever found what was lost may have them.
    """
    told = notices.message(op, user, "factors_reset", origin=origin)

    async def write(tx: Db) -> tuple[str, ...]:
        now = op.now()
        has = await set_up(tx, user.id, now=now)
        chosen = _chosen(has, user, kinds)
        lost = list(has.passkeys) if PASSKEYS in chosen else [_passkey(has, user, name) for name in named]
        for kind in chosen:
            await _forget(tx, user.id, kind)
        for passkey in lost:
            await passkeys.remove(tx, user.id, passkey.id)
        await order.put_in_order(tx, user.id)
        await sessions.revoke_of_user(tx, user.id, now=now)
        await token_families.revoke_of_user(tx, user.id, now=now)
        await notices.queue(op, tx, told)
        removed = (*(kind for kind in chosen if kind != PASSKEYS), *(f"passkey {each.name}" for each in lost))
        await op.emit(tx, FactorsReset(target_id=user.id, removed=removed), origin)
        return removed

    removed = await op.db.transact(write)
    op.logout_bell.ring()
    return removed


def _chosen(has: SetUp, user: User, kinds: Collection[str] | None) -> list[str]:
    missing = sorted(set(kinds or ()) - has.kinds)
    if missing:
        raise NotFound(f"{user.email} has not set up {', '.join(missing)}")
    if kinds is None and not has.kinds:
        raise NotFound(f"{user.email} has set up nothing")
    return [kind for kind in KINDS if kind in (has.kinds if kinds is None else kinds)]


def _passkey(has: SetUp, user: User, named: str) -> Passkey:
    found = [each for each in has.passkeys if named in (each.id, each.name)]
    if not found:
        raise NotFound(f"{user.email} has no passkey {named!r}")
    if len(found) > 1:
        raise InvalidRecord(f"{user.email} has {len(found)} passkeys that are called {named!r}; name one by its id")
    return found[0]


async def _forget(tx: Db, user_id: str, kind: str) -> None:
    if kind == BACKUP_CODES:
        await backup_codes.remove_all(tx, user_id)
    elif kind == BROWSERS:
        await trusted_devices.forget_all(tx, user_id)
    elif kind != PASSKEYS:
        await enrolment.forget(tx, user_id, kind)
