"""Kept-alive connections to a server's workers, whose requests are held back by their last byte and let go at once."""

import asyncio
import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.server import HibanaProcess

_MOST = 400


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `body` is what the JSON says, and empty when the answer is a page."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def port(self) -> int:
        """The port at our end."""
        found: int = self.writer.get_extra_info("sockname")[1]
        return found

    async def ask(self, request: bytes) -> Answer:
        """Send a request and read the response."""
        self.writer.write(request)
        return await self.answer()

    async def answer(self) -> Answer:
        """Read one response."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        text = await self.reader.readexactly(int(headers.get("content-length", "0")))
        is_json = headers.get("content-type", "").startswith("application/json")
        return Answer(int(head[0].split()[1]), headers, json.loads(text) if is_json else {})


class Crowd:
    """Connections that every worker of a server has the same share of."""

    def __init__(self, server: HibanaProcess, connections: list[Connection]) -> None:
        self._host = server.issuer.removeprefix("http://")
        self.connections = connections

    @classmethod
    async def gather(cls, server: HibanaProcess, *, size: int) -> "Crowd":
        """Connect until each worker has accepted its share; the connections beyond it are closed."""
        workers = server.workers()
        share = size // len(workers)
        opened: list[Connection] = []
        while True:
            opened.append(Connection(*await asyncio.open_connection("127.0.0.1", server.port)))
            held = await cls._held(server, workers, {each.port for each in opened})
            if all(len(ports) >= share for ports in held.values()):
                break
            assert len(opened) < _MOST, f"the workers hold {held}"
        chosen = {port for ports in held.values() for port in sorted(ports)[:share]}
        for each in opened:
            if each.port not in chosen:
                each.writer.close()
        return cls(server, [each for each in opened if each.port in chosen])

    @staticmethod
    async def _held(server: HibanaProcess, workers: list[int], ours: set[int]) -> dict[int, set[int]]:
        """Which of our connections each worker has accepted, once all are."""
        while True:
            held = {pid: connections_of(pid, server.port) & ours for pid in workers}
            if ours == set().union(*held.values()):
                return held
            await asyncio.sleep(0.001)

    async def post(self, path: str, form: dict[str, str], **headers: str) -> list[Answer]:
        """The same form on every connection, the last byte of each at the same moment."""
        return await self.send(self.posting(path, form, **headers))

    async def send(self, request: bytes) -> list[Answer]:
        """The same request on every connection, the last byte of each at the same moment."""
        for each in self.connections:
            each.writer.write(request[:-1])
        await asyncio.gather(*(each.writer.drain() for each in self.connections))
        for each in self.connections:
            each.writer.write(request[-1:])
        return await asyncio.gather(*(each.answer() for each in self.connections))

    async def get(self, path: str, **headers: str) -> list[Answer]:
        """The same visit on every connection."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in {"Host": self._host, **headers}.items())
        request = f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode()
        return await asyncio.gather(*(each.ask(request) for each in self.connections))

    def posting(self, path: str, form: dict[str, str], **headers: str) -> bytes:
        """The bytes of a form that is sent."""
        return self._with_body(path, urlencode(form).encode(), "application/x-www-form-urlencoded", headers)

    def posting_json(self, path: str, document: dict[str, Any], **headers: str) -> bytes:
        """The bytes of a JSON object that is sent."""
        return self._with_body(path, json.dumps(document).encode(), "application/json", headers)

    def _with_body(self, path: str, body: bytes, kind: str, headers: dict[str, str]) -> bytes:
        told = {"Host": self._host, "Content-Type": kind, "Content-Length": str(len(body)), **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body

    async def close(self) -> None:
        """Hang up."""
        for each in self.connections:
            each.writer.close()
            await each.writer.wait_closed()


def basic(credentials: tuple[str, str]) -> str:
    """The value of an Authorization header; an id and a secret of ours need no escaping."""
    return "Basic " + base64.b64encode(":".join(credentials).encode()).decode()


def connections_of(pid: int, port: int) -> set[int]:
    """The far ports of the connections to a local port that a process has open."""
    inodes = {link for link in map(_target, Path(f"/proc/{pid}/fd").iterdir()) if link.startswith("socket:")}
    found = set()
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        _, local, remote, state, *_, inode = line.split()[:10]
        if state == "01" and int(local.split(":")[1], 16) == port and f"socket:[{inode}]" in inodes:
            found.add(int(remote.split(":")[1], 16))
    return found


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except FileNotFoundError:  # closed between listing and looking
        return ""
