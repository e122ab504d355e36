"""Authenticators that must prove by certificates what they are: the chain leads to a trusted root, or it does not."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from hibana_op.foundation import base64url
from hibana_op.records import passkeys
from tests.authenticator import SoftPasskey
from tests.deployment import Browser, Deployment, deploy
from tests.make import make_user
from tests.passkeys import ADD, begin_adding, call, signed_in
from tests.policies import choose

MODEL, OTHER = bytes(range(1, 17)), bytes(range(2, 18))
IS_FOR_MODEL = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Signer:
    """A key and the certificates that speak for it, its own first; a maker's root has only its own."""

    name: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    chain: tuple[x509.Certificate, ...] = ()

    def issue(
        self, name: str, *, is_authority: bool = False, model: bytes | None = None, expired: bool = False
    ) -> "Signer":
        """Another key that this one speaks for; a maker speaks for its own first."""
        made = Signer(name)
        above = tuple(each for each in self.chain if each.issuer != each.subject)
        certificate = self._certificate(made, is_authority=is_authority, model=model, expired=expired)
        return Signer(name, made.key, (certificate, *above))

    def _certificate(
        self, made: "Signer", *, is_authority: bool, model: bytes | None, expired: bool
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder(subject_name=_named(made.name), issuer_name=_named(self.name))
            .public_key(made.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 9 * DAY)
            .not_valid_after(now + (-DAY if expired else DAY))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        if model is not None:
            extension = x509.UnrecognizedExtension(IS_FOR_MODEL, b"\x04\x10" + model)
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(self.key, SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def a_root(name: str = "Maker root", *, expired: bool = False) -> Signer:
    """A maker of authenticators."""
    root = Signer(name)
    return Signer(name, root.key, (root._certificate(root, is_authority=True, model=None, expired=expired),))


def written(path: Path, *roots: Signer) -> Path:
    """A PEM file of roots."""
    path.write_bytes(b"".join(root.chain[0].public_bytes(Encoding.PEM) for root in roots))
    return path


@pytest.fixture
def root() -> Signer:
    """The maker that the administrator trusts."""
    return a_root()


@pytest.fixture
async def attesting(database_url: str, tmp_path: Path, root: Signer) -> AsyncIterator[Deployment]:
    """A deployment that demands attestation, and trusts two makers."""
    file = written(tmp_path / "roots.pem", a_root("Another maker"), root)
    async with deploy(database_url, tmp_path, HIBANA_ATTESTATION_ROOTS=str(file)) as deployed:
        await choose(deployed.op, passkeys={"attestation": "direct"})
        yield deployed


async def add_attested(browser: Browser, signer: Signer | None, *, aaguid: bytes = MODEL) -> tuple[int, Any]:
    """Add a passkey for which somebody speaks (packed, §8.2), or for which it speaks itself: status and reason."""
    passkey = SoftPasskey(aaguid=aaguid)
    options, csrf = await begin_adding(browser)
    client_data = base64url.decode(passkey.create(options)["response"]["clientDataJSON"])
    identifier = passkey.credential_id
    attested = aaguid + len(identifier).to_bytes(2, "big") + identifier + passkey._cose({})
    data = passkey._authenticator_data(options["rp"]["id"], {}, 0x40) + attested
    key = signer.key if signer is not None else passkey.key
    signature = key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
    chain = [each.public_bytes(Encoding.DER) for each in signer.chain] if signer is not None else []
    statement = {"alg": -7, "sig": signature, **({"x5c": chain} if chain else {})}
    response = await call(browser, ADD, passkey.create(options, fmt="packed", statement=statement), csrf)
    return response.status_code, response.json().get("error")


TAKEN, REFUSED = (200, None), (400, "passkey_not_attested")


async def test_a_chain_that_leads_to_a_trusted_root_is_taken(attesting: Deployment, root: Signer) -> None:
    user = await make_user(attesting.op)
    browser = await signed_in(attesting, user)

    assert await add_attested(browser, root.issue("Key batch 7", model=MODEL)) == TAKEN
    assert await add_attested(browser, root.issue("Key batch 8")) == TAKEN
    between = root.issue("Maker CA 2", is_authority=True)
    assert await add_attested(browser, between.issue("Key batch 9", model=MODEL)) == TAKEN
    assert len(await passkeys.of_user(attesting.op.db, user.id)) == 3


async def test_whoever_is_not_trusted_speaks_for_nobody(attesting: Deployment, root: Signer) -> None:
    user = await make_user(attesting.op)
    browser = await signed_in(attesting, user)
    stranger = a_root()  # of the same name, with another key

    for refused in (
        stranger.issue("Key batch 7", model=MODEL),
        stranger,
        root.issue("Key batch 6", model=MODEL, expired=True),
        root.issue("Not a CA").issue("Key batch 7", model=MODEL),
        root.issue("Maker CA 1", is_authority=True, expired=True).issue("Key batch 7", model=MODEL),
        Signer("Key batch 7", Signer("x").key, (*stranger.issue("x").chain, *root.chain)),
        None,
    ):
        status, reason = await add_attested(browser, refused)
        assert status == 400
        assert reason in ("passkey_not_attested", "passkey_refused")
        assert reason == "passkey_not_attested" or refused is not None
    assert await passkeys.of_user(attesting.op.db, user.id) == []


async def test_a_certificate_for_one_model_does_not_speak_for_another(attesting: Deployment, root: Signer) -> None:
    browser = await signed_in(attesting, await make_user(attesting.op))

    assert await add_attested(browser, root.issue("Key batch 7", model=MODEL), aaguid=OTHER) == REFUSED
    assert await add_attested(browser, root.issue("Key batch 7", model=OTHER), aaguid=OTHER) == TAKEN


async def test_without_a_policy_nobody_has_to_prove_anything(attesting: Deployment) -> None:
    await choose(attesting.op, passkeys={"attestation": "none"})
    browser = await signed_in(attesting, await make_user(attesting.op))

    assert await add_attested(browser, a_root("Nobody").issue("x")) == TAKEN
    assert await add_attested(browser, None) == TAKEN


async def test_roots_that_cannot_be_read_vouch_for_nobody_until_they_are_back(
    attesting: Deployment, root: Signer, caplog: pytest.LogCaptureFixture
) -> None:
    browser = await signed_in(attesting, await make_user(attesting.op))
    path = attesting.op.settings.attestation_roots
    assert path is not None
    path.write_text("no certificate", encoding="ascii")
    assert await add_attested(browser, root.issue("Key batch 7")) == REFUSED
    assert "HIBANA_ATTESTATION_ROOTS cannot be read" in caplog.text

    written(path, root)
    assert await add_attested(browser, root.issue("Key batch 7")) == TAKEN


async def test_a_root_that_is_over_vouches_for_nobody_and_a_folder_of_roots_will_do(
    database_url: str, tmp_path: Path, root: Signer
) -> None:
    folder = tmp_path / "roots"
    folder.mkdir()
    over = a_root("An old maker", expired=True)
    written(folder / "one.pem", over)
    written(folder / "two.crt", root)
    async with deploy(database_url, tmp_path, HIBANA_ATTESTATION_ROOTS=str(folder)) as deployed:
        await choose(deployed.op, passkeys={"attestation": "direct"})
        browser = await signed_in(deployed, await make_user(deployed.op))

        assert await add_attested(browser, over.issue("Key batch 1")) == REFUSED
        assert await add_attested(browser, root.issue("Key batch 2")) == TAKEN
