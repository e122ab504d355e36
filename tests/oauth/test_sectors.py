"""Sectors of clients, and the documents that name their members: OpenID Connect Registration §5, row L09."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hibana_op.foundation.errors import InvalidClientMetadata
from hibana_op.oauth import sectors
from tests.app_server import AppServer, app_server
from tests.deployment import Deployment, deploy
from tests.foundation.certificates import Authority
from tests.make import CALLBACK, a_client

OTHER = "https://other.example/callback"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Signs the certificate of the app's server."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
async def app(authority: Authority) -> AsyncIterator[AppServer]:
    """The server that shows the sector's document."""
    async with app_server(authority.server("localhost")) as server:
        yield server


@pytest.fixture
async def deployment(tmp_path: Path, authority: Authority) -> AsyncIterator[Deployment]:
    """A deployment that may ask the app's server."""
    reach = {"HIBANA_OUTBOUND_ALLOW": "localhost", "HIBANA_OUTBOUND_CA_FILE": str(authority.file)}
    async with deploy(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path, **reach) as deployed:
        yield deployed


@pytest.mark.parametrize(
    ("changes", "sector"),
    [
        ({}, "app.example"),
        ({"redirect_uris": ("https://App.Example:8443/a", "https://app.example/b")}, "app.example"),
        ({"redirect_uris": (CALLBACK, OTHER), "sector_identifier_uri": "https://One.example:444/s"}, "one.example"),
        ({"redirect_uris": ("http://127.0.0.1/a", "http://127.0.0.1/b")}, "127.0.0.1"),
    ],
    ids=["one-host", "spellings", "document", "loopback"],
)  # fmt: skip
async def test_the_sector_is_a_host(changes: dict[str, Any], sector: str) -> None:
    assert sectors.sector(a_client(subject_type="pairwise", **changes)) == sector


@pytest.mark.parametrize(
    "uris",
    [(CALLBACK, OTHER), ("com.example.app:/callback",), (CALLBACK, "com.example.app:/callback"), ()],
    ids=["two-hosts", "private-use", "mixed", "none"],
)
async def test_L09_pairwise_without_one_sector_is_refused(deployment: Deployment, uris: tuple[str, ...]) -> None:
    with pytest.raises(InvalidClientMetadata, match="pairwise needs redirect_uris on one host"):
        await sectors.check_sector(deployment.op, a_client(subject_type="pairwise", redirect_uris=uris))
    await sectors.check_sector(deployment.op, a_client(redirect_uris=uris))


async def test_L09_nobody_joins_a_sector_without_a_redirect_uri_in_it(deployment: Deployment, app: AppServer) -> None:
    uri = app.show("/sector", [])
    client = a_client(subject_type="pairwise", redirect_uris=(), sector_identifier_uri=uri)
    with pytest.raises(InvalidClientMetadata, match="needs redirect_uris"):
        await sectors.check_sector(deployment.op, client)
    assert app.asked == []


@pytest.mark.parametrize("subject_type", ["public", "pairwise"])
async def test_L09_the_document_must_list_every_redirect_uri(
    deployment: Deployment, app: AppServer, subject_type: str
) -> None:
    client = a_client(
        subject_type=subject_type, redirect_uris=(CALLBACK, OTHER), sector_identifier_uri=app.url("/sector")
    )
    app.show("/sector", [OTHER, "https://more.example/", CALLBACK])
    await sectors.check_sector(deployment.op, client)

    app.show("/sector", [CALLBACK, OTHER + "/"])
    with pytest.raises(InvalidClientMetadata, match="does not list every redirect_uri"):
        await sectors.check_sector(deployment.op, client)
    assert app.asked == ["/sector", "/sector"], "a list is never kept, so a change counts at once"


@pytest.mark.parametrize(
    ("body", "options"),
    [
        ({"redirect_uris": [CALLBACK]}, {}),
        ([CALLBACK, 7], {}),
        (CALLBACK, {}),
        (b"\xff", {}),
        (b"[" * 50_000, {}),
        ([CALLBACK, "https://app.example/" + "x" * 70_000], {}),
        ([CALLBACK], {"kind": "text/html"}),
        ([CALLBACK], {"status": 500}),
        ([CALLBACK], {"status": 302}),
    ],
    ids=["object", "number", "text", "bytes", "deep", "large", "html", "broken", "redirect"],
)
async def test_L09_what_is_no_array_of_strings_is_refused_in_words_that_tell_nothing_of_it(
    deployment: Deployment, app: AppServer, body: Any, options: dict[str, Any]
) -> None:
    client = a_client(sector_identifier_uri=app.show("/sector", body, **options))
    with pytest.raises(InvalidClientMetadata) as refused:
        await sectors.check_sector(deployment.op, client)
    assert refused.value.description == "sector_identifier_uri does not lead to a JSON array of redirect URIs"
    assert refused.value.detail


async def test_L01_a_sector_document_on_a_private_address_is_not_fetched(
    deployment: Deployment, app: AppServer
) -> None:
    client = a_client(sector_identifier_uri=f"https://127.0.0.1:{app.port}/sector")
    with pytest.raises(InvalidClientMetadata, match="does not lead to a JSON array"):
        await sectors.check_sector(deployment.op, client)
    assert app.asked == []
