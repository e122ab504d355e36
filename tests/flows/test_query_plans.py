"""What a sign-in asks of the database, as SQLite plans it: nothing that grows is read from one end to the other."""

import inspect
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import pytest

from hibana_op.records import retention
from hibana_op.storage.sqlite_session import SqliteSession
from tests.deployment import VERIFIER, Deployment, deploy
from tests.make import make_client, make_user
from tests.tenancy.authority import give, make_member, make_tenant, make_unit

# Read whole and remembered, until one of them changes.
REMEMBERED = ("scope_mappings", "resource_servers", "signing_keys")
SCOPE = "openid profile email tenant roles offline_access"


async def sign_in(deployment: Deployment) -> None:
    """Somebody enters a tenant with a password, and an app uses, renews and ends what it got."""
    op = deployment.op
    tenant = await make_tenant(op)
    user = await make_user(op)
    await make_member(op, tenant, "owner", user=user)
    await give(op, user, "department_manager", tenant=tenant, unit=await make_unit(op, tenant))
    client = await make_client(op, scope=SCOPE)
    code = await deployment.browser().obtain_code(client, user, tenant=tenant.slug, scope=SCOPE)
    form = {"redirect_uri": client.redirect_uris[0], "code_verifier": VERIFIER}
    tokens = (await deployment.token(client, grant_type="authorization_code", code=code, **form)).json()
    async with deployment.http() as http:
        userinfo = await http.get("/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert userinfo.json()["sub"] == user.id
    renewed = await deployment.token(client, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (await deployment.call("/revoke", client, token=renewed.json()["refresh_token"])).status_code == 200


async def test_a_sign_in_reads_no_table_from_one_end_to_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: dict[str, Mapping[str, object]] = {}
    execute = SqliteSession._execute

    def listening(session: SqliteSession, sql: str, args: Mapping[str, object]) -> sqlite3.Cursor:
        said[sql] = args
        return execute(session, sql, args)

    async with deploy(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path) as deployment:
        monkeypatch.setattr(SqliteSession, "_execute", listening)
        await sign_in(deployment)

    connection = sqlite3.connect(tmp_path / "hibana.db")
    scans = [
        (step[3], sql)
        for sql, args in said.items()
        for step in connection.execute(f"EXPLAIN QUERY PLAN {sql}", dict(args))
        if step[3].startswith("SCAN")
        and not step[3].startswith(tuple(f"SCAN {table}" for table in REMEMBERED))
        and sql not in inspect.getsource(retention)  # which goes on beside it now and then
    ]
    connection.close()
    assert any("tenant_memberships" in sql for sql in said)
    assert not scans
