"""Everything about me in one file; and the end of the account, after thirty days to think better of it."""

import asyncio
import json
from typing import Any

from hibana_op.foundation.origin import Origin
from hibana_op.jobs.deletions import erase_due
from hibana_op.login import deletion
from hibana_op.pages.account.person import FRESH_FOR
from hibana_op.provider import Provider
from hibana_op.records import audit_log, custom_fields, deletions, outbox, sessions, token_families, users
from hibana_op.records.custom_fields import CustomField
from hibana_op.records.users import User
from tests.deployment import Browser, Deployment, Page, answer
from tests.make import PASSWORD, make_client, make_session, make_user
from tests.pages.account.test_apps import use
from tests.pages.account.visiting import post, signed_in
from tests.pages.mailing import mailing

__all__ = ["mailing"]

PATH = "/account/data"
ORIGIN = Origin(None, None, "trace")


async def ask_for_deletion(browser: Browser, user: User) -> None:
    told = await post(browser, PATH, decision="delete", confirm=user.email.upper())
    assert told.status_code == 200, told.text


async def test_the_export_is_one_json_document_with_everything(deployment: Deployment) -> None:
    user = await make_user(deployment.op, nickname="はな", address={"country": "日本"})
    field = CustomField(user_id=user.id, field_name="shoe_size", field_value="25", field_type="number")
    await deployment.op.db.transact(lambda tx: custom_fields.put(tx, field))
    client = await make_client(deployment.op)
    browser, _ = await use(deployment, client, user)

    given = await post(browser, PATH, decision="export")

    assert given.headers["content-type"] == "application/json"
    assert given.headers["content-disposition"] == 'attachment; filename="account-2027-01-15.json"'
    assert given.headers["cache-control"] == "no-store"
    told: dict[str, Any] = json.loads(given.text)
    assert told["issuer"] == deployment.op.issuer
    assert told["profile"]["nickname"] == "はな"
    assert told["profile"]["address"] == {"country": "日本"}
    assert told["profile"]["email_verified"] is False
    assert [each["field_name"] for each in told["fields"]] == ["shoe_size"]
    assert [each["client_name"] for each in told["consents"]] == ["Shop Console"]
    assert [each["client_id"] for each in told["approvals"]] == [client.client_id]
    assert told["sessions"][0]["amr"] == ["pwd"]
    assert "user:login:succeeded" in {each["action"] for each in told["activity"]}
    assert told["password"]["changed_at"] == deployment.op.now()
    (entry,) = await audit_log.page(deployment.op.db, action="user:data:exported")
    assert entry.user_id == user.id


async def test_Q02_the_export_holds_no_secret_and_nothing_of_anybody_else(deployment: Deployment) -> None:
    user, other = await make_user(deployment.op), await make_user(deployment.op, nickname="Somebody else")
    await signed_in(deployment, other)
    browser, tokens = await use(deployment, await make_client(deployment.op), user)
    text = (await post(browser, PATH, decision="export")).text
    assert other.id not in text
    assert "Somebody else" not in text
    cookies = [value for name, value in browser.http.cookies.items() if name.startswith("__Host-hibana_")]
    issued = [tokens[name] for name in ("access_token", "refresh_token", "id_token")]
    for secret in (*issued, *(each for each in cookies if len(each) > 20), PASSWORD, "hash", "sealed", "argon2"):
        assert secret not in text


