"""Signing in with a directory (LDAP): the page, whose account it becomes, and what is answered otherwise."""

import asyncio
import html
import re

import httpx2
import pytest

from hibana_op.foundation import directory_line
from hibana_op.login.federation import providers
from hibana_op.records import factors, two_factor, user_identities, users
from tests.deployment import Deployment, Page, answer
from tests.flows.federation.directories import (
    LINKED,
    WRONG,
    add_directory,
    failures,
    link_entry,
    sign_in,
    to_form,
)
from tests.flows.federation.upstream import an_app, refused, signed_in
from tests.flows.registering import COMMAND
from tests.foundation.strangers import listening
from tests.make import make_user
from tests.slapd import DIRECTORY_PASSWORD, HOST, Slapd

BIND, UNBIND, SEARCH = 0x60, 0x42, 0x63  # RFC 4511 §4.2, §4.3, §4.5


@pytest.mark.usefixtures("dora")
async def test_a_new_person_signs_in_to_an_app_with_the_password_of_the_directory(
    house: Deployment, slapd: Slapd
) -> None:
    await add_directory(house, slapd, domains=("corp.example",), trust_email=True, create_people=True)
    app, browser = await an_app(house), house.browser()
    asked = await browser.submit(Page.read(await browser.authorize(app)), username="Dora@corp.example")
    page = Page.read(asked)
    assert (asked.url.path, page.fields["username"]) == ("/federation/corp/start", "Dora@corp.example")
    landed = await browser.submit(page, password=DIRECTORY_PASSWORD)
    if "/consent" in str(landed.url):
        landed = await browser.submit(Page.read(landed), decision="allow")
    assert "code" in answer(landed)

    user = await users.find_by_login(house.op.db, "dora@corp.example")
    assert user is not None
    assert (user.name, user.given_name, user.family_name, user.email_verified) == ("Dora Doe", "Dora", "Doe", True)
    (row,) = await house.op.db.all("SELECT id, amr FROM sessions")
    ((proven, _),) = await factors.of_session(house.op.db, row["id"])
    assert (proven.method, proven.proves, proven.amr) == ("provider", ("password",), ("pwd",))
    assert DIRECTORY_PASSWORD not in str(await house.op.db.all("SELECT * FROM audit_log"))


async def test_K04_a_person_is_their_entry_and_not_its_names(on_sqlite: Deployment, slapd: Slapd) -> None:
    provider = await add_directory(on_sqlite, slapd, domains=("corp.example",), trust_email=True)
    dn = slapd.add("moved", mail="moved@corp.example")
    user = await link_entry(on_sqlite, provider, slapd.uuid_of(dn))
    victim = await make_user(on_sqlite.op, email="victim@corp.example", email_verified=True)
    slapd.change(dn, mail=victim.email, cn="victim")
    landed = await sign_in(on_sqlite.browser(), victim.email)
    assert landed.url.path == LINKED
    assert await signed_in(on_sqlite) == [user.id]

    slapd.remove(dn)
    slapd.add("moved", mail="moved@corp.example")
    stranger = await sign_in(on_sqlite.browser(), "moved")
    refused(stranger, 403, "is not linked")
    assert await signed_in(on_sqlite) == [user.id]


async def test_K05_an_address_of_the_directory_links_only_within_its_domains(
    on_sqlite: Deployment, slapd: Slapd
) -> None:
    await add_directory(on_sqlite, slapd, domains=("corp.example",), trust_email=True, create_people=True)
    slapd.add("insider", mail="insider@corp.example")
    slapd.add("outsider", mail="outsider@example.com")
    slapd.add("nameless")
    insider = await make_user(on_sqlite.op, email="insider@corp.example", email_verified=True)
    outsider = await make_user(on_sqlite.op, email="outsider@example.com", email_verified=True)
    assert (await sign_in(on_sqlite.browser(), "insider")).url.path == LINKED
    refused(await sign_in(on_sqlite.browser(), "outsider"), 403, "the two are not linked")
    refused(await sign_in(on_sqlite.browser(), "nameless"), 403, "confirmed")
    assert await signed_in(on_sqlite) == [insider.id]
    assert await user_identities.of_user(on_sqlite.op.db, outsider.id) == []


