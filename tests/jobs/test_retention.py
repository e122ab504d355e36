"""What has been kept long enough goes, and the audit log stays a chain that can be verified (Q03)."""

import json

import pytest

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.foundation.events import UserCreated
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.jobs import retention
from hibana_op.jobs.work import work_once
from hibana_op.records import audit_log, jobs
from hibana_op.records.jobs import Job
from tests.jobs.house import House
from tests.make import make_tenant
from tests.policies import choose

DAY = 86400


async def write(house: House, count: int = 1) -> None:
    op = house.op
    for number in range(count):
        event = UserCreated(target_id=f"user-{number}")
        await op.db.transact(lambda tx, event=event: op.emit(tx, event, Origin(None, None, "t" * 8)))  # type: ignore[misc]


async def forget(house: House) -> dict[str, object]:
    op = house.op
    job = Job(id=uuid7(), kind="retention", run_at=op.now(), created_at=op.now())
    await op.db.transact(lambda tx: jobs.insert(tx, job))
    assert await work_once(op, {"retention": retention.KIND})
    done = await jobs.find(op.db, job.id)
    assert done is not None
    assert done.status == "done", done.failure
    return done.result


async def fault(house: House, last: int | None = None) -> str | None:
    return (await audit_log.verify(house.op.db, key=house.op.audit_key, last=last)).fault


async def test_the_oldest_entries_go_after_ninety_days_and_the_rest_verifies(house: House) -> None:
    await write(house, 5)
    house.clock.advance(90 * DAY + 1)
    await write(house, 3)

    result = await forget(house)

    entries = await audit_log.page(house.op.db)
    assert len(entries) == 4, "three, and that the others went"
    assert entries[0].action == "deployment:records:forgotten"
    assert entries[0].metadata["audit_entries"] == result["audit_entries"]
    assert await fault(house) is None
    assert await fault(house, last=2) is None
    assert await forget(house) == {"audit_entries": 0, "failed_logins": 0}


@pytest.mark.parametrize(
    ("deployments", "tenants", "kept"),
    [(30, 10, 30), (30, 400, 400), (400, 30, 400), (None, 1, 90), (None, 400, 400), (30, None, 30)],
)
async def test_Q03_a_tenant_has_the_log_kept_for_longer_and_never_for_less(
    house: House, deployments: int | None, tenants: int | None, kept: int
) -> None:
    op = house.op
    if tenants is not None:
        await make_tenant(op, settings={"retention": {"audit_days": tenants}})
    if deployments is not None:
        settings = json.dumps({"retention": {"audit_days": deployments}})
        await op.db.run("UPDATE tenants SET settings_json = :settings WHERE id = 'system'", settings=settings)
    await write(house)
    house.clock.advance(kept * DAY - 1)
    await write(house)
    assert (await forget(house))["audit_entries"] == 0
    house.clock.advance(2)
    assert (await forget(house))["audit_entries"] != 0


async def test_Q03_nobody_without_the_key_moves_the_beginning_of_the_log(house: House) -> None:
    op = house.op
    await write(house, 4)
    entries = sorted(await audit_log.page(op.db), key=lambda entry: entry.seq)
    await op.db.run("DELETE FROM audit_log WHERE seq <= :seq", seq=entries[1].seq)
    assert await fault(house) == "entry 1 is missing"
    await op.db.run(
        "UPDATE audit_head SET base_seq = :seq, base_hash = :hash", seq=entries[1].seq, hash=entries[1].hash
    )
    assert await fault(house) == "the beginning of the log was not set by Hibana"


async def test_failed_sign_ins_go_after_ninety_days(house: House) -> None:
    op = house.op
    for number in range(3):
        await op.db.run(
            """
            INSERT INTO failed_logins (id, identifier_hash, method, reason, created_at)
            VALUES (:id, '', '', '', :now)""",
            id=f"failure-{number}",
            now=op.now() - number,
        )
    house.clock.advance(90 * DAY)

    assert (await forget(house))["failed_logins"] == 2


@pytest.mark.parametrize("days", [1, 3650])
async def test_how_long_failed_sign_ins_are_kept_is_no_choice_of_a_tenant(house: House, days: int) -> None:
    tenant = await make_tenant(house.op)
    with pytest.raises(InvalidRecord, match="failed_login_days is chosen for the whole deployment"):
        await choose(house.op, tenant.id, retention={"failed_login_days": days})
    await choose(house.op, retention={"failed_login_days": days})
