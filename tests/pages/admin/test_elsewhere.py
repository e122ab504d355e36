"""Every page of the console says how the same is done by command and over the API; both exist."""

import html
import re
import shlex

import click

from hibana_op.api.table import OPERATIONS
from hibana_op.cli.main import hibana
from hibana_op.records import join_codes
from hibana_op.tenancy import actors, invitations
from hibana_op.tenancy import join_codes as rules
from hibana_op.tenancy.seats import Seat
from tests.deployment import Deployment
from tests.pages.admin.running import at_console, joined, page_of
from tests.tenancy.authority import HERE, make_tenant

ROOMS = ("", "/members", "/join-codes", "/join-codes/new", "/invitations", "/invitations/new", "/branding")


def is_command(line: str) -> bool:
    """Whether there is such a command with such options."""
    found: click.Command = hibana
    words = shlex.split(line)[1:]
    while isinstance(found, click.Group):
        following = found.get_command(click.Context(found), words.pop(0))
        if following is None:
            return False
        found = following
    known = {name for each in found.params for name in each.opts}
    return {word for word in words if word.startswith("--")} <= known


def is_operation(line: str) -> bool:
    """Whether the API has such an address."""
    method, _, address = line.partition(" /api/v1")
    path = address.partition("?")[0]
    return any(
        each.method == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each.path), path) for each in OPERATIONS
    )


async def test_the_commands_and_calls_that_pages_name_exist(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    tenant = await make_tenant(op)
    owner, command = await joined(op, tenant, "owner"), await actors.command(op)
    await rules.create(op, command, tenant.id, seat=Seat(), origin=HERE)
    (code,) = await join_codes.page(op.db, tenant.id)
    sent = await invitations.create(op, command, tenant.id, email="kei@example.com", seat=Seat(), origin=HERE)
    browser = await at_console(deployment_on_sqlite, owner)
    things = (
        await page_of(op, tenant, owner),
        f"/admin/acme/join-codes/{code.id}",
        f"/admin/acme/invitations/{sent.invitation.id}",
    )
    for path in (*(f"/admin/acme{each}" for each in ROOMS), *things):
        told = re.search(r"<details>.*?<pre>(.*?)</pre>", (await browser.get(path)).text, re.DOTALL)
        assert told is not None, path
        lines = html.unescape(told[1]).splitlines()
        assert len(lines) > 1
        for line in lines:
            assert is_command(line) if line.startswith("hibana ") else is_operation(line), line
