"""The ways by which a person can begin a sign-in are counted, so that the last one stays."""

import asyncio
from typing import get_args

import pytest

from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.login import ways_in
from hibana_op.login.federation import linking
from hibana_op.login.passkeys import keeping
from hibana_op.login.ways_in import Way, WaysIn
from hibana_op.records import identity_providers, passkeys, user_identities
from hibana_op.records.identity_providers import IdentityProvider
from hibana_op.records.passkeys import Passkey
from hibana_op.records.user_identities import UserIdentity
from hibana_op.records.users import User
from hibana_op.storage.database import Session
from tests.deployment import Deployment
from tests.make import make_user


def an_account_elsewhere(user: User, *, enabled: bool = True) -> tuple[IdentityProvider, UserIdentity]:
    provider = IdentityProvider(
        id=uuid7(),
        slug="corp",
        name="Corp",
        provider_type="oidc",
        config={},
        enabled=enabled,
        created_at=1,
        updated_at=1,
    )
    linked = UserIdentity(
        id=uuid7(), user_id=user.id, provider_id=provider.id, issuer="https://i.example", subject="s", created_at=1
    )
    return provider, linked


def a_passkey(user: User) -> Passkey:
    return Passkey(
        id=uuid7(),
        user_id=user.id,
        credential_id="credential",
        public_key="key",
        sign_count=0,
        transports=(),
        aaguid="00000000-0000-0000-0000-000000000000",
        name="Phone",
        backup_eligible=True,
        backed_up=True,
        created_at=1,
        last_used_at=None,
    )


async def test_a_password_is_one_way(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    found = await ways_in.of(deployment.op.db, user.id)
    assert found == WaysIn(has_password=True, passkeys=0, identities=0)
    assert found.would_remain()
    assert not found.would_remain(without="password")


async def test_a_person_without_any_has_none(deployment: Deployment) -> None:
    user = await make_user(deployment.op, password=None)
    assert not (await ways_in.of(deployment.op.db, user.id)).would_remain()


@pytest.mark.parametrize("enabled", [True, False])
async def test_an_account_at_a_provider_counts_while_the_provider_is_enabled(
    deployment: Deployment, enabled: bool
) -> None:
    op = deployment.op
    user = await make_user(op, password=None)
    provider, linked = an_account_elsewhere(user, enabled=enabled)

    async def write(tx: Session) -> None:
        await identity_providers.insert(tx, provider)
        await user_identities.insert_once(tx, linked)

    await op.db.transact(write)
    found = await ways_in.of(op.db, user.id)
    assert found.identities == int(enabled)
    assert found.would_remain() is enabled


@pytest.mark.parametrize("way", get_args(Way))
def test_of_two_ways_one_can_go(way: Way) -> None:
    assert WaysIn(has_password=True, passkeys=1, identities=0).would_remain(without=way)


async def test_the_last_two_ways_taken_away_at_once_leave_one(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op, password=None)
    provider, linked = an_account_elsewhere(user)
    passkey = a_passkey(user)

    async def write(tx: Session) -> None:
        await identity_providers.insert(tx, provider)
        await user_identities.insert_once(tx, linked)
        await passkeys.insert(tx, passkey)

    await op.db.transact(write)
    origin = Origin(None, None, "trace")
    done = await asyncio.gather(
        linking.unlink(op, user, linked.id, origin),
        keeping.remove(op, user, passkey, origin),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in done if each is not None) in (["LoginRefused"], ["PageRefused"])
    assert (await ways_in.of(op.db, user.id)).would_remain()
