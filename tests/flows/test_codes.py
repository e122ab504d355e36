"""Authorization codes: rows B01 to B08 (B02, the race, is run on processes elsewhere)."""

import itertools
import logging
from pathlib import Path

import pytest

from hibana_op.foundation import secrets
from hibana_op.oauth.grants.authorization_code import MOST_FAILURES
from hibana_op.records import audit_log
from hibana_op.storage.database import Database
from tests.deployment import VERIFIER, Deployment, answer
from tests.flows.journeys import error_of, is_active, redeem, refresh, refusal_of, tokens_of, userinfo
from tests.make import CALLBACK, make_client, make_resource, make_user

OTHER_CALLBACK = "https://app.example/other"


async def test_B01_a_code_that_comes_twice_takes_its_tokens_along(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    code = await deployment.browser().obtain_code(client, user)
    first = await tokens_of(await redeem(deployment, client, code))
    assert await is_active(deployment, client, first["access_token"])

    assert error_of(await redeem(deployment, client, code)) == "invalid_grant"

    assert not await is_active(deployment, client, first["access_token"])
    assert not await is_active(deployment, client, first["refresh_token"])
    assert (await userinfo(deployment, first["access_token"])).status_code == 401
    assert error_of(await refresh(deployment, client, first["refresh_token"])) == "invalid_grant"
    replays = [entry for entry in await audit_log.page(op.db, limit=100) if entry.action == "client:code:replayed"]
    assert [entry.client_id for entry in replays] == [client.client_id]
    assert error_of(await redeem(deployment, client, code)) == "invalid_grant"


async def test_B01_another_client_cannot_end_a_family_with_its_spent_code(deployment: Deployment) -> None:
    op = deployment.op
    client, thief, user = await make_client(op), await make_client(op), await make_user(op)
    code = await deployment.browser().obtain_code(client, user)
    first = await tokens_of(await redeem(deployment, client, code))

    assert error_of(await redeem(deployment, thief, code)) == "invalid_grant"

    assert await is_active(deployment, client, first["access_token"])


async def test_B03_client_redirect_uri_and_time_each_bind_a_code_alone(deployment: Deployment) -> None:
    op = deployment.op
    uris = (CALLBACK, OTHER_CALLBACK)
    client, thief = await make_client(op, redirect_uris=uris), await make_client(op, redirect_uris=uris)
    user = await make_user(op)
    browser = deployment.browser()

    found = {}
    for faults in itertools.product((False, True), repeat=3):
        wrong_client, wrong_redirect, expired = faults
        code = await browser.obtain_code(client, user)
        deployment.clock.advance(60 if expired else 0)
        response = await redeem(
            deployment,
            thief if wrong_client else client,
            code,
            redirect_uri=OTHER_CALLBACK if wrong_redirect else CALLBACK,
        )
        found[faults] = response.status_code if response.status_code == 200 else error_of(response)

    refused = dict.fromkeys(itertools.product((False, True), repeat=3), "invalid_grant")
    assert found == {**refused, (False, False, False): 200}


async def test_B04_a_code_lives_sixty_seconds(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment.browser()
    in_time, too_late = await browser.obtain_code(client, user), await browser.obtain_code(client, user)

    deployment.clock.advance(59)
    assert (await redeem(deployment, client, in_time)).status_code == 200
    deployment.clock.advance(1)
    assert error_of(await redeem(deployment, client, too_late)) == "invalid_grant"


async def test_B05_public_clients_need_pkce_with_S256(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client = await make_client(op, token_endpoint_auth_method="none", require_pkce=False)
    browser = deployment_on_sqlite.browser()
    challenge = secrets.digest(VERIFIER)
    refused = (
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": challenge, "code_challenge_method": None},
        {"code_challenge": VERIFIER[:43], "code_challenge_method": "plain"},
        {"code_challenge": challenge, "code_challenge_method": "s256"},
        {"code_challenge": challenge, "code_challenge_method": "S256 "},
        {"code_challenge": challenge, "code_challenge_method": "none"},
        {"code_challenge": None, "code_challenge_method": "S256"},
    )
    for parameters in refused:
        assert refusal_of(await browser.authorize(client, **parameters)) == "invalid_request", parameters
    code = await browser.obtain_code(client, await make_user(op))
    assert (await redeem(deployment_on_sqlite, client, code)).status_code == 200


async def test_B06_only_the_right_verifier_redeems(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client = await make_client(op, first_party=True, require_pkce=False)
    browser = deployment_on_sqlite.browser()
    await browser.obtain_code(client, await make_user(op))
    wrong = {
        None: "invalid_grant",
        "": "invalid_grant",
        "short": "invalid_grant",
        VERIFIER[:42]: "invalid_grant",
        VERIFIER[:-1]: "invalid_grant",
        VERIFIER + "x": "invalid_grant",
        VERIFIER.upper(): "invalid_grant",
        VERIFIER + " ": "invalid_grant",
        VERIFIER + "\n": "invalid_grant",
        VERIFIER[:-1] + "é": "invalid_grant",
        VERIFIER[:-1] + "+": "invalid_grant",
        secrets.digest(VERIFIER): "invalid_grant",
        "v" * 43: "invalid_grant",
        "v" * 128: "invalid_grant",
        "v" * 129: "invalid_grant",
        "v" * 257: "invalid_request",
    }
    for verifier, expected in wrong.items():
        code = answer(await browser.authorize(client))["code"]
        response = await redeem(deployment_on_sqlite, client, code, code_verifier=verifier)
        assert error_of(response) == expected, verifier
    code = answer(await browser.authorize(client))["code"]
    doubled = await redeem(deployment_on_sqlite, client, code, code_verifier=[VERIFIER, VERIFIER])
    assert error_of(doubled) == "invalid_request"
    without = answer(await browser.authorize(client, code_challenge=None, code_challenge_method=None))["code"]
    assert error_of(await redeem(deployment_on_sqlite, client, without)) == "invalid_grant"
    for length in (43, 128):
        verifier = "v" * length
        code = answer(await browser.authorize(client, code_challenge=secrets.digest(verifier)))["code"]
        assert (await redeem(deployment_on_sqlite, client, code, code_verifier=verifier)).status_code == 200


async def test_B07_one_slip_costs_nothing_and_ten_cost_the_code(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment.browser()

    code = await browser.obtain_code(client, user)
    for _ in range(MOST_FAILURES - 1):
        assert error_of(await redeem(deployment, client, code, code_verifier="v" * 43)) == "invalid_grant"
    assert (await redeem(deployment, client, code)).status_code == 200

    code = await browser.obtain_code(client, user)
    for _ in range(MOST_FAILURES):
        assert error_of(await redeem(deployment, client, code, code_verifier="v" * 43)) == "invalid_grant"
    assert error_of(await redeem(deployment, client, code)) == "invalid_grant"


async def test_B07_a_resource_to_be_named_or_a_wrong_secret_does_not_burn_the_code(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    one = await make_resource(op, identifier="https://one.example/")
    two = await make_resource(op, identifier="https://two.example/")
    other = await make_resource(op, identifier="https://other.example/")
    both = [one.identifier, two.identifier]
    code = await deployment.browser().obtain_code(client, user, scope="openid read", resource=both)

    assert error_of(await redeem(deployment, client, code)) == "invalid_target"
    assert error_of(await redeem(deployment, client, code, resource=other.identifier)) == "invalid_target"
    assert error_of(await redeem(deployment, client, code, resource=both)) == "invalid_target"
    async with deployment.http(auth=(client.client_id, "wrong")) as http:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        assert error_of(await http.post("/token", data=form)) == "invalid_client"

    assert (await redeem(deployment, client, code, resource=two.identifier)).status_code == 200


async def test_code_of_somebody_who_may_no_longer_sign_in_is_refused(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    code = await deployment_on_sqlite.browser().obtain_code(client, user)
    await op.db.run("UPDATE users SET status = 'suspended' WHERE id = :id", id=user.id)

    assert error_of(await redeem(deployment_on_sqlite, client, code)) == "invalid_grant"


async def test_missing_parameters_of_a_redemption_are_named(deployment_on_sqlite: Deployment) -> None:
    client = await make_client(deployment_on_sqlite.op)

    for code, redirect_uri, missing in (("", CALLBACK, "code"), ("x", None, "redirect_uri"), ("x", "", "redirect_uri")):
        response = await redeem(deployment_on_sqlite, client, code, redirect_uri=redirect_uri)
        assert error_of(response) == "invalid_request"
        assert response.json()["error_description"] == f"{missing} is missing"


async def test_B08_codes_and_tokens_are_long_and_share_nothing() -> None:
    samples = [secrets.token() for _ in range(10_000)]

    assert len(set(samples)) == len(samples)
    assert {len(sample) for sample in samples} == {43}  # 256 bits
    # All 64 characters at each place: no part of a value is the same for all.
    for position in range(42):
        assert len({sample[position] for sample in samples}) == 64


async def test_B08_no_code_or_token_is_kept_or_logged_in_clear(
    deployment: Deployment, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    opaque = await make_resource(op, token_format="opaque")
    browser = deployment.browser()
    code = await browser.obtain_code(client, user, scope="openid read", resource=opaque.identifier)
    tokens = await tokens_of(await redeem(deployment, client, code))
    await redeem(deployment, client, code)
    spent = await tokens_of(await redeem(deployment, client, await browser.obtain_code(client, user)))
    await refresh(deployment, client, spent["refresh_token"])
    await refresh(deployment, client, spent["refresh_token"])

    everything = await dump(op.db)
    everything += files_below(tmp_path)
    out, err = capfd.readouterr()
    everything += (caplog.text + out + err).encode()
    secret_values = {
        "code": code,
        "access token": tokens["access_token"],
        "refresh token": tokens["refresh_token"],
        "ID token": tokens["id_token"],
        "spent refresh token": spent["refresh_token"],
        "JWT": spent["access_token"],
        **{name: value for name, value in browser.http.cookies.items() if "session" in name},
    }
    assert len(secret_values) == 7
    assert [name for name, value in secret_values.items() if value.encode() in everything] == []
    assert client.client_id.encode() in everything


def files_below(folder: Path) -> bytes:
    """Everything that stands in the files of a folder."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def dump(db: Database) -> bytes:
    """Every row of every table, as text."""
    if db.engine == "sqlite":
        tables = await db.all("SELECT name FROM sqlite_master WHERE type = 'table'")
    else:
        tables = await db.all("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'")
    rows = [str(dict(row)) for table in tables for row in await db.all(f'SELECT * FROM "{table["name"]}"')]
    return "\n".join(rows).encode()
