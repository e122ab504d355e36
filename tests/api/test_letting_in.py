"""How people get in whom administrators add by the API: by a link to their own mailbox, never by a password."""

import asyncio
from typing import Any

import httpx2
import pytest

from hibana_op.login import links, mail_pace
from hibana_op.records import users
from tests.api.credentials import ask, person_token, with_role
from tests.deployment import Deployment, Page
from tests.make import make_user
from tests.pages.mailing import link_in, mailing, mails_to
from tests.pages.test_recover import WORDS, can_sign_in, set_password

__all__ = ["mailing"]
NEW = {"email": "bob@example.com", "name": "Bob", "locale": "en"}


async def admin(deployment: Deployment) -> str:
    """A token of somebody who looks after people."""
    return await person_token(deployment.op, await with_role(deployment.op, "admin"))


async def linked(deployment: Deployment, token: str, user_id: str, **body: Any) -> httpx2.Response:
    """Have a link sent."""
    return await ask(deployment, "POST", f"/users/{user_id}/send-password-link", token, json=body)


async def test_a_person_made_by_the_api_gets_in_by_the_link_that_is_sent(mailing: Deployment) -> None:
    made = await ask(mailing, "POST", "/users", await admin(mailing), json={**NEW, "send_password_link": True})
    (mail,) = await mails_to(mailing.op, "bob@example.com")
    assert mail.subject == "Choose a password for your Hibana account"
    done = await set_password(mailing.browser(), link_in(mail))

    assert made.json()["email_verified"] is False
    assert "Password changed" in done.text
    assert await can_sign_in(mailing, "bob@example.com", WORDS)
    assert (await users.get(mailing.op.db, made.json()["id"])).email_verified


async def test_a_link_counts_an_hour_and_for_a_first_password_as_long_as_an_invitation(mailing: Deployment) -> None:
    op, token = mailing.op, await admin(mailing)
    known, bare = await make_user(op), await make_user(op, password=None)

    for user, seconds in ((known, links.LIFETIME), (bare, links.LIFETIME_OF_INVITATION)):
        assert (await linked(mailing, token, user.id)).status_code == 200
        (row,) = await op.db.all("SELECT * FROM verification_tokens WHERE user_id = :id", id=user.id)
        assert (row["purpose"], row["expires_at"]) == ("reset_password", op.now() + seconds)


async def test_P06_the_link_before_counts_no_more(mailing: Deployment) -> None:
    token, user = await admin(mailing), await make_user(mailing.op, locale="en")
    await linked(mailing, token, user.id)
    first = link_in((await mails_to(mailing.op, user.email))[0])
    await linked(mailing, token, user.id)

    assert (await mailing.browser().get(first)).status_code == 400
    events = await mailing.op.db.all("SELECT * FROM audit_log WHERE action = 'user:password:reset_requested'")
    assert [each["resource_id"] for each in events] == [user.id, user.id]


async def test_P03_the_answer_holds_no_link_and_stronger_people_get_none(mailing: Deployment) -> None:
    token, user = await admin(mailing), await make_user(mailing.op)
    answer = await linked(mailing, token, user.id)
    root = await with_role(mailing.op, "super_admin")

    assert answer.json().keys() == {"expires_at"}
    assert (await linked(mailing, token, root.id)).status_code == 403
    assert await mails_to(mailing.op, root.email) == []


@pytest.mark.parametrize("changes", [{"status": "suspended"}, {"kind": "agent"}], ids=str)
async def test_only_people_who_are_active_are_sent_a_link(mailing: Deployment, changes: dict[str, str]) -> None:
    user = await make_user(mailing.op, **changes)

    assert (await linked(mailing, await admin(mailing), user.id)).status_code == 409
    assert await mails_to(mailing.op, user.email) == []


async def test_nobody_is_flooded_with_links(mailing: Deployment) -> None:
    token, user = await admin(mailing), await make_user(mailing.op)

    statuses = [(await linked(mailing, token, user.id)).status_code for _ in range(mail_pace.MOST_TO_AN_ADDRESS + 1)]

    assert statuses == [200] * mail_pace.MOST_TO_AN_ADDRESS + [422]


async def test_where_no_mail_is_sent_nobody_is_added_who_was_to_get_one(deployment: Deployment) -> None:
    token, user = await admin(deployment), await make_user(deployment.op)

    made = await ask(deployment, "POST", "/users", token, json={**NEW, "send_password_link": True})

    assert made.status_code == 422
    assert "HIBANA_SMTP__URL" in made.json()["detail"]
    assert await users.find_by_login(deployment.op.db, "bob@example.com") is None
    assert (await linked(deployment, token, user.id)).status_code == 422


