"""A directory of the tests' own: OpenLDAP's slapd in a folder in /tmp, on free loopback ports, with certificates."""

import base64
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.foundation.certificates import Authority
from tests.ports import free_port

BASE = "dc=corp,dc=example"
PEOPLE = f"ou=people,{BASE}"
ROOT_DN, ROOT_PASSWORD = f"cn=root,{BASE}", "whoever-fills-the-directory"
SERVICE_DN = f"cn=hibana,{BASE}"
SERVICE_PASSWORD = "the-service-account-of-hibana"
DIRECTORY_PASSWORD = "the staple of a correct horse"
HOST = "localhost"

SETTINGS = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/msuser.schema
pidfile {folder}/slapd.pid
modulepath {modules}
moduleload back_mdb.so
TLSCACertificateFile {authority}
TLSCertificateFile {server}
TLSCertificateKeyFile {server}
{limits}
database mdb
maxsize 10485760
suffix "dc=corp,dc=example"
rootdn "cn=root,dc=corp,dc=example"
rootpw whoever-fills-the-directory
directory {folder}/data
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=hibana,dc=corp,dc=example" read by * none
"""

TREE = f"""
dn: {BASE}
objectClass: dcObject
objectClass: organization
dc: corp
o: Corp

dn: ou=people,{BASE}
objectClass: organizationalUnit
ou: people

dn: {SERVICE_DN}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: hibana
userPassword: {SERVICE_PASSWORD}
"""
_AS_ROOT = ("-x", "-D", ROOT_DN, "-w", ROOT_PASSWORD)


class Slapd:
    """One running directory with a service account and no people yet."""

    def __init__(self, *, names: Sequence[str] = (HOST, "127.0.0.1"), settings: str = "") -> None:
        self._program = shutil.which("slapd") or "/usr/sbin/slapd"
        if not Path(self._program).exists():
            raise FileNotFoundError("slapd is not on this machine; `make test` installs it where it can")
        self._folder = Path(tempfile.mkdtemp(prefix="hibana-slapd-"))
        self._names, self._settings = names, settings
        self._server: subprocess.Popen[bytes] | None = None
        self._port, self._plain_port = free_port(), free_port()
        self.authority = Authority(self._folder)

    @property
    def url(self) -> str:
        """Where it speaks TLS from the first byte."""
        return f"ldaps://{HOST}:{self._port}"

    @property
    def plain_url(self) -> str:
        """Where it speaks plainly until it is asked for TLS."""
        return f"ldap://{HOST}:{self._plain_port}"

    def start(self) -> None:
        """Load the tree and wait until the server answers."""
        (self._folder / "data").mkdir()
        self._configuration.write_text(
            SETTINGS.format(
                folder=self._folder,
                modules=next(Path("/usr/lib").glob("**/back_mdb.so")).parent,
                authority=self.authority.file,
                server=self.authority.server_file(*self._names),
                limits=self._settings,
            )
        )
        self._run("slapadd", ldif=TREE)
        self.start_again()

    def start_again(self) -> None:
        """Serve what is there, and wait until it answers."""
        log = (self._folder / "log").open("a")
        with log:
            self._server = subprocess.Popen(
                [self._program, "-d", "0", "-f", self._configuration, "-h", f"{self.url}/ {self.plain_url}/"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        give_up = time.monotonic() + 30
        while self._tool("ldapwhoami", "-x").returncode not in (0, 48):  # 48: it wants to know who asks
            if time.monotonic() > give_up or self._server.poll() is not None:
                raise RuntimeError(f"slapd did not start:\n{(self._folder / 'log').read_text()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End the server by its process id; what it holds stays."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(timeout=30)
            self._server = None

    def close(self) -> None:
        """End the server and leave nothing behind."""
        self.stop()
        shutil.rmtree(self._folder)

    def add(
        self, uid: str, *, password: str = DIRECTORY_PASSWORD, rdn: str | None = None, **values: str | bytes
    ) -> str:
        """Add a person, in the place of whoever had the DN; it. `rdn`: what the DN begins with, as RFC 4514 has it."""
        dn = f"{rdn or f'uid={uid}'},{PEOPLE}"
        told: dict[str, str | bytes] = {"cn": uid, "sn": uid, "uid": uid, "userPassword": password, **values}
        self._tool("ldapdelete", *_AS_ROOT, dn)
        kinds = ("objectClass: inetOrgPerson", "objectClass: extensibleObject")
        self._modify(dn, "changetype: add", *kinds, *(_line(*pair) for pair in told.items()))
        return dn

    def refer(self, ou: str, url: str) -> str:
        """Add a branch that is kept in another directory; its DN."""
        dn = f"ou={ou},{BASE}"
        kinds = ("objectClass: referral", "objectClass: extensibleObject")
        self._modify(dn, "changetype: add", *kinds, _line("ou", ou), _line("ref", url))
        return dn

    def change(self, dn: str, **values: str) -> None:
        """Give attributes of an entry other values."""
        lines = [line for name, value in values.items() for line in (f"replace: {name}", _line(name, value), "-")]
        self._modify(dn, "changetype: modify", *lines)

    def remove(self, dn: str) -> None:
        """Take an entry out."""
        self._modify(dn, "changetype: delete")

    def uuid_of(self, dn: str) -> str:
        """The number that the directory itself gave an entry."""
        asked = self._tool("ldapsearch", *_AS_ROOT, "-LLL", "-s", "base", "-b", dn, "entryUUID")
        return next(line for line in asked.stdout.splitlines() if line.startswith("entryUUID: "))[len("entryUUID: ") :]

    def _modify(self, dn: str, *lines: str) -> None:
        ldif = "\n".join([_line("dn", dn), *lines, ""])
        self._tool("ldapmodify", *_AS_ROOT, ldif=ldif).check_returncode()

    def _run(self, program: str, *arguments: str, ldif: str = "") -> str:
        done = subprocess.run(
            [Path(self._program).with_name(program), "-f", self._configuration, *arguments],
            input=ldif,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed:\n{done.stderr}")
        return done.stdout

    def _tool(self, program: str, *arguments: str, ldif: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *arguments, "-H", self.plain_url],
            input=ldif,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=os.environ | {"LDAPNOINIT": "1"},
        )

    @property
    def _configuration(self) -> Path:
        return self._folder / "slapd.conf"


def _line(name: str, value: str | bytes) -> str:
    """One value in LDIF (RFC 2849), in the form that may hold anything."""
    raw = value.encode() if isinstance(value, str) else value
    return f"{name}:: {base64.b64encode(raw).decode()}"
