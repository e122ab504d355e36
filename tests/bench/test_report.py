"""The bench's report has the promised form; nothing here asserts a time."""

from pathlib import Path

import msgspec
import pytest

from bench.ceilings import Ceilings
from bench.generator import Seen
from bench.report import Measured, Report, measured, result, table, write
from bench.rows import ROWS

CEILINGS = Ceilings(
    get_us=50.0,
    post_us=100.0,
    write_us=40.0,
    signature_us={"RS256": 600.0, "ES256": 30.0},
    signatures_a_second={"RS256": (1600.0, 3000.0), "ES256": (30000.0, 60000.0)},
)
MEMBERS = {
    "name",
    "rps",
    "p50_ms",
    "p99_ms",
    "cpu_us",
    "ceiling_rps",
    "ceiling_ratio",
    "peer",
    "peer_rps",
    "peer_ratio",
}


def turn(*latencies: int, seconds: float = 1.0) -> Seen:
    return Seen(
        seconds=seconds,
        server_cpu=0.5,
        own_cpu=0.1,
        posts=len(latencies),
        latencies=list(latencies),
    )


def one_of(rps: float) -> Measured:
    return Measured(rps, p50_ms=1.0, p99_ms=2.0, cpu_us=500.0, gets=0.0, posts=1.0, generator_share=0.1)


def test_written_report_has_the_promised_members_and_a_row_for_each_endpoint(tmp_path: Path) -> None:
    rows = [result(name, one_of(900.0), CEILINGS, None, None) for name in ROWS]
    path = tmp_path / "results" / "latest.json"
    write(Report("a machine", None, "sqlite", 1, rows, 0.5, 60.0, 80.0), path)

    read = msgspec.json.decode(path.read_bytes(), type=dict[str, object])
    assert set(read) == {
        "machine",
        "commit",
        "engine",
        "workers",
        "results",
        "cold_start_s",
        "memory_idle_mib",
        "memory_load_mib",
    }
    results = msgspec.convert(read["results"], list[dict[str, object]])
    assert [row["name"] for row in results] == [
        "discovery",
        "jwks",
        "client_credentials_rs256",
        "client_credentials_es256",
        "client_credentials_opaque",
        "code_exchange",
        "refresh",
        "userinfo",
        "introspect",
        "code_flow_session",
        "code_flow_sign_in",
    ]
    assert all(set(row) == MEMBERS for row in results)
    assert all(row["peer"] is row["peer_rps"] is row["peer_ratio"] is None for row in results)


def test_peer_that_was_asked_for_fills_its_three_members() -> None:
    row = result("userinfo", one_of(900.0), CEILINGS, "node-oidc-provider", one_of(300.0))
    assert (row.peer, row.peer_rps, row.peer_ratio) == ("node-oidc-provider", 300.0, 3.0)


def test_figures_of_a_row_come_from_all_its_turns() -> None:
    seen = measured([turn(*range(1000, 51000, 1000)), turn(*range(51000, 101000, 1000), seconds=3.0)])
    assert seen.rps == 25.0
    assert (seen.p50_ms, seen.p99_ms) == (51.0, 100.0)
    assert seen.cpu_us == pytest.approx(10_000.0)
    assert seen.posts == 1.0


def test_row_in_which_nothing_ended_is_refused() -> None:
    with pytest.raises(ValueError, match="no operation"):
        measured([turn()])


def test_ceiling_is_the_signature_the_answer_and_the_durable_write() -> None:
    assert CEILINGS.of(gets=0, posts=1, writes=1, signatures=("RS256",)) == pytest.approx(1e6 / 740)
    row = result("client_credentials_rs256", one_of(740.0), CEILINGS, None, None)
    assert row.ceiling_ratio == pytest.approx(0.548, abs=0.001)


def test_table_names_every_row_and_shows_the_peer_only_when_there_is_one() -> None:
    rows = [result(name, one_of(900.0), CEILINGS, None, None) for name in ROWS]
    alone = table(rows, {})
    assert [line.split()[0] for line in alone.splitlines()] == ["row", *ROWS]
    assert "peer" not in alone

    beside = result("jwks", one_of(900.0), CEILINGS, "node-oidc-provider", one_of(300.0))
    assert "peer/s" in table([beside], {"jwks": one_of(300.0)})