async def test_F07_data_and_deletion_need_a_fresh_sign_in(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = await signed_in(deployment, user)
    deployment.clock.advance(FRESH_FOR + 1)
    assert 'value="export"' not in (await browser.get(PATH)).text
    for fields in ({"decision": "export"}, {"decision": "delete", "confirm": user.email}):
        refused = await post(browser, PATH, **fields)
        assert refused.status_code == 403
        assert "again=1" in refused.text
    assert await deletions.due_of(deployment.op.db, user.id) is None


async def test_the_address_must_be_typed_before_anything_is_deleted(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = await signed_in(deployment, user)
    for typed in ("", "somebody@example.com"):
        refused = await post(browser, PATH, decision="delete", confirm=typed)
        assert refused.status_code == 400
        assert "This is not the address of the account." in refused.text
    assert await deletions.due_of(deployment.op.db, user.id) is None


async def test_D10_asking_for_deletion_signs_out_everywhere_and_ends_tokens(mailing: Deployment) -> None:
    user = await make_user(mailing.op, locale="en")
    client = await make_client(mailing.op)
    elsewhere, tokens = await use(mailing, client, user, scope="openid offline_access", prompt="consent")
    browser = await signed_in(mailing, user)
    await ask_for_deletion(browser, user)

    assert await deletions.due_of(mailing.op.db, user.id) == mailing.op.now() + deletion.GRACE
    assert await sessions.live_of_user(mailing.op.db, user.id, now=mailing.op.now()) == []
    assert await token_families.live_of_user(mailing.op.db, user.id, now=mailing.op.now()) == []
    assert [(await each.get("/account")).url.path for each in (browser, elsewhere)] == ["/login", "/login"]
    refreshed = await mailing.token(client, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.json()["error"] == "invalid_grant"
    (mail,) = [
        each for each in await outbox.latest(mailing.op.db, mailing.op.vault) if "will be deleted" in each.subject
    ]
    assert mail.recipient == user.email
    assert "14 February 2027" in mail.text_body
    (entry,) = await audit_log.page(mailing.op.db, action="user:deletion:requested")
    assert entry.user_id == user.id


async def test_signing_in_during_the_grace_period_offers_to_keep_the_account(mailing: Deployment) -> None:
    user = await make_user(mailing.op, locale="en")
    client = await make_client(mailing.op, first_party=True)
    await ask_for_deletion(await signed_in(mailing, user), user)
    mailing.clock.advance(deletion.GRACE - 60)

    browser = mailing.browser()
    offered = await browser.sign_in(await browser.authorize(client), user)
    assert offered.url.path == "/login/keep"
    assert "2027-02-14" in offered.text
    back = await browser.submit(Page.read(offered), decision="keep")

    assert "code" in answer(back)
    assert await deletions.due_of(mailing.op.db, user.id) is None
    assert any("account stays" in each.subject for each in await outbox.latest(mailing.op.db, mailing.op.vault))
    mailing.clock.advance(120)
    assert await erase_due(mailing.op, deletion.erase) == 0
    assert await users.find(mailing.op.db, user.id) is not None


async def test_whoever_signs_in_and_does_not_keep_the_account_goes_on_and_may_still_keep_it(
    deployment: Deployment,
) -> None:
    user = await make_user(deployment.op)
    await ask_for_deletion(await signed_in(deployment, user), user)
    browser = deployment.browser()
    offered = await browser.sign_in(await browser.get("/login?return=/account/data"), user)
    landed = await browser.submit(Page.read(offered), decision="later")
    assert landed.url.path == PATH
    assert "This account will be deleted on" in landed.text
    assert 'value="delete"' not in landed.text
    kept = await browser.submit(Page.read(landed), decision="keep")
    assert kept.url.path == "/account"
    assert "Your account stays." in kept.text
    assert await deletions.due_of(deployment.op.db, user.id) is None


async def test_the_offer_is_for_the_browser_that_signed_in(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    await ask_for_deletion(await signed_in(deployment, user), user)
    browser = deployment.browser()
    offered = await browser.sign_in(await browser.get("/login"), user)
    address = str(offered.url)
    assert (await deployment.browser().get(address)).status_code == 403
    forged = await browser.http.post("/login/keep", data={**Page.read(offered).fields, "csrf": "x", "decision": "keep"})
    assert forged.status_code == 403
    assert await deletions.due_of(deployment.op.db, user.id) is not None


async def test_asking_twice_does_not_move_the_day(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    first = await deletion.request(deployment.op, user, ORIGIN)
    deployment.clock.advance(86400)
    assert await deletion.request(deployment.op, user, ORIGIN) == first
    assert len(await audit_log.page(deployment.op.db, action="user:deletion:requested")) == 1


async def test_when_the_day_has_come_the_person_is_erased_and_the_log_stays_whole(mailing: Deployment) -> None:
    op = mailing.op
    user, other = await make_user(op, locale="en"), await make_user(op)
    await ask_for_deletion(await signed_in(mailing, user), user)
    mailing.clock.advance(deletion.GRACE - 1)
    assert await erase_due(op, deletion.erase) == 0
    mailing.clock.advance(1)
    assert await erase_due(op, deletion.erase) == 1

    assert await users.find(op.db, user.id) is None
    assert await users.find(op.db, other.id) is not None
    entries = await audit_log.page(op.db)
    assert "user:account:deleted" in {each.action for each in entries}
    assert user.id not in str(entries)
    assert (await audit_log.verify(op.db, key=op.audit_key)).fault is None
    assert any(each.subject == "Your Hibana account was deleted" for each in await outbox.latest(op.db, op.vault))
    assert await erase_due(op, deletion.erase) == 0


async def test_several_workers_erase_a_person_once(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    await deletion.request(op, user, ORIGIN)
    deployment.clock.advance(deletion.GRACE)
    erased = await asyncio.gather(*(deletion.erase(op, user, ORIGIN) for _ in range(4)))
    assert sorted(erased) == [False, False, False, True]
    assert len(await audit_log.page(op.db, action="user:account:deleted")) == 1


async def test_somebody_who_cancels_a_moment_before_is_kept(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    await deletion.request(op, user, ORIGIN)
    deployment.clock.advance(deletion.GRACE)
    (listed,) = await deletions.due(op.db, now=op.now())
    await deletion.cancel(op, user, ORIGIN)
    assert await deletion.erase(op, listed, ORIGIN) is False
    kept = await users.get(op.db, user.id)
    assert kept.is_active


async def test_one_who_cannot_be_erased_does_not_keep_the_others(deployment: Deployment) -> None:
    op = deployment.op
    stuck, other = await make_user(op), await make_user(op)
    for each in (stuck, other):
        await deletion.request(op, each, ORIGIN)
        deployment.clock.advance(1)
    await make_session(op, other)
    deployment.clock.advance(deletion.GRACE)

    async def erase(op: Provider, user: User, origin: Origin) -> bool:
        """What belongs to the person and is kept elsewhere cannot be reached."""
        if user.id == stuck.id:
            raise ConnectionError
        return await deletion.erase(op, user, origin)

    assert await erase_due(op, erase) == 1
    assert await users.find(op.db, other.id) is None
    assert await users.find(op.db, stuck.id) is not None


async def test_the_agents_of_a_person_who_is_erased_are_suspended_and_children_stay(deployment: Deployment) -> None:
    op = deployment.op
    parent = await make_user(op)
    agent, service, child = [
        await make_user(op, parent_user_id=parent.id, kind=kind) for kind in ("agent", "service", "human")
    ]
    stranger = await make_user(op, kind="agent")
    sessions_of = {user.id: await make_session(op, user) for user in (agent, child)}
    await deletion.request(op, parent, ORIGIN)
    deployment.clock.advance(deletion.GRACE)
    assert await erase_due(op, deletion.erase) == 1

    assert await users.find(op.db, parent.id) is None
    kept = [await users.get(op.db, user.id) for user in (agent, service, child, stranger)]
    assert [user.status for user in kept] == ["suspended", "suspended", "active", "active"]
    assert [user.parent_user_id for user in kept] == [None] * 4
    told = await audit_log.page(op.db, action="user:account:disabled")
    assert {entry.resource_id for entry in told} == {agent.id, service.id}
    ended = await op.db.all("SELECT id FROM sessions WHERE revoked_at IS NOT NULL")
    assert sessions_of[agent.id].id in {row["id"] for row in ended}
    assert sessions_of[child.id].id not in {row["id"] for row in ended}