async def test_K05_an_address_that_people_may_have_written_themselves_leads_into_no_account(
    on_sqlite: Deployment, slapd: Slapd
) -> None:
    await add_directory(on_sqlite, slapd, domains=("corp.example",), create_people=True)
    slapd.add("insider", mail="insider@corp.example")
    await make_user(on_sqlite.op, email="insider@corp.example", email_verified=True)

    refused(await sign_in(on_sqlite.browser(), "insider"), 403, "confirmed")
    assert await signed_in(on_sqlite) == []


async def test_K07_a_second_factor_is_asked_for_after_the_password_of_the_directory(
    on_sqlite: Deployment, slapd: Slapd, dora: str
) -> None:
    provider = await add_directory(on_sqlite, slapd)
    user, now = await link_entry(on_sqlite, provider, dora, email_verified=True), on_sqlite.clock.now()
    await on_sqlite.op.db.transact(
        lambda tx: two_factor.put_method(tx, user.id, "email", destination=user.email, now=now)
    )
    asked = await sign_in(on_sqlite.browser(), "dora")
    assert asked.url.path == "/login/mfa"
    assert await signed_in(on_sqlite) == []


@pytest.mark.usefixtures("dora")
async def test_H01_unknown_and_wrong_and_hostile_names_are_answered_alike(on_sqlite: Deployment, slapd: Slapd) -> None:
    await add_directory(on_sqlite, slapd)
    slapd.add("pair-1", mail="pair@corp.example")
    slapd.add("pair-2", mail="pair@corp.example")
    answers = set()
    for name, password in (
        ("dora", "wrong"),
        ("nobody", "wrong"),
        ("nobody", DIRECTORY_PASSWORD),
        ("pair@corp.example", DIRECTORY_PASSWORD),
        ("*", DIRECTORY_PASSWORD),
        ("dor*", DIRECTORY_PASSWORD),
        ("*)(uid=dora", DIRECTORY_PASSWORD),
        ("dora)(|(uid=*", DIRECTORY_PASSWORD),
        ("dora\\", DIRECTORY_PASSWORD),
        ("x" * 321, DIRECTORY_PASSWORD),
        ("dora", "x" * 1025),
    ):
        browser = on_sqlite.browser()
        response = await sign_in(browser, name, password)
        assert WRONG in response.text
        answers.add((response.status_code, masked(response, name), tuple(sorted(browser.http.cookies))))

    assert len(answers) == 1
    assert await signed_in(on_sqlite) == []


def masked(response: httpx2.Response, name: str) -> str:
    """A page without what differs between any two visits, and without the name that was typed."""
    text = response.text.replace(f'value="{html.escape(name)}"', "")
    for secret in {*Page.read(response).fields.values()} - {"", name}:
        text = text.replace(secret, "")
    return re.sub(r'nonce="[^"]*"', "", text)


