"""What production and dev refuse to start with, and how values are understood."""

import base64
import os
import stat
from pathlib import Path

import pytest

from hibana_op.config import load
from tests.config.asking import FIT, KEY, faults_of, loaded


def encoded(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode()


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("https://ID.Example.com", "https://id.example.com"),
        ("https://id.example.com/", "https://id.example.com"),
        ("https://id.example.com:443/op/", "https://id.example.com/op"),
        ("https://id.example.com:8443", "https://id.example.com:8443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://[2001:DB8::1]", "https://[2001:db8::1]"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ],
)
def test_an_issuer_is_normalised(given: str, meant: str) -> None:
    assert loaded({"HIBANA_ISSUER": given}).issuer == meant


@pytest.mark.parametrize(
    "issuer",
    [
        "http://id.example.com",
        "http://localhost.example.com",
        "http://127.0.0.1.nip.io",
        "https://id.example.com?x=1",
        "https://id.example.com?",
        "https://id.example.com#",
        "https://user@id.example.com",
        "https://user:pw@id.example.com",
        "https://",
        "id.example.com",
        "ftp://id.example.com",
        "https://id.example.com:99999",
        "https://id.example.com:x",
        "https://id example.com",
        "https://id.example.com/a//b",
        "https://id.example.com/../b",
        "https://id.example.com/%2e",
        "https://bücher.example",
        "https://id.example.com\\@evil.example",
        "https://[::1",
        "https://[12345::]",
        "https://-a.example",
    ],
)
def test_T11_an_issuer_that_is_unsafe_or_ambiguous_is_refused(issuer: str) -> None:
    faults = faults_of(FIT | {"HIBANA_ISSUER": issuer})
    assert len(faults) == 1
    assert faults[0].startswith("HIBANA_ISSUER ")


def test_T11_production_needs_an_issuer_and_a_master_key() -> None:
    faults = faults_of({})
    assert [fault.split()[0] for fault in faults] == ["HIBANA_ISSUER", "HIBANA_MASTER_KEY"]


@pytest.mark.parametrize(
    "proxies", ["*", "0.0.0.0/0", "::/0", "10.0.0.0/8,0.0.0.0/0", "128.0.0.0/1", "proxy", "10.0.0.1,,x"]
)
def test_T11_proxies_that_would_let_anybody_pretend_an_address_are_refused(proxies: str) -> None:
    assert faults_of(FIT | {"HIBANA_TRUSTED_PROXIES": proxies})[0].startswith("HIBANA_TRUSTED_PROXIES ")


@pytest.mark.parametrize(
    "key",
    [
        "short",
        "change-me",
        encoded(bytes(16)),
        encoded(bytes(32)),
        encoded(b"\xff" * 32),
        encoded(bytes(range(32))),
        encoded(b"0123456789abcdef" * 2),
        encoded(b"a secret everybody could think of"[:32]),
        encoded(os.urandom(33)),
    ],
    ids=["short", "word", "half", "zeros", "ones", "count", "twice", "text", "long"],
)
def test_T11_a_short_or_guessable_master_key_is_refused(key: str) -> None:
    faults = faults_of({"HIBANA_ISSUER": "https://id.example.com", "HIBANA_MASTER_KEY": key})
    assert len(faults) == 1
    assert faults[0].startswith("HIBANA_MASTER_KEY ")
    assert key not in faults[0]


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_T11_a_master_key_file_that_others_could_replace_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    path.write_text(KEY, encoding="utf-8")
    path.chmod(mode)
    faults = faults_of({"HIBANA_ISSUER": "https://id.example.com", "HIBANA_MASTER_KEY_FILE": str(path)})
    assert "written by group or others" in faults[0]


def test_a_master_key_file_that_a_platform_mounts_readable_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(KEY, encoding="utf-8")
    path.chmod(0o444)
    environ = {"HIBANA_ISSUER": "https://id.example.com", "HIBANA_MASTER_KEY_FILE": str(path)}
    assert load(environ, file=None, flags={}, mode="serve").master_keys[0].reveal() == KEY


def test_T11_a_database_folder_that_cannot_be_made_is_refused() -> None:
    faults = faults_of(FIT | {"HIBANA_DATABASE_URL": "sqlite:////proc/no/hibana.db"})
    assert faults[0].startswith("HIBANA_DATABASE_URL: the folder '/proc/no' is missing and cannot be made")


def test_a_missing_database_folder_is_made_for_nobody_else(tmp_path: Path) -> None:
    loaded({"HIBANA_DATABASE_URL": f"sqlite:///{tmp_path}/new/hibana.db"})
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "url", ["mysql://x/y", "hibana.db", "sqlite://", "sqlite:///", "sqlite://hibana.db", "sqlite:///:memory:"]
)
def test_a_database_url_of_another_kind_is_refused(url: str) -> None:
    assert faults_of(FIT | {"HIBANA_DATABASE_URL": url})[0].startswith("HIBANA_DATABASE_URL ")


