"""What is written down of an administrator who acts as a person, and what is left when somebody is erased."""

from hibana_op.records import audit_log, token_families, users
from tests.flows.journeys import is_active, refresh
from tests.flows.test_impersonation import acting, tokens
from tests.impersonating import Acting
from tests.make import make_client

__all__ = ["acting"]


async def test_P09_the_log_names_who_acts_beside_every_code_and_token(acting: Acting) -> None:
    client = await make_client(acting.deployment.op, first_party=True)
    got = await tokens(acting, client)
    await refresh(acting.deployment, client, got["refresh_token"])
    rows = await acting.deployment.op.db.all(
        "SELECT * FROM audit_log WHERE client_id = :id AND user_id = :person",
        id=client.client_id,
        person=acting.person.id,
    )
    assert len(rows) == 3, [row["action"] for row in rows]
    for row in rows:
        assert row["impersonator_id"] == acting.admin.id, row["action"]


async def test_P09_Q03_the_chain_covers_who_acted_and_stays_whole_when_they_are_forgotten(acting: Acting) -> None:
    op = acting.deployment.op
    await tokens(acting, await make_client(op, first_party=True))
    assert (await audit_log.verify(op.db, key=op.audit_key)).fault is None

    await op.db.transact(lambda tx: audit_log.forget_person(tx, acting.admin.id))
    assert acting.admin.id not in str([dict(row) for row in await op.db.all("SELECT * FROM audit_log")])
    assert (await audit_log.verify(op.db, key=op.audit_key)).fault is None

    for forged in ("impersonator_id = user_id", "impersonator_reference = NULL", "impersonator_reference = 'x'"):
        undo = "UPDATE audit_log SET impersonator_id = NULL, impersonator_reference = :was WHERE seq = :seq"
        (entry,) = await op.db.all("SELECT * FROM audit_log WHERE action = 'client:code:issued'")
        await op.db.run(f"UPDATE audit_log SET {forged} WHERE seq = :seq", seq=entry["seq"])
        verdict = await audit_log.verify(op.db, key=op.audit_key)
        assert verdict.fault is not None, forged
        assert f"entry {entry['seq']} " in verdict.fault
        await op.db.run(undo, was=entry["impersonator_reference"], seq=entry["seq"])
    assert (await audit_log.verify(op.db, key=op.audit_key)).fault is None


async def test_P09_with_the_administrator_everything_of_it_is_erased(acting: Acting) -> None:
    op = acting.deployment.op
    client = await make_client(op, first_party=True)
    got = await tokens(acting, client)
    await op.db.transact(lambda tx: users.delete(tx, acting.admin.id))
    assert await op.db.all("SELECT id FROM sessions") == []
    assert await op.db.all("SELECT id FROM token_families") == []
    assert not await is_active(acting.deployment, client, got["access_token"])
    assert await op.db.glance(lambda tx: token_families.live_of_user(tx, acting.person.id, now=op.now())) == []
