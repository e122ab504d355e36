"""Join codes at the console: made, told to whoever may know them, used at the hosted page, disabled."""

import re

import pytest

from hibana_op.records import audit_log, join_codes
from hibana_op.records.join_codes import JoinCode
from hibana_op.tenancy import join_codes as rules
from hibana_op.tenancy.seats import Seat
from tests.deployment import Browser, Deployment, Page
from tests.make import make_user
from tests.pages.account.visiting import heading
from tests.pages.admin.running import at_console, joined, membership_of, send
from tests.tenancy.authority import HERE, acting, give, make_role, make_tenant, make_unit

LIST = "/admin/acme/join-codes"


async def make(browser: Browser, **fields: str) -> str:
    """Make a code with the form; its page."""
    form = Page.read(await browser.get(f"{LIST}/new"))
    landed = await browser.submit(form, **{"role": "member", "unit": "", **fields})
    assert "The join code was made." in landed.text
    return str(landed.text)


async def only(deployment: Deployment, tenant_id: str) -> JoinCode:
    """The code that there is."""
    (code,) = await join_codes.page(deployment.op.db, tenant_id)
    return code


async def test_P05_a_code_is_made_and_lets_somebody_in_who_is_then_listed(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    unit, owner = await make_unit(op, tenant), await joined(op, tenant, "owner")
    browser = await at_console(deployment, owner)
    page = await make(browser, label="Spring", max_uses="２", days="1", role="admin", unit=unit.id)
    kept = await only(deployment, tenant.id)
    assert (kept.label, kept.max_uses, kept.role, kept.unit_id) == ("Spring", 2, "admin", unit.id)
    assert kept.expires_at == op.now() + 86400
    text = rules.text_of(op, kept)
    assert f'<code id="code">{text}</code>' in page
    address = f"{op.issuer}/join?code={text}"
    assert f'<code id="address">{address}</code>' in page
    assert "<svg" in page.partition('class="qr"')[2]
    (told,) = await audit_log.page(op.db, action="tenant:join_code:created")
    assert (told.user_id, told.tenant_id, told.resource_id) == (owner.id, tenant.id, kept.id)

    newcomer = await make_user(op, name="Kei")
    theirs = await at_console(deployment, newcomer)
    asked = await theirs.get(address)
    await theirs.submit(Page.read(await theirs.submit(Page.read(asked))), decision="join")
    assert (await membership_of(op, tenant, newcomer)).role == "admin"
    assert "Kei" in (await browser.get("/admin/acme/members")).text
    shown = await browser.get(LIST)
    assert text in shown.text
    assert "1 / 2" in shown.text


async def test_P05_a_code_is_disabled_for_good_after_a_question(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    browser = await at_console(deployment, await joined(op, tenant, "owner"))
    await make(browser)
    kept = await only(deployment, tenant.id)
    asked = await browser.get(f"{LIST}/{kept.id}?ask=disable")
    assert heading(asked) == "Disable this join code?"
    assert (await only(deployment, tenant.id)).disabled_at is None
    landed = await browser.submit(Page.read(asked), decision="disable")
    assert "The join code was disabled." in landed.text
    assert (await only(deployment, tenant.id)).disabled_at == op.now()
    assert "ask=disable" not in landed.text
    assert rules.text_of(op, kept) not in (await browser.get(LIST)).text
    assert (await send(browser, f"{LIST}/{kept.id}", decision="enable")).status_code == 400


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_uses", "0"),
        ("max_uses", "many"),
        ("max_uses", "-1"),
        ("max_uses", "1000001"),
        ("days", "0"),
        ("days", "367"),
        ("days", "9" * 300),
        ("role", "owner"),
        ("role", ""),
        ("label", "x" * 101),
        ("label", "a\nb"),
    ],
)
async def test_what_cannot_be_is_marked_and_the_rest_is_kept(
    deployment_on_sqlite: Deployment, field: str, value: str
) -> None:
    op = deployment_on_sqlite.op
    tenant = await make_tenant(op)
    browser = await at_console(deployment_on_sqlite, await joined(op, tenant, "owner"))
    page = Page.read(await browser.get(f"{LIST}/new"))
    other = "days" if field == "max_uses" else "max_uses"
    refused = await browser.submit(page, **{"role": "member", "unit": "", other: "12", field: value})
    assert refused.status_code == 400
    assert f'id="{field}-problem"' in refused.text
    assert "aria-invalid" in refused.text
    assert 'value="12"' in refused.text
    assert await join_codes.page(op.db, tenant.id) == []


async def test_P03_nobody_gives_by_a_code_what_they_lack_nor_reads_one_that_does(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    owner, clerk = await joined(op, tenant, "owner"), await joined(op, tenant)
    await make_role(op, tenant, ["join-codes:*"], "clerk")
    await give(op, clerk, "clerk", tenant=tenant)
    strong, text = await rules.create(op, await acting(op, owner), tenant.id, seat=Seat(role="admin"), origin=HERE)
    browser = await at_console(deployment, clerk)
    for path in (LIST, f"{LIST}/{strong.id}"):
        page = await browser.get(path)
        assert page.status_code == 200
        assert text not in page.text
    assert '<option value="admin"' not in (await browser.get(f"{LIST}/new")).text
    refused = await send(browser, f"{LIST}/new", role="admin", days="1", max_uses="", label="", unit="")
    assert refused.status_code == 403
    assert "You may not do this. Nothing was changed." in refused.text
    assert len(await join_codes.page(op.db, tenant.id)) == 1


async def test_P01_whoever_looks_after_a_unit_makes_codes_for_it_alone(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    ours, theirs = await make_unit(op, tenant), await make_unit(op, tenant)
    owner, keeper = await joined(op, tenant, "owner"), await joined(op, tenant)
    await make_role(op, tenant, ["join-codes:*", "units:read"], "keeper")
    await give(op, keeper, "keeper", tenant=tenant, unit=ours)
    above, above_text = await rules.create(op, await acting(op, owner), tenant.id, seat=Seat(), origin=HERE)
    browser = await at_console(deployment, keeper)
    form = await browser.get(f"{LIST}/new")
    assert re.findall(r'<select id="unit".*?</select>', form.text, re.DOTALL)[0].count("<option") == 1
    for unit in ("", theirs.id, "x", "\0"):
        refused = await send(browser, f"{LIST}/new", role="member", unit=unit)
        assert refused.status_code in (400, 403, 409), unit
    assert (await send(browser, f"{LIST}/new", role="member", unit=ours.id)).status_code == 303
    shown = await browser.get(LIST)
    assert shown.text.count('<th scope="row">') == 1
    assert above_text not in shown.text
    assert (await browser.get(f"{LIST}/{above.id}")).status_code == 404
    assert (await send(browser, f"{LIST}/{above.id}", decision="disable")).status_code == 404


async def test_R01_a_note_is_shown_as_it_was_typed(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    tenant = await make_tenant(op)
    browser = await at_console(deployment_on_sqlite, await joined(op, tenant, "owner"))
    note = '"><script>alert(1)</script>'
    page = await make(browser, label=note)
    assert note not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
