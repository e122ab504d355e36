"""The SQLite file: made for its owner only, left in one piece, refused where it cannot work."""

import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from hibana_op.foundation.errors import Busy, WrongSettings
from hibana_op.storage.sqlite import SqliteDatabase
from tests.storage.conftest import make_tables


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hibana.db"


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.txt"
    path.write_text("this was never a database\n" * 100)
    return path


async def test_the_file_and_its_new_folder_are_the_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "new folder" / "hibana.db"
    db = await SqliteDatabase.open(f"sqlite:///{tmp_path}/new%20folder/hibana.db")
    await make_tables(db)

    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()} == dict.fromkeys(
        ("hibana.db", "hibana.db-wal", "hibana.db-shm"), 0o600
    )
    await db.close()


async def test_close_leaves_one_file_and_no_thread(file: Path) -> None:
    threads = threading.active_count()
    db = await SqliteDatabase.open(f"sqlite:///{file}")
    await make_tables(db)
    assert threading.active_count() == threads + 3

    await db.close()

    assert threading.active_count() == threads
    assert [path.name for path in file.parent.iterdir()] == ["hibana.db"]
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM items").fetchone() == (0,)


async def test_a_relative_path_starts_at_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    await (await SqliteDatabase.open("sqlite:///data/hibana.db")).close()

    assert (tmp_path / "data" / "hibana.db").is_file()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite:///:memory:", "would be lost"),
        ("sqlite://", "sqlite:////absolute/path"),
        ("sqlite:///", "sqlite:////absolute/path"),
        ("sqlite:hibana.db", "sqlite:////absolute/path"),
        ("sqlite://host/hibana.db", "sqlite:////absolute/path"),
        ("sqlite:///hibana.db?mode=ro", "nothing more"),
    ],
)
async def test_a_url_that_names_no_file_is_refused(url: str, reason: str) -> None:
    with pytest.raises(WrongSettings, match=reason):
        await SqliteDatabase.open(url)


async def test_a_file_that_is_no_database_is_refused_by_name(letter: Path) -> None:
    threads = threading.active_count()

    with pytest.raises(WrongSettings, match=r"letter\.txt: file is not a database"):
        await SqliteDatabase.open(f"sqlite:///{letter}")

    assert threading.active_count() == threads


async def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")

    with pytest.raises(WrongSettings, match="unable to open database file"):
        await SqliteDatabase.open(f"sqlite:///{tmp_path}")
    with pytest.raises(WrongSettings, match=r"Not a directory|File exists"):
        await SqliteDatabase.open(f"sqlite:///{tmp_path}/plain/hibana.db")


async def test_opening_a_file_that_somebody_holds_is_busy(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("CREATE TABLE t (id TEXT)")
        with pytest.raises(Busy):
            await SqliteDatabase.open(f"sqlite:///{file}", patience=0.1)


async def test_a_network_file_system_is_refused_with_the_mend(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"27 1 254:0 / / rw - ext4 /dev/vda rw\n31 27 0:40 / {tmp_path} rw - nfs4 server:/share rw\n")

    with pytest.raises(WrongSettings, match=r"network file system \(nfs4\).*postgresql://"):
        await SqliteDatabase.open(f"sqlite:///{tmp_path}/data/hibana.db", mount_table=mounts)

    assert not (tmp_path / "data").exists()
