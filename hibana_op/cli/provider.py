"""A command's access to the deployment: open, do one thing, close."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import TypeVar

from hibana_op.config import Settings
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider, open_provider

T = TypeVar("T")


def run(settings: Settings, body: Callable[[Provider], Awaitable[T]]) -> T:
    """Open the deployment that the settings name, and run `body` on it."""

    async def opened() -> T:
        op = await open_provider(settings)
        try:
            return await body(op)
        finally:
            await op.close()

    return asyncio.run(opened())


def command_origin() -> Origin:
    """The origin that a command's audit entries carry."""
    return Origin.command(secrets.token_hex(16))