@pytest.mark.usefixtures("dora")
async def test_H02_an_unknown_name_costs_the_directory_what_a_wrong_password_costs(
    on_sqlite: Deployment, slapd: Slapd
) -> None:
    asked: list[list[int]] = []

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection to the directory, and note which operations were asked for on it."""
        operations: list[int] = []
        asked.append(operations)
        there, to_there = await asyncio.open_connection(HOST, int(slapd.plain_url.rsplit(":", 1)[1]))
        while request := await reader.read(65536):
            start = 2 + (request[1] & 0x7F if request[1] & 0x80 else 0)
            operations.append(request[start + 3])  # the tag behind the number of the message: RFC 4511 §4.1.1
            if operations[-1] == UNBIND:
                break
            to_there.write(request)
            writer.write(await there.read(65536))
        to_there.close()

    async with listening(pass_on) as port:
        await add_directory(on_sqlite, slapd, url=f"ldap://{HOST}:{port}")
        for name in ("dora", "nobody"):
            assert WRONG in (await sign_in(on_sqlite.browser(), name, "wrong")).text
    told = [[each for each in operations if each != UNBIND] for operations in asked]
    assert told == [[BIND, SEARCH], [BIND], [BIND, SEARCH], [BIND]]


@pytest.mark.usefixtures("dora")
@pytest.mark.parametrize(
    ("name", "password", "words"),
    [("", DIRECTORY_PASSWORD, "Enter your email or username"), ("dora", "", "Enter your password")],
    ids=["no-name", "no-password"],
)
async def test_K09_an_empty_field_never_reaches_the_directory(
    on_sqlite: Deployment, slapd: Slapd, name: str, password: str, words: str
) -> None:
    await add_directory(on_sqlite, slapd)
    response = await sign_in(on_sqlite.browser(), name, password)
    assert (response.status_code, words in response.text) == (400, True)
    assert await failures(on_sqlite) == []


async def test_a_directory_that_is_down_is_said_and_counts_against_nobody(
    on_sqlite: Deployment, slapd: Slapd, dora: str
) -> None:
    provider = await add_directory(on_sqlite, slapd)
    await link_entry(on_sqlite, provider, dora)
    page = await to_form(browser := on_sqlite.browser())
    slapd.stop()
    try:
        for _ in range(7):
            down = await browser.submit(page, username="dora", password=DIRECTORY_PASSWORD)
            refused(down, 502, "Corp")
        assert "no connection to the server could be made" in down.text
    finally:
        slapd.start_again()
    assert (await browser.submit(page, username="dora", password=DIRECTORY_PASSWORD)).url.path == LINKED
    assert await failures(on_sqlite) == []


async def test_K09_a_directory_that_never_answers_becomes_a_page(
    on_sqlite: Deployment, slapd: Slapd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory_line, "CONNECT_SECONDS", 0.3)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(silent) as port:
        await add_directory(on_sqlite, slapd, url=f"ldaps://{HOST}:{port}")
        stuck = await sign_in(on_sqlite.browser(), "dora")
    refused(stuck, 502, "did not answer as expected")
    assert await failures(on_sqlite) == []


async def test_K09_a_directory_whose_certificate_does_not_hold_gets_no_password(
    on_sqlite: Deployment, slapd: Slapd
) -> None:
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1000))

    async with listening(listen, tls=slapd.authority.server("another.example")) as port:
        await add_directory(on_sqlite, slapd, url=f"ldaps://{HOST}:{port}")
        refused(await sign_in(on_sqlite.browser(), "dora"), 502, "does not prove its name")
    assert not any(heard)


async def test_K10_a_provider_that_is_disabled_meanwhile_lets_nobody_in(
    on_sqlite: Deployment, slapd: Slapd, dora: str
) -> None:
    provider = await add_directory(on_sqlite, slapd)
    await link_entry(on_sqlite, provider, dora)
    page = await to_form(browser := on_sqlite.browser())
    await providers.set_enabled(on_sqlite.op, "corp", enabled=False, origin=COMMAND)
    refused(await browser.submit(page, username="dora", password=DIRECTORY_PASSWORD), 404, "not available")
    assert await signed_in(on_sqlite) == []


async def test_K10_whoever_is_suspended_here_is_not_let_in_by_the_directory(
    on_sqlite: Deployment, slapd: Slapd, dora: str
) -> None:
    provider = await add_directory(on_sqlite, slapd)
    await link_entry(on_sqlite, provider, dora, status="suspended")
    refused(await sign_in(on_sqlite.browser(), "dora"), 403, "is not linked")
    assert await signed_in(on_sqlite) == []


async def test_G01_the_form_counts_only_with_the_token_of_its_browser(
    on_sqlite: Deployment, slapd: Slapd, dora: str
) -> None:
    provider = await add_directory(on_sqlite, slapd)
    await link_entry(on_sqlite, provider, dora)
    page = await to_form(browser := on_sqlite.browser())
    forged = await browser.submit(page, username="dora", password=DIRECTORY_PASSWORD, csrf="forged")
    assert forged.status_code == 403
    assert await signed_in(on_sqlite) == []