async def test_an_invitation_is_mailed_and_its_link_shown_to_nobody(mailing: Deployment) -> None:
    invited = await ask(
        mailing, "POST", "/users/invite", await admin(mailing), json={"email": "eve@example.com", "language": "en"}
    )
    link = link_in((await mails_to(mailing.op, "eve@example.com"))[0])
    browser = mailing.browser()
    await browser.submit(Page.read(await browser.get(link)), name="Eve", password=WORDS)

    assert invited.json()["is_mailed"] is True
    assert invited.json()["url"] is None
    made = await users.find_by_login(mailing.op.db, "eve@example.com")
    assert made is not None
    assert made.email_verified


async def test_without_mail_an_invitation_is_shown_once_and_confirms_no_address(deployment: Deployment) -> None:
    token, body = await admin(deployment), {"email": "eve@example.com", "expires_at": "2027-01-16T08:00:00Z"}
    invited = (await ask(deployment, "POST", "/users/invite", token, json=body)).json()
    browser = deployment.browser()
    await browser.submit(Page.read(await browser.get(invited["url"])), name="Eve", password=WORDS)

    assert (invited["is_mailed"], invited["expires_at"]) == (False, "2027-01-16T08:00:00Z")
    made = await users.find_by_login(deployment.op.db, "eve@example.com")
    assert made is not None
    assert not made.email_verified
    assert (await ask(deployment, "POST", "/users/invite", token, json=body)).status_code == 409


async def test_an_account_is_given_to_a_person_and_taken_back(deployment: Deployment) -> None:
    op, token = deployment.op, await admin(deployment)
    parent, other = await make_user(op), await make_user(op)
    body = {"email": "planner@example.com", "kind": "agent", "parent_user_id": parent.id}
    agent = (await ask(deployment, "POST", "/users", token, json=body)).json()
    path = f"/users/{agent['id']}"

    moved = await ask(deployment, "PATCH", path, token, json={"parent_user_id": other.id})
    freed = await ask(deployment, "PATCH", path, token, json={"parent_user_id": None})

    told = [agent["parent_user_id"], moved.json()["parent_user_id"], freed.json()["parent_user_id"]]
    assert told == [parent.id, other.id, None]
    events = await op.db.all("SELECT metadata_json FROM audit_log WHERE action = 'user:account:updated'")
    assert ["parent_user_id" in each["metadata_json"] for each in events] == [True, True]


async def test_an_account_belongs_to_an_active_person_who_belongs_to_nobody(deployment: Deployment) -> None:
    op, token = deployment.op, await admin(deployment)
    parent, child = await make_user(op), await make_user(op)
    agent, suspended = await make_user(op, kind="agent"), await make_user(op, status="suspended")

    async def give(to: str, *, of: str) -> int:
        answer = await ask(deployment, "PATCH", f"/users/{of}", token, json={"parent_user_id": to})
        return answer.status_code

    assert await give(parent.id, of=child.id) == 200
    for to in (child.id, agent.id, suspended.id, "never-was"):
        other = await make_user(op)
        assert await give(to, of=other.id) == 422
        new = {"email": f"x{to}@example.com", "parent_user_id": to}
        assert (await ask(deployment, "POST", "/users", token, json=new)).status_code == 422
    assert await give(child.id, of=child.id) == 422
    assert await give((await make_user(op)).id, of=parent.id) == 422


async def test_of_two_who_are_each_given_to_the_other_at_once_one_stays_free(deployment: Deployment) -> None:
    op, token = deployment.op, await admin(deployment)
    one, other = await make_user(op), await make_user(op)

    answers = await asyncio.gather(
        *(
            ask(deployment, "PATCH", f"/users/{child.id}", token, json={"parent_user_id": parent.id})
            for child, parent in ((one, other), (other, one))
        )
    )

    assert sorted(each.status_code for each in answers) == [200, 422]


async def test_P03_nobody_gives_away_an_account_that_may_do_more_than_they(deployment: Deployment) -> None:
    op, token = deployment.op, await admin(deployment)
    root, mine = await with_role(op, "super_admin"), await make_user(op)

    answer = await ask(deployment, "PATCH", f"/users/{root.id}", token, json={"parent_user_id": mine.id})

    assert answer.status_code == 403
    assert (await users.get(op.db, root.id)).parent_user_id is None


async def test_P03_what_one_parent_suspended_is_not_for_the_next_to_let_act_again(deployment: Deployment) -> None:
    op, token = deployment.op, await admin(deployment)
    parent, other = await make_user(op), await make_user(op)
    agent = await make_user(op, kind="agent", parent_user_id=parent.id, status="suspended")
    await op.db.run("UPDATE users SET suspended_by_parent = TRUE WHERE id = :id", id=agent.id)

    await ask(deployment, "PATCH", f"/users/{agent.id}", token, json={"parent_user_id": other.id})

    (row,) = await op.db.all("SELECT status, suspended_by_parent FROM users WHERE id = :id", id=agent.id)
    assert (row["status"], bool(row["suspended_by_parent"])) == ("suspended", False)
