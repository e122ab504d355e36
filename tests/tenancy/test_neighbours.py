"""What one tenant does too much of, or what fails there, is nothing to another. Row O04."""

import pytest

from hibana_op.api import pace
from hibana_op.foundation.errors import LoginRefused, TooManyRequests
from hibana_op.foundation.mail import SmtpMailer
from hibana_op.foundation.origin import Origin
from hibana_op.jobs.mail import FIRST_PAUSE, deliver_one
from hibana_op.login import throttle
from hibana_op.oauth import client_registry
from hibana_op.records import memberships
from hibana_op.records.tenants import Tenant
from hibana_op.tenancy import actors, invitations, join_codes
from hibana_op.tenancy.seats import Seat
from tests.api.credentials import ask, key_of, machine_token
from tests.deployment import Deployment, Page
from tests.foundation.postman import office
from tests.make import PASSWORD, make_client, make_user
from tests.pages.mailing import mailing
from tests.tenancy.authority import HERE, make_member, make_tenant

__all__ = ["mailing"]


async def two_tenants(deployment: Deployment) -> tuple[Tenant, Tenant]:
    return await make_tenant(deployment.op, "loud"), await make_tenant(deployment.op, "quiet")


async def calls(deployment: Deployment, token: str, times: int, path: str = "/me") -> list[int]:
    """The statuses of so many calls, one after the other."""
    return [(await ask(deployment, "GET", path, token)).status_code for _ in range(times)]


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Callers and tenants may do so little that a test uses it up."""
    monkeypatch.setattr(pace, "MOST_OF_A_CALLER", 4)
    monkeypatch.setattr(pace, "OF_A_CALLER_IN_A_SECOND", 2)
    monkeypatch.setattr(pace, "MOST_OF_A_TENANT", 6)
    monkeypatch.setattr(pace, "OF_A_TENANT_IN_A_SECOND", 1)


@pytest.mark.usefixtures("little")
async def test_O04_a_burst_by_one_tenants_key_is_held_up_and_anothers_calls_are_not(deployment: Deployment) -> None:
    op = deployment.op
    loud, quiet = await two_tenants(deployment)
    first = await key_of(op, await make_member(op, loud, "owner"), tenant_id=loud.id)
    second = await key_of(op, await make_member(op, quiet, "owner"), tenant_id=quiet.id)

    assert await calls(deployment, first, 6) == [200, 200, 200, 200, 429, 429]
    refused = await ask(deployment, "GET", "/me", first)
    assert (refused.headers["retry-after"], refused.headers["content-type"]) == ("1", "application/problem+json")
    assert await calls(deployment, second, 3) == [200] * 3

    deployment.clock.advance(int(refused.headers["retry-after"]))
    assert await calls(deployment, first, 3) == [200, 200, 429], "what was used up comes back bit by bit"


@pytest.mark.usefixtures("little")
async def test_O04_more_keys_of_a_person_give_them_no_more(deployment: Deployment) -> None:
    op = deployment.op
    loud, _ = await two_tenants(deployment)
    owner = await make_member(op, loud, "owner")
    keys = [await key_of(op, owner, tenant_id=loud.id) for _ in range(3)]

    assert [await calls(deployment, key, 2) for key in keys] == [[200, 200], [200, 200], [429, 429]]


@pytest.mark.usefixtures("little")
async def test_O04_what_reaches_one_tenant_alone_shares_what_a_tenant_has(deployment: Deployment) -> None:
    op = deployment.op
    loud, quiet = await two_tenants(deployment)
    keys = [await key_of(op, await make_member(op, loud, "owner"), tenant_id=loud.id) for _ in range(3)]
    machines = await machine_token(deployment, tenant_id=loud.id), await machine_token(deployment, tenant_id=quiet.id)

    assert [await calls(deployment, key, 2) for key in keys] == [[200, 200]] * 3
    assert (await ask(deployment, "GET", f"/tenants/{loud.id}", machines[0])).status_code == 429
    assert (await ask(deployment, "GET", f"/tenants/{quiet.id}", machines[1])).status_code == 200


@pytest.mark.usefixtures("little")
async def test_O04_whoever_is_turned_away_has_done_nothing(deployment: Deployment) -> None:
    op = deployment.op
    loud, _ = await two_tenants(deployment)
    key = await key_of(op, await make_member(op, loud, "owner"), tenant_id=loud.id)
    await calls(deployment, key, 4)

    asked = await ask(deployment, "PATCH", f"/tenants/{loud.id}", key, json={"name": "Louder"})

    assert asked.status_code == 429
    assert (await op.db.all("SELECT name FROM tenants WHERE slug = 'loud'"))[0]["name"] == "Loud"


async def test_O04_people_who_are_locked_out_lock_nobody_of_another_tenant_out(deployment: Deployment) -> None:
    op = deployment.op
    loud, quiet = await two_tenants(deployment)
    locked, other = await make_user(op), await make_user(op)
    await make_member(op, loud, user=locked)
    await make_member(op, quiet, user=other)
    browser = deployment.browser()
    page = await browser.submit(Page.read(await browser.get("/login")), username=locked.email)
    for _ in range(throttle.MOST_FOR_A_PERSON + 1):
        page = await browser.submit(Page.read(page), password="not the right one")
    assert page.status_code == 429

    elsewhere = deployment.browser()
    landed = await elsewhere.sign_in(await elsewhere.get("/login"), other, PASSWORD)

    assert (landed.status_code, 'action="/logout"' in landed.text) == (200, True)


async def test_O04_wrong_join_codes_of_one_tenants_people_stop_nobody_else(deployment: Deployment) -> None:
    op, command = deployment.op, await actors.command(deployment.op)
    loud, quiet = await two_tenants(deployment)
    guesser, person = await make_member(op, loud), await make_user(op, password=None)
    _, code = await join_codes.create(op, command, quiet.id, seat=Seat(), max_uses=None, lifetime=None, origin=HERE)
    for _ in range(join_codes.MOST_FOR_A_PERSON):
        with pytest.raises(LoginRefused, match="join_code_wrong"):
            await join_codes.join(op, guesser.id, "AAAA-AAAA", origin=HERE)
    with pytest.raises(LoginRefused, match="too_many_attempts"):
        await join_codes.join(op, guesser.id, code, origin=HERE)

    assert (await join_codes.join(op, person.id, code, origin=Origin("192.0.2.99", None, "t"))).status == "active"
    assert (await join_codes.join(op, (await make_user(op)).id, code, origin=HERE)).tenant_id == quiet.id


async def test_O04_one_tenants_invitations_are_paced_and_anothers_go_out(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "MOST_OF_A_TENANT", 3)
    op, command = deployment.op, await actors.command(deployment.op)
    loud, quiet = await two_tenants(deployment)

    async def invite(tenant: Tenant, number: int) -> str:
        email = f"person-{number}@example.com"
        sent = await invitations.create(op, command, tenant.id, email=email, seat=Seat(), origin=HERE)
        return sent.invitation.tenant_id

    for number in range(3):
        await invite(loud, number)
    with pytest.raises(TooManyRequests) as refused:
        await invite(loud, 3)
    assert refused.value.retry_after == invitations.AN_HOUR
    assert await invite(quiet, 3) == quiet.id

    deployment.clock.advance(invitations.AN_HOUR)
    assert await invite(loud, 3) == loud.id


async def test_O04_mail_of_one_tenant_that_nobody_takes_holds_up_no_other_mail(mailing: Deployment) -> None:
    op, command = mailing.op, await actors.command(mailing.op)
    loud, quiet = await two_tenants(mailing)
    for number in range(3):
        email = f"nobody-{number}@loud.example"
        await invitations.create(op, command, loud.id, email=email, seat=Seat(), origin=HERE)
    async with office() as postman:
        mailer = SmtpMailer(f"smtp://127.0.0.1:{postman.port}", "no-reply@id.example")
        postman.refuses["RCPT"] = "450 not now"
        while await deliver_one(op, mailer):
            pass
        assert postman.letters == []
        postman.refuses.clear()
        await invitations.create(op, command, quiet.id, email="kei@quiet.example", seat=Seat(), origin=HERE)

        assert await deliver_one(op, mailer)
        assert [letter["To"] for letter in postman.letters] == ["kei@quiet.example"]

        mailing.clock.advance(FIRST_PAUSE)
        while await deliver_one(op, mailer):
            pass
        assert len(postman.letters) == 4, "the others come when they are taken"


async def test_O04_new_secrets_of_one_tenants_apps_leave_those_of_another_as_they_are(deployment: Deployment) -> None:
    op = deployment.op
    loud, quiet = await two_tenants(deployment)
    apps = [
        await make_client(op, grant_types=("client_credentials",), tenant_id=tenant.id, scope="read")
        for tenant in (loud, quiet)
    ]
    await client_registry.rotate_secret(op, apps[0].client_id, overlap=0, origin=HERE)

    answers = [(await deployment.token(app, grant_type="client_credentials")).status_code for app in apps]

    assert answers == [401, 200]


async def test_O04_a_tenant_that_is_closed_or_full_closes_no_other(deployment: Deployment) -> None:
    op, command = deployment.op, await actors.command(deployment.op)
    loud, quiet = await two_tenants(deployment)
    person = await make_member(op, loud)
    await op.db.run("UPDATE tenants SET plan_expires_at = 1, max_users = 0 WHERE id = :id", id=loud.id)
    _, code = await join_codes.create(op, command, quiet.id, seat=Seat(), max_uses=None, lifetime=None, origin=HERE)

    await join_codes.join(op, person.id, code, origin=HERE)

    belongings = await op.db.read(lambda tx: memberships.belongings(tx, person.id, now=op.now()))
    assert [each.slug for each in belongings] == ["quiet"]
