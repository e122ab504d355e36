"""A copy holds every table, moves between engines, is whole or refused, and brings nothing ended back."""

import gzip
import hashlib
import json
import os
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hibana_op.foundation.errors import Conflict, InvalidRecord, WrongSettings
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.shipped import folder
from hibana_op.foundation.vault import Vault
from hibana_op.login import sign_up
from hibana_op.oauth import initial_access
from hibana_op.operations import archive, backup, keys
from hibana_op.operations.restore import restore
from hibana_op.records import access_tokens, audit_log, impersonations, jobs, keyring, signing_keys, users
from hibana_op.records import api_keys as key_records
from hibana_op.records.impersonations import ImpersonationRequest
from hibana_op.records.jobs import Job
from hibana_op.storage import catalogue, rows
from hibana_op.tenancy import actors, api_keys, invitations, join_codes
from hibana_op.tenancy.seats import Seat
from tests.deployment import VERIFIER, Deployment, deploy
from tests.make import make_client, make_resource, make_user
from tests.operations.every_table import empty_tables, fill_every_table
from tests.tenancy.authority import make_tenant

ORIGIN = Origin.command("a-trace")


@pytest.fixture
async def elsewhere(postgres_url: str, tmp_path: Path, deployment: Deployment) -> AsyncIterator[Deployment]:
    """A new deployment on the other engine, with the same master key."""
    is_sqlite = deployment.op.db.engine == "sqlite"
    if is_sqlite:
        async with deploy(postgres_url, tmp_path) as deployed:
            yield deployed
    else:
        async with deploy(f"sqlite:///{tmp_path / 'other.db'}", tmp_path) as deployed:
            yield deployed


async def contents(deployment: Deployment) -> dict[str, list[tuple[object, ...]]]:
    """Everything in a database but its background jobs, which go on beside the test."""
    db = deployment.op.db
    held = {}
    for table in await catalogue.tables(db, db.engine):
        if table.name == "jobs":
            continue
        held[table.name] = sorted([row async for batch in rows.batches(db, table) for row in batch], key=repr)
    return held


async def taken(deployment: Deployment, file: Path) -> Path:
    await backup.take(deployment.op, file, replace=False, origin=ORIGIN)
    return file


async def test_every_table_of_the_migrations_is_in_a_backup(deployment: Deployment, tmp_path: Path) -> None:
    made: set[str] = set()
    for path in sorted(folder("migrations").glob("*.up.sql")):
        for verb, name in re.findall(r"(?im)^\s*(CREATE|DROP) TABLE (?:IF EXISTS )?(\w+)", path.read_text("utf-8")):
            made = made | {name} if verb.upper() == "CREATE" else made - {name}
    assert {"users", "signing_keys", "audit_log"} <= made
    counts = await backup.take(deployment.op, tmp_path / "copy", replace=False, origin=ORIGIN)
    assert counts.keys() == made
    assert {section.table for section, _ in archive.read_rows(tmp_path / "copy")} == made


async def test_tables_come_after_those_they_refer_to(deployment: Deployment) -> None:
    seen: set[str] = set()
    for table in await catalogue.tables(deployment.op.db, deployment.op.db.engine):
        assert table.parents <= seen
        assert table.key
        seen.add(table.name)


async def test_T03_a_copy_moves_to_the_other_engine_whole(
    deployment: Deployment, elsewhere: Deployment, tmp_path: Path
) -> None:
    op = deployment.op
    parent = await make_user(op, name="親 – \u2028 'quoted' \"twice\"", custom_attributes={"a": [1, True, None]})
    child = await make_user(op, parent_user_id=parent.id)
    # The younger one's id sorts after; a parent that sorts after its child must not matter either.
    await op.db.transact(lambda tx: users.update(tx, replace(parent, parent_user_id=child.id)))
    await make_client(op)
    await make_resource(op)
    for _ in range(archive.BATCH + 1):
        await op.db.transact(lambda tx: access_tokens.revoke_jti(tx, uuid7(), expires_at=op.now() + 60, now=op.now()))
    await fill_every_table(op)
    assert await empty_tables(op) == []
    before = await contents(deployment)
    assert len(before["organization_units"]) == 3
    file = await taken(deployment, tmp_path / "copy")
    event = await restore(elsewhere.op, file, replace=False, origin=ORIGIN)
    after = await contents(elsewhere)
    changed = {name for name in before if before[name] != after[name]}
    # The invitation and the address are ended; the other things that could be used were ended already.
    assert changed == {"registry_version", "audit_log", "audit_head", "invitations", "impersonation_requests"}
    assert set(before["audit_log"]) < set(after["audit_log"])
    assert event.taken_at == op.now()
    # The chain goes on under the key that came with the copy.
    assert (await audit_log.verify(elsewhere.op.db, key=op.audit_key)).fault is None
    [entry] = await audit_log.page(elsewhere.op.db, limit=1)
    assert (entry.action, entry.actor_kind) == ("database:backup:restored", "command")


