"""Nothing that is made in one tenant counts at another: every kind of artefact at every place. Row O02."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.deployment import Deployment, deploy
from tests.isolation.artefacts import KINDS
from tests.isolation.artefacts.kind import Artefact, Kind
from tests.isolation.conftest import SETTINGS
from tests.isolation.scene import House, furnish


@pytest.fixture
async def both(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """The two tenants, on each engine."""
    async with deploy(database_url, tmp_path, **SETTINGS) as deployment:
        yield await furnish(deployment)


async def test_O02_nothing_of_one_tenant_counts_at_another(both: House) -> None:
    deployment, here, there = both.deployment, both.owner, both.theirs
    places = {place: await place.make(there) for place in KINDS if place.takes}
    counted, spent = [], []

    for number, kind in enumerate(KINDS, 1):
        stolen = await kind.make(here)
        for place, theirs in places.items():
            if place is kind and kind.anywhere:
                continue
            if await takes(deployment, place, Artefact(stolen.text, theirs.target)):
                counted.append((kind.name, place.name))
        if kind.takes and not await takes(deployment, kind, stolen):
            spent.append(kind.name)
        worn = [place for place in places if place.tries and number % place.tries == 0]
        places |= {place: await place.make(there) for place in worn}

    assert not counted, f"taken at another tenant's: {counted}"
    assert not spent, f"no longer taken at home: {spent}"
    dead = [place.name for place, theirs in places.items() if not await takes(deployment, place, theirs)]
    assert not dead, f"no longer taken where nothing of theirs was used: {dead}"


async def takes(deployment: Deployment, place: Kind, artefact: Artefact) -> bool:
    """Whether a text counts at a place."""
    assert place.takes is not None
    return await place.takes(deployment, artefact.target, artefact.text)
