"""Join codes and invitations by the API: what a code gives is the server's to say, and a link is in the mail alone."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hibana_op.foundation.errors import LoginRefused
from hibana_op.records import memberships
from hibana_op.tenancy import accepting, join_codes
from tests.api.credentials import ORIGIN, ask, person_token, with_role
from tests.deployment import Deployment, deploy
from tests.make import make_member, make_tenant, make_user
from tests.pages.mailing import link_in, mails_to
from tests.ports import free_port


@pytest.fixture
async def mailing(database_url: str, tmp_path: Path) -> AsyncIterator[Deployment]:
    """A deployment that sends mail; nobody answers, so that it stays where it can be read."""
    settings = {"HIBANA_SMTP__URL": f"smtp://127.0.0.1:{free_port()}"}
    async with deploy(database_url, tmp_path, **settings) as deployed:
        yield deployed


async def owned(deployment: Deployment) -> tuple[str, str]:
    """A tenant, and a token of its owner."""
    tenant, owner = await make_tenant(deployment.op), await make_user(deployment.op)
    await make_member(deployment.op, tenant, owner, role="owner")
    return tenant.id, await person_token(deployment.op, owner)


async def joined(deployment: Deployment, code: str) -> bool:
    """Whether somebody new gets in."""
    user = await make_user(deployment.op, password=None)
    try:
        await join_codes.join(deployment.op, user.id, code, origin=ORIGIN)
    except LoginRefused:
        return False
    return True


async def test_P05_a_code_for_three_lets_three_of_twelve_in_at_once(deployment: Deployment) -> None:
    tenant_id, token = await owned(deployment)
    made = await ask(deployment, "POST", "/join-codes", token, json={"tenant_id": tenant_id, "max_uses": 3})

    arrived = await asyncio.gather(*(joined(deployment, made.json()["code"]) for _ in range(12)))

    assert sum(arrived) == 3
    shown = (await ask(deployment, "GET", f"/join-codes/{made.json()['id']}", token)).json()
    assert (shown["used_count"], shown["status"]) == (3, "used up")


async def test_P05_a_code_is_read_again_and_ends_at_once_when_it_is_disabled(deployment: Deployment) -> None:
    tenant_id, token = await owned(deployment)
    made = (await ask(deployment, "POST", "/join-codes", token, json={"tenant_id": tenant_id})).json()
    listed = (await ask(deployment, "GET", "/join-codes", token, params={"tenant_id": tenant_id})).json()["items"]
    assert [each["code"] for each in listed] == [made["code"]]
    assert await joined(deployment, made["code"])

    ended = await ask(deployment, "POST", f"/join-codes/{made['id']}/disable", token)

    assert ended.json()["status"] == "disabled"
    assert not await joined(deployment, made["code"])


async def test_P05_a_code_ends_to_the_second_and_gives_what_it_said(deployment: Deployment) -> None:
    tenant_id, token = await owned(deployment)
    until = "2027-01-15T08:00:10Z"
    assert deployment.op.now() == 1_800_000_000
    body = {"tenant_id": tenant_id, "role": "admin", "expires_at": until}
    made = (await ask(deployment, "POST", "/join-codes", token, json=body)).json()
    user = await make_user(deployment.op)
    member = await join_codes.join(deployment.op, user.id, made["code"], origin=ORIGIN)
    deployment.clock.advance(10)

    assert (made["expires_at"], member.role) == (until, "admin")
    assert not await joined(deployment, made["code"])
    assert (await ask(deployment, "GET", f"/join-codes/{made['id']}", token)).json()["status"] == "expired"


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "owner"},
        {"max_uses": 0},
        {"code": "AAAA-AAAA"},
        {"used_count": -5},
        {"expires_at": "2000-01-01T00:00:00Z"},
    ],
    ids=str,
)
async def test_P05_what_a_code_may_be_is_bounded(deployment_on_sqlite: Deployment, wrong: dict[str, object]) -> None:
    tenant_id, token = await owned(deployment_on_sqlite)
    answer = await ask(deployment_on_sqlite, "POST", "/join-codes", token, json={"tenant_id": tenant_id, **wrong})
    assert answer.status_code == 422, answer.text


async def test_P03_a_code_is_not_told_to_whoever_could_not_give_what_it_gives(deployment: Deployment) -> None:
    tenant_id, token = await owned(deployment)
    codes = {}
    for role in ("member", "admin"):
        body = {"tenant_id": tenant_id, "role": role}
        codes[role] = (await ask(deployment, "POST", "/join-codes", token, json=body)).json()
    staff = await person_token(deployment.op, await with_role(deployment.op, "customer_success"))

    listed = await ask(deployment, "GET", "/join-codes", staff, params={"tenant_id": tenant_id})
    refused = await ask(deployment, "POST", "/join-codes", staff, json={"tenant_id": tenant_id, "role": "admin"})

    told = {each["role"]: each["code"] for each in listed.json()["items"]}
    assert told == {"member": codes["member"]["code"], "admin": None}
    assert codes["admin"]["code"] not in listed.text
    assert refused.status_code == 403


async def test_P06_the_link_is_in_the_mail_and_in_no_answer(mailing: Deployment) -> None:
    tenant_id, token = await owned(mailing)
    body = {"tenant_id": tenant_id, "email": "kei@example.com", "role": "admin", "language": "en"}
    made = await ask(mailing, "POST", "/invitations", token, json=body)
    first = link_in((await mails_to(mailing.op, "kei@example.com"))[0])
    again = await ask(mailing, "POST", f"/invitations/{made.json()['id']}/resend", token, json={"language": "en"})
    second = link_in((await mails_to(mailing.op, "kei@example.com"))[0])
    listed = await ask(mailing, "GET", "/invitations", token, params={"tenant_id": tenant_id, "status": "pending"})

    assert (made.json()["is_mailed"], first == second) == (True, False)
    for link in (first, second):
        for answer in (made, again, listed):
            assert link.rpartition("/")[2] not in answer.text
    async with mailing.http() as http:
        pages = [await http.get(link) for link in (first, second)]
    assert [page.status_code for page in pages] == [400, 200]


async def test_P06_an_invitation_says_which_open_one_to_the_same_address_it_replaced(deployment: Deployment) -> None:
    tenant_id, token = await owned(deployment)
    made = [
        (await ask(deployment, "POST", "/invitations", token, json={"tenant_id": tenant_id, "email": email})).json()
        for email in ("kei@example.com", "KEI@example.com", "mei@example.com")
    ]

    assert [each["replaced"] for each in made] == [[], [made[0]["id"]], []]
    before = await ask(deployment, "GET", f"/invitations/{made[0]['id']}", token)
    assert before.json()["status"] == "cancelled"


async def test_P06_an_invitation_is_not_edited_and_not_accepted_once_it_is_cancelled(deployment: Deployment) -> None:
    op = deployment.op
    tenant_id, token = await owned(deployment)
    user = await make_user(op, email="kei@example.com", email_verified=True)
    body = {"tenant_id": tenant_id, "email": user.email}
    made = (await ask(deployment, "POST", "/invitations", token, json=body)).json()
    path = f"/invitations/{made['id']}"

    assert (await ask(deployment, "PATCH", path, token, json={"role": "owner"})).status_code == 405
    assert (await ask(deployment, "DELETE", path, token)).status_code == 204
    with pytest.raises(LoginRefused, match="invitation_over"):
        await accepting.accept(op, user.id, made["id"], origin=ORIGIN)
    assert (await ask(deployment, "GET", path, token)).json()["status"] == "cancelled"
    assert (await ask(deployment, "DELETE", path, token)).status_code == 409
    assert await memberships.of_person(op.db, tenant_id, user.id) is None


async def test_P06_an_invitation_ends_to_the_second(deployment: Deployment) -> None:
    op = deployment.op
    tenant_id, token = await owned(deployment)
    user = await make_user(op, email="kei@example.com", email_verified=True)
    body = {"tenant_id": tenant_id, "email": user.email, "expires_at": "2027-01-15T08:01:00Z"}
    made = (await ask(deployment, "POST", "/invitations", token, json=body)).json()
    deployment.clock.advance(60)

    with pytest.raises(LoginRefused, match="invitation_over"):
        await accepting.accept(op, user.id, made["id"], origin=ORIGIN)
    assert (await ask(deployment, "GET", f"/invitations/{made['id']}", token)).json()["status"] == "expired"
