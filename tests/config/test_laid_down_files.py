"""Files that the administrator lays down for Hibana to look into, and the service that may stand in for one."""

from pathlib import Path

import pytest

from tests.config.asking import FIT, faults_of, loaded
from tests.foundation.certificates import Authority


def test_without_them_nothing_is_looked_up_anywhere() -> None:
    settings = loaded()

    assert (settings.breached_passwords.file, settings.breached_passwords.url) == (None, None)
    assert settings.attestation_roots is None


def test_they_are_named_and_shown(tmp_path: Path) -> None:
    pwned = tmp_path / "pwned.txt"
    pwned.write_text("0" * 40 + ":1\n", encoding="ascii")
    roots = Authority(tmp_path).file

    settings = loaded(
        {
            "HIBANA_BREACHED_PASSWORDS_FILE": str(pwned),
            "HIBANA_BREACHED_PASSWORDS_URL": "https://api.pwnedpasswords.com/range/",
            "HIBANA_ATTESTATION_ROOTS": str(roots),
        }
    )

    assert settings.breached_passwords.file == pwned
    assert settings.breached_passwords.url == "https://api.pwnedpasswords.com/range"
    assert settings.attestation_roots == roots
    assert str(pwned) in {row.value for row in settings.shown}


@pytest.mark.parametrize("name", ["HIBANA_BREACHED_PASSWORDS_FILE", "HIBANA_ATTESTATION_ROOTS"])
def test_a_file_that_is_missing_is_a_fault(tmp_path: Path, name: str) -> None:
    [fault] = faults_of(FIT | {name: str(tmp_path / "missing.pem")})

    assert fault.startswith(f"{name} cannot read ")
    assert "No such file or directory" in fault


def test_roots_that_are_no_certificates_are_a_fault(tmp_path: Path) -> None:
    (tmp_path / "roots.pem").write_text("words", encoding="ascii")

    [fault] = faults_of(FIT | {"HIBANA_ATTESTATION_ROOTS": str(tmp_path)})

    assert fault.startswith(
        f"HIBANA_ATTESTATION_ROOTS names {str(tmp_path)!r}, where roots.pem holds no PEM certificate"
    )


@pytest.mark.parametrize("url", ["http://api.pwnedpasswords.com/range", "api.pwnedpasswords.com", "ftp://x.example/"])
def test_H07_a_service_where_anybody_could_read_along_is_a_fault(url: str) -> None:
    [fault] = faults_of(FIT | {"HIBANA_BREACHED_PASSWORDS_URL": url})

    assert fault.startswith("HIBANA_BREACHED_PASSWORDS_URL ")
