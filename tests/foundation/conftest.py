"""Servers that stand for strangers, and the way out to them."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from hibana_op.foundation.directory import Directory
from hibana_op.foundation.outbound import (
    Outbound,
)
from hibana_op.foundation.secrets import Secret
from tests.foundation.certificates import Authority
from tests.foundation.strangers import Names, Stranger, stranger
from tests.slapd import BASE, HOST, SERVICE_DN, SERVICE_PASSWORD, Slapd


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Signs the certificates of the servers on loopback."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest_asyncio.fixture
async def rp(authority: Authority) -> AsyncIterator[Stranger]:
    """A relying party's server."""
    async with stranger(authority.server("rp.test", "127.0.0.1")) as server:
        yield server


@pytest_asyncio.fixture
async def sink() -> AsyncIterator[Stranger]:
    """Counts whoever knocks."""
    async with stranger(None) as server:
        yield server


@pytest_asyncio.fixture
async def outbound(authority: Authority) -> AsyncIterator[Outbound]:
    """Finds every name on loopback, where `rp.test` alone may be reached."""
    made = Outbound(allow=["rp.test"], ca_file=str(authority.file), resolver=Names(["127.0.0.1"]))
    yield made
    await made.close()


@pytest_asyncio.fixture
async def to_slapd(slapd: Slapd) -> AsyncIterator[Outbound]:
    """May reach the directory, and trusts its certificate."""
    made = Outbound(allow=[HOST], ca_file=slapd.authority.file)
    yield made
    await made.close()


@pytest.fixture
def corp(slapd: Slapd) -> Directory:
    """The directory as an administrator describes it."""
    return Directory(
        url=slapd.url,
        start_tls=False,
        base=BASE,
        bind_dn=SERVICE_DN,
        bind_password=Secret(SERVICE_PASSWORD),
        user_attributes=("uid", "mail"),
        subject="entryUUID",
        attributes={"email": "mail", "name": "cn", "family_name": "sn"},
    )
