"""Proving an account in a directory: one answer and one cost for unknown and wrong, counted as passwords are."""

import logging

from hibana_op.foundation import directory
from hibana_op.foundation.directory import Directory, DirectoryFailed, Entry, EntryUnusable
from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.secrets import digest
from hibana_op.login import guesses, throttle
from hibana_op.login.federation.shapes import Account, Upstream, UpstreamFailed
from hibana_op.login.federation.types.ldap import directory_of
from hibana_op.login.shapes import Attempt
from hibana_op.provider import Provider
from hibana_op.records import lockouts, user_identities, users
from hibana_op.records.users import User
from hibana_op.storage.database import Session

METHOD = "provider"

_log = logging.getLogger("hibana.federation")


async def prove(op: Provider, upstream: Upstream, attempt: Attempt) -> Account:
    """Whose name and password these are, in the directory of a provider; LoginRefused when they are nobody's."""
    asked = directory_of(upstream)
    await _refuse_locked_address(op, attempt)
    entry = await _find(op, upstream, asked, attempt.identifier)
    user = await _linked(op, upstream, entry) if entry else None
    if entry is not None and user is None:
        counter = f"name:{digest(f'{upstream.id} {entry.subject}')}"  # the same, whichever of their names is typed
    else:
        counter = await guesses.counter_of(op, attempt, user)
    async with op.turns.of(counter):
        await guesses.reserve(op, attempt, user, counter, METHOD)
        if not await _lets_in(op, asked, entry, attempt, counter) or entry is None:
            await guesses.note_failure(op, attempt, user, METHOD)
            raise LoginRefused("wrong_credentials")
        await op.db.transact(lambda tx: throttle.clear(tx, counter, attempt.origin.ip))
    email = entry.values.get("email")
    return Account(
        issuer=upstream.issuer,
        subject=entry.subject,
        email=email,
        # A directory has no word for a confirmed address; people may be able to write their own there.
        email_verified=email is not None and upstream.trust_email,
        claims=entry.values,
    )


async def _refuse_locked_address(op: Provider, attempt: Attempt) -> None:
    """Spare the directory what would be refused anyway."""
    if attempt.origin.ip is None:
        return
    address = throttle.subject_of_address(attempt.origin.ip)
    locked_until = await lockouts.locked_until(op.db, address, now=op.now())
    if locked_until is not None:
        raise guesses.locked(op, locked_until)


async def _find(op: Provider, upstream: Upstream, asked: Directory, name: str) -> Entry | None:
    try:
        return await directory.find(op.outbound, asked, name)
    except EntryUnusable as unusable:  # to whoever asks, nobody
        _log.warning("an entry of the directory %s cannot be used: %s", upstream.slug, unusable)
        return None
    except DirectoryFailed as failed:
        raise UpstreamFailed(str(failed)) from None


async def _linked(op: Provider, upstream: Upstream, entry: Entry) -> User | None:
    """Who an entry is linked to."""
    found = await user_identities.find(op.db, provider_id=upstream.id, issuer=upstream.issuer, subject=entry.subject)
    return await users.find(op.db, found.user_id) if found else None


async def _lets_in(op: Provider, asked: Directory, entry: Entry | None, attempt: Attempt, counter: str) -> bool:
    try:
        return await directory.lets_in(op.outbound, asked, entry, attempt.answer)
    except DirectoryFailed as failed:

        async def give_back(tx: Session) -> None:  # it was no guess
            await lockouts.give_back(tx, counter)
            if attempt.origin.ip:
                await lockouts.give_back(tx, throttle.subject_of_address(attempt.origin.ip))

        await op.db.transact(give_back)
        raise UpstreamFailed(str(failed)) from None
