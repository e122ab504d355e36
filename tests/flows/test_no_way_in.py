"""No address that a client gives leads us into our own network: row L01, member by member."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from hibana_op.pages import logos
from tests.app_keys import AppKey, request_claims
from tests.deployment import Deployment, Page
from tests.flows.asking import ask
from tests.flows.asserting import by_key, claims_for, send
from tests.flows.journeys import is_page, refusal_of
from tests.flows.registering import post
from tests.foundation.strangers import Stranger, stranger
from tests.make import CALLBACK, make_client, make_user

HOSTS = [
    line
    for line in (Path(__file__).parents[1] / "foundation" / "forbidden_hosts.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]
KEY = AppKey()
FETCHED = ("jwks_uri", "sector_identifier_uri", "backchannel_logout_uri", "logo_uri", "request_uris")


@pytest.fixture
async def sink() -> AsyncIterator[Stranger]:
    """A server on loopback that nobody may reach."""
    async with stranger(None) as running:
        yield running


async def with_keys_there(deployment: Deployment, address: str) -> None:
    """An app whose keys would be there proves itself, and asks."""
    client = await by_key(deployment, jwks=None, jwks_uri=address)
    assert (await send(deployment, KEY.sign(claims_for(deployment, client)))).status_code == 401
    refused = await ask(deployment, client, KEY.sign(request_claims(client)), redirect_uri=CALLBACK)
    assert refusal_of(refused) == "invalid_request_object"


async def with_a_request_there(deployment: Deployment, address: str) -> None:
    """An app sends a request by reference."""
    client = await make_client(deployment.op, request_uris=(address,))
    browser = deployment.browser()
    outside = {"request_uri": address, "redirect_uri": CALLBACK}
    refused = await browser.authorize(client, **outside)
    assert is_page(refused) or refusal_of(refused) in ("invalid_request_uri", "invalid_request")


async def with_a_logo_there(deployment: Deployment, address: str) -> None:
    """A browser asks for the logo of an app."""
    client = await make_client(deployment.op, logo_uri=address)
    async with deployment.http() as http:
        assert (await http.get(str(logos.path_of(client, address)))).status_code == 404


async def with_a_sector_there(deployment: Deployment, address: str) -> None:
    """A developer names a sector's document."""
    members = {"redirect_uris": [CALLBACK], "subject_type": "pairwise", "sector_identifier_uri": address}
    refused = await post(deployment, members)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_metadata")


WAYS: dict[str, Callable[[Deployment, str], Awaitable[None]]] = {
    "jwks_uri": with_keys_there,
    "request_uris": with_a_request_there,
    "logo_uri": with_a_logo_there,
    "sector_identifier_uri": with_a_sector_there,
}


@pytest.mark.parametrize("member", WAYS)
async def test_L01_an_address_in_the_network_is_never_asked(
    open_on_sqlite: Deployment, sink: Stranger, member: str
) -> None:
    for host in HOSTS:
        await WAYS[member](open_on_sqlite, f"https://{host}:{sink.port}/there")
    assert sink.connections == 0


async def test_L01_an_app_in_the_network_is_never_told(open_on_sqlite: Deployment, sink: Stranger) -> None:
    op, user, browser = open_on_sqlite.op, await make_user(open_on_sqlite.op), open_on_sqlite.browser()
    hosts = ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "169.254.169.254")
    for host in hosts:
        client = await make_client(op, backchannel_logout_uri=f"https://{host}:{sink.port}/there")
        await browser.obtain_code(client, user)

    await browser.submit(Page.read(await browser.get("/logout")), decision="logout")

    async with asyncio.timeout(10):
        tried: list[Any] = []
        while len(tried) < len(hosts):
            await asyncio.sleep(0.02)
            tried = await op.db.all("SELECT failure FROM logout_deliveries WHERE failure IS NOT NULL")
    assert all("public internet" in row["failure"] or "URL" in row["failure"] for row in tried), tried
    assert sink.connections == 0


async def test_L01_what_could_never_be_fetched_is_not_registered(open_on_sqlite: Deployment) -> None:
    async def refused(**members: Any) -> bool:
        response = await post(open_on_sqlite, {"redirect_uris": [CALLBACK], **members})
        return response.status_code == 400 and response.json()["error"] == "invalid_client_metadata"

    for address in ("http://app.example/", "ftp://app.example/", "file:///etc/passwd", "data:,x", "//app.example/",
                    "https://user:x@app.example/", "https://app.example/\t", "https://app.example\\@evil.example/",
                    "gopher://app.example/", "https:///there", "javascript:alert(1)"):  # fmt: skip
        found = await asyncio.gather(
            *(refused(**{member: [address] if member == "request_uris" else address}) for member in FETCHED)
        )
        assert all(found), (address, dict(zip(FETCHED, found, strict=True)))
