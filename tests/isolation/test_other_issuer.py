"""What one deployment gave counts at no other, though both have the same keys and began with the same rows. Row O02."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.deployment import Deployment, deploy
from tests.isolation.artefacts import KINDS
from tests.isolation.conftest import SETTINGS
from tests.isolation.scene import furnish

ELSEWHERE = "https://id.elsewhere.example"
# They say themselves at which issuer they count, whatever else is known there.
SAY_WHERE = (
    "an access token",
    "an access token at introspection",
    "an access token for the management API",
    "a client assertion",
    "a request object",
    "an ID token as a hint",
)
# Authenticators sign for one origin; tests/pages/test_forged_passkeys.py has them lie about it.
SIGN_THE_ORIGIN = ("the answer of a passkey", "a new passkey", "the passkey of a newcomer")


@asynccontextmanager
async def opened(folder: Path, name: str, *, issuer: str) -> AsyncIterator[Deployment]:
    """A deployment at an address."""
    async with deploy(f"sqlite:///{folder / name}", folder, issuer=issuer, **SETTINGS) as deployment:
        yield deployment


async def test_O02_nothing_counts_at_a_deployment_that_began_with_the_same_rows(tmp_path: Path) -> None:
    async with opened(tmp_path, "one.db", issuer="https://id.example") as one:
        seeded = await furnish(one)
    shutil.copyfile(tmp_path / "one.db", tmp_path / "two.db")

    async with (
        opened(tmp_path, "one.db", issuer="https://id.example") as one,
        opened(tmp_path, "two.db", issuer=ELSEWHERE) as two,
    ):
        here, there = (seeded.at(each).owner for each in (one, two))
        counted, dead = [], []
        for kind in KINDS:
            if kind.takes is None or kind.name in SIGN_THE_ORIGIN:
                continue
            stolen, theirs = await kind.make(here), await kind.make(there)
            if await kind.takes(two, theirs.target, stolen.text):
                counted.append(kind.name)
            if not kind.tries and not await kind.takes(two, theirs.target, theirs.text):
                dead.append(kind.name)

    assert not counted, f"of {one.op.issuer}, and taken at {two.op.issuer}: {counted}"
    assert not dead, f"no longer taken where it was made: {dead}"


async def test_O02_what_is_signed_says_where_it_counts(tmp_path: Path) -> None:
    kinds = [kind for kind in KINDS if kind.name in SAY_WHERE]
    async with opened(tmp_path, "one.db", issuer="https://id.example") as one:
        house = await furnish(one)
        made = [(kind, await kind.make(house.owner)) for kind in kinds]
    shutil.copyfile(tmp_path / "one.db", tmp_path / "two.db")

    async with opened(tmp_path, "two.db", issuer=ELSEWHERE) as two:
        counted = [kind.name for kind, each in made if kind.takes and await kind.takes(two, each.target, each.text)]
    async with opened(tmp_path, "one.db", issuer="https://id.example") as one:
        dead = [kind.name for kind, each in made if kind.takes and not await kind.takes(one, each.target, each.text)]

    assert (len(made), counted, dead) == (len(SAY_WHERE), [], [])
