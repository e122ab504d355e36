"""Answers of authenticators with one thing wrong at a time: rows J02 and J03."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from hibana_op.foundation import base64url
from hibana_op.login.passkeys import relying_party
from tests.authenticator import ELIGIBLE, ON_ONE_DEVICE, PRESENT, SYNCED, SoftPasskey
from tests.deployment import Deployment, deploy
from tests.flows.conftest import deployment, deployment_on_sqlite
from tests.make import make_user
from tests.passkeys import ANSWER, answer, begin, call, failures, give, live, only

__all__ = ["deployment", "deployment_on_sqlite"]


FORGED: dict[str, dict[str, Any]] = {
    "another ceremony": {"type": "webauthn.create"},
    "an origin that ends alike": {"origin": "https://badid.example"},
    "an origin without TLS": {"origin": "http://id.example"},
    "an origin with a port": {"origin": "https://id.example:8443"},
    "an origin below": {"origin": "https://login.id.example"},
    "an origin above": {"origin": "https://example"},
    "an origin with a slash": {"origin": "https://id.example/"},
    "an origin in capitals": {"origin": "https://ID.example"},
    "no origin": {"origin": None},
    "several origins": {"origin": ["https://id.example"]},
    "a frame elsewhere": {"client_data": {"crossOrigin": True}},
    "a frame that says so oddly": {"client_data": {"crossOrigin": "false"}},
    "a page around ours": {"client_data": {"topOrigin": "https://evil.example"}},
    "another host's passkey": {"rp_id": "evil.example"},
    "a host below": {"rp_id": "login.id.example"},
    "nobody present": {"flags": SYNCED & ~PRESENT},
    "no longer eligible for backup": {"flags": ON_ONE_DEVICE},
    "backed up without being eligible": {"flags": SYNCED & ~ELIGIBLE},
    "another key": {"key": ec.generate_private_key(ec.SECP256R1())},
    "no signature": {"signature": b""},
    "a signature of zeros": {"signature": bytes(72)},
    "bytes after the data": {"appended": b"\x00"},
    "an unsigned extension": {"flags": SYNCED | 0x80, "appended": b"\xa0"},
    "another raw id": {"raw_id": base64url.encode(b"another")},
    "another kind of credential": {"credential_type": "password"},
    "no user handle": {"user_handle": None},
    "an empty user handle": {"user_handle": b""},
    "somebody else's handle": {"user_handle": b"somebody else"},
    "a handle that is no text": {"user_handle": b"\xff\xfe"},
    "a handle that is no string": {"response": {"userHandle": 7}},
    "no data": {"response": {"authenticatorData": ""}},
    "data that is no string": {"response": {"authenticatorData": ["x"]}},
    "no client data": {"response": {"clientDataJSON": None}},
    "client data that is no JSON": {"client_data_json": b"\xff{"},
    "client data that is an array": {"client_data_json": b"[]"},
    "a challenge that is no string": {"challenge": 7},
    "an empty id": {"id": ""},
    "an id that is no base64url": {"id": "a+b/c="},
    "an endless id": {"id": base64url.encode(bytes(1024))},
}


@pytest.mark.parametrize("lies", FORGED.values(), ids=FORGED.keys())
async def test_J02_an_answer_with_one_thing_wrong_signs_nobody_in(
    deployment_on_sqlite: Deployment, lies: dict[str, Any]
) -> None:
    user = await make_user(deployment_on_sqlite.op)
    passkey = await give(deployment_on_sqlite, user)
    before = await live(deployment_on_sqlite, user)
    browser = deployment_on_sqlite.browser()

    response = await answer(browser, passkey, **lies)

    assert (response.status_code, response.json()["error"]) == (400, "passkey_refused")
    assert await live(deployment_on_sqlite, user) == before
    assert "__Host-hibana_session" not in browser.http.cookies
    assert (await only(deployment_on_sqlite.op, user)).last_used_at is None
    assert (await answer(browser, passkey)).status_code == 200


async def test_J02_a_doubled_member_of_the_client_data_is_refused(deployment: Deployment) -> None:
    passkey = await give(deployment, await make_user(deployment.op))
    browser = deployment.browser()
    options, csrf = await begin(browser)
    good = {"type": "webauthn.get", "challenge": options["challenge"], "origin": "https://id.example"}
    doubled = json.dumps(good)[:-1] + ', "origin": "https://id.example"}'

    response = await call(browser, ANSWER, passkey.get(options, client_data_json=doubled.encode()), csrf)

    assert response.json()["error"] == "passkey_refused"


@pytest.mark.parametrize("issuer", ["https://id.example:8443", "http://localhost:8000", "https://id.example/auth"])
async def test_J02_the_origin_is_that_of_the_issuer_exactly(tmp_path: Path, issuer: str) -> None:
    async with deploy(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path, issuer=issuer) as deployed:
        party = relying_party.of(deployed.op)
        async with deployed.http() as http:
            root = issuer.removesuffix("/auth")
            related = (await http.get(f"{root}/.well-known/webauthn")).json()
            endpoints = (await http.get(f"{root}/.well-known/passkey-endpoints")).json()

    assert (party.origins, party.id) == ((root,), urlsplit(issuer).hostname)
    assert related == {"origins": [root]}
    assert endpoints == {"enroll": f"{issuer}/account/security", "manage": f"{issuer}/account/security"}


async def test_J03_a_passkey_of_one_person_signs_no_other_in(deployment: Deployment) -> None:
    alice, mallory = await make_user(deployment.op), await make_user(deployment.op)
    his, hers = await give(deployment, mallory), await give(deployment, alice)

    for lies in (
        {"user_handle": alice.id.encode()},
        {"id": base64url.encode(hers.credential_id), "user_handle": alice.id.encode()},
        {"id": base64url.encode(hers.credential_id)},
    ):
        response = await answer(deployment.browser(), his, **lies)
        assert response.json()["error"] == "passkey_refused", lies


async def test_a_passkey_that_nobody_has_is_called_unknown_so_that_the_browser_can_forget_it(
    deployment: Deployment,
) -> None:
    stray = SoftPasskey(user_handle=b"nobody")

    response = await answer(deployment.browser(), stray)

    assert (response.status_code, response.json()["error"]) == (400, "passkey_unknown")
    assert await failures(deployment) == [(None, "unknown_passkey")]
