"""Providers, the domains they answer for, who shows them, and the accounts there."""

from dataclasses import replace

import pytest

from hibana_op.foundation.errors import Conflict
from hibana_op.foundation.ids import uuid7
from hibana_op.records import clients, identity_providers, user_identities, users
from hibana_op.records.identity_providers import IdentityProvider
from hibana_op.records.user_identities import UserIdentity
from hibana_op.storage.database import Database
from tests.make import a_client, a_user

NOW = 1_800_000_000


def a_provider(slug: str) -> IdentityProvider:
    """A provider."""
    config = {"issuer": f"https://{slug}.example", "client_id": "hibana"}
    return IdentityProvider(
        id=uuid7(), slug=slug, name=slug, provider_type="oidc", config=config, created_at=NOW, updated_at=NOW
    )


async def added(db: Database, slug: str, *domains: str) -> IdentityProvider:
    """A provider that is there."""
    made = a_provider(slug)
    await db.transact(lambda tx: identity_providers.insert(tx, made, domains=domains))
    return made


async def test_a_slug_and_a_domain_are_one_providers(db: Database) -> None:
    await added(db, "acme", "acme.example")
    with pytest.raises(Conflict, match="the slug acme"):
        await added(db, "acme")
    with pytest.raises(Conflict, match="one of its domains"):
        await added(db, "other", "acme.example")
    assert [each.slug for each in await identity_providers.every(db)] == ["acme"]


async def test_a_provider_answers_for_its_domains_while_it_is_enabled(db: Database) -> None:
    made = await added(db, "acme", "acme.example", "acme.test")
    assert await identity_providers.domains_of(db, made.id) == ["acme.example", "acme.test"]
    assert await identity_providers.find_by_domain(db, "acme.test", now=NOW) == made
    await db.transact(lambda tx: identity_providers.set_enabled(tx, made.id, enabled=False, now=NOW))
    assert await identity_providers.find_by_domain(db, "acme.test", now=NOW) is None
    assert not await db.transact(lambda tx: identity_providers.hold_enabled(tx, made.id, now=NOW))


async def test_an_app_shows_all_providers_or_those_chosen_for_it(db: Database) -> None:
    acme, other = await added(db, "acme"), await added(db, "other")
    client = a_client()
    await db.transact(lambda tx: clients.insert(tx, client))

    async def shown() -> list[str]:
        return [each.slug for each in await identity_providers.shown_by(db, client.client_id, now=NOW)]

    assert await shown() == ["acme", "other"]
    await db.transact(lambda tx: identity_providers.choose_for(tx, client.client_id, [other.id]))
    assert (await shown(), await identity_providers.chosen_for(db, client.client_id)) == (["other"], ["other"])
    assert [each.slug for each in await identity_providers.shown_by(db, None, now=NOW)] == ["acme", "other"]
    await db.transact(lambda tx: identity_providers.set_enabled(tx, other.id, enabled=False, now=NOW))
    assert await shown() == [], "what was chosen is closed, and nothing takes its place"
    await db.transact(lambda tx: identity_providers.choose_for(tx, client.client_id, []))
    assert await shown() == ["acme"]
    await db.transact(lambda tx: identity_providers.delete(tx, acme.id))
    assert await shown() == []


async def test_K04_an_account_is_named_by_provider_issuer_and_subject(db: Database) -> None:
    acme, other = await added(db, "acme"), await added(db, "other")
    alice, bob = a_user(), a_user()
    for user in (alice, bob):
        await db.transact(lambda tx, user=user: users.insert(tx, user))  # type: ignore[misc]
    first = UserIdentity(
        id=uuid7(), user_id=alice.id, provider_id=acme.id, issuer="https://acme.example", subject="s", created_at=NOW
    )

    async def link(identity: UserIdentity) -> bool:
        return await db.transact(lambda tx: user_identities.insert_once(tx, identity))

    assert await link(first)
    assert not await link(replace(first, id=uuid7(), user_id=bob.id)), "it is somebody's already"
    assert await link(replace(first, id=uuid7(), user_id=bob.id, provider_id=other.id))
    assert await link(replace(first, id=uuid7(), user_id=bob.id, issuer="https://acme.test"))
    assert await link(replace(first, id=uuid7(), user_id=bob.id, subject="S"))
    found = await user_identities.find(db, provider_id=acme.id, issuer="https://acme.example", subject="s")
    assert found == first
    assert len(await user_identities.of_user(db, bob.id)) == 3


async def test_K06_a_link_is_removed_by_its_own_person_only(db: Database) -> None:
    acme, alice = await added(db, "acme"), a_user()
    await db.transact(lambda tx: users.insert(tx, alice))
    identity = UserIdentity(
        id=uuid7(), user_id=alice.id, provider_id=acme.id, issuer="https://acme.example", subject="s", created_at=NOW
    )
    await db.transact(lambda tx: user_identities.insert_once(tx, identity))
    assert await db.transact(lambda tx: user_identities.delete(tx, identity.id, user_id="somebody else")) is None
    assert await db.transact(lambda tx: user_identities.delete(tx, identity.id, user_id=alice.id)) == identity
    assert await user_identities.of_user(db, alice.id) == []
