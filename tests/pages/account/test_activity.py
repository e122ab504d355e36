"""The activity of an account: what happened, in words, and only one's own."""

import pytest

from hibana_op.foundation import events
from hibana_op.foundation.events import Event, FactorProven, MemberJoined, UserUpdated
from hibana_op.foundation.origin import Origin
from hibana_op.login.methods import METHODS
from hibana_op.login.second_factors import SECOND_FACTORS
from hibana_op.pages.account.activity import PAGE
from hibana_op.storage.database import Session
from hibana_op.web.words import LANGUAGES, catalogue
from tests.deployment import Deployment
from tests.make import make_client, make_user
from tests.pages.account.test_apps import use
from tests.pages.account.visiting import signed_in
from tests.tenancy.authority import make_tenant

PATH = "/account/activity"
# What an administrator does to the deployment is nobody's own activity.
NOT_OF_PEOPLE = (
    *("audit:", "claims:", "client:providers:", "client:registration:", "client:secret:", "database:", "key:"),
    *("deployment:", "provider:", "registration:", "resource:", "role:"),
)
TAGS = sorted(
    kind.tag
    for name in events.__all__
    if isinstance(kind := getattr(events, name), type) and issubclass(kind, Event) and kind is not Event
)


@pytest.mark.parametrize("tag", [tag for tag in TAGS if not tag.startswith(NOT_OF_PEOPLE)])
def test_every_event_that_can_concern_a_person_has_words(tag: str) -> None:
    for language in LANGUAGES:
        assert f"account.event.{tag}" in catalogue(language)


def test_every_way_to_prove_oneself_has_words() -> None:
    names = {*METHODS, *SECOND_FACTORS, "passkey", "provider"}
    for language in LANGUAGES:
        prefix = "account.method."
        assert {key.removeprefix(prefix) for key in catalogue(language) if key.startswith(prefix)} == names


def test_no_words_are_kept_for_events_that_there_are_not() -> None:
    told = {key.removeprefix("account.event.") for key in catalogue("ja") if key.startswith("account.event.")}
    assert told - set(TAGS) == {"other"}


async def test_signing_in_and_using_an_app_is_told_with_the_device_and_the_app(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser, _ = await use(deployment, await make_client(deployment.op), user)
    page = (await browser.get(PATH)).text
    for words in ("You signed in (password)", "You allowed an app access", "You signed in to an app", "Shop Console"):
        assert words in page
    told = page.partition("An app was given access")[2].partition("</li>")[0]
    assert " · " not in told
    assert page.index("You allowed an app access") < page.index("You signed in (password)")


async def test_a_sign_in_that_failed_is_marked(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    stranger = deployment.browser()
    await stranger.sign_in(await stranger.get("/login"), user, password="not the password")
    page = (await (await signed_in(deployment, user)).get(PATH)).text
    assert "A sign-in failed (password)" in page
    assert "Refused" in page


async def test_what_others_did_is_not_shown(deployment: Deployment) -> None:
    user, other = await make_user(deployment.op), await make_user(deployment.op)
    await deployment.op.db.transact(
        lambda tx: deployment.op.emit(
            tx, FactorProven(user_id=other.id, target_id=other.id, method="password"), Origin("203.0.113.77", None, "t")
        )
    )
    page = (await (await signed_in(deployment, user)).get(PATH)).text
    assert "203.0.113.77" not in page


async def test_long_histories_come_a_page_at_a_time(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)

    async def write(tx: Session) -> None:
        for _ in range(2 * PAGE):
            await op.emit(tx, UserUpdated(user_id=user.id, target_id=user.id), Origin(None, None, "t"))

    await op.db.transact(write)
    browser = await signed_in(deployment, user)
    sizes, url = [], PATH
    while url:
        page = (await browser.get(url)).text
        sizes.append(page.count('class="item"'))
        older = page.partition("/account/activity?before=")[2].partition('"')[0]
        url = f"{PATH}?before={older}" if older else ""
    assert sum(sizes) == 2 * PAGE + 1
    assert len(sizes) == 3


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "١٢", "1 OR 1=1"])
async def test_a_place_in_the_history_that_is_none_shows_the_newest(deployment: Deployment, before: str) -> None:
    browser = await signed_in(deployment, await make_user(deployment.op))
    page = await browser.http.get(PATH, params={"before": before})
    assert page.status_code == 200
    assert "You signed in" in page.text


async def test_joining_names_the_organization_and_adding_somebody_is_no_joining(deployment: Deployment) -> None:
    op = deployment.op
    tenant, user, other = await make_tenant(op), await make_user(op), await make_user(op)

    async def write(tx: Session) -> None:
        for who in (user, other):
            event = MemberJoined(
                user_id=user.id, tenant_id=tenant.id, target_id=who.id, membership_id="1", role="member", way="added"
            )
            await op.emit(tx, event, Origin(None, None, "t"))

    await op.db.transact(write)
    page = (await (await signed_in(deployment, user)).get(PATH)).text
    assert page.count("You joined an organization") == 1
    assert page.count("You added a member to an organization") == 1
    assert page.count(f"<bdi>{tenant.name}</bdi>") == 2
