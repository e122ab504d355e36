"""Invitations at the console: sent by mail in the language that is chosen, sent again, cancelled."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hibana_op.records import invitations
from hibana_op.records.invitations import Invitation
from hibana_op.tenancy import invitations as rules
from tests.deployment import Deployment, Page, deploy
from tests.pages.account.visiting import heading
from tests.pages.admin.running import at_console, joined, send
from tests.second_factors import deployment as sending
from tests.second_factors import messages_to
from tests.tenancy.authority import give, make_role, make_tenant, make_unit

__all__ = ["sending"]

LIST = "/admin/acme/invitations"
KEI = "kei@example.com"


@pytest.fixture
async def silent(tmp_path: Path) -> AsyncIterator[Deployment]:
    """A deployment that sends no mail."""
    async with deploy(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path) as deployed:
        yield deployed


async def only(deployment: Deployment, tenant_id: str) -> Invitation:
    """The invitation that there is."""
    (found,) = await invitations.page(deployment.op.db, tenant_id)
    return found


async def test_P06_an_address_is_invited_once_more_and_no_more(sending: Deployment) -> None:
    op = sending.op
    tenant = await make_tenant(op)
    unit = await make_unit(op, tenant)
    browser = await at_console(sending, await joined(op, tenant, "owner"))
    form = Page.read(await browser.get(f"{LIST}/new"))
    landed = await browser.submit(form, email=KEI, role="admin", unit=unit.id, days="3", language="ja")
    assert "The invitation was sent by email." in landed.text
    made = await only(sending, tenant.id)
    assert (made.email, made.role, made.unit_id, made.expires_at) == (KEI, "admin", unit.id, op.now() + 3 * 86400)
    (letter,) = await messages_to(op, KEI)
    assert "招待" in letter.subject
    assert "/invite/" not in landed.text

    again = await browser.submit(Page.read(await browser.get(f"{LIST}/{made.id}")), decision="resend", language="en")
    assert "The invitation was sent by email." in again.text
    newer, _ = await messages_to(op, KEI)
    assert "invited" in newer.subject.lower()
    links = [re.findall(r"/invite/\S+", each.text_body)[0] for each in (newer, letter)]
    assert links[0] != links[1]

    asked = await browser.get(f"{LIST}/{made.id}?ask=cancel")
    assert heading(asked) == f"Cancel the invitation of {KEI}?"
    cancelled = await browser.submit(Page.read(asked), decision="cancel")
    assert "The invitation was cancelled." in cancelled.text
    assert (await only(sending, tenant.id)).status == "cancelled"
    for decision in ("cancel", "resend"):
        over = await send(browser, f"{LIST}/{made.id}", decision=decision)
        assert over.status_code == 409
        assert "This invitation was accepted or cancelled before." in over.text
    assert (await send(browser, f"{LIST}/{made.id}", decision="accept")).status_code == 400
    assert len(await messages_to(op, KEI)) == 2
    assert KEI not in (await browser.get(f"{LIST}?status=pending")).text
    assert KEI in (await browser.get(f"{LIST}?status=cancelled")).text


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_refusals_are_told_beside_the_form_in_the_language_of_the_page(silent: Deployment, language: str) -> None:
    op = silent.op
    tenant = await make_tenant(op)
    owner = await joined(op, tenant, "owner")
    browser = await at_console(silent, owner, **{"Accept-Language": language})
    fields = {"role": "member", "unit": "", "days": "7", "language": "ja"}
    words = {
        "en": ("Whoever has this address is a member", "This address was invited many times today", "Enter your email"),
        "ja": ("すでにこの組織のメンバーです", "今日はもう送れません", "name@example.comの形で"),
    }
    known = await send(browser, f"{LIST}/new", email=owner.email, **fields)
    assert (known.status_code, words[language][0] in known.text) == (409, True)
    assert f'value="{owner.email}"' in known.text
    for at in range(rules.MOST_TO_AN_ADDRESS + 1):
        sent = await send(browser, f"{LIST}/new", email=KEI, **fields)
        assert sent.status_code == (409 if at == rules.MOST_TO_AN_ADDRESS else 303)
    assert words[language][1] in sent.text
    wrong = await send(browser, f"{LIST}/new", email="nobody", **fields)
    assert wrong.status_code == 400
    assert 'id="email-problem"' in wrong.text
    if language == "ja":
        for refused in (known, sent, wrong):
            alert = refused.text.partition('role="alert"')[2].partition("</div>")[0]
            assert re.search(r"[ぁ-ん]", alert)


async def test_without_mail_no_link_is_told_and_the_invitation_waits(silent: Deployment) -> None:
    op = silent.op
    tenant = await make_tenant(op)
    browser = await at_console(silent, await joined(op, tenant, "owner"))
    form = await browser.get(f"{LIST}/new")
    assert "This site sends no email." in form.text
    landed = await browser.submit(Page.read(form), email=KEI, role="member", unit="")
    assert "No email is sent" in landed.text
    assert "/invite/" not in landed.text
    assert (await only(silent, tenant.id)).is_mailed is False


async def test_P03_nobody_invites_to_more_than_they_hold(silent: Deployment) -> None:
    op = silent.op
    tenant = await make_tenant(op)
    admin, manager = await joined(op, tenant, "admin"), await joined(op, tenant)
    ours, theirs = await make_unit(op, tenant), await make_unit(op, tenant)
    await give(op, manager, "department_manager", tenant=tenant, unit=ours)
    fields = {"email": KEI, "days": "7", "language": "en"}
    browser = await at_console(silent, admin)
    assert '<option value="owner"' not in (await browser.get(f"{LIST}/new")).text
    assert (await send(browser, f"{LIST}/new", **fields, role="owner", unit="")).status_code == 403
    browser = await at_console(silent, manager)
    for role, unit in (("admin", ours.id), ("member", ""), ("member", theirs.id)):
        assert (await send(browser, f"{LIST}/new", **fields, role=role, unit=unit)).status_code == 403
    assert await invitations.page(op.db, tenant.id) == []
    assert (await send(browser, f"{LIST}/new", **fields, role="member", unit=ours.id)).status_code == 303
    assert (await only(silent, tenant.id)).unit_id == ours.id


async def test_P01_whoever_reads_invitations_alone_sends_and_cancels_none(silent: Deployment) -> None:
    op = silent.op
    tenant = await make_tenant(op)
    owner, reader = await joined(op, tenant, "owner"), await joined(op, tenant)
    await make_role(op, tenant, ["invitations:read"], "reader")
    await give(op, reader, "reader", tenant=tenant)
    first = await at_console(silent, owner)
    await send(first, f"{LIST}/new", email=KEI, role="member", unit="", days="7", language="en")
    made = await only(silent, tenant.id)
    browser = await at_console(silent, reader)
    page = await browser.get(f"{LIST}/{made.id}?ask=cancel")
    assert (page.status_code, 'method="post"' in page.text) == (200, False)
    assert "/new" not in (await browser.get(LIST)).text
    assert (await browser.get(f"{LIST}/new")).status_code == 403
    for decision in ("cancel", "resend"):
        assert (await send(browser, f"{LIST}/{made.id}", decision=decision)).status_code == 403
    assert (await send(browser, f"{LIST}/new", email="b@example.com", role="member")).status_code == 403
    assert (await only(silent, tenant.id)) == made
