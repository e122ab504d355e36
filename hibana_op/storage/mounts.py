"""Where a SQLite file may live: WAL needs memory shared between processes, so never a network file system."""

import re
from pathlib import Path

MOUNT_TABLE = Path("/proc/self/mountinfo")
# fmt: off
NETWORK = frozenset({
    "9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs",
    "nfs4", "ocfs2", "orangefs", "smb", "smb2", "smb3", "smbfs", "fuse.ceph", "fuse.ceph-fuse", "fuse.cephfs",
    "fuse.davfs", "fuse.gcsfuse", "fuse.glusterfs", "fuse.goofys", "fuse.juicefs", "fuse.mount-s3", "fuse.rclone",
    "fuse.s3fs", "fuse.seaweedfs", "fuse.sshfs",
})
# fmt: on


def network_file_system(path: Path, mount_table: Path) -> str | None:
    """The kind of network file system that holds `path`, or None; the table is Linux's mountinfo(5)."""
    try:
        lines = mount_table.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return None  # other systems have no such table
    real_path = path.resolve()
    kind, length = "", 0
    for line in lines:
        left, _, right = line.partition(" - ")
        point = Path(_unescaped(left.split(" ")[4]))
        # Of two mounts on one point the later one is on top.
        if real_path.is_relative_to(point) and len(point.parts) >= length:
            kind, length = right.split(" ")[0], len(point.parts)
    return kind if kind in NETWORK else None


def _unescaped(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), field)
