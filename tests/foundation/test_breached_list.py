"""Finding one hash among very many, without reading them all; and files in which nothing can be found."""

import hashlib
from pathlib import Path

import pytest

from hibana_op.foundation import breached_list
from hibana_op.foundation.breached_list import UnusableList

PASSWORDS = [f"leaked number {number}" for number in range(1, 400)]


def sha1(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def a_list(tmp_path: Path, *passwords: str, end: str = "\n", case: str = "upper", cut: int = 0) -> Path:
    """A file as the downloader writes it; `cut`: how many of its last bytes are missing."""
    lines = [f"{getattr(line, case)()}:{number * 37}{end}" for number, line in enumerate(sorted(map(sha1, passwords)))]
    path = tmp_path / "pwned.txt"
    text = "".join(lines).encode()
    path.write_bytes(text[: len(text) - cut])
    return path


def test_a_fingerprint_is_the_sha_1_of_the_password_in_nfc() -> None:
    assert breached_list.fingerprint("password") == "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8"
    assert breached_list.fingerprint("か\u3099") == breached_list.fingerprint("が") == sha1("が")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("case", ["upper", "lower"])
def test_H07_every_line_is_found_the_first_and_the_last_too(tmp_path: Path, end: str, case: str) -> None:
    path = a_list(tmp_path, *PASSWORDS, end=end, case=case)

    breached_list.check_file(path)
    assert all(breached_list.is_in_file(path, sha1(password)) for password in PASSWORDS)


def test_H07_what_lies_before_between_and_behind_the_lines_is_not_found(tmp_path: Path) -> None:
    path = a_list(tmp_path, *PASSWORDS)
    hashes = sorted(map(sha1, PASSWORDS))
    absent = {f"{int(each, 16) + step:040X}" for each in hashes for step in (-1, 1)} | {"0" * 40, "F" * 40}

    assert not absent & set(hashes)
    assert not any(breached_list.is_in_file(path, each) for each in absent)


@pytest.mark.parametrize("cut", range(45))
def test_H07_a_last_line_that_is_cut_short_hides_no_other(tmp_path: Path, cut: int) -> None:
    path = a_list(tmp_path, *PASSWORDS, cut=cut)
    *others, last = sorted(PASSWORDS, key=sha1)

    assert all(breached_list.is_in_file(path, sha1(password)) for password in others)
    is_whole = cut <= len(f":{37 * len(others)}\n")
    assert breached_list.is_in_file(path, sha1(last)) == is_whole
    if is_whole:
        breached_list.check_file(path)


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_H07_a_list_of_one_line_is_a_list(tmp_path: Path, end: str) -> None:
    path = a_list(tmp_path, "the only one", end=end)

    breached_list.check_file(path)
    assert breached_list.is_in_file(path, sha1("the only one"))
    assert not breached_list.is_in_file(path, sha1("another"))


def test_a_list_is_not_read_as_a_whole(tmp_path: Path) -> None:
    path = a_list(tmp_path, *PASSWORDS)
    last = max(map(sha1, PASSWORDS))
    lines = path.read_bytes()
    with path.open("wb") as stream:
        # Half a terabyte of the smallest hash there is takes a hole in the file, and half an hour to read.
        stream.seek(1 << 39)
        stream.write(b"\n" + lines)

    with pytest.raises(UnusableList, match="128 bytes"):
        breached_list.is_in_file(path, last)
    with pytest.raises(UnusableList, match="128 bytes"):
        breached_list.check_file(path)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "it is empty"),
        (b"\n\n", "there is a line that begins with no SHA-1"),
        (b"<html>\n<p>Not found</p>\n", "there is a line that begins with no SHA-1"),
        (b"8846F7EAEE8FB117AD06BDD830B7586C:9\n" * 3, "it lists NTLM hashes"),
        (b"F" * 40 + b":1\n" + b"0" * 40 + b":2\n", "its lines are not sorted by hash"),
        (b"0" * 40 + b":1\n" + b"F" * 20, "its last line is cut short"),
        (b"0" * 4096, "there is a line of more than 128 bytes"),
    ],
)
def test_a_file_that_is_no_list_is_said_to_be_none(tmp_path: Path, content: bytes, fault: str) -> None:
    path = tmp_path / "pwned.txt"
    path.write_bytes(content)

    with pytest.raises(UnusableList) as refused:
        breached_list.check_file(path)
    assert str(refused.value) == fault


def test_a_list_by_count_instead_of_by_hash_is_noticed(tmp_path: Path) -> None:
    path = a_list(tmp_path, *PASSWORDS)
    path.write_text("".join(f"{sha1(password)}:1\n" for password in PASSWORDS), encoding="ascii")

    with pytest.raises(UnusableList, match="not sorted"):
        breached_list.check_file(path)


def test_a_file_that_is_gone_or_a_folder_is_of_no_use(tmp_path: Path) -> None:
    with pytest.raises(UnusableList, match="cannot be opened"):
        breached_list.is_in_file(tmp_path / "gone.txt", sha1("x"))
    with pytest.raises(UnusableList, match="cannot be read"):
        breached_list.is_in_file(tmp_path, sha1("x"))


def test_a_line_of_something_else_on_the_way_is_no_reason_to_guess(tmp_path: Path) -> None:
    path = tmp_path / "pwned.txt"
    path.write_bytes(b"no hash at all\n" * 50)

    with pytest.raises(UnusableList, match="no SHA-1"):
        breached_list.is_in_file(path, sha1("x"))
