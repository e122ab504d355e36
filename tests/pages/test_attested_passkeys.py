"""Which authenticators may be added, where somebody asks what they are."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from hibana_op.foundation import base64url
from hibana_op.records import passkeys
from tests.authenticator import SoftPasskey
from tests.deployment import Browser, Deployment
from tests.flows.conftest import deployment
from tests.make import make_user
from tests.passkeys import ADD, answer, begin_adding, call, live, signed_in
from tests.policies import choose, member_of_tenant

__all__ = ["deployment"]

MODEL = "01020304-0506-0708-0102-030405060708"
OTHER = "11020304-0506-0708-0102-030405060708"


async def add_attested(browser: Browser, passkey: SoftPasskey, *, is_forged: bool = False) -> tuple[str, int]:
    """Add a passkey with a statement about itself (packed, §8.2): what was asked for, and the answer."""
    options, csrf = await begin_adding(browser)
    plain = passkey.create(options)
    client_data = base64url.decode(plain["response"]["clientDataJSON"])
    cose = passkey._cose({})
    identifier = passkey.credential_id
    attested = passkey.aaguid + len(identifier).to_bytes(2, "big") + identifier + cose
    data = passkey._authenticator_data(options["rp"]["id"], {}, 0x40) + attested
    signed = b"something else" if is_forged else data + hashlib.sha256(client_data).digest()
    statement = {"alg": -7, "sig": passkey.key.sign(signed, ec.ECDSA(SHA256()))}
    document = passkey.create(options, fmt="packed", statement=statement)
    response = await call(browser, ADD, document, csrf)
    return options["attestation"], response.status_code


async def test_nobody_is_asked_what_they_have_unless_somebody_chose_so(deployment: Deployment) -> None:
    user = await make_user(deployment.op)

    options, _ = await begin_adding(await signed_in(deployment, user))

    assert options.get("attestation", "none") == "none"


async def test_without_a_statement_nothing_is_added_where_one_is_asked_for(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    await member_of_tenant(op, user, passkeys={"attestation": "direct"})
    browser = await signed_in(deployment, user)
    options, csrf = await begin_adding(browser)

    refused = await call(browser, ADD, SoftPasskey().create(options), csrf)

    assert refused.status_code == 400
    assert refused.json()["error"] == "passkey_not_attested"
    assert await add_attested(browser, SoftPasskey(), is_forged=True) == ("direct", 400)
    assert await passkeys.of_user(op.db, user.id) == []
    assert await add_attested(browser, SoftPasskey()) == ("direct", 200)


@pytest.mark.parametrize(("listed", "status"), [(MODEL, 200), (OTHER, 400)])
async def test_only_listed_models_are_added(deployment: Deployment, listed: str, status: int) -> None:
    op = deployment.op
    await choose(op, passkeys={"aaguids": [listed]})
    user = await make_user(op)
    browser = await signed_in(deployment, user)

    passkey = SoftPasskey(aaguid=bytes.fromhex(MODEL.replace("-", "")))

    assert await add_attested(browser, passkey) == ("direct", status)
    assert len(await passkeys.of_user(op.db, user.id)) == (1 if status == 200 else 0)


async def test_a_passkey_that_was_there_before_goes_on_signing_in(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    passkey = SoftPasskey()
    await add_attested(await signed_in(deployment, user), passkey)
    await choose(op, passkeys={"aaguids": [OTHER]})

    assert (await answer(deployment.browser(), passkey)).status_code == 200
    assert await live(deployment, user) == 2
