"""How long a password must be: a page says what its refusal says, whoever chose that."""

import re
from typing import Any

import httpx2
import pytest

from hibana_op.tenancy import actors, invitations
from hibana_op.tenancy.seats import Seat
from tests.deployment import Browser, Deployment, Page
from tests.make import PASSWORD, make_client, make_tenant, make_user
from tests.pages.mailing import link_in, mailing, mails_to
from tests.passkeys import signed_in
from tests.policies import ORIGIN, choose, member_of_tenant

__all__ = ["mailing"]

STRONG = "vK9#tU!xQ2 tulip-Ω wagon. " * 2
NEW = "new.person@example.com"
WITH_MORE = {"sign_in": {"second_factor": "required"}}


def asked(page: httpx2.Response) -> int:
    """The length that a page asks for, in its words and for its script."""
    words = re.search(r'id="password-hint">At least (\d+) characters', page.text)
    script = re.search(r'data-shortest="(\d+)"', page.text)
    assert words, page.text
    assert script, page.text
    assert words[1] == script[1]
    return int(words[1])


async def agree(browser: Browser, page: httpx2.Response, length: int, **fields: str) -> None:
    """The page asks for this length, refuses one character less with the same words, and takes no more."""
    assert asked(page) == length
    refused = await browser.submit(Page.read(page), password=STRONG[: length - 1], **fields)
    assert refused.status_code == 400
    assert f"at least {length} characters" in refused.text
    assert asked(refused) == length
    taken = await browser.submit(Page.read(refused), password=STRONG[:length], **fields)
    assert taken.status_code < 400, taken.text


async def test_H07_ones_own_password_is_as_long_as_ones_tenant_asks(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    await member_of_tenant(mailing.op, user, passwords={"min_length": 24})
    browser = await signed_in(mailing, user)

    await agree(browser, await browser.get("/account/password"), 24, current_password=PASSWORD)


@pytest.mark.parametrize(("length", "more"), [(15, {}), (30, {}), (8, WITH_MORE)], ids=["15", "30", "8"])
async def test_H07_a_forgotten_password_is_replaced_by_one_of_the_length_that_applies(
    mailing: Deployment, length: int, more: dict[str, Any]
) -> None:
    user = await make_user(mailing.op)
    await member_of_tenant(mailing.op, user, passwords={"min_length": length}, **more)
    browser = mailing.browser()
    await browser.submit(Page.read(await browser.get("/recover")), username=user.email)

    await agree(browser, await browser.get(link_in((await mails_to(mailing.op, user.email))[0])), length)


@pytest.mark.parametrize(
    ("of_app", "length"),
    [({"passwords": {"min_length": 28}}, 28), ({"passwords": {"min_length": 8}, **WITH_MORE}, 20)],
    ids=["longer", "shorter"],
)
async def test_H07_a_first_password_is_as_long_as_the_deployment_and_the_app_ask(
    mailing: Deployment, of_app: dict[str, Any], length: int
) -> None:
    op = mailing.op
    await choose(op, passwords={"min_length": 20})
    tenant = await make_tenant(op)
    await choose(op, tenant.id, **of_app)
    client = await make_client(op, first_party=True, tenant_id=tenant.id)
    browser = mailing.browser()
    await browser.submit(Page.read(await browser.authorize(client, prompt="create")), email=NEW)

    await agree(browser, await browser.get(link_in((await mails_to(op, NEW))[0])), length)


async def test_H07_who_is_invited_into_a_tenant_chooses_one_as_long_as_it_asks(mailing: Deployment) -> None:
    op = mailing.op
    tenant = await make_tenant(op)
    await choose(op, tenant.id, passwords={"min_length": 24})
    await invitations.create(
        op, await actors.command(op), tenant.id, email=NEW, seat=Seat(), language="en", origin=ORIGIN
    )
    browser = mailing.browser()

    await agree(browser, await browser.get(link_in((await mails_to(op, NEW))[0])), 24)
