"""The addresses of tenants lead to the issuer, and nothing but the slug is taken from the Host header (G07)."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.deployment import Deployment, deploy


@pytest.fixture
async def with_domain(tmp_path: Path) -> AsyncIterator[Deployment]:
    """A deployment at https://id.example whose tenants are at *.example.org."""
    async with deploy(f"sqlite:///{tmp_path}/hibana.db", tmp_path, HIBANA_TENANT_DOMAIN="example.org") as deployed:
        yield deployed


async def asked_at(deployment: Deployment, host: str, path: str, method: str = "GET") -> tuple[int, str]:
    async with deployment.http(headers={"Host": host}) as http:
        response = await http.request(method, path)
    return response.status_code, response.headers.get("location", "")


async def test_the_address_of_a_tenant_names_it_at_the_issuer(with_domain: Deployment) -> None:
    status, location = await asked_at(with_domain, "Acme.example.org:443", "/authorize?client_id=a%26b&scope=openid")

    assert (status, location.partition("?")[0]) == (303, "https://id.example/authorize")
    assert parse_qs(urlsplit(location).query) == {"client_id": ["a&b"], "scope": ["openid"], "tenant": ["acme"]}


@pytest.mark.parametrize("name", ["tenant", "organization"])
async def test_a_request_that_names_a_tenant_itself_keeps_it(with_domain: Deployment, name: str) -> None:
    _, location = await asked_at(with_domain, "acme.example.org", f"/authorize?{name}=zenith")

    assert location == f"https://id.example/authorize?{name}=zenith"


@pytest.mark.parametrize(
    "host",
    [
        "id.example",
        "example.org",
        "a.b.example.org",
        "-x.example.org",
        "acme.example.org.evil.example",
        "acmeexample.org",
    ],
)
async def test_G07_no_other_host_leads_anywhere(with_domain: Deployment, host: str) -> None:
    status, location = await asked_at(with_domain, host, "/login")

    assert (status, location) == (200, "")


async def test_A04_what_is_posted_stays_where_it_is(with_domain: Deployment) -> None:
    status, location = await asked_at(with_domain, "acme.example.org", "/login", "POST")

    assert (status, location) == (403, "")


async def test_without_the_setting_every_host_is_the_same(tmp_path: Path) -> None:
    async with deploy(f"sqlite:///{tmp_path}/hibana.db", tmp_path) as deployment:
        assert await asked_at(deployment, "acme.example.org", "/login") == (200, "")
