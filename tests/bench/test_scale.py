"""The bench of a deployment that has grown: what it fills in is whole, and its report has the promised form."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from bench.scale.__main__ import main
from bench.scale.filling import fill
from bench.scale.lists import Answered
from bench.scale.load import SIGN_IN
from bench.scale.population import ADMINISTRATOR, MANY, Sizes, in_many_tenants, in_one_tenant, visitor
from bench.scale.report import verdicts
from bench.scale.sign_ins import MIX, Cost, Latency, Mixed
from hibana_op.foundation.passwords import Passwords
from hibana_op.records import audit_log, credentials, memberships, roles, tenants, units, users
from tests.deployment import deploy
from tests.make import make_client
from tests.schema import ISSUER, MASTER_KEY

SIZES = Sizes(tenants=25, people=120, audit=300)
TINY = ["--tenants", "1", "--people", "120", "--audit", "200"]  # with one tenant there is nothing smaller to fill


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that the user of PostgreSQL can walk to; that of a test is its owner's alone."""
    with tempfile.TemporaryDirectory(prefix="hibana-bench-scale-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


async def _filled(database_url: str, data: Path) -> None:
    async with deploy(database_url, data) as deployment:
        client = await make_client(deployment.op)
    environment = {
        "HIBANA_ISSUER": ISSUER,
        "HIBANA_DATABASE_URL": database_url,
        "HIBANA_MASTER_KEY": MASTER_KEY,
    }
    await fill(database_url, environment, SIZES, [client.client_id])


async def test_what_is_filled_in_is_whole(database_url: str, tmp_path: Path) -> None:
    await _filled(database_url, tmp_path)

    async with deploy(database_url, tmp_path) as deployment:
        op = deployment.op
        verdict = await audit_log.verify(op.db, key=op.audit_key)
        assert (verdict.entries, verdict.fault) == (SIZES.audit, None)
        assert len(await tenants.page(op.db, limit=100)) == SIZES.tenants
        for number, count in ((1, 1), (100, MANY)):
            person = await users.find_by_login(op.db, visitor(SIZES, number).email)
            assert person is not None
            belongings = await memberships.belongings(op.db, person.id, now=op.now())
            assert len(belongings) == count
            assert visitor(SIZES, number).slug in {each.slug for each in belongings}
            granted = await roles.granted_to(op.db, person.id, now=op.now())
            assert {each.tenant_id for each in granted} == {each.tenant_id for each in belongings}
            [place, *_] = await memberships.page(op.db, belongings[0].tenant_id, q=person.email)
            assert place.unit_id is not None
            assert await units.find(op.db, place.tenant_id, place.unit_id) is not None
        administrator = await users.find_by_login(op.db, ADMINISTRATOR)
        assert administrator is not None
        assert await roles.names_of_user(op.db, administrator.id) == ["super_admin"]


async def test_only_those_whose_sign_ins_are_counted_have_a_cheap_password(database_url: str, tmp_path: Path) -> None:
    await _filled(database_url, tmp_path)
    real, cheap = Passwords(), set[int]()
    try:
        async with deploy(database_url, tmp_path) as deployment:
            for number in range(SIZES.people):
                person = await users.find_by_login(deployment.op.db, visitor(SIZES, number).email)
                assert person is not None
                kept = await credentials.find_password_hash(deployment.op.db, person.id)
                assert kept is not None
                if real.needs_rehash(kept):
                    cheap.add(number)
    finally:
        real.close()
    assert cheap == {*in_one_tenant(SIZES), *in_many_tenants(SIZES)}
    assert not {*in_one_tenant(SIZES)} & {*in_many_tenants(SIZES)}


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_tiny_run_reports_everything_and_a_second_one_fills_nothing(engine: str, open_folder: Path) -> None:
    results = open_folder / "scale.json"
    chosen = [*TINY, "--engine", engine, "--data", str(open_folder), "--results", str(results)]
    ran = CliRunner().invoke(main, [*chosen, "--seconds", "3", "--cores", "0.2", "--turns", "1", "--times", "2"])
    assert ran.exit_code == 0, ran.output

    report = msgspec.json.decode(results.read_bytes(), type=dict[str, dict[str, object]])[engine]
    assert report["sizes"] == {"tenants": 1, "people": 120, "audit": 200}
    mixed = msgspec.convert(report["mixed"], Mixed)
    assert set(mixed.latencies) == set(MIX)
    assert mixed.latencies[SIGN_IN].count > 0
    assert [each.tenants for each in msgspec.convert(report["costs"], list[Cost])] == [1]
    answered = {each.name: each.items for each in msgspec.convert(report["lists"], list[Answered])}
    assert answered["tenants, first page"] == 1
    assert answered["audit, 30 days"] > 0
    assert answered["audit, none found"] == 0
    assert "promised, on" in ran.output

    kept = {path: path.read_bytes() for path in open_folder.glob("*/kept.json")}
    assert CliRunner().invoke(main, [*chosen, "--fill-only"]).exit_code == 0
    assert {path: path.read_bytes() for path in open_folder.glob("*/kept.json")} == kept


def test_a_promise_holds_only_when_the_slowest_keeps_it() -> None:
    mixed = Mixed(20.0, 1.0, 0.2, 0, {SIGN_IN: Latency(600, 100.0, 499.0)})
    lists = [
        Answered("tenants, first page", 50, 5.0, 10.0, 200.0),
        Answered("audit, of a tenant", 50, 5.0, 20.0, 1000.0),
        Answered("audit, none found", 0, 5.0, 1001.0, 1000.0),
        Answered("people, first page", 50, 5.0, 9999.0, None),
    ]
    costs = [
        Cost(1, 100, 10_000.0, 10_000.0, 1),
        Cost(100, 100, 10_500.0, 11_000.0, 20),
        Cost(1000, 100, 11_000.0, 15_000.0, 20),
    ]

    seen = {each.name: each for each in verdicts(mixed, lists, costs)}

    assert {name: each.holds for name, each in seen.items()} == {
        "sign-in, 99th percentile": True,
        "sign-ins turned away": True,
        "list of tenants, slowest": True,
        "audit search, slowest": False,
        "cost of a sign-in, growth": True,
        "the same in 20 tenants, growth": False,
    }
    assert seen["audit search, slowest"].seen == 1001.0
    assert seen["the same in 20 tenants, growth"].seen == pytest.approx(1.36)
