"""Who hears of an administrator who acts as somebody else: the person, and the audit log."""

from typing import Any

from hibana_op.records import audit_log, personal_data, users
from tests.deployment import Page
from tests.impersonating import REASON, Acting
from tests.make import make_client
from tests.pages.account.visiting import signed_in
from tests.pages.test_impersonation import acting, on_sqlite
from tests.second_factors import messages_to

__all__ = ["acting", "on_sqlite"]


async def test_P09_the_person_is_told_by_mail_and_sees_it_in_their_account(acting: Acting) -> None:
    await acting.begin()
    (mail,) = await messages_to(acting.deployment.op, "bob@example.com")
    assert mail.subject.startswith("An administrator is acting as you")
    assert f"Reason given: {REASON}" in mail.text_body
    assert "&lt;b&gt;" in mail.html_body

    own = await signed_in(acting.deployment, acting.person)
    activity = (await own.get("/account/activity")).text
    assert "An administrator began to act as you. Reason: Ticket 4711 &lt;b&gt;" in activity
    listed = (await own.get("/account/sessions")).text
    assert "An administrator acting as you" in listed
    form = Page.read(await own.get("/account/sessions"))
    await own.submit(form, end="others")
    assert not await acting.is_acting(), "the person ended it"


async def test_P09_the_log_names_both_when_it_is_asked_for_begun_used_and_ended(acting: Acting) -> None:
    await acting.begin()
    await acting.post("/impersonation/end")
    for step in ("requested", "begun", "ended"):
        (entry,) = await acting.entries(f"user:impersonation:{step}")
        assert entry["resource_id"] == acting.person.id
        if step != "requested":
            assert entry["user_id"] == acting.admin.id
        assert (REASON in entry["metadata_json"].replace("\\", "")) == (step != "ended")

    await acting.begin()
    await acting.post("/logout", decision="logout")
    (entry,) = await acting.entries("user:session:ended")
    assert entry["user_id"] == acting.person.id
    assert entry["impersonator_id"] == acting.admin.id


async def test_P09_what_was_done_so_is_never_told_as_the_persons_own_even_when_the_administrator_is_erased(
    acting: Acting,
) -> None:
    op = acting.deployment.op
    await acting.begin()
    await acting.browser.authorize(await make_client(op, first_party=True))

    async def erase(tx: Any) -> None:
        await users.delete(tx, acting.admin.id)
        await audit_log.forget_person(tx, acting.admin.id)

    await op.db.transact(erase)

    own = await signed_in(acting.deployment, acting.person)
    assert "You signed in to an app (done by an administrator as you)" in (await own.get("/account/activity")).text
    told = await op.db.glance(lambda tx: personal_data.of_user(tx, acting.person.id))
    by = {each["action"]: each["by_administrator"] for each in told["activity"]}
    assert (by["client:code:issued"], by["user:login:succeeded"]) == (True, False)
