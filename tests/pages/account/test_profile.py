"""The profile: every standard claim can be changed by its person, each by its own form."""

from typing import Any

import pytest

from hibana_op.foundation.origin import Origin
from hibana_op.login import own_profile
from hibana_op.oauth.claims.standard import CLAIMS
from hibana_op.pages.account.person import FRESH_FOR
from hibana_op.records import audit_log, custom_fields, outbox, users
from hibana_op.records.custom_fields import CustomField
from hibana_op.records.users import User
from tests.deployment import Deployment
from tests.make import make_user
from tests.pages.account.visiting import post, signed_in
from tests.pages.mailing import mailing

__all__ = ["mailing"]

PATH = "/account/profile"
FILLED = {
    "name": "山田 花子",
    "family_name": "山田",
    "given_name": "花子",
    "middle_name": "M.",
    "nickname": "はな",
    "preferred_username": "hanako",
    "birthdate": "1990-04-01",
    "gender": "female",
    "website": "https://hanako.example/",
    "profile": "https://hanako.example/me",
    "picture": "https://hanako.example/me.png",
    "locale": "ja",
    "zoneinfo": "Asia/Tokyo",
    "name#en": "Hanako Yamada",
}
ADDRESS = {
    "postal_code": "100-0001",
    "country": "日本",
    "region": "東京都",
    "locality": "千代田区",
    "formatted": "1-1\n千代田",
}


