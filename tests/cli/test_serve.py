"""`hibana serve`: the real server, its workers, how it starts, and how it ends."""

import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hibana_op.cli.server import listen
from hibana_op.foundation.errors import WrongSettings
from tests.cli.command import run
from tests.config.asking import FIT
from tests.ports import free_port, wait_until_closed
from tests.server import HibanaProcess, StartHibana


def get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    response = connection.getresponse()
    try:
        return response.status, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("hibana_server", [("sqlite", 1), ("sqlite", 2), ("postgres", 2)], indirect=True)
def test_it_serves_and_ends_with_0_on_sigterm(hibana_server: HibanaProcess) -> None:
    assert json.loads(get(hibana_server.port, "/.well-known/openid-configuration")[1])["issuer"] == hibana_server.issuer
    assert hibana_server.command("healthcheck", "--url", hibana_server.issuer) == "ready\n"
    address = f"http://127.0.0.1:{hibana_server.port}"
    assert hibana_server.log.count(f"Hibana listens on {address} and is {hibana_server.issuer} to people.") == 1
    hibana_server.terminate()
    assert "Traceback" not in hibana_server.log


@pytest.mark.parametrize("workers", [1, 2])
def test_it_ends_with_0_on_control_c(start_hibana: StartHibana, workers: int) -> None:
    server = start_hibana(workers=workers)
    os.killpg(server.pid, signal.SIGINT)  # as a terminal does
    assert os.waitstatus_to_exitcode(os.waitpid(server.pid, 0)[1]) == 0
    assert "Traceback" not in server.log


def test_sigterm_turns_readiness_off_before_the_port_closes(start_hibana: StartHibana) -> None:
    server = start_hibana(settings={"HIBANA_SHUTDOWN_DELAY": "1.5"})
    os.kill(server.pid, signal.SIGTERM)
    give_up = time.monotonic() + 1
    while get(server.port, "/readyz")[0] == 200:
        assert time.monotonic() < give_up
    status, body = get(server.port, "/readyz")
    assert (status, json.loads(body)["reasons"]) == (503, {"shutdown": "shutting down"})
    assert get(server.port, "/jwks")[0] == 200
    server.terminate()


def test_workers_count_together_on_a_port_of_their_own(start_hibana: StartHibana) -> None:
    management = free_port()
    server = start_hibana(workers=2, settings={"HIBANA_MANAGEMENT_PORT": str(management)})
    for _ in range(10):
        assert get(server.port, "/jwks")[0] == 200
    assert get(server.port, "/metrics")[0] == 404
    assert get(management, "/jwks")[0] == 404
    told = get(management, "/metrics")[1].decode()
    assert 'hibana_http_requests_total{method="GET",route="/jwks",status="2xx"} 10.0' in told
    assert server.command("healthcheck") == "ready\n"
    server.terminate()


def test_a_worker_that_dies_is_replaced(start_hibana: StartHibana) -> None:
    server = start_hibana(workers=2)
    children = server.workers()
    os.kill(children[0], signal.SIGKILL)
    give_up = time.monotonic() + 20
    while set(server.workers()) == set(children) or len(server.workers()) < len(children):
        assert time.monotonic() < give_up, server.log
        time.sleep(0.05)
    assert get(server.port, "/readyz")[0] == 200
    server.terminate()


def test_workers_whose_parent_was_killed_answer_what_they_began_and_end(start_hibana: StartHibana) -> None:
    server = start_hibana(workers=2, settings={"HIBANA_SHUTDOWN_DELAY": "30"})
    children = server.workers()
    assert len(children) == 2
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    body = b"grant_type=client_credentials"
    connection.putrequest("POST", "/token")
    connection.putheader("Content-Type", "application/x-www-form-urlencoded")
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body[:5])

    os.kill(server.pid, signal.SIGKILL)
    wait_until_closed(server.port)

    connection.send(body[5:])
    assert json.loads(connection.getresponse().read())["error"] == "invalid_client"
    connection.close()
    give_up = time.monotonic() + 10
    while any(is_running(child) for child in children):
        assert time.monotonic() < give_up, server.log
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_T11_unsafe_settings_are_refused_naming_each(tmp_path: Path) -> None:
    settings = {"HIBANA_ISSUER": "http://id.example.com", "HIBANA_TRUSTED_PROXIES": "*"}
    done = run("serve", folder=tmp_path, settings=settings)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 3
    for name in ("HIBANA_ISSUER", "HIBANA_TRUSTED_PROXIES", "HIBANA_MASTER_KEY"):
        assert f"hibana: {name} " in done.stderr