def test_T11_a_certificate_without_a_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cert").write_text("x", encoding="utf-8")
    faults = faults_of(FIT | {"HIBANA_TLS_CERT": str(tmp_path / "cert")})
    assert faults == ["HIBANA_TLS_CERT is given without HIBANA_TLS_KEY; give both or neither"]


def test_T11_a_certificate_and_key_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    for name in ("cert", "key"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    (tmp_path / "key").chmod(0o666)
    environ = {
        "HIBANA_ISSUER": "http://localhost:8000",
        "HIBANA_TLS_CERT": str(tmp_path / "cert"),
        "HIBANA_TLS_KEY": str(tmp_path / "key"),
    }
    faults = faults_of(FIT | environ)
    assert [fault.split()[0] for fault in faults] == ["HIBANA_TLS_KEY:", "HIBANA_TLS_CERT", "HIBANA_ISSUER"]


def test_a_file_that_cannot_be_read_is_named() -> None:
    faults = faults_of(FIT | {"HIBANA_OUTBOUND_CA_FILE": "/no/such"})
    assert faults[0].startswith("HIBANA_OUTBOUND_CA_FILE cannot read '/no/such' (No such file or directory)")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROFILE", "strict"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("MANAGEMENT_PORT", "0"),
        ("MANAGEMENT_PORT", "70000"),
        ("MANAGEMENT_PORT", "９０００"),
        ("SHUTDOWN_DELAY", "-1"),
        ("SHUTDOWN_DELAY", "301"),
        ("SHUTDOWN_DELAY", "soon"),
        ("SMTP__URL", "mail.example.com"),
        ("SMTP__URL", "http://mail.example.com"),
        ("SMTP__FROM", "Hibana"),
        ("SMTP__FROM", "a@b\r\nBcc: c@d"),
        ("OUTBOUND_ALLOW", "10.0.0.0/99"),
        ("OUTBOUND_ALLOW", "a b"),
        ("MASTER_KEY_PREVIOUS", "x"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_with_its_mend(name: str, value: str) -> None:
    faults = faults_of(FIT | {f"HIBANA_{name}": value})
    assert len(faults) == 1
    assert faults[0].startswith(f"HIBANA_{name} ")
    assert ";" in faults[0]
    assert "\n" not in faults[0]


def test_half_a_first_administrator_is_refused() -> None:
    faults = faults_of(FIT | {"HIBANA_BOOTSTRAP_ADMIN_PASSWORD": "correct horse"})
    assert faults == [
        "HIBANA_BOOTSTRAP_ADMIN_PASSWORD is given without HIBANA_BOOTSTRAP_ADMIN_EMAIL; give both or neither"
    ]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "id.example.com", ""])  # noqa: S104
def test_T11_dev_refuses_to_be_reached_from_elsewhere(host: str) -> None:
    faults = faults_of({}, mode="dev", flags={"host": host})
    assert len(faults) == 1
    assert "this machine only" in faults[0]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "[::1]"])
def test_dev_listens_on_this_machine(host: str) -> None:
    assert load({}, file=None, flags={"host": host}, mode="dev").mode == "dev"


def test_sign_up_for_everybody_needs_a_mail_server() -> None:
    (fault,) = faults_of(FIT | {"HIBANA_SIGNUP": "open"})
    assert "HIBANA_SMTP__URL; name a mail server" in fault
    assert loaded({"HIBANA_SIGNUP": "open", "HIBANA_SMTP__URL": "smtp://mail.example.com"}).signup == "open"


def test_sign_up_is_by_invitation_except_in_dev() -> None:
    assert loaded().signup == "invite"
    assert load({}, file=None, flags={}, mode="dev").signup == "open"
    assert load({"HIBANA_SIGNUP": "off"}, file=None, flags={}, mode="dev").signup == "off"


@pytest.mark.parametrize("url", ["twilio://AC1:token@+15005550006", "webhook+https://user:pw@sms.example.com/send"])
def test_sms_go_out_by_twilio_or_a_webhook(url: str) -> None:
    settings = loaded({"HIBANA_SMS__URL": url})
    assert settings.sms.url is not None
    assert settings.sms.url.reveal() == url


@pytest.mark.parametrize("url", ["https://sms.example.com", "webhook+http://sms.example.com", "twilio://AC1@+1", "sms"])
def test_other_ways_to_send_sms_are_refused(url: str) -> None:
    (fault,) = faults_of(FIT | {"HIBANA_SMS__URL": url})
    assert fault.startswith("HIBANA_SMS__URL ")
    assert "twilio://" in fault
