"""Linux's table of mounts, read for the file system under a path."""

from pathlib import Path

import pytest

from hibana_op.storage.mounts import network_file_system

TABLE = r"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 27 0:50 / /srv/share rw,relatime shared:7 master:2 - nfs4 server:/export rw,vers=4.2
41 40 254:3 / /srv/share/local rw - xfs /dev/vdb rw
42 27 0:51 / /mnt/c\040d rw - 9p drvfs rw
43 27 0:52 / /home/me/remote rw - fuse.sshfs me@server:/ rw
44 27 0:53 / /auto rw - autofs systemd-1 rw
45 44 0:54 / /auto rw - cifs //server/share rw
46 27 0:55 / /covered rw - nfs server:/old rw
47 46 254:4 / /covered rw - ext4 /dev/vdc rw
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "mountinfo"
    path.write_text(TABLE)
    return path


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/share/hibana.db", "nfs4"),
        ("/mnt/c d/hibana/hibana.db", "9p"),
        ("/home/me/remote/hibana.db", "fuse.sshfs"),
        ("/auto/hibana.db", "cifs"),
        ("/var/lib/hibana.db", None),
        ("/srv/shared/hibana.db", None),
        ("/srv/share/local/hibana.db", None),
        ("/covered/hibana.db", None),
    ],
)
def test_the_innermost_mount_decides(table: Path, path: str, kind: str | None) -> None:
    assert network_file_system(Path(path), table) == kind


def test_a_link_is_followed_to_where_the_file_really_is(tmp_path: Path, table: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    table.write_text(f"27 1 254:0 / / rw - ext4 /dev/vda rw\n50 27 0:60 / {real} rw - ceph server:/ rw\n")

    assert network_file_system(tmp_path / "link" / "hibana.db", table) == "ceph"


def test_a_system_without_the_table_is_trusted(tmp_path: Path) -> None:
    assert network_file_system(tmp_path / "hibana.db", tmp_path / "missing") is None