def test_a_postgresql_database_that_is_behind_is_refused_with_the_command_that_mends_it(
    tmp_path: Path, postgres_url: str
) -> None:
    done = run("serve", folder=tmp_path, settings=FIT | {"HIBANA_DATABASE_URL": postgres_url})
    assert done.returncode == 1
    assert "hibana migrate up" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_port_that_is_taken_is_told_in_one_line(tmp_path: Path) -> None:
    with listen("127.0.0.1", 0)[0] as taken:
        port = str(taken.getsockname()[1])
        done = run("serve", "--port", port, folder=tmp_path, settings=FIT)
        assert done.returncode == 1
        assert done.stderr.startswith(f"hibana: cannot listen on 127.0.0.1 port {port} (Address already in use); ")
        assert f"`lsof -i :{port}` names it" in done.stderr
        assert len(done.stderr.splitlines()) == 1
        settings = FIT | {"HIBANA_MANAGEMENT_PORT": port}
        assert "cannot listen" in run("serve", "--port", str(free_port()), folder=tmp_path, settings=settings).stderr
        assert "so is --port" in run("serve", "--port", port, folder=tmp_path, settings=settings).stderr


@pytest.mark.parametrize("workers", ["1", "2"])
def test_another_master_key_than_the_databases_is_refused(start_hibana: StartHibana, workers: str) -> None:
    server = start_hibana()
    server.terminate()
    settings = server.settings | {"HIBANA_MASTER_KEY": FIT["HIBANA_MASTER_KEY"]}
    done = run("serve", "--port", str(free_port()), "--workers", workers, folder=Path.cwd(), settings=settings)
    assert done.returncode == 1
    assert "ERROR" in done.stderr


def test_a_first_password_that_nobody_may_choose_is_refused_with_the_reason(tmp_path: Path) -> None:
    first = {"HIBANA_BOOTSTRAP_ADMIN_EMAIL": "root@example.com", "HIBANA_BOOTSTRAP_ADMIN_PASSWORD": "password"}
    done = run("serve", "--port", str(free_port()), folder=tmp_path, settings=FIT | first)
    assert done.returncode == 1
    assert "HIBANA_BOOTSTRAP_ADMIN_PASSWORD: The password is too short." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost "
        f"-addext subjectAltName=DNS:localhost -keyout {key} -out {cert}".split(),
        check=True,
        capture_output=True,
    )
    return cert, key


def test_it_serves_tls_itself(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    port = free_port()
    settings = FIT | {"HIBANA_TLS_CERT": str(cert), "HIBANA_TLS_KEY": str(key), "HIBANA_SHUTDOWN_DELAY": "0"}
    settings["HIBANA_ISSUER"] = f"https://localhost:{port}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HIBANA_")}
    command = [sys.executable, "-m", "hibana_op", "serve", "--host", "localhost", "--port", str(port)]
    with subprocess.Popen(command, cwd=tmp_path, env=kept | settings, stderr=subprocess.DEVNULL) as server:
        try:
            headers = tls_headers(port, ssl.create_default_context(cafile=cert), server)
            assert headers["strict-transport-security"] == "max-age=31536000"
            assert run("healthcheck", "--url", f"https://localhost:{port}", folder=tmp_path).returncode == 0
        finally:
            server.terminate()
    assert server.returncode == 0


def tls_headers(port: int, context: ssl.SSLContext, server: "subprocess.Popen[bytes]") -> http.client.HTTPMessage:
    give_up = time.monotonic() + 20
    while True:
        connection = http.client.HTTPSConnection("localhost", port, timeout=5, context=context)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().headers
        except OSError:
            assert server.poll() is None
            assert time.monotonic() < give_up
            time.sleep(0.02)
        finally:
            connection.close()


def test_every_address_of_a_name_is_listened_to() -> None:
    sockets = listen("localhost", 0)
    try:
        assert len({each.getsockname()[1] for each in sockets}) == 1
    finally:
        for each in sockets:
            each.close()


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(WrongSettings):
        listen(host, 0)
