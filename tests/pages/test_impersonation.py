"""Acting as somebody else in a browser: how it begins, what it shows, what stays closed, and how it ends."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from hibana_op.records import roles, sessions, users
from hibana_op.routes import PAGES, SCRIPTS, PageRoute
from tests.deployment import Page, answer
from tests.impersonating import MINUTES, Acting, about_to_act, allow, sign_in
from tests.make import PASSWORD, make_client, make_user
from tests.pages.account.visiting import signed_in
from tests.schema import ISSUER
from tests.second_factors import deploy_sending

# What an administrator who acts as somebody may open, and how: everything else is closed.
OPEN = {
    "/authorize": ("GET", "POST"),
    "/login/organizations": ("GET", "POST"),
    "/logout": ("GET", "POST"),
    "/impersonation/end": ("POST",),
    "/account": ("GET",),
    "/account/profile": ("GET",),
    "/account/security": ("GET",),
    "/account/sessions": ("GET",),
    "/account/apps": ("GET",),
    "/account/activity": ("GET",),
    "/account/linked": ("GET",),
    "/account/organizations": ("GET",),
    "/": ("GET",),
}
SHOWN = sorted(path for path, methods in OPEN.items() if methods == ("GET",))


@pytest.fixture
async def acting(database_url: str, tmp_path: Path) -> AsyncIterator[Acting]:
    """An administrator who is about to act as somebody, on each engine."""
    async with deploy_sending(database_url, tmp_path) as deployment:
        yield await about_to_act(deployment)


@pytest.fixture
async def on_sqlite(tmp_path: Path) -> AsyncIterator[Acting]:
    """The same on SQLite."""
    async with deploy_sending(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path) as deployment:
        yield await about_to_act(deployment)


async def test_P09_it_begins_at_an_address_that_works_once_and_every_page_says_so(acting: Acting) -> None:
    path = await acting.address()
    page = await acting.browser.get(path)
    assert "Act as this person?" in page.text
    assert "bob@example.com" in page.text
    assert "Ticket 4711 &lt;b&gt;" in page.text
    assert not await acting.is_acting(), "looking at the address begins nothing"

    landed = await acting.begin(path)

    assert landed.url.path == "/account", landed.text
    for shown in SHOWN:
        text = (await acting.browser.get(shown)).text
        assert "You are acting as <strong><bdi>bob@example.com</bdi></strong>" in text, shown
        assert "Reason: <bdi>Ticket 4711 &lt;b&gt;</bdi>" in text, shown
        assert 'action="/impersonation/end"' in text, shown
    await acting.post("/impersonation/end")
    again = await acting.browser.get(path)
    assert (again.status_code, "This address does not work" in again.text) == (404, True)


async def test_P09_the_administrator_is_themselves_again_when_they_end_it(acting: Acting) -> None:
    await acting.begin()
    ended = await acting.post("/impersonation/end")
    assert ended.status_code == 303
    assert not await acting.is_acting()
    assert "admin@example.com" in (await acting.browser.get("/account")).text
    assert (
        await acting.deployment.op.db.glance(
            lambda tx: sessions.live_of_user(tx, acting.person.id, now=acting.deployment.op.now())
        )
        == []
    )


async def test_P09_signing_out_ends_it_and_leaves_the_administrator_signed_in(on_sqlite: Acting) -> None:
    await on_sqlite.begin()
    out = await on_sqlite.post("/logout", decision="logout")
    assert (out.status_code, 'class="acting"' in out.text) == (200, False)
    assert "admin@example.com" in (await on_sqlite.browser.get("/account")).text


@pytest.mark.parametrize("choice", ["off", None])
async def test_P09_it_is_off_by_default_and_turning_it_off_ends_it_at_once(acting: Acting, choice: str | None) -> None:
    await acting.begin()
    unused = await acting.address()
    assert await acting.is_acting()

    await allow(acting.deployment, choice)

    assert not await acting.is_acting()
    assert "You cannot act as this person" in (await acting.browser.get(unused)).text
    await allow(acting.deployment)
    assert not await acting.is_acting(), "it does not go on"


async def test_P09_it_ends_after_half_an_hour_however_much_it_is_used(acting: Acting) -> None:
    await acting.begin()
    for _ in range(29):
        acting.deployment.clock.advance(1 * MINUTES)
        assert await acting.is_acting()
    acting.deployment.clock.advance(1 * MINUTES)
    assert not await acting.is_acting()


async def test_P09_the_address_ends_after_two_minutes(on_sqlite: Acting) -> None:
    path = await on_sqlite.address()
    page = await on_sqlite.browser.get(path)
    on_sqlite.deployment.clock.advance(120)
    late = await on_sqlite.browser.submit(Page.read(page), decision="begin")
    assert late.status_code == 404
    assert not await on_sqlite.is_acting()


async def test_P09_the_address_works_in_the_browser_of_whoever_asked_alone(on_sqlite: Acting) -> None:
    op = on_sqlite.deployment.op
    other = await make_user(op, email="other@example.com", email_verified=True)
    await op.db.transact(lambda tx: roles.assign(tx, other.id, "super_admin", now=op.now()))
    path = await on_sqlite.address()
    for browser in (on_sqlite.deployment.browser(), await signed_in(on_sqlite.deployment, other)):
        assert (await browser.get(path)).status_code == 404
    assert (await on_sqlite.begin(path)).url.path == "/account", "nobody used it up"


async def test_P09_of_several_who_press_the_button_at_once_one_begins(acting: Acting) -> None:
    path, csrf = await acting.address(), await acting.csrf()
    form = {"csrf": csrf, "decision": "begin"}
    answers = await asyncio.gather(*(acting.browser.http.post(path, data=form) for _ in range(5)))
    assert sorted(each.status_code for each in answers)[0] == 303
    assert [each.status_code for each in answers].count(303) == 1
    assert len(await acting.entries("user:impersonation:begun")) == 1


async def test_P09_the_other_accounts_of_the_browser_are_set_aside_until_it_ends(on_sqlite: Acting) -> None:
    carol = await make_user(on_sqlite.deployment.op, email="carol@example.com", email_verified=True)
    await on_sqlite.browser.sign_in(await on_sqlite.browser.get("/login?another=1"), carol)
    assert "carol@example.com" in (await on_sqlite.browser.get("/")).text

    await on_sqlite.begin()

    client = await make_client(on_sqlite.deployment.op, first_party=True)
    for asked in ({"prompt": "select_account"}, {"login_hint": "carol@example.com", "prompt": "login"}):
        refused = answer(await on_sqlite.browser.authorize(client, **asked))
        assert refused["error"] == "access_denied"
    await on_sqlite.post("/impersonation/end")
    assert "admin@example.com" in (await on_sqlite.browser.get("/")).text
    accounts = (await on_sqlite.browser.authorize(client, prompt="select_account")).text
    assert "admin@example.com" in accounts
    assert "carol@example.com" in accounts
    assert (await on_sqlite.begin()).url.path == "/account", "the administrator is signed in as before"


async def test_P09_a_copied_cookie_counts_in_no_other_browser(on_sqlite: Acting) -> None:
    await on_sqlite.begin()
    thief = on_sqlite.deployment.browser()
    await thief.get("/login")
    for name, value in on_sqlite.browser.http.cookies.items():
        if "session" in name:
            thief.http.cookies.set(name, value, domain=urlsplit(ISSUER).hostname or "", path="/")
    page = await thief.get("/")
    assert "session=" in page.request.headers["cookie"]
    assert "bob@example.com" not in page.text


async def test_P09_it_takes_two_factors_of_the_last_ten_minutes(on_sqlite: Acting) -> None:
    on_sqlite.deployment.clock.advance(11 * MINUTES)
    page = await on_sqlite.browser.get(await on_sqlite.address())
    assert (page.status_code, "Sign in again with two factors" in page.text) == (403, True)

    await on_sqlite.deployment.op.db.transact(
        lambda tx: tx.run("DELETE FROM two_factor_methods WHERE user_id = :id", id=on_sqlite.admin.id)
    )
    await on_sqlite.deployment.op.db.transact(
        lambda tx: tx.run("DELETE FROM two_factor_secrets WHERE user_id = :id", id=on_sqlite.admin.id)
    )
    with_one = await signed_in(on_sqlite.deployment, on_sqlite.admin)
    page = await with_one.get(await on_sqlite.address())
    assert (page.status_code, "Sign in again with two factors" in page.text) == (403, True)


async def test_P09_nobody_begins_by_a_form_of_another_site(on_sqlite: Acting) -> None:
    path = await on_sqlite.address()
    forged = await on_sqlite.browser.http.post(path, data={"decision": "begin", "csrf": "guessed"})
    assert forged.status_code == 403
    assert not await on_sqlite.is_acting()


def test_P09_only_what_is_listed_is_open_to_an_administrator_who_acts() -> None:
    found = {route.path: route.while_acting for route in PAGES if route.while_acting}
    assert found == OPEN


async def test_P09_every_other_page_and_script_is_closed_by_default(on_sqlite: Acting) -> None:
    await on_sqlite.begin()
    before = await rows(on_sqlite)
    for route in (*PAGES, *SCRIPTS):
        path = route.path.replace("{", "").replace("}", "")
        for method in set(route.methods) - set(OPEN.get(route.path, ())):
            answer = await call(on_sqlite, method, path, is_script=not isinstance(route, PageRoute))
            assert answer.status_code == 403, f"{method} {path}: {answer.status_code}"
            said = "acting_as_another" if not isinstance(route, PageRoute) else "Not while you act as somebody else"
            assert said in answer.text, f"{method} {path}"
    assert await rows(on_sqlite) == before
    assert await on_sqlite.is_acting()


async def call(acting: Acting, method: str, path: str, *, is_script: bool) -> Any:
    """Send what a page or a script of this browser could send, with its token."""
    if method == "GET":
        return await acting.browser.http.get(path)
    if is_script:
        return await acting.browser.http.post(path, json={}, headers={"X-CSRF-Token": await acting.csrf()})
    everything = {
        "decision": "delete",
        "end": "others",
        "client_id": "an-app",
        "leave": "one",
        "email": "e@evil.example",
    }
    return await acting.post(path, **everything, password=PASSWORD)


async def rows(acting: Acting) -> dict[str, list[Any]]:
    """What says how the person signs in, where they belong and what they allowed."""
    op, tables = acting.deployment.op, ("users", "passwords", "passkeys", "two_factor_methods", "two_factor_secrets")
    return {
        table: await op.db.all(f"SELECT * FROM {table}")
        for table in (*tables, "backup_codes", "user_identities", "consents", "tenant_memberships", "interactions")
    }


async def test_P09_from_within_nobody_begins_again(on_sqlite: Acting) -> None:
    carol = await make_user(on_sqlite.deployment.op, email="carol@example.com")
    path = await on_sqlite.address(carol)
    await on_sqlite.begin()
    assert (await on_sqlite.browser.get(path)).status_code == 403


async def test_P09_what_a_page_offers_to_somebody_who_just_signed_in_it_offers_to_nobody_else(
    on_sqlite: Acting,
) -> None:
    await signed_in(on_sqlite.deployment, on_sqlite.person)
    await on_sqlite.begin()
    assert "Sign out all other devices" not in (await on_sqlite.browser.get("/account/sessions")).text


async def test_P09_it_ends_with_the_administrators_own_sign_in(acting: Acting) -> None:
    op = acting.deployment.op
    await acting.begin()
    (own,) = await op.db.glance(lambda tx: sessions.live_of_user(tx, acting.admin.id, now=op.now()))
    await op.db.transact(lambda tx: sessions.revoke(tx, own.id, now=op.now()))
    assert "bob@example.com" not in (await acting.browser.get("/")).text


@pytest.mark.parametrize("what", ["right", "suspension", "person is an administrator", "permission"])
async def test_P09_it_ends_when_it_could_not_begin_any_more(acting: Acting, what: str) -> None:
    op = acting.deployment.op
    await acting.begin()

    async def change(tx: Any) -> None:
        if what == "right":
            await tx.run("DELETE FROM user_roles WHERE user_id = :id", id=acting.admin.id)
        elif what == "suspension":
            await tx.run("UPDATE users SET status = 'suspended' WHERE id = :id", id=acting.admin.id)
        elif what == "permission":
            await tx.run(
                "UPDATE permission_scopes SET is_active = :no WHERE permission LIKE 'impersonation:%'", no=False
            )
        else:
            await roles.assign(tx, acting.person.id, "viewer", now=op.now())

    await op.db.transact(change)
    assert "bob@example.com" not in (await acting.browser.get("/")).text


async def test_P09_nothing_of_it_is_kept_in_the_browser_or_counts_as_a_sign_in_of_the_person(acting: Acting) -> None:
    op = acting.deployment.op
    await acting.begin()
    after = await users.get(op.db, acting.person.id)
    assert (after.logins_count, after.last_login_at, after.last_ip) == (0, None, None)
    await acting.post("/impersonation/end")
    assert "bob@example.com" not in (await acting.browser.get("/login")).text
    (row,) = await op.db.all("SELECT * FROM sessions WHERE impersonator_id IS NOT NULL")
    assert not await op.db.glance(lambda tx: sessions.is_known_browser(tx, acting.person.id, row["browser_hash"]))
    assert (row["remember"], row["expires_at"] - row["created_at"]) == (False, 30 * MINUTES)


async def test_P09_ending_it_twice_does_no_harm(on_sqlite: Acting) -> None:
    await on_sqlite.begin()
    await on_sqlite.post("/impersonation/end")
    assert (await on_sqlite.post("/impersonation/end")).status_code == 303
    assert len(await on_sqlite.entries("user:impersonation:ended")) == 1
    await sign_in_again(on_sqlite)


async def sign_in_again(acting: Acting) -> None:
    """The administrator can begin anew in a browser of theirs."""
    acting.deployment.clock.advance(60)
    acting.browser = acting.deployment.browser()
    await sign_in(acting)
    await acting.begin()
    assert await acting.is_acting()