async def test_everything_typed_is_kept_and_shown_again(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = await signed_in(deployment, user)
    saved = await post(browser, PATH, **FILLED, **{f"address.{name}": text for name, text in ADDRESS.items()})
    assert (saved.status_code, saved.headers["location"]) == (303, "/account/profile?done=profile")

    kept = await users.get(deployment.op.db, user.id)
    assert {name: getattr(kept, name) for name in FILLED if "#" not in name} == {
        name: text for name, text in FILLED.items() if "#" not in name
    }
    assert kept.localized == {"name#en": "Hanako Yamada"}
    assert kept.address == ADDRESS
    page = await browser.get(PATH)
    for text in (*FILLED.values(), "千代田区"):
        assert text in page.text


async def test_every_standard_claim_has_its_input(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    inputs = {name.partition(".")[0] for name in own_profile.values_of(user, [])}
    elsewhere = {"email", "email_verified", "phone_number_verified", "updated_at", "sub"}
    assert set(CLAIMS) - elsewhere <= inputs


async def test_what_is_emptied_goes_and_what_is_not_sent_stays(deployment: Deployment) -> None:
    user = await make_user(
        deployment.op, nickname="Al", gender="x", address={"country": "JP"}, localized={"name#fr": "A"}
    )
    browser = await signed_in(deployment, user)
    await post(browser, PATH, **{"nickname": "", "address.country": "", "name#fr": ""})
    kept = await users.get(deployment.op.db, user.id)
    assert (kept.nickname, kept.gender, kept.address, kept.localized) == (None, "x", None, {})
    assert kept.name == user.name


async def test_the_record_names_what_was_changed_and_no_value(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = await signed_in(deployment, user)
    await post(browser, PATH, nickname="A secret nickname", gender="x")
    (entry,) = await audit_log.page(deployment.op.db, action="user:account:updated")
    assert entry.user_id == user.id
    assert sorted(entry.metadata["fields"]) == ["gender", "nickname"]
    assert "secret" not in str(entry)


async def test_saving_without_a_change_writes_nothing(deployment: Deployment) -> None:
    user = await make_user(deployment.op, nickname="Al")
    browser = await signed_in(deployment, user)
    assert (await post(browser, PATH, nickname="Al", gender="")).status_code == 303
    assert await audit_log.page(deployment.op.db, action="user:account:updated") == []


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("birthdate", "yesterday", "Enter a day like"),
        ("website", "javascript:alert(1)", "begins with https"),
        ("picture", "data:text/html,x", "begins with https"),
        ("profile", "https://[", "begins with https"),
        ("zoneinfo", "Mars/Olympus", "Enter a time zone"),
        ("zoneinfo", "../../etc/passwd", "Enter a time zone"),
        ("locale", "not a language", "Choose a language."),
        ("phone_number", "call me", "Enter a phone number"),
        ("nickname", "a\x1bb", "ordinary text"),
        ("name", "x" * 501, "ordinary text"),
        ("name#en", "a\x1bb", "ordinary text"),
        ("address.country", "a\x1bb", "ordinary text"),
    ],
    ids=str,
)
async def test_one_wrong_value_saves_nothing_and_is_said_at_its_input(
    deployment: Deployment, name: str, text: str, problem: str
) -> None:
    user = await make_user(deployment.op)
    browser = await signed_in(deployment, user)
    refused = await post(browser, PATH, **{"gender": "x", name: text})
    assert refused.status_code == 400
    assert problem in refused.text
    assert refused.text.count('aria-invalid="true"') == 1
    assert "<title>Error: Profile" in refused.text
    assert (await users.get(deployment.op.db, user.id)).gender is None


async def test_a_user_name_of_another_person_is_refused(deployment: Deployment) -> None:
    await make_user(deployment.op, preferred_username="hanako")
    user = await make_user(deployment.op)
    browser = await signed_in(deployment, user)
    refused = await post(browser, PATH, preferred_username="Hanako")
    assert refused.status_code == 400
    assert "This username is taken." in refused.text


async def test_nothing_but_the_profile_can_be_changed_here(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = await signed_in(deployment, user)
    forbidden: dict[str, Any] = {
        "id": "x",
        "email": "other@example.com",
        "email_verified": "true",
        "phone_number_verified": "true",
        "status": "suspended",
        "membership": "premium",
        "kind": "agent",
        "custom_attributes": "{}",
        "gender": "x",
    }
    await post(browser, PATH, **forbidden)
    kept = await users.get(deployment.op.db, user.id)
    assert kept.gender == "x"
    assert (kept.id, kept.email, kept.email_verified, kept.status) == (user.id, user.email, False, "active")
    assert (kept.membership, kept.kind, kept.phone_number_verified) == ("free", "human", False)


async def test_F07_a_new_phone_number_needs_a_fresh_sign_in_and_sends_a_mail(mailing: Deployment) -> None:
    user = await make_user(mailing.op, phone_number="+81312345678", phone_number_verified=True, locale="en")
    browser = await signed_in(mailing, user)
    mailing.clock.advance(FRESH_FOR + 1)
    assert "readonly" in (await browser.get(PATH)).text
    refused = await post(browser, PATH, phone_number="+819012345678")
    assert refused.status_code == 403
    assert "return=/account/profile" in refused.text
    assert (await post(browser, PATH, phone_number="+81312345678", gender="x")).status_code == 303

    fresh = await signed_in(mailing, user)
    assert (await post(fresh, PATH, phone_number="＋81 90-1234-5678")).status_code == 303
    kept = await users.get(mailing.op.db, user.id)
    assert (kept.phone_number, kept.phone_number_verified) == ("+819012345678", False)
    subjects = [mail.subject for mail in await outbox.latest(mailing.op.db, mailing.op.vault)]
    assert "The phone number of your Hibana account was changed" in subjects


async def test_fields_of_ones_own_can_be_changed_and_those_of_administrators_not(deployment: Deployment) -> None:
    user = await make_user(deployment.op)

    def field(name: str, value: str, field_type: str, namespace: str) -> CustomField:
        return CustomField(
            user_id=user.id, field_name=name, field_value=value, field_type=field_type, namespace=namespace
        )

    async def write(tx: Any) -> None:
        await custom_fields.put(tx, field("shoe_size", "25", "number", "user"))
        await custom_fields.put(tx, field("newsletter", "true", "boolean", "user"))
        await custom_fields.put(tx, field("employee_id", "E-1", "string", "app"))

    await deployment.op.db.transact(write)
    browser = await signed_in(deployment, user)
    page = await browser.get(PATH)
    assert "shoe_size" in page.text
    assert "employee_id" not in page.text
    refused = await post(browser, PATH, **{"custom.shoe_size": "big"})
    assert refused.status_code == 400
    assert "Enter a number." in refused.text
    changed = {"custom.shoe_size": "26.5", "custom.newsletter": "false", "custom.employee_id": "E-2", "custom.new": "x"}
    assert (await post(browser, PATH, **changed)).status_code == 303
    kept = {each.field_name: each.value for each in await custom_fields.of_user(deployment.op.db, user.id)}
    assert kept == {"shoe_size": 26.5, "newsletter": False, "employee_id": "E-1"}


async def test_the_language_chosen_here_is_that_of_the_pages_from_now_on(deployment: Deployment) -> None:
    browser = await signed_in(deployment, await make_user(deployment.op))
    await post(browser, PATH, locale="ja")
    assert '<html lang="ja">' in (await browser.get("/account")).text


async def test_a_change_made_elsewhere_meanwhile_is_not_undone(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    change = own_profile.read(user, [], {"gender": "x"})
    assert await op.db.transact(
        lambda tx: users.confirm_email(tx, user.id, email="new@example.com", was=user.email, now=op.now())
    )
    await own_profile.save(op, user, change, Origin(None, None, "t"))
    kept = await users.get(op.db, user.id)
    assert (kept.email, kept.email_verified, kept.gender) == ("new@example.com", True, "x")


async def test_a_field_that_people_may_fill_in_is_offered_to_those_who_lack_it(deployment: Deployment) -> None:
    user, other, third = [await make_user(deployment.op) for _ in range(3)]

    def field(owner: User, name: str, value: str, kind: str, namespace: str) -> CustomField:
        return CustomField(user_id=owner.id, field_name=name, field_value=value, field_type=kind, namespace=namespace)

    async def write(tx: Any) -> None:
        await custom_fields.put(tx, field(other, "shoe_size", "25", "number", "user"))
        # By an administrator's word for one person, so nobody may say it of themselves.
        await custom_fields.put(tx, field(other, "department", "Sales", "string", "user"))
        await custom_fields.put(tx, field(third, "department", "Sales", "string", "app"))

    await deployment.op.db.transact(write)
    browser = await signed_in(deployment, user)
    page = await browser.get(PATH)
    assert 'name="custom.shoe_size"' in page.text
    assert "custom.department" not in page.text
    assert (await post(browser, PATH, **{"custom.shoe_size": "big"})).status_code == 400

    await post(browser, PATH, **{"custom.shoe_size": "26.5", "custom.department": "Board", "custom.new": "x"})

    kept = {
        each.field_name: (each.value, each.namespace) for each in await custom_fields.of_user(deployment.op.db, user.id)
    }
    assert kept == {"shoe_size": (26.5, "user")}
