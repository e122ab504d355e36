"""Deployments that are filled once and measured often: each in a folder of its own, made anew after a day."""

import asyncio
import contextlib
import hashlib
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from bench import hibana
from bench.hibana import Deployment
from bench.postgres import cluster
from bench.scale.filling import fill
from bench.scale.population import Sizes
from bench.target import Credentials
from hibana_op.storage import open_database

KEPT_S = 86_400  # the log's last thirty days should end today
_ROOT = Path(__file__).parent.parent.parent
_FILLING = ("population.py", "past.py", "filling.py")


@dataclass(frozen=True, slots=True)
class Kept:
    """What is needed to serve a folder again."""

    master_key: bytes
    clients: Mapping[str, Credentials]
    filled_at: float
    fill_s: float
    made_by: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A database that is full, and a deployment on it; `database_pid` is its server's, where it has one."""

    sizes: Sizes
    deployment: Deployment
    database_url: str
    database_pid: int | None
    fill_s: float


@contextlib.contextmanager
def prepared(engine: str, sizes: Sizes, data: Path) -> Iterator[Prepared]:
    """The deployment of these sizes, filled when there is none or it is of yesterday."""
    folder = data / f"{engine}-{sizes.tenants}-{sizes.people}-{sizes.audit}"
    kept = _read(folder)
    if kept is None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    with _database(engine, folder) as (url, pid):
        if kept is None:
            kept = _fill(folder, url, sizes)
        else:
            asyncio.run(_forget_attempts(url))
        described = hibana.describe(folder, url, master_key=kept.master_key)
        deployment = replace(described, clients=kept.clients)
        yield Prepared(sizes, deployment, url, pid, kept.fill_s)


@contextlib.contextmanager
def _database(engine: str, folder: Path) -> Iterator[tuple[str, int | None]]:
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'hibana.db'}", None
        return
    server = folder / "server"
    server.mkdir(exist_ok=True)
    with cluster(server) as running:
        yield running.url, running.pid


def _fill(folder: Path, url: str, sizes: Sizes) -> Kept:
    started = time.perf_counter()
    master_key = secrets.token_bytes(32)
    deployment = hibana.deploy(folder, url, (), master_key=master_key)
    clients = [each.client_id for each in deployment.clients.values()]
    asyncio.run(fill(url, deployment.environment, sizes, clients))
    kept = Kept(
        master_key=master_key,
        clients=deployment.clients,
        filled_at=time.time(),
        fill_s=round(time.perf_counter() - started, 1),
        made_by=_made_by(),
    )
    (folder / "kept.json").write_bytes(msgspec.json.encode(kept))
    return kept


def _read(folder: Path) -> Kept | None:
    try:
        kept = msgspec.json.decode((folder / "kept.json").read_bytes(), type=Kept)
    except (OSError, msgspec.DecodeError):
        return None
    is_young = time.time() - kept.filled_at < KEPT_S
    return kept if is_young and kept.made_by == _made_by() else None


def _made_by() -> str:
    """The schema and the text that fills it, as one digest: data of another is of no use."""
    sources = [*sorted((_ROOT / "migrations").glob("*.sql")), *(Path(__file__).parent / name for name in _FILLING)]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()


async def _forget_attempts(url: str) -> None:
    """Forget what a run before counted: sign-ins that were broken off with it count as failed ones."""
    db = await open_database(url)
    try:
        await db.run("DELETE FROM account_lockouts")
    finally:
        await db.close()
