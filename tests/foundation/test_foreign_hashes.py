"""Password hashes from elsewhere: each known form fits its password and no other, and none may cost too much."""

import base64
import hashlib

import bcrypt
import pytest

from hibana_op.foundation import foreign_hashes
from hibana_op.foundation.foreign_hashes import Unreadable
from hibana_op.foundation.passwords import Passwords

WORDS = "correct horse battery staple"
SALT = b"0123456789abcdef"


def pbkdf2(algorithm: str, rounds: int = 1000) -> bytes:
    return hashlib.pbkdf2_hmac(algorithm, WORDS.encode(), SALT, rounds)


def scrypt(length: int = 64) -> bytes:
    return hashlib.scrypt(WORDS.encode(), salt=SALT, n=16, r=8, p=1, dklen=length)


def coded(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")


BCRYPT = bcrypt.hashpw(WORDS.encode(), bcrypt.gensalt(4)).decode()
KNOWN = {
    "bcrypt 2b": BCRYPT,
    "bcrypt 2a": bcrypt.hashpw(WORDS.encode(), bcrypt.gensalt(4, b"2a")).decode(),
    "bcrypt 2y": BCRYPT.replace("$2b$", "$2y$"),
    "pbkdf2 of passlib": f"$pbkdf2-sha256$1000${coded(SALT)}${coded(pbkdf2('sha256')).replace('+', '.')}",
    "pbkdf2 of passlib with SHA-1": f"$pbkdf2$1000${coded(SALT)}${coded(pbkdf2('sha1')).replace('+', '.')}",
    "pbkdf2 as PHC": f"$pbkdf2-sha512$i=1000,l=64${coded(SALT)}${coded(pbkdf2('sha512'))}",
    "pbkdf2 of Django": f"pbkdf2_sha256$1000${SALT.decode()}${base64.b64encode(pbkdf2('sha256')).decode()}",
    "pbkdf2 of Werkzeug": f"pbkdf2:sha256:1000${SALT.decode()}${pbkdf2('sha256').hex()}",
    "scrypt as PHC": f"$scrypt$ln=4,r=8,p=1${coded(SALT)}${coded(scrypt(32))}",
    "scrypt of Django": f"scrypt$16${SALT.decode()}$8$1${base64.b64encode(scrypt()).decode()}",
    "scrypt of Werkzeug": f"scrypt:16:8:1${SALT.decode()}${scrypt().hex()}",
}


@pytest.mark.parametrize("form", KNOWN)
def test_each_form_fits_its_own_password_and_no_other(form: str) -> None:
    found = foreign_hashes.read(KNOWN[form])

    assert found.fits(WORDS.encode())
    assert not found.fits(WORDS.encode() + b"r")
    assert not found.fits(b"")


@pytest.mark.parametrize(
    "dear",
    [
        BCRYPT.replace("$04$", "$31$"),
        KNOWN["pbkdf2 of Django"].replace("$1000$", "$5000001$"),
        KNOWN["scrypt as PHC"].replace("ln=4", "ln=30"),
        KNOWN["scrypt of Django"].replace("$8$1$", "$8$9999999$"),
    ],
    ids=["bcrypt", "pbkdf2", "scrypt memory", "scrypt time"],
)
def test_H07_a_hash_that_costs_too_much_is_refused(dear: str) -> None:
    with pytest.raises(Unreadable):
        foreign_hashes.read(dear)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA",
        "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
        "$2b$04$short",
        "pbkdf2_md5$1000$salt$aGFzaGhhc2hoYXNoaGFzaA==",
        "pbkdf2_sha256$0$0123456789abcdef$" + coded(pbkdf2("sha256")),
        "pbkdf2_sha256$1000$salt$aGFzaA==",
        "pbkdf2_sha256$1000$salt$n t b s 6 4",
        "pbkdf2:sha256:1000$salt$abc",
        "scrypt:15:8:1$salt$" + scrypt().hex(),
        "scrypt:16:0:1$salt$" + scrypt().hex(),
        "5f4dcc3b5aa765d61d8327deb882cf99",
    ],
)
def test_anything_else_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        foreign_hashes.read(text)


def test_bcrypt_knows_the_first_72_bytes_only_as_it_always_did() -> None:
    long = "x" * 72
    stored = bcrypt.hashpw(long.encode(), bcrypt.gensalt(4)).decode()

    assert foreign_hashes.read(stored).fits((long + "tail").encode())
    assert not foreign_hashes.read(stored).fits(b"x" * 71)
    assert not foreign_hashes.read(stored).fits(long.encode() + b"\0")


async def test_a_foreign_hash_is_verified_like_our_own_and_asks_to_be_replaced() -> None:
    passwords = Passwords(cheap=True)
    try:
        for stored in (*KNOWN.values(), "of no known kind"):
            assert passwords.needs_rehash(stored)
            assert await passwords.verify(stored, WORDS) is (stored in KNOWN.values())
            assert not await passwords.verify(stored, "wrong")
    finally:
        passwords.close()
