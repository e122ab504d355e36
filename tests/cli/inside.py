"""What a test makes in a command's deployment by the builders, where no command is under test."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from hibana_op.config import load
from hibana_op.provider import Provider, open_provider
from tests.cli.conftest import Shell

T = TypeVar("T")


def inside(hibana: Shell, body: Callable[[Provider], Awaitable[T]]) -> T:
    """Open the deployment that the shell works on, run `body`, close it."""

    async def opened() -> T:
        settings = load(hibana.settings, file=None, flags={}, mode="command")
        op = await open_provider(settings, cheap_passwords=True)
        try:
            return await body(op)
        finally:
            await op.close()

    return asyncio.run(opened())
