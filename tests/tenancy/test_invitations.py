"""Invitations into a tenant: for one address, once, for a while, and only for whoever can read its mail."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from hibana_op.foundation.errors import Conflict, Forbidden, InvalidRecord, LoginRefused, NotFound
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.secrets import digest
from hibana_op.login.first_proof import by_password
from hibana_op.records import audit_log, invitations, memberships, roles, users
from hibana_op.records.invitations import Invitation
from hibana_op.records.tenants import Tenant
from hibana_op.tenancy import accepting, actors, membership
from hibana_op.tenancy import invitations as rules
from hibana_op.tenancy.seats import Seat
from tests.deployment import Deployment
from tests.make import make_user
from tests.pages.mailing import link_in, mailing, mails_to
from tests.tenancy.authority import HERE, acting, give, make_member, make_role, make_tenant, make_unit

__all__ = ["mailing"]

EMAIL = "kei@example.com"
WORDS = "a sentence of several words"


async def invite(
    deployment: Deployment, tenant: Tenant, email: str = EMAIL, *, seat: Seat | None = None, lifetime: int = 3600
) -> Invitation:
    actor = await actors.command(deployment.op)
    sent = await rules.create(
        deployment.op, actor, tenant.id, email=email, seat=seat or Seat(), lifetime=lifetime, language="en", origin=HERE
    )
    return sent.invitation


async def refused(deployment: Deployment, user_id: str, invitation: Invitation) -> str:
    with pytest.raises(LoginRefused) as refusal:
        await accepting.accept(deployment.op, user_id, invitation.id, origin=HERE)
    return refusal.value.reason


async def test_P06_whoever_has_the_address_accepts_once_and_becomes_what_was_said(mailing: Deployment) -> None:
    op = mailing.op
    tenant = await make_tenant(op)
    unit, role = await make_unit(op, tenant), await make_role(op, tenant, ["groups:read"], "reader")
    made = await invite(mailing, tenant, "KEI@example.com", seat=Seat(role="admin", role_id=role.id, unit_id=unit.id))
    (mail,) = await mails_to(op, "KEI@example.com")
    assert tenant.name in mail.text_body
    token = link_in(mail).rpartition("/")[2]
    assert made.token_hash == digest(token), "only its hash is kept"
    person = await make_user(op, email=EMAIL, email_verified=True)
    member = await accepting.accept(op, person.id, made.id, origin=HERE)
    assert (member.role, member.unit_id) == ("admin", unit.id)
    held = {each.role for each in await roles.granted_to(op.db, person.id, now=op.now())}
    assert held == {"tenant_admin", "reader"}
    assert await refused(mailing, person.id, made) == "invitation_over"
    kept = await invitations.find(op.db, tenant.id, made.id)
    assert kept is not None
    assert (kept.status, kept.accepted_by) == ("accepted", person.id)


async def test_P06_nobody_else_accepts(mailing: Deployment) -> None:
    op = mailing.op
    tenant = await make_tenant(op)
    made = await invite(mailing, tenant)
    other = await make_user(op, email="mei@example.com", email_verified=True)
    unconfirmed = await make_user(op, email=EMAIL)
    assert await refused(mailing, other.id, made) == "invitation_over"
    assert await refused(mailing, unconfirmed.id, made) == "invitation_over"
    await accepting.decline(op, other.id, made.id, origin=HERE)
    kept = await invitations.find(op.db, tenant.id, made.id)
    assert kept is not None
    assert kept.status == "pending"


async def test_P06_an_invitation_ends_to_the_second_and_when_it_is_cancelled_or_sent_again(mailing: Deployment) -> None:
    op, actor = mailing.op, await actors.command(mailing.op)
    tenant = await make_tenant(op)
    person = await make_user(op, email=EMAIL, email_verified=True)
    brief = await invite(mailing, tenant, lifetime=60)
    mailing.clock.advance(60)
    assert await refused(mailing, person.id, brief) == "invitation_over"
    again = await rules.resend(op, actor, tenant.id, brief.id, language="en", origin=HERE)
    assert (again.url, again.invitation.expires_at) == (None, op.now() + rules.LIFETIME)
    assert again.invitation.token_hash != brief.token_hash
    assert await invitations.find_by_token(op.db, brief.token_hash) is None
    assert len(await mails_to(op, EMAIL)) == 2
    await rules.cancel(op, actor, tenant.id, brief.id, origin=HERE)
    assert await refused(mailing, person.id, brief) == "invitation_over"
    for act in (rules.cancel, rules.resend):
        with pytest.raises(Conflict):
            await act(op, actor, tenant.id, brief.id, origin=HERE)
    newer = await invite(mailing, tenant)
    newest = await invite(mailing, tenant)
    assert await refused(mailing, person.id, newer) == "invitation_over"
    assert (await accepting.accept(op, person.id, newest.id, origin=HERE)).status == "active"
    tags = {each.action for each in await audit_log.page(op.db)}
    assert {"tenant:invitation:sent", "tenant:invitation:cancelled"} <= tags


async def test_P06_of_twenty_who_accept_at_once_one_does(mailing: Deployment) -> None:
    op = mailing.op
    tenant = await make_tenant(op)
    made = await invite(mailing, tenant)
    first = await by_password(op, WORDS, about=())
    found = await asyncio.gather(
        *(
            accepting.accept_as_newcomer(
                op, made, name="Kei", language="ja", first=replace(first, user_id=uuid7()), origin=HERE
            )
            for _ in range(20)
        ),
        return_exceptions=True,
    )
    assert Counter(type(each) for each in found) == {tuple: 1, LoginRefused: 19}
    user = await users.find_by_login(op.db, EMAIL)
    assert user is not None
    assert (user.email_verified, user.locale) == (True, "ja")
    assert await memberships.count_seats(op.db, tenant.id) == 1
    kept = await invitations.find(op.db, tenant.id, made.id)
    assert kept is not None
    assert (kept.status, kept.accepted_by) == ("accepted", user.id)


async def test_an_address_that_has_an_account_makes_no_second_one(mailing: Deployment) -> None:
    op = mailing.op
    tenant = await make_tenant(op)
    made = await invite(mailing, tenant)
    await make_user(op, email=EMAIL)
    with pytest.raises(LoginRefused, match="invitation_over"):
        await accepting.accept_as_newcomer(
            op, made, name=None, language="ja", first=await by_password(op, WORDS, about=()), origin=HERE
        )
    kept = await invitations.find(op.db, tenant.id, made.id)
    assert kept is not None
    assert kept.status == "pending"


async def test_without_mail_the_link_is_told_and_proves_no_address(deployment: Deployment) -> None:
    op, actor = deployment.op, await actors.command(deployment.op)
    tenant = await make_tenant(op)
    sent = await rules.create(op, actor, tenant.id, email=EMAIL, seat=Seat(), origin=HERE)
    assert sent.url is not None
    assert sent.invitation.token_hash == digest(sent.url.rpartition("/")[2])
    user, member = await accepting.accept_as_newcomer(
        op, sent.invitation, name="Kei", language="en", first=await by_password(op, WORDS, about=()), origin=HERE
    )
    assert (user.email_verified, member.tenant_id) == (False, tenant.id)


async def test_P03_an_administrator_invites_no_owner(deployment: Deployment) -> None:
    op = deployment.op
    tenant, other = await make_tenant(op), await make_tenant(op, "other")
    admin = await acting(op, await make_member(op, tenant, "admin"))
    owner = await acting(op, await make_member(op, tenant, "owner"))
    with pytest.raises(Forbidden):
        await rules.create(op, admin, tenant.id, email=EMAIL, seat=Seat(role="owner"), origin=HERE)
    sent = await rules.create(op, owner, tenant.id, email=EMAIL, seat=Seat(role="owner"), origin=HERE)
    assert sent.invitation.invited_by == owner.user_id
    with pytest.raises(Forbidden):
        await rules.resend(op, admin, tenant.id, sent.invitation.id, origin=HERE)
    stranger = await acting(op, await make_member(op, other, "owner"))
    with pytest.raises(NotFound, match="no invitation has the id"):
        await rules.get(op, stranger, other.id, sent.invitation.id)
    with pytest.raises(NotFound, match="no tenant has the id"):
        await rules.get(op, stranger, tenant.id, sent.invitation.id)


async def test_members_are_not_invited_and_nobodys_mailbox_is_flooded(deployment: Deployment) -> None:
    op, actor = deployment.op, await actors.command(deployment.op)
    tenant = await make_tenant(op)
    member = await make_member(op, tenant)
    with pytest.raises(Conflict, match="member already"):
        await rules.create(op, actor, tenant.id, email=member.email, seat=Seat(), origin=HERE)
    for _ in range(rules.MOST_TO_AN_ADDRESS):
        await rules.create(op, actor, tenant.id, email=EMAIL, seat=Seat(), origin=HERE)
    with pytest.raises(Conflict, match="within a day"):
        await rules.create(op, actor, tenant.id, email=EMAIL, seat=Seat(), origin=HERE)


@pytest.mark.parametrize(
    "wrong", [{"email": "nobody"}, {"seat": Seat(role="god")}, {"lifetime": 1}, {"lifetime": 91 * 86400}], ids=str
)
async def test_an_invitation_has_bounds(deployment_on_sqlite: Deployment, wrong: dict[str, object]) -> None:
    op = deployment_on_sqlite.op
    tenant = await make_tenant(op)
    given = {"email": EMAIL, "seat": Seat(), **wrong}
    with pytest.raises(InvalidRecord):
        await rules.create(op, await actors.command(op), tenant.id, origin=HERE, **given)  # type: ignore[arg-type]


async def test_a_manager_of_a_unit_invites_into_it_and_nowhere_else(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    unit, other = await make_unit(op, tenant), await make_unit(op, tenant)
    person = await make_member(op, tenant)
    await give(op, person, "department_manager", tenant=tenant, unit=unit)
    manager = await acting(op, person)
    sent = await rules.create(op, manager, tenant.id, email=EMAIL, seat=Seat(unit_id=unit.id), origin=HERE)
    assert sent.invitation.unit_id == unit.id
    for seat in (Seat(), Seat(unit_id=other.id), Seat(role="admin", unit_id=unit.id)):
        with pytest.raises(Forbidden):
            await rules.create(op, manager, tenant.id, email="mei@example.com", seat=seat, origin=HERE)


async def test_P06_an_invitation_to_more_than_a_plain_seat_ends_with_the_rights_of_whoever_sent_it(
    deployment: Deployment,
) -> None:
    op, command = deployment.op, await actors.command(deployment.op)
    tenant = await make_tenant(op)
    await make_member(op, tenant, "owner")
    owner, guest = await make_member(op, tenant, "owner"), await make_user(op, email=EMAIL, email_verified=True)
    actor = await acting(op, owner)
    place = await memberships.of_person(op.db, tenant.id, owner.id)
    assert place is not None
    sent = await rules.create(op, actor, tenant.id, email=EMAIL, seat=Seat(role="owner"), origin=HERE)
    await membership.remove(op, command, tenant.id, place.id, origin=HERE)
    assert await refused(deployment, guest.id, sent.invitation) == "invitation_over"
    assert await memberships.of_person(op.db, tenant.id, guest.id) is None
