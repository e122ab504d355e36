"""Passkeys on the deployment's other origins, and on none that only looks like one (J02)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.authenticator import SoftPasskey
from tests.deployment import Deployment, deploy
from tests.make import make_user
from tests.passkeys import add, answer, give, live, only, signed_in

RELATED = ("https://www.example.jp", "https://example.net:8443")
NEAR_MISSES = [
    "http://www.example.jp",
    "https://www.example.jp:443",
    "https://www.example.jp:8443",
    "https://www.example.jp/",
    "https://WWW.example.jp",
    "https://example.jp",
    "https://evil.www.example.jp",
    "https://badwww.example.jp",
    "https://www.example.jp.evil.example",
    "https://example.net",
    "https://www.example.jp,https://example.net:8443",
    ["https://www.example.jp"],
    "null",
    "",
]


@pytest.fixture
async def deployment(tmp_path: Path) -> AsyncIterator[Deployment]:
    """A deployment with two further origins."""
    url = f"sqlite:///{tmp_path / 'hibana.db'}"
    async with deploy(url, tmp_path, HIBANA_RELATED_ORIGINS=",".join(RELATED)) as deployed:
        yield deployed


async def test_browsers_are_told_of_them_after_our_own(deployment: Deployment) -> None:
    async with deployment.http() as http:
        told = (await http.get("/.well-known/webauthn")).json()

    assert told == {"origins": ["https://id.example", *RELATED]}


@pytest.mark.parametrize("origin", RELATED)
async def test_passkeys_are_made_and_used_there(deployment: Deployment, origin: str) -> None:
    user = await make_user(deployment.op)
    passkey = SoftPasskey()

    assert (await add(await signed_in(deployment, user), passkey, origin=origin)).status_code == 200
    assert (await answer(deployment.browser(), passkey, origin=origin)).status_code == 200
    assert (await answer(deployment.browser(), passkey)).status_code == 200


@pytest.mark.parametrize("origin", NEAR_MISSES, ids=str)
async def test_J02_an_origin_that_nearly_is_one_of_ours_is_refused(deployment: Deployment, origin: object) -> None:
    user = await make_user(deployment.op)
    passkey = await give(deployment, user)
    before = await live(deployment, user)

    refused = await answer(deployment.browser(), passkey, origin=origin)
    added = await add(await signed_in(deployment, await make_user(deployment.op)), SoftPasskey(), origin=origin)

    assert [each.json()["error"] for each in (refused, added)] == ["passkey_refused"] * 2
    assert await live(deployment, user) == before
    assert (await only(deployment.op, user)).last_used_at is None
