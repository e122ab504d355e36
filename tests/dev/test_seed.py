"""The people, app, API and scope of a development deployment: there at the first start, untouched at the next."""

from dataclasses import replace
from pathlib import Path

import pytest

from hibana_op import config
from hibana_op.config import Settings
from hibana_op.dev import demo_client, tenant
from hibana_op.dev.people import ALICE, BOB, PEOPLE
from hibana_op.dev.seed import API, ORIGIN, seed
from hibana_op.oauth.claims import load_person, userinfo_claims
from hibana_op.oauth.claims.standard import CLAIMS
from hibana_op.oauth.shapes import ClaimsRequest
from hibana_op.provider import Provider, open_provider
from hibana_op.records import audit_log, clients, credentials, memberships, resources, users
from hibana_op.storage import migrate, open_database
from hibana_op.tenancy import join_codes


async def _settings(folder: Path, port: int = 8000) -> Settings:
    settings = config.load({}, file=None, flags={"data": str(folder), "port": str(port)}, mode="dev")
    db = await open_database(settings.database_url.reveal())
    await migrate.up(db)
    await db.close()
    return settings


async def _seeded(settings: Settings) -> Provider:
    await seed(settings, cheap_passwords=True)
    return await open_provider(settings, cheap_passwords=True)


async def _claims(op: Provider, email: str, scopes: tuple[str, ...]) -> dict[str, object]:
    user = await users.find_by_login(op.db, email)
    assert user is not None
    person = await load_person(op.db, user.id, now=1_800_000_000)
    assert person is not None
    mappings = await op.remembered.mappings()
    return userinfo_claims(person, scopes=scopes, request=ClaimsRequest(), mappings=mappings)


async def test_passwords_of_the_start_page_are_right_and_long_enough(tmp_path: Path) -> None:
    op = await _seeded(await _settings(tmp_path))
    try:
        for person in PEOPLE:
            user = await users.find_by_login(op.db, person.email)
            assert user is not None
            stored = await credentials.find_password_hash(op.db, user.id)
            assert await op.passwords.verify(stored, person.password)
            assert len(person.password) >= 15
    finally:
        await op.close()


async def test_alice_has_every_standard_claim(tmp_path: Path) -> None:
    op = await _seeded(await _settings(tmp_path))
    try:
        found = await _claims(op, ALICE.email, ("profile", "email", "address", "phone", "roles"))
    finally:
        await op.close()

    assert set(CLAIMS) <= found.keys()
    assert found["name#ja"] == "高橋 アリス"
    assert found["roles"] == ["super_admin"]


@pytest.mark.parametrize(
    ("email", "told"),
    [(ALICE.email, {"department": "Research", "employee_number": 1024}), (BOB.email, {"department": "Sales"})],
)
async def test_employee_scope_shows_a_mapping_with_a_condition(
    tmp_path: Path, email: str, told: dict[str, object]
) -> None:
    op = await _seeded(await _settings(tmp_path))
    try:
        assert await _claims(op, email, ("employee",)) == told
    finally:
        await op.close()


async def test_second_start_changes_nothing(tmp_path: Path) -> None:
    settings = await _settings(tmp_path)
    op = await _seeded(settings)
    try:
        user = await users.find_by_login(op.db, BOB.email)
        assert user is not None
        await op.db.transact(lambda tx: users.update(tx, replace(user, name="Robert")))
        before = await audit_log.page(op.db)
        secret = await demo_client.secret(op)
        await seed(settings, cheap_passwords=True)

        assert await audit_log.page(op.db) == before
        assert (await users.get(op.db, user.id)).name == "Robert"
        assert await demo_client.secret(op) == secret
    finally:
        await op.close()


async def test_demo_app_moves_along_when_the_port_changes(tmp_path: Path) -> None:
    await seed(await _settings(tmp_path, port=8000), cheap_passwords=True)
    op = await _seeded(await _settings(tmp_path, port=8001))
    try:
        client = await clients.get(op.db, demo_client.CLIENT_ID)
        api = await resources.get(op.db, API)
        grants = await resources.grants_of(op.db, demo_client.CLIENT_ID)
    finally:
        await op.close()

    assert client.redirect_uris == ("http://localhost:8001/dev/demo/callback",)
    assert client.post_logout_redirect_uris == ("http://localhost:8001/dev/demo",)
    assert grants == {api.id: frozenset({"orders:read", "orders:write"})}


async def test_secret_of_the_demo_app_rests_sealed(tmp_path: Path) -> None:
    settings = await _settings(tmp_path)
    op = await _seeded(settings)
    try:
        secret = await demo_client.secret(op)
    finally:
        await op.close()

    assert len(secret) == 43
    assert not any(secret.encode() in content for content in _contents(tmp_path))


def _contents(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


async def test_alice_owns_an_organization_that_anybody_joins_with_the_code_of_the_start_page(tmp_path: Path) -> None:
    settings = await _settings(tmp_path)
    op = await _seeded(settings)
    try:
        code = await tenant.join_code(op)
        alice, bob = [await users.find_by_login(op.db, person.email) for person in (ALICE, BOB)]
        assert code is not None
        assert alice is not None
        assert bob is not None
        await join_codes.join(op, bob.id, code, origin=ORIGIN)
        entered = {each.id: await memberships.belongings(op.db, each.id, now=op.now()) for each in (alice, bob)}
        assert [[each.slug for each in tenants] for tenants in entered.values()] == [[tenant.SLUG], [tenant.SLUG]]
        assert [entered[each.id][0].role for each in (alice, bob)] == ["owner", "member"]
    finally:
        await op.close()
    op = await _seeded(settings)
    try:
        assert await tenant.join_code(op) == code, "a second start changes nothing"
    finally:
        await op.close()
