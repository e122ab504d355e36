"""`hibana healthcheck`: for containers and scripts that wait for a server."""

import http.client
import json
import ssl
from urllib.parse import urlsplit

import click

from hibana_op.cli.output import complain, example, json_option, print_json, with_settings
from hibana_op.config import Settings

_SECONDS = 5


@click.command(epilog=example("hibana healthcheck --url http://127.0.0.1:8000"))
@click.option("--url", help="The server's address; by default port 8000 of this machine, or the management port.")
@json_option
@with_settings
def healthcheck(settings: Settings, *, url: str | None, as_json: bool) -> None:
    """Exit 0 when a running server is ready."""
    scheme = "https" if settings.tls.cert else "http"
    status, answer = _ask(url or f"{scheme}://127.0.0.1:{settings.management_port or 8000}/readyz")
    is_ready = status == 200 and isinstance(answer, dict)  # another program may sit at the port
    if as_json:
        print_json({"status_code": status, "answer": answer})
    elif is_ready:
        click.echo("ready")
    if not is_ready:
        if not as_json:
            complain(f"not ready: {json.dumps(answer)}")
        raise click.exceptions.Exit(1)


def _ask(url: str) -> tuple[int | None, object]:
    """The status and the JSON of /readyz; None when nobody answers."""
    parts = urlsplit(url)
    host = parts.hostname
    if parts.scheme not in ("http", "https") or not host:
        raise click.BadParameter("give an address like http://127.0.0.1:8000", param_hint="--url")
    path = parts.path if parts.path not in ("", "/") else "/readyz"
    try:
        connection = _connection(parts.scheme, host, parts.port)
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, json.loads(response.read(65536))
    except (OSError, http.client.HTTPException) as reason:
        return None, f"{type(reason).__name__}: {reason}"
    except ValueError:
        return response.status, "the answer is not JSON"


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=_SECONDS)
    context = ssl.create_default_context()
    if host in ("127.0.0.1", "::1", "localhost"):
        # The certificate names the public host; nobody stands between this machine and itself.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(host, port, timeout=_SECONDS, context=context)
