"""Certificates that administrators lay down: in one file, in a folder, or missing."""

from pathlib import Path

import pytest

from hibana_op.foundation import certificates
from tests.foundation.certificates import Authority


def authority(folder: Path) -> bytes:
    folder.mkdir()
    return Authority(folder).file.read_bytes()


def test_every_certificate_of_a_file_is_read_whatever_stands_around_them(tmp_path: Path) -> None:
    file = tmp_path / "roots.pem"
    file.write_bytes(b"# Maker A\n" + authority(tmp_path / "a") + b"\r\n# Maker B\r\n" + authority(tmp_path / "b"))

    found = certificates.read(file)

    assert len({each.serial_number for each in found}) == 2


def test_a_folder_is_read_by_its_pem_files(tmp_path: Path) -> None:
    folder = tmp_path / "roots"
    folder.mkdir()
    for name in ("b.crt", "a.PEM", "c.cer"):
        (folder / name).write_bytes(authority(tmp_path / name))
    (folder / "README.txt").write_text("Where these come from", encoding="ascii")

    assert len(certificates.read(folder)) == 3


@pytest.mark.parametrize("content", [b"", b"words", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_file_without_a_whole_certificate_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "roots.pem"
    file.write_bytes(content)

    for path in (file, tmp_path):
        with pytest.raises(ValueError, match=r"roots\.pem holds no PEM certificate, or a broken one"):
            certificates.read(path)


def test_what_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        certificates.read(tmp_path / "roots.pem")
    with pytest.raises(ValueError, match=r"no file ends in \.pem"):
        certificates.read(tmp_path)
