"""Settings: where they come from, what is told of them, and that every fault is told at once."""

import base64
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hibana_op.config import describe, load, reference
from hibana_op.config.options import OPTIONS
from hibana_op.foundation.errors import WrongSettings
from tests.config.asking import FIT, KEY, faults_of, loaded


def toml(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "hibana.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default(tmp_path: Path) -> None:
    file = toml(tmp_path, 'log_level = "error"\nlog_format = "json"\nprofile = "oauth21"\n')
    environ = {"HIBANA_LOG_LEVEL": "warning", "HIBANA_LOG_FORMAT": "text"}
    settings = loaded(environ, file=file, flags={"log_level": "debug"})
    assert (settings.log.level, settings.log.format, settings.profile) == ("debug", "text", "oauth21")
    assert settings.management_port is None


def test_tables_of_the_file_are_the_parts_before_a_double_underscore(tmp_path: Path) -> None:
    file = toml(
        tmp_path,
        'trusted_proxies = ["10.0.0.0/8", "192.0.2.7"]\nmanagement_port = 9000\n'
        '[smtp]\nurl = "smtp://mail.example.com:25"\nfrom = "id@example.com"\n',
    )
    settings = loaded(file=file)
    assert settings.trusted_proxies == ("10.0.0.0/8", "192.0.2.7/32")
    assert settings.management_port == 9000
    assert settings.smtp.url is not None
    assert settings.smtp.url.reveal() == "smtp://mail.example.com:25"
    assert settings.smtp.sender == "id@example.com"


def test_every_secret_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    values = {
        "database_url": "postgresql://hibana:pw@db/hibana",
        "master_key": KEY,
        "master_key_previous": f"{KEY},{KEY}",
        "smtp__url": "smtps://u:p@mail.example.com",
        "sms__url": "twilio://AC1:token@+15005550006",
        "google__client_secret": "the secret of google",
        "bootstrap_admin_password": " correct horse ",
    }
    assert set(values) == {option.key for option in OPTIONS if option.secret}
    environ = {
        "HIBANA_ISSUER": "https://id.example.com",
        "HIBANA_BOOTSTRAP_ADMIN_EMAIL": "a@example.com",
        "HIBANA_GOOGLE__CLIENT_ID": "abc",
    }
    for key, value in values.items():
        path = tmp_path / key
        path.write_text(value + "\n", encoding="utf-8")
        path.chmod(0o600)
        environ[f"HIBANA_{key.upper()}_FILE"] = str(path)
    settings = load(environ, file=None, flags={}, mode="serve")
    assert settings.database_url.reveal() == values["database_url"]
    assert [key.reveal() for key in settings.master_keys] == [KEY]
    assert settings.smtp.url is not None
    assert settings.smtp.url.reveal() == values["smtp__url"]
    assert settings.bootstrap.password is not None
    assert settings.bootstrap.password.reveal() == " correct horse "


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(KEY, encoding="utf-8")
    faults = faults_of(FIT | {"HIBANA_MASTER_KEY_FILE": str(path)})
    assert faults == ["HIBANA_MASTER_KEY and HIBANA_MASTER_KEY_FILE: both are given; keep one of them"]


def test_a_secret_file_that_is_missing_or_empty_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    environ = {
        "HIBANA_ISSUER": "https://id.example.com",
        "HIBANA_MASTER_KEY_FILE": str(tmp_path / "empty"),
        "HIBANA_SMTP__URL_FILE": str(tmp_path / "missing"),
    }
    faults = " ".join(faults_of(environ))
    assert "HIBANA_MASTER_KEY_FILE" in faults
    assert "is empty" in faults
    assert "HIBANA_SMTP__URL_FILE" in faults
    assert "No such file" in faults


def test_only_secrets_have_a_file_form() -> None:
    assert faults_of(FIT | {"HIBANA_PROFILE_FILE": "/etc/x"})[0].startswith("HIBANA_PROFILE_FILE: there is no such")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("HIBANA_ISUER", "HIBANA_ISSUER"),
        ("HIBANA_MASTERKEY", "HIBANA_MASTER_KEY"),
        ("HIBANA_SMTP_URL", "HIBANA_SMTP__URL"),
        ("HIBANA_DATABASE_URL_FIL", "HIBANA_DATABASE_URL_FILE"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_known_one(name: str, meant: str) -> None:
    assert faults_of(FIT | {name: "x"}) == [f"{name}: there is no such setting; did you mean {meant}?"]


def test_an_unknown_key_of_the_file_is_refused_with_the_nearest_known_one(tmp_path: Path) -> None:
    file = toml(tmp_path, '[smtp]\nurll = "smtp://x"\n')
    assert faults_of(FIT, file=file) == [f"smtp.urll in {file}: there is no such setting; did you mean smtp.url?"]


def test_a_name_like_no_other_points_to_the_list() -> None:
    assert "`hibana config show` lists them all" in faults_of(FIT | {"HIBANA_QQQQ": "x"})[0]


def test_a_port_in_the_environment_points_to_the_flag() -> None:
    assert "--port" in faults_of(FIT | {"HIBANA_PORT": "8000"})[0]


def test_what_kubernetes_and_the_tests_put_beside_is_passed_over() -> None:
    loaded(
        {
            "HIBANA_SERVICE_HOST": "10.0.0.1",
            "HIBANA_SERVICE_PORT": "80",
            "HIBANA_SERVICE_PORT_HTTP": "80",
            "HIBANA_PORT": "tcp://10.0.0.1:80",
            "HIBANA_PORT_80_TCP": "tcp://10.0.0.1:80",
            "HIBANA_PORT_80_TCP_ADDR": "10.0.0.1",
            "HIBANA_DB_PORT_5432_TCP_PROTO": "tcp",
            "HIBANA_TEST_POSTGRES": "x",
        }
    )


def test_an_empty_value_is_no_value() -> None:
    assert loaded({"HIBANA_MANAGEMENT_PORT": "", "HIBANA_PROFILE": ""}).profile == "oidc"


@pytest.mark.parametrize("text", ["[", "a = ", "\x00"])
def test_a_file_that_is_not_toml_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    faults = faults_of(FIT, file=toml(tmp_path, text))
    assert "is not TOML" in faults[0]
    assert "\n" not in faults[0]


def test_a_file_that_is_missing_or_holds_a_wrong_type_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in faults_of(FIT, file=tmp_path / "none.toml")[0]
    assert "takes a string" in faults_of(FIT, file=toml(tmp_path, "profile = true\n"))[0]


def test_all_faults_are_reported_at_once() -> None:
    environ = {
        "HIBANA_ISSUER": "http://id.example.com",
        "HIBANA_MASTER_KEY": "short",
        "HIBANA_TRUSTED_PROXIES": "*",
        "HIBANA_LOG_LEVEL": "loud",
        "HIBANA_ISUER": "x",
        "HIBANA_DATABASE_URL": "sqlite:////proc/no/hibana.db",
    }
    assert len(faults_of(environ)) == len(environ)


def test_a_secret_is_in_no_fault_and_in_no_representation() -> None:
    environ = {
        "HIBANA_MASTER_KEY": "c4n4ry",
        "HIBANA_DATABASE_URL": "mysql://u:c4n4ry@h/d",
        "HIBANA_SMTP__URL": "http://u:c4n4ry@h",
        "HIBANA_MASTER_KEY_PREVIOUS": "c4n4ry",
    }
    assert "c4n4ry" not in str(faults_of(environ))
    settings = loaded(
        {
            "HIBANA_DATABASE_URL": "postgresql://u:c4n4ry@h/d?password=c4n4ry",
            "HIBANA_SMTP__URL": "smtp://u:c4n4ry@h",
            "HIBANA_BOOTSTRAP_ADMIN_EMAIL": "a@example.com",
            "HIBANA_BOOTSTRAP_ADMIN_PASSWORD": "c4n4ry",
        }
    )
    told = repr(settings) + str(describe(settings))
    assert "c4n4ry" not in told
    assert KEY not in told


def test_dev_needs_nothing_and_keeps_its_key(tmp_path: Path) -> None:
    flags = {"data": str(tmp_path / "data"), "port": "8123"}
    first = load({}, file=None, flags=flags, mode="dev")
    second = load({}, file=None, flags=flags, mode="dev")
    assert first.issuer == "http://localhost:8123"
    assert first.database_url.reveal() == f"sqlite:///{tmp_path}/data/hibana.db"
    assert first.master_keys == second.master_keys
    path = tmp_path / "data" / "master.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text(encoding="ascii").strip() == first.master_keys[0].reveal()
    assert [each.name for each in path.parent.iterdir()] == ["master.key"]
    assert first.shutdown_delay == 0


def test_dev_says_when_its_folder_cannot_hold_the_key_or_holds_nonsense(tmp_path: Path) -> None:
    assert "cannot be kept" in faults_of({}, mode="dev", flags={"data": "/proc/no"})[0]
    (tmp_path / "master.key").write_text("x", encoding="ascii")
    assert "holds no master key" in faults_of({}, mode="dev", flags={"data": str(tmp_path)})[0]


def test_two_first_starts_at_once_agree_on_one_key(tmp_path: Path) -> None:
    flags = {"data": str(tmp_path / "data")}
    with ThreadPoolExecutor(8) as pool:
        started = list(pool.map(lambda _: load({}, file=None, flags=flags, mode="dev"), range(16)))
    assert len({settings.master_keys for settings in started}) == 1
    assert [each.name for each in (tmp_path / "data").iterdir()] == ["master.key"]


def test_what_may_be_fetched_from_is_a_list_of_hosts_and_networks() -> None:
    settings = loaded({"HIBANA_OUTBOUND_ALLOW": "IdP.Internal, 10.1.2.3/16,::1", "HIBANA_SHUTDOWN_DELAY": "1.5"})
    assert settings.outbound.allow == ("idp.internal", "10.1.0.0/16", "::1/128")
    assert settings.shutdown_delay == 1.5


def test_a_command_finds_the_key_of_dev_beside_it() -> None:
    keys = load({}, file=None, flags={}, mode="dev").master_keys
    settings = load({}, file=None, flags={}, mode="command")
    assert settings.require_master_keys() == keys
    assert {row.name: row.source for row in describe(settings)}["HIBANA_MASTER_KEY"].startswith("generated")


def test_a_command_without_a_key_says_so_when_it_needs_one() -> None:
    settings = load({}, file=None, flags={}, mode="command")
    with pytest.raises(WrongSettings, match="HIBANA_MASTER_KEY is not set"):
        settings.require_master_keys()


def test_the_parts_of_the_issuer() -> None:
    settings = loaded({"HIBANA_ISSUER": "https://id.example.com:8443/op"})
    assert (settings.is_https, settings.issuer_path, settings.issuer_host) == (True, "/op", "id.example.com")
    assert settings.smtp.sender == "no-reply@id.example.com"
    local = loaded({"HIBANA_ISSUER": "http://[::1]:8000"})
    assert (local.is_https, local.issuer_path, local.issuer_host) == (False, "", "::1")


def test_the_current_master_key_comes_first_and_earlier_ones_still_open() -> None:
    earlier = base64.urlsafe_b64encode(os.urandom(32)).decode()
    settings = loaded({"HIBANA_MASTER_KEY_PREVIOUS": f"{earlier}, {KEY}"})
    assert [key.reveal() for key in settings.master_keys] == [KEY, earlier]


def test_every_setting_is_described_with_its_source(tmp_path: Path) -> None:
    file = toml(tmp_path, 'log_level = "error"\n')
    rows = {row.name: row for row in describe(loaded(file=file, flags={"profile": "oauth21"}))}
    assert list(rows) == [option.name for option in OPTIONS]
    assert rows["HIBANA_LOG_LEVEL"].source == str(file)
    assert rows["HIBANA_PROFILE"].source == "flag"
    assert rows["HIBANA_ISSUER"].source == "environment"
    assert (rows["HIBANA_SHUTDOWN_DELAY"].value, rows["HIBANA_SHUTDOWN_DELAY"].source) == ("5", "default")
    assert rows["HIBANA_MASTER_KEY"].value == "***"


def test_the_reference_names_the_file_form_of_secrets_only() -> None:
    names = [name for name, _, _ in reference()]
    assert "`HIBANA_MASTER_KEY`, `HIBANA_MASTER_KEY_FILE`" in names
    assert "`HIBANA_ISSUER`" in names
