"""`hibana keys`: signing keys come, sign and go, and the master key changes under a running server."""

import http.client
import json
import time
from pathlib import Path
from typing import Any

import pytest

from hibana_op.foundation.vault import generate_master_key
from tests.cli.command import run
from tests.schema import MASTER_KEY
from tests.server import HibanaProcess, StartHibana

NEW_KEY = generate_master_key()
SECRETS = 3  # of the deployment, that rest sealed beside the keys


@pytest.fixture
def settings(empty_url: str, tmp_path: Path) -> dict[str, str]:
    settings = {"HIBANA_DATABASE_URL": empty_url, "HIBANA_MASTER_KEY": MASTER_KEY}
    assert run("migrate", "up", folder=tmp_path, settings=settings).returncode == 0
    return settings


def told(folder: Path, settings: dict[str, str], *arguments: str) -> Any:
    done = run(*arguments, "--json", folder=folder, settings=settings)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_next_key_is_published_before_it_signs(tmp_path: Path, settings: dict[str, str]) -> None:
    before = told(tmp_path, settings, "keys", "list")
    made = told(tmp_path, settings, "keys", "rotate", "--alg", "ES256")
    assert (made["algorithm"], made["state"]) == ("ES256", "next")
    assert made["active_from"] - made["created_at"] == 600
    after = {key["kid"]: key for key in told(tmp_path, settings, "keys", "list")}
    assert len(after) == len(before) + 1
    [old] = [key for key in before if key["algorithm"] == "ES256"]
    assert after[old["kid"]]["state"] == "current"
    assert after[old["kid"]]["retires_at"] == made["active_from"]
    [entry] = told(tmp_path, settings, "audit", "list", "--action", "key:signing:published")
    assert (entry["resource_id"], entry["actor_kind"]) == (made["kid"], "command")


def test_a_key_that_is_retired_is_replaced_at_once(tmp_path: Path, settings: dict[str, str]) -> None:
    [old] = [key for key in told(tmp_path, settings, "keys", "list") if key["algorithm"] == "RS256"]
    done = told(tmp_path, settings, "keys", "retire", old["kid"])
    keys = {key["kid"]: key for key in told(tmp_path, settings, "keys", "list")}
    assert keys[old["kid"]]["state"] == "revoked"
    assert keys[done["replacement"]]["state"] == "current"
    again = run("keys", "retire", old["kid"], folder=tmp_path, settings=settings)
    assert again.returncode == 1
    assert again.stderr == f"hibana: the key {old['kid']} was revoked already\n"
    unknown = run("keys", "retire", "nobody", folder=tmp_path, settings=settings)
    assert unknown.stderr == "hibana: no key is named nobody\n"


@pytest.mark.parametrize(("algorithm", "wait"), [("RSA-OAEP", 5), ("ECDH-ES", 5), ("EdDSA", 0), ("PS512", 0)])
def test_D08_keys_of_every_kind_are_rotated(
    tmp_path: Path, settings: dict[str, str], algorithm: str, wait: int
) -> None:
    before = told(tmp_path, settings, "keys", "list")
    assert sorted(key["algorithm"] for key in before) == ["ECDH-ES", "ES256", "RS256", "RSA-OAEP"]
    made = told(tmp_path, settings, "keys", "rotate", "--alg", algorithm)
    assert (made["algorithm"], made["active_from"] - made["created_at"]) == (algorithm, wait)
    after = {key["kid"]: key for key in told(tmp_path, settings, "keys", "list")}
    assert len(after) == 5
    for old in (key for key in before if key["algorithm"] == algorithm):
        assert after[old["kid"]]["retires_at"] == made["active_from"]
        assert after[old["kid"]]["expires_at"] == made["active_from"] + 86400
    retired = told(tmp_path, settings, "keys", "retire", made["kid"])
    assert retired["state"] == "revoked"
    [now] = [key for key in told(tmp_path, settings, "keys", "list") if key["kid"] == retired["replacement"]]
    assert (now["algorithm"], now["state"]) == (algorithm, "next" if wait else "current")


def test_people_read_a_table(tmp_path: Path, settings: dict[str, str]) -> None:
    listed = run("keys", "list", folder=tmp_path, settings=settings).stdout.splitlines()
    assert listed[0].split() == ["KID", "ALGORITHM", "STATE", "ACTIVE", "FROM", "RETIRES", "AT", "EXPIRES", "AT"]
    assert all("current" in line for line in listed[1:])
    kid = listed[1].split()[0]
    assert run("keys", "retire", kid, folder=tmp_path, settings=settings).stdout.startswith(f"revoked {kid}\npublished")


