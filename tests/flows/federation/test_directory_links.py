"""`/account/linked` with a directory, and what a directory is added with."""

import re

import pytest

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.login.federation import providers
from hibana_op.pages.account.person import FRESH_FOR
from hibana_op.records import user_identities
from tests.deployment import Deployment, Page
from tests.flows.federation.directories import (
    LINKED,
    WRONG,
    add_directory,
    entered,
    link_entry,
    sign_in,
)
from tests.flows.federation.upstream import refused, signed_in
from tests.flows.registering import COMMAND
from tests.slapd import BASE, DIRECTORY_PASSWORD, SERVICE_DN, SERVICE_PASSWORD, Slapd


async def test_a_person_links_their_entry_and_unlinks_it(house: Deployment, slapd: Slapd) -> None:
    await add_directory(house, slapd)
    number = slapd.uuid_of(slapd.add("linker", mail="linker@corp.example"))
    browser, user_id = await entered(house)
    asked = await browser.submit(Page.read(await browser.get(LINKED)), provider="corp")
    assert str(asked.url).endswith("/account/linked/corp")
    wrong = await browser.submit(Page.read(asked), username="linker", password="wrong")
    assert (wrong.status_code, WRONG in wrong.text) == (400, True)
    done = await browser.submit(Page.read(wrong), username="linker", password=DIRECTORY_PASSWORD)
    assert str(done.url).endswith("/account/linked?done=identity_linked")
    (identity,) = await user_identities.of_user(house.op.db, user_id)
    assert (identity.issuer, identity.subject, identity.email) == (slapd.url, number, "linker@corp.example")

    assert (await sign_in(house.browser(), "linker")).url.path == LINKED
    assert await signed_in(house) == [user_id, user_id]
    gone = await browser.submit(Page.read(done), unlink=identity.id)
    assert "done=identity_unlinked" in str(gone.url)
    refused(await sign_in(house.browser(), "linker"), 403, "is not linked")


async def test_K06_an_entry_of_somebody_else_is_not_linked_again(
    on_sqlite: Deployment, slapd: Slapd, dora: str
) -> None:
    provider = await add_directory(on_sqlite, slapd)
    owner = await link_entry(on_sqlite, provider, dora)
    browser, user_id = await entered(on_sqlite)
    asked = await browser.submit(Page.read(await browser.get(LINKED)), provider="corp")
    taken = await browser.submit(Page.read(asked), username="dora", password=DIRECTORY_PASSWORD)
    assert taken.status_code == 409
    assert await user_identities.of_user(on_sqlite.op.db, user_id) == []
    assert len(await user_identities.of_user(on_sqlite.op.db, owner.id)) == 1


async def test_F07_a_link_takes_a_fresh_proof_and_a_directory(on_sqlite: Deployment, slapd: Slapd) -> None:
    await add_directory(on_sqlite, slapd)
    slapd.add("stale")
    assert (await on_sqlite.browser().get("/account/linked/corp")).url.path == "/login"
    browser, user_id = await entered(on_sqlite)
    asked = Page.read(await browser.get("/account/linked/corp"))
    refused(await browser.get("/account/linked/nothing"), 404, "not available")
    on_sqlite.clock.advance(FRESH_FOR + 1)
    late = await browser.submit(asked, username="stale", password=DIRECTORY_PASSWORD)
    assert late.status_code == 403
    assert await user_identities.of_user(on_sqlite.op.db, user_id) == []


@pytest.mark.parametrize(
    ("changes", "secret", "fault"),
    [
        ({"url": "ldap://directory.example"}, SERVICE_PASSWORD, "url: a URL that begins with ldap:// needs start_tls"),
        ({"url": "https://directory.example"}, SERVICE_PASSWORD, "url: the URL is not of the form"),
        ({"url": "ldaps://directory.example", "start_tls": True}, SERVICE_PASSWORD, "speaks TLS already"),
        ({"url": None}, SERVICE_PASSWORD, "needs url"),
        ({"base": ""}, SERVICE_PASSWORD, "base is text"),
        ({"bind_dn": "cn=x\0"}, SERVICE_PASSWORD, "bind_dn is text"),
        ({"subject": "entryUUID)(x"}, SERVICE_PASSWORD, "subject: an attribute"),
        ({"user_attributes": ["uid)(|"]}, SERVICE_PASSWORD, "user_attributes: an attribute"),
        ({"user_attributes": []}, SERVICE_PASSWORD, "user_attributes is a list"),
        ({"attributes": {"sub": "uid"}}, SERVICE_PASSWORD, "attributes says what"),
        ({"attributes": {"email": "mail*"}}, SERVICE_PASSWORD, "attributes: an attribute"),
        ({"client_id": "x"}, SERVICE_PASSWORD, "has no client_id"),
        ({}, None, "needs a secret"),
    ],
)
async def test_a_directory_is_added_only_with_what_can_be_used(
    on_sqlite: Deployment, slapd: Slapd, *, changes: dict[str, object], secret: str | None, fault: str
) -> None:
    config = {"url": slapd.url, "base": BASE, "bind_dn": SERVICE_DN, **changes}
    with pytest.raises(InvalidRecord, match=re.escape(fault)):
        await providers.create(
            on_sqlite.op,
            slug="corp",
            name="Corp",
            provider_type="ldap",
            config=config,
            client_secret=secret,
            domains=(),
            origin=COMMAND,
        )


async def test_T01_the_password_of_the_service_account_rests_sealed(on_sqlite: Deployment, slapd: Slapd) -> None:
    await add_directory(on_sqlite, slapd)
    assert SERVICE_PASSWORD not in str(await on_sqlite.op.db.all("SELECT * FROM identity_providers"))
