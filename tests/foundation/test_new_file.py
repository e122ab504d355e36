"""A new file is its owner's alone, and is there whole or not at all."""

import stat
from pathlib import Path

import pytest

from hibana_op.foundation.errors import Conflict
from hibana_op.foundation.new_file import new_file


def test_it_takes_its_name_when_it_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "new"
    with new_file(file) as stream:
        stream.write(b"half")
        assert not file.exists()
        stream.write(b" and half")
    assert file.read_bytes() == b"half and half"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "old"
    file.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), new_file(file, replace=True) as stream:
        stream.write(bytes(1 // 0))
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert file.read_bytes() == b"old"


def test_a_name_that_is_taken_is_refused_before_and_after_writing(tmp_path: Path) -> None:
    file = tmp_path / "taken"
    with pytest.raises(Conflict, match="is there already"), new_file(file):
        file.write_bytes(b"theirs")
    with pytest.raises(Conflict, match="is there already"), new_file(file):
        pass
    with pytest.raises(Conflict, match="is a folder"), new_file(tmp_path, replace=True):
        pass
    assert file.read_bytes() == b"theirs"
    with new_file(file, replace=True) as stream:
        stream.write(b"mine")
    assert file.read_bytes() == b"mine"
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
