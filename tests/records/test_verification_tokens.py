"""Links in mails: each counts once, for its purpose, until then."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from hibana_op.foundation import secrets
from hibana_op.records import expired, users, verification_tokens
from hibana_op.records.verification_tokens import VerificationToken
from hibana_op.storage.database import Database
from tests.make import a_user

NOW = 1_800_000_000


def a_link(**changes: Any) -> VerificationToken:
    link = VerificationToken(
        token_hash=secrets.digest(secrets.token()),
        purpose="reset_password",
        email="a@example.com",
        created_at=NOW,
        expires_at=NOW + 60,
    )
    return replace(link, **changes)


async def keep(db: Database, *links: VerificationToken) -> None:
    for link in links:
        await db.transact(partial(verification_tokens.insert, token=link))


async def is_live(db: Database, link: VerificationToken, *, now: int = NOW) -> bool:
    found = await verification_tokens.find_live(db, link.token_hash, purpose=link.purpose, now=now)
    return found is not None


async def test_a_link_comes_back_as_it_was_kept(db: Database) -> None:
    link = a_link(data={"interaction": "x", "is_mailed": True})
    await keep(db, link)

    assert await verification_tokens.find_live(db, link.token_hash, purpose=link.purpose, now=NOW) == link


@pytest.mark.parametrize(("purpose", "now"), [("verify_email", NOW), ("reset_password", NOW + 60)])
async def test_H09_a_link_does_not_count_for_another_purpose_or_later(db: Database, purpose: str, now: int) -> None:
    link = a_link()
    await keep(db, link)

    assert await verification_tokens.find_live(db, link.token_hash, purpose=purpose, now=now) is None
    assert (
        await db.transact(lambda tx: verification_tokens.spend(tx, link.token_hash, purpose=purpose, now=now)) is None
    )
    assert await is_live(db, link)


async def test_H09_of_many_who_spend_a_link_at_once_one_gets_it(db: Database) -> None:
    link = a_link()
    await keep(db, link)

    async def spend() -> VerificationToken | None:
        return await db.transact(
            lambda tx: verification_tokens.spend(tx, link.token_hash, purpose=link.purpose, now=NOW)
        )

    spent = await asyncio.gather(*(spend() for _ in range(10)))

    assert [each for each in spent if each] == [replace(link, used_at=NOW)]
    assert not await is_live(db, link)


async def test_links_end_by_address_by_person_and_all_together(db: Database) -> None:
    user = a_user()
    await db.transact(lambda tx: users.insert(tx, user))
    own, other_purpose = a_link(user_id=user.id), a_link(user_id=user.id, purpose="change_email")
    unclaimed, invitation = a_link(purpose="verify_email"), a_link(purpose="invite")
    await keep(db, own, other_purpose, unclaimed, invitation)

    await db.transact(lambda tx: verification_tokens.end_of_address(tx, "a@example.com", purpose="verify_email"))
    assert [await is_live(db, each) for each in (own, other_purpose, unclaimed, invitation)] == [1, 1, 0, 1]
    await db.transact(lambda tx: verification_tokens.end_of_user(tx, user.id, purpose="reset_password"))
    assert [await is_live(db, each) for each in (own, other_purpose, invitation)] == [0, 1, 1]
    await db.transact(lambda tx: verification_tokens.end_unclaimed(tx, "a@example.com"))
    assert [await is_live(db, each) for each in (other_purpose, invitation)] == [1, 0]
    assert await db.transact(lambda tx: verification_tokens.end_all(tx, now=NOW)) == 1
    assert not await is_live(db, other_purpose)
    await db.transact(lambda tx: verification_tokens.end_of_user(tx, user.id))
    assert await db.all("SELECT * FROM verification_tokens") == []


async def test_old_links_are_swept_out(db: Database) -> None:
    await keep(db, a_link(), a_link(expires_at=NOW - 2 * expired.DAY))
    for step in range(expired.STEPS):
        await db.transact(partial(expired.sweep, step=step, now=NOW))

    assert len(await db.all("SELECT * FROM verification_tokens")) == 1