async def test_a_backup_is_noted_and_only_its_owner_can_read_it(deployment: Deployment, tmp_path: Path) -> None:
    file = await taken(deployment, tmp_path / "copy")
    assert file.stat().st_mode & 0o777 == 0o600
    assert [entry.action for entry in await audit_log.page(deployment.op.db, limit=1)] == ["database:backup:taken"]
    header = archive.read_header(file)
    assert (header.engine, header.taken_at) == (deployment.op.db.engine, deployment.op.now())
    with pytest.raises(Conflict, match="is there already"):
        await taken(deployment, file)
    await backup.take(deployment.op, file, replace=True, origin=ORIGIN)
    assert [name for name in os.listdir(tmp_path) if "copy" in name] == ["copy"]  # noqa: PTH208 -- no Path in async


async def test_a_backup_that_cannot_be_finished_leaves_no_file(deployment: Deployment, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="is a folder"):
        await backup.take(deployment.op, tmp_path, replace=True, origin=ORIGIN)
    with pytest.raises(FileNotFoundError):
        await taken(deployment, tmp_path / "nowhere" / "copy")


async def test_T03_a_restore_brings_back_nothing_that_was_ended(deployment: Deployment, tmp_path: Path) -> None:
    op, client = deployment.op, await make_client(deployment.op)
    user = await make_user(op)
    browser = deployment.browser()
    code = await browser.obtain_code(client, user, scope="openid offline_access", prompt="consent")
    form = {"grant_type": "authorization_code", "redirect_uri": client.redirect_uris[0], "code_verifier": VERIFIER}
    tokens = (await deployment.token(client, code=code, **form)).json()
    unspent = await browser.obtain_code(client, user)
    for _ in range(2):
        await initial_access.create_token(op, max_uses=2, lifetime=60, note="", origin=ORIGIN)
    await sign_up.invite(op, "new@example.com", name=None, language="en", lifetime=60, origin=ORIGIN)
    tenant, actor = await make_tenant(op), await actors.command(op)
    await join_codes.create(op, actor, tenant.id, seat=Seat(), origin=ORIGIN)
    await invitations.create(op, actor, tenant.id, email="new@example.com", seat=Seat(), origin=ORIGIN)
    asked = Job(id=uuid7(), kind="invitations", input={"emails": ["a@example.com"]}, run_at=1, created_at=1)
    await op.db.transact(lambda tx: jobs.insert(tx, replace(asked, run_at=op.now() + 3600)))
    request = ImpersonationRequest(
        token_hash="a-hash",
        impersonator_id=user.id,
        user_id=user.id,
        reason="Ticket 4711",
        created_at=op.now(),
        expires_at=op.now() + 120,
    )
    await op.db.transact(lambda tx: impersonations.insert(tx, request))
    file = await taken(deployment, tmp_path / "copy")
    event = await restore(op, file, replace=True, origin=ORIGIN)
    assert event.ended == {
        "sessions": 1,
        "token_families": 2,
        "authorization_codes": 1,
        "interactions": 0,
        "access_tokens": 0,
        "invitations": 1,
        "join_codes": 1,
        "verification_tokens": 1,
        "initial_access_tokens": 2,
        "impersonation_requests": 1,
        "jobs": 1,
    }
    assert await impersonations.find_live(op.db, "a-hash", now=op.now()) is None
    assert (await jobs.get(op.db, asked.id)).status == "cancelled"
    [entry] = await audit_log.page(op.db, limit=1)
    assert entry.metadata == {"taken_at": event.taken_at, "ended": event.ended}
    assert (await audit_log.verify(op.db, key=op.audit_key)).fault is None
    assert "/login" in str((await browser.authorize(client)).url)
    refused = await deployment.token(client, code=unspent, **form)
    assert refused.json()["error"] == "invalid_grant"
    refused = await deployment.token(client, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refused.json()["error"] == "invalid_grant"
    async with deployment.http() as http:
        answer = await http.get("/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert answer.status_code == 401


async def test_T03_a_key_and_a_token_that_were_revoked_since_stay_revoked(
    deployment: Deployment, tmp_path: Path
) -> None:
    op = deployment.op
    kid = (await keyring.load(op.db, op.vault, now=op.now())).signing("ES256", op.now()).kid
    version = (await op.db.one("SELECT version FROM registry_version"))["version"]  # type: ignore[index]
    command = await actors.command(op)
    owner = await make_user(op)
    revoked, kept = [
        (await api_keys.create(op, command, user_id=owner.id, name="A", scopes=("*",), tenant_id=None, origin=ORIGIN))[
            0
        ]
        for _ in "12"
    ]
    file = await taken(deployment, tmp_path / "copy")
    await api_keys.revoke(op, command, revoked.id, origin=ORIGIN)
    await keys.retire(op, kid, ORIGIN)
    await op.db.transact(lambda tx: access_tokens.revoke_jti(tx, "the-token", expires_at=op.now() + 60, now=op.now()))
    await restore(op, file, replace=True, origin=ORIGIN)
    assert await key_records.revoked(op.db) == [revoked.id] != [kept.id]
    found = await signing_keys.find(op.db, kid)
    assert found is not None
    assert found.revoked_at == op.now()
    assert await access_tokens.is_revoked(op.db, "the-token")
    assert (await op.db.one("SELECT version FROM registry_version"))["version"] > version + 1  # type: ignore[index]


async def test_a_database_with_people_is_not_replaced_unasked(deployment: Deployment, tmp_path: Path) -> None:
    op = deployment.op
    file = await taken(deployment, tmp_path / "copy")
    user = await make_user(op)
    with pytest.raises(Conflict, match="people or clients"):
        await restore(op, file, replace=False, origin=ORIGIN)
    assert await users.find(op.db, user.id)
    await restore(op, file, replace=True, origin=ORIGIN)
    assert not await users.has_any(op.db)


def relined(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
    return lambda packed: gzip.compress(b"".join(change(gzip.decompress(packed).splitlines(keepends=True))))


def resigned(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
    """The change, with a trailer that vouches for it."""

    def sign(lines: list[bytes]) -> list[bytes]:
        kept = change(lines[:-1])
        counts: dict[str, int] = {}
        for line in map(json.loads, kept[1:]):
            if isinstance(line, dict):
                counts[line["table"]] = 0
            else:
                counts[list(counts)[-1]] += 1
        digest = hashlib.sha256(b"".join(kept)).hexdigest()
        return [*kept, json.dumps({"rows": counts, "sha256": digest}).encode() + b"\n"]

    return relined(sign)


def with_header(**changes: Any) -> Callable[[list[bytes]], list[bytes]]:
    return lambda lines: [json.dumps({**json.loads(lines[0]), **changes}).encode() + b"\n", *lines[1:]]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda packed: b"", "is no backup"),
        (lambda packed: b"something else", "is no backup"),
        (lambda packed: gzip.compress(b"[]\n"), "is no backup"),
        (lambda packed: gzip.compress(b"{}\n"), "is no backup"),
        (lambda packed: packed[: len(packed) // 2], "damaged or was cut off"),
        (lambda packed: packed[:-200] + bytes(byte ^ 1 for byte in packed[-200:]), "damaged or was cut off"),
        (relined(lambda lines: lines[:-1]), "damaged or was cut off"),
        (relined(lambda lines: [*lines, b"[]\n"]), "damaged or was cut off"),
        (relined(lambda lines: [lines[0], b"[1]\n", *lines[1:]]), "damaged or was cut off"),
        (relined(lambda lines: [line.replace(b"super_admin", b"super_bdmin") for line in lines]), "damaged"),
        (relined(lambda lines: [line for line in lines if b"super_admin" not in line]), "damaged or was cut off"),
        (relined(with_header(taken_at=1)), "damaged or was cut off"),
        (resigned(with_header(format="hibana-backup-9")), "in another form than hibana-backup-1"),
        (resigned(with_header(schema=99)), r"the backup is of schema 99, this database of \d+;"),
        (
            resigned(lambda lines: [line.replace(b'"table":"passwords"', b'"table":"secrets"') for line in lines]),
            "holds a table secrets that this schema does not have",
        ),
        (
            resigned(lambda lines: [line for line in lines if b'"table":"passwords"' not in line]),
            "lacks the table passwords",
        ),
    ],
)
async def test_T03_a_file_that_was_changed_is_refused_whole(
    deployment_on_sqlite: Deployment, tmp_path: Path, spoil: Callable[[bytes], bytes], reason: str
) -> None:
    op = deployment_on_sqlite.op
    file = await taken(deployment_on_sqlite, tmp_path / "copy")
    await make_user(op)
    file.write_bytes(spoil(file.read_bytes()))
    before = await contents(deployment_on_sqlite)
    with pytest.raises(InvalidRecord, match=reason):
        await restore(op, file, replace=True, origin=ORIGIN)
    assert await contents(deployment_on_sqlite) == before


async def test_a_copy_under_another_master_key_is_refused_whole(deployment: Deployment, tmp_path: Path) -> None:
    file = await taken(deployment, tmp_path / "copy")
    before = await contents(deployment)
    with pytest.raises(WrongSettings, match="HIBANA_MASTER_KEY_PREVIOUS"):
        await restore(replace(deployment.op, vault=Vault([b"x" * 32])), file, replace=True, origin=ORIGIN)
    assert await contents(deployment) == before
