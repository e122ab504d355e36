"""Work that a server does when it is killed: sign-ins, rotations, tokens for an API, and commands beside it."""

import asyncio
import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import SystemRandom

import httpx2

from hibana_op.foundation.ids import uuid7
from tests.crash.ledger import Approval, Ledger
from tests.make import PASSWORD
from tests.server import HibanaProcess
from tests.visitor import App, Visitor, redemption, register_app, rotation

API = "https://api.example/"
LIVES = 6  # approvals at a time, each with a code and some rotations
ROBOTS = 3
ROTATIONS = 8


@dataclass(frozen=True, slots=True)
class Apps:
    """Who works: an app that people sign in to, and a machine with opaque tokens for an API."""

    web: App
    robot: App

    @classmethod
    def register(cls, server: HibanaProcess) -> "Apps":
        """Register both, and the API."""
        web = register_app(server)
        robot = register_app(server, grants=("client_credentials",))
        opaque = ("--token-format", "opaque", "--scope", "read=Read things", "--client", robot.client_id)
        server.command("resource", "create", "--identifier", API, "--name", "API", *opaque)
        server.command("resource", "allow", API, "--client", robot.client_id)
        return cls(web, robot)


class Load:
    """Everything at once, until the server is gone."""

    def __init__(self, server: HibanaProcess, visitor: Visitor, apps: Apps, ledger: Ledger) -> None:
        self._server = server
        self._visitor = visitor
        self._apps = apps
        self._ledger = ledger
        self._commands: set[subprocess.Popen[str]] = set()
        self._is_over = False

    async def until_killed_after(self, seconds: float) -> None:
        """Work for some time, then kill the server, and each command that runs beside it or not."""
        work = [self._live() for _ in range(LIVES)] + [self._ask_for_api() for _ in range(ROBOTS)]
        tasks = [asyncio.create_task(each) for each in (*work, self._add_people(), self._add_apps())]
        await asyncio.sleep(seconds)
        self._is_over = True
        for command in self._commands:
            if SystemRandom().random() < 0.5:
                command.kill()
        await asyncio.to_thread(self._server.kill9)
        await asyncio.gather(*tasks)

    @contextmanager
    def _until_cut_off(self) -> Iterator[None]:
        try:
            yield
        except httpx2.TransportError:
            assert self._is_over, "the server hung up by itself"

    async def _live(self) -> None:
        with self._until_cut_off():
            while True:
                approval = Approval(await self._visitor.code(self._apps.web))
                self._ledger.approvals.append(approval)
                await self._obtain(approval, redemption(self._apps.web, approval.code))
                for _ in range(ROTATIONS):
                    await self._obtain(approval, rotation(approval.tokens[-1]))

    async def _obtain(self, approval: Approval, form: dict[str, str]) -> None:
        approval.is_unsure = True
        response = await self._visitor.token(self._apps.web, **form)
        assert response.status_code == 200, response.text
        approval.tokens.append(response.json()["refresh_token"])
        approval.is_unsure = False

    async def _ask_for_api(self) -> None:
        with self._until_cut_off():
            while True:
                response = await self._visitor.token(self._apps.robot, grant_type="client_credentials", resource=API)
                assert response.status_code == 200, response.text
                self._ledger.opaque_tokens.append(response.json()["access_token"])

    async def _add_people(self) -> None:
        while not self._is_over:
            email = f"{uuid7()}@example.com"
            if await self._run("user", "create", "--email", email, "--password-stdin"):
                self._ledger.people.add(email)

    async def _add_apps(self) -> None:
        while not self._is_over:
            told = await self._run("client", "create", "--name=Robot", "--grant-type=client_credentials", "--json")
            if told:
                made = json.loads(told)
                self._ledger.apps.append(App(made["client_id"], made["client_secret"], ""))

    async def _run(self, *arguments: str) -> str:
        """What a command prints; nothing when it was killed before it ended."""
        with self._server.begin(*arguments) as command:
            self._commands.add(command)
            told, complaint = await asyncio.to_thread(command.communicate, PASSWORD)
            self._commands.remove(command)
        if command.returncode == -signal.SIGKILL:
            self._ledger.killed_commands += 1
            return ""
        assert command.returncode == 0, complaint
        return told
