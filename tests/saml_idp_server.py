"""A real provider of SAML, pysaml2 with xmlsec1, as a process: `python -m tests.saml_idp_server PORT FOLDER`.

In the folder stand its key and certificate, and, once somebody comes, the metadata of the service it signs in for.
"""

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from html import escape
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.ports import free_port

KEY, CERTIFICATE, OF_THE_SERVICE = "idp.key", "idp.pem", "service.xml"
_SHA256 = ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256")


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """A provider that runs until the end of the block; its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "tests.saml_idp_server", str(port), str(folder)]
    with (folder / "idp.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            _wait_for(f"{address}/metadata", process)
            yield address
        finally:
            process.terminate()


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(address):  # noqa: S310 -- our own, on loopback
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the provider of SAML did not start")


@cache
def _server(address: str, folder: Path, *, knows_service: bool = True) -> Any:
    """The provider, which remembers what it calls people."""
    from saml2 import BINDING_HTTP_REDIRECT  # noqa: PLC0415 -- with what it warns of, it is for this process only
    from saml2.config import IdPConfig  # noqa: PLC0415
    from saml2.saml import NAME_FORMAT_URI, NAMEID_FORMAT_PERSISTENT  # noqa: PLC0415
    from saml2.server import Server  # noqa: PLC0415

    config = {
        "entityid": f"{address}/metadata",
        "key_file": str(folder / KEY),
        "cert_file": str(folder / CERTIFICATE),
        **({"metadata": {"local": [str(folder / OF_THE_SERVICE)]}} if knows_service else {}),
        "service": {
            "idp": {
                "endpoints": {"single_sign_on_service": [(f"{address}/sso", BINDING_HTTP_REDIRECT)]},
                "policy": {"default": {"lifetime": {"minutes": 5}, "name_form": NAME_FORMAT_URI}},
                "name_id_format": [NAMEID_FORMAT_PERSISTENT],
            }
        },
    }
    return Server(config=IdPConfig().load(config))


def _response(server: Any, request: str, relay_state: str, username: str) -> str:
    """A page that sends the response on by itself."""
    from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT  # noqa: PLC0415
    from saml2.authn_context import PASSWORD  # noqa: PLC0415

    asked = server.parse_authn_request(request, BINDING_HTTP_REDIRECT).message
    arguments = server.response_args(asked)
    response = server.create_authn_response(
        {"mail": [f"{username}@acme.example"], "displayName": ["Staff Member"]},
        userid=username,
        authn={"class_ref": PASSWORD, "authn_auth": "https://idp.acme.example"},
        sign_assertion=True,
        sign_response=True,
        sign_alg=_SHA256[0],
        digest_alg=_SHA256[1],
        **arguments,
    )
    sent = server.apply_binding(BINDING_HTTP_POST, str(response), arguments["destination"], relay_state, response=True)
    return str(sent["data"])


_FORM = """<!doctype html><html lang="en"><title>ACME</title><form method="post" action="/sso">
<input type="hidden" name="SAMLRequest" value="{request}"><input type="hidden" name="RelayState" value="{state}">
<label>Name <input name="username"></label><button>Sign in</button></form></html>"""


class Handler(BaseHTTPRequestHandler):
    """Asks who it is, and believes it."""

    address = ""
    folder = Path()

    def do_GET(self) -> None:
        """The metadata, or the form."""
        parts = urlsplit(self.path)
        if parts.path == "/metadata":
            from saml2.metadata import create_metadata_string  # noqa: PLC0415

            self._answer(
                create_metadata_string(None, config=_server(self.address, self.folder, knows_service=False).config)
            )
            return
        if parts.path != "/sso":  # an icon, perhaps
            self._answer(b"")
            return
        asked = {name: escape(values[0]) for name, values in parse_qs(parts.query).items()}
        self._answer(_FORM.format(request=asked["SAMLRequest"], state=asked["RelayState"]).encode())

    def do_POST(self) -> None:
        """The response."""
        raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
        given = {name: values[0] for name, values in parse_qs(raw).items()}
        server = _server(self.address, self.folder)
        self._answer(_response(server, given["SAMLRequest"], given["RelayState"], given["username"]).encode())

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main(port: int, folder: Path) -> None:
    """Serve until the end."""
    Handler.address, Handler.folder = f"http://127.0.0.1:{port}", folder
    HTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
