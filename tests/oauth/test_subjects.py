"""What clients know people and sessions by: OpenID Connect Core §8."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from hibana_op.foundation.errors import InvalidClientMetadata
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.oauth import subjects
from hibana_op.operations import keys
from hibana_op.provider import Provider, open_provider
from hibana_op.records.clients import Client
from tests.deployment import Deployment, deploy
from tests.make import a_client
from tests.oauth.test_authorize import a_session

PERSON, SESSION = uuid7(), uuid7()


@pytest.fixture
async def deployment(tmp_path: Path) -> AsyncIterator[Deployment]:
    """A deployment on a fresh SQLite database."""
    async with deploy(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path) as deployed:
        yield deployed


def pairwise(*redirect_uris: str, sector: str | None = None) -> Client:
    """A client with pairwise subjects."""
    return a_client(subject_type="pairwise", redirect_uris=redirect_uris, sector_identifier_uri=sector)


SHOP = pairwise("https://shop.example/callback", "https://SHOP.example:8443/other")


async def test_public_clients_know_everybody_by_one_name(deployment: Deployment) -> None:
    op = deployment.op
    assert subjects.subject(op, a_client(), PERSON) == PERSON
    assert subjects.sid(op, a_client(), SESSION) == SESSION


async def test_D09_pairwise_subjects_are_one_for_a_sector_and_tell_nothing_elsewhere(deployment: Deployment) -> None:
    op = deployment.op
    same_host = pairwise("https://shop.example/app2")
    same_sector = pairwise("https://a.example/", "https://b.example/", sector="https://shop.example/sector.json")
    other = pairwise("https://bank.example/callback")

    known = [subjects.subject(op, each, PERSON) for each in (SHOP, same_host, same_sector, other)]

    assert known[0] == known[1] == known[2] != known[3]
    assert subjects.subject(op, SHOP, uuid7()) != known[0]
    for sub in known:
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", sub)
        assert PERSON not in sub


async def test_D09_sessions_have_a_name_of_their_own_at_every_pairwise_client(deployment: Deployment) -> None:
    op = deployment.op
    other = pairwise("https://shop.example/app2")
    names = {subjects.sid(op, SHOP, SESSION), subjects.sid(op, other, SESSION), subjects.subject(op, SHOP, SESSION)}
    assert len(names) == 3
    assert SESSION not in names


async def test_a_secret_of_the_deployment_stands_between_a_person_and_their_subject(deployment: Deployment) -> None:
    op = deployment.op
    elsewhere = replace(op, pairwise_key=bytes(32))
    assert subjects.subject(op, SHOP, PERSON) != subjects.subject(elsewhere, SHOP, PERSON)
    assert len(op.pairwise_key) == 32
    assert op.pairwise_key not in {op.audit_key, op.form_key}


async def test_D09_subjects_stay_when_the_server_starts_anew_and_the_master_key_is_changed(
    deployment: Deployment,
) -> None:
    op = deployment.op
    before = subjects.subject(op, SHOP, PERSON)
    step = await keys.rotate_master(op, Origin.command("0" * 32))
    assert step.new_key is not None

    settings = replace(op.settings, master_keys=(type(op.settings.master_keys[0])(step.new_key),))
    again: Provider = await open_provider(settings, clock=deployment.clock, cheap_passwords=True)

    assert subjects.subject(again, SHOP, PERSON) == before
    await again.close()


@pytest.mark.parametrize("client", [a_client(), SHOP], ids=["public", "pairwise"])
async def test_an_id_token_is_about_its_own_person_and_session_only(deployment: Deployment, client: Client) -> None:
    op = deployment.op
    session = a_session(user_id=PERSON)
    claims = {
        "aud": client.client_id,
        "sub": subjects.subject(op, client, PERSON),
        "sid": subjects.sid(op, client, session.id),
    }
    without_sid = {name: value for name, value in claims.items() if name != "sid"}
    other = replace(client, client_id=uuid7())

    assert subjects.is_about_person(op, client, claims, PERSON)
    assert subjects.is_about_session(op, client, claims, session)
    assert subjects.is_about_session(op, client, without_sid, session)
    assert not subjects.is_about_person(op, client, claims, uuid7())
    assert not subjects.is_about_person(op, client, {}, PERSON)
    assert not subjects.is_about_person(op, other, claims, PERSON)
    assert not subjects.is_about_session(op, client, claims, replace(session, user_id=uuid7()))
    assert not subjects.is_about_session(op, client, claims | {"sid": None}, session)
    assert not subjects.is_about_session(op, client, claims, replace(session, id=uuid7()))


async def test_L09_no_subject_is_made_for_a_client_without_one_sector(deployment: Deployment) -> None:
    for client in (pairwise("https://a.example/", "https://b.example/"), pairwise("com.example.app:/callback")):
        with pytest.raises(InvalidClientMetadata, match="one host"):
            subjects.subject(deployment.op, client, PERSON)