def test_an_algorithm_that_is_not_ours_is_wrong_usage(tmp_path: Path, settings: dict[str, str]) -> None:
    assert run("keys", "rotate", "--alg", "HS256", folder=tmp_path, settings=settings).returncode == 2


def test_the_master_key_changes_in_one_call(tmp_path: Path, settings: dict[str, str]) -> None:
    count = len(told(tmp_path, settings, "keys", "list")) + SECRETS
    made = told(tmp_path, settings, "keys", "master")
    assert (len(made["new_key"]), made["sealed"]) == (43, count)
    assert told(tmp_path, settings | {"HIBANA_MASTER_KEY": made["new_key"]}, "keys", "list")
    refused = run("keys", "list", folder=tmp_path, settings=settings)
    assert refused.returncode == 1
    assert "HIBANA_MASTER_KEY does not open" in refused.stderr


def test_the_master_key_changes_in_two_steps(tmp_path: Path, settings: dict[str, str]) -> None:
    count = len(told(tmp_path, settings, "keys", "list")) + SECRETS
    first = told(tmp_path, settings, "keys", "master", "--prepare")
    assert (len(first["new_key"]), first["sealed"]) == (43, 0)
    both = settings | {"HIBANA_MASTER_KEY": first["new_key"], "HIBANA_MASTER_KEY_PREVIOUS": MASTER_KEY}
    second = told(tmp_path, both, "keys", "master")
    assert (second["new_key"], second["sealed"]) == (None, count)
    assert told(tmp_path, settings | {"HIBANA_MASTER_KEY": first["new_key"]}, "keys", "list")


def test_people_are_told_the_next_step(tmp_path: Path, settings: dict[str, str]) -> None:
    told(tmp_path, settings, "keys", "list")
    prepared = run("keys", "master", "--prepare", folder=tmp_path, settings=settings).stdout
    assert "HIBANA_MASTER_KEY_PREVIOUS" in prepared
    both = settings | {"HIBANA_MASTER_KEY": NEW_KEY, "HIBANA_MASTER_KEY_PREVIOUS": MASTER_KEY}
    assert "secrets rest under the new master key" in run("keys", "master", folder=tmp_path, settings=both).stdout


def published(server: HibanaProcess) -> set[str]:
    connection = http.client.HTTPConnection("localhost", server.port, timeout=10)
    connection.request("GET", "/jwks")
    response = connection.getresponse()
    body = response.read()
    connection.close()
    assert response.status == 200, body
    return {key["kid"] for key in json.loads(body)["keys"]}


def test_T02_a_running_server_goes_on_while_the_master_key_changes(start_hibana: StartHibana) -> None:
    server = start_hibana()
    old, before = server.settings["HIBANA_MASTER_KEY"], published(server)
    new = json.loads(server.command("keys", "master", "--prepare", "--json"))["new_key"]
    assert published(server) == before
    server.terminate()
    server.settings |= {"HIBANA_MASTER_KEY": new, "HIBANA_MASTER_KEY_PREVIOUS": old}
    server.start()
    assert json.loads(server.command("keys", "master", "--json"))["sealed"] == len(before) + SECRETS
    made = json.loads(server.command("keys", "rotate", "--alg", "ES256", "--json"))["kid"]
    give_up = time.monotonic() + 10
    while made not in published(server):  # each answer on the way has to be whole as well
        assert time.monotonic() < give_up
    server.terminate()
    del server.settings["HIBANA_MASTER_KEY_PREVIOUS"]
    server.start()
    assert published(server) == before | {made}


def test_T02_a_server_with_the_old_master_key_goes_on_until_it_is_started_anew(start_hibana: StartHibana) -> None:
    server = start_hibana()
    before = published(server)
    new = json.loads(server.command("keys", "master", "--json"))["new_key"]
    give_up = time.monotonic() + 2  # longer than a worker believes what it remembers
    while time.monotonic() < give_up:
        assert published(server) == before
    server.terminate()
    server.settings["HIBANA_MASTER_KEY"] = new
    server.start()
    assert published(server) == before


def test_a_generated_master_key_is_replaced_where_it_lies(tmp_path: Path) -> None:
    kept = tmp_path / "hibana-data" / "master.key"
    kept.parent.mkdir()
    kept.write_text(MASTER_KEY)
    assert told(tmp_path, {}, "keys", "list")

    made = told(tmp_path, {}, "keys", "master")

    assert kept.read_text().strip() == made["new_key"]
    assert kept.stat().st_mode & 0o777 == 0o600
    assert told(tmp_path, {}, "keys", "list")
