"""Passkeys in the account pages: added with proof, named, removed, never the last way in; rows F07, G01, J01 to J06."""

import asyncio
import html
import re
from typing import Any

import httpx2
import pytest

from hibana_op.foundation import base64url
from hibana_op.records import audit_log, credentials, passkeys
from hibana_op.records.audit_log import AuditEntry
from hibana_op.records.users import User
from tests.authenticator import ELIGIBLE, ON_ONE_DEVICE, PRESENT, SYNCED, VERIFIED, SoftPasskey
from tests.deployment import Browser, Deployment
from tests.flows.conftest import deployment_on_sqlite
from tests.make import make_user
from tests.pages.account.visiting import post
from tests.pages.mailing import mailing, mails_to
from tests.passkeys import ADD, ADD_OPTIONS, add, answer, begin_adding, call, csrf_of, give, only, signed_in

__all__ = ["deployment_on_sqlite", "mailing"]

GOOGLE = bytes.fromhex("ea9b8d664d011d213ce4b6b48cb575d4")


async def entries(deployment: Deployment, action: str) -> list[AuditEntry]:
    return [entry for entry in await audit_log.page(deployment.op.db) if entry.action == action]


async def kept(deployment: Deployment, user: User) -> int:
    return len(await passkeys.of_user(deployment.op.db, user.id))


async def change(browser: Browser, passkey_id: str, **fields: str) -> httpx2.Response:
    return await post(browser, f"/account/passkeys/{passkey_id}", **fields)


async def test_what_an_authenticator_is_asked_for(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = await signed_in(deployment, user)
    first = SoftPasskey()
    await add(browser, first)

    options, _ = await begin_adding(browser)

    assert options["rp"] == {"name": "Hibana", "id": "id.example"}
    assert options["user"] == {
        "id": base64url.encode(user.id.encode()),
        "name": user.email,
        "displayName": "Alice Yamada",
    }
    assert [each["alg"] for each in options["pubKeyCredParams"]] == [-8, -7, -257]
    assert options["attestation"] == "none"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    (excluded,) = options["excludeCredentials"]
    assert excluded["id"] == base64url.encode(first.credential_id)
    assert excluded["transports"] == ["internal", "hybrid"]


async def test_a_passkey_is_kept_named_after_its_provider_and_told_of_by_mail(mailing: Deployment) -> None:
    user = await make_user(mailing.op, locale="en")
    browser = await signed_in(mailing, user)

    response = await add(browser, SoftPasskey(aaguid=GOOGLE))

    passkey = await only(mailing.op, user)
    assert response.json() == {"next": f"/account/passkeys/{passkey.id}?done=passkey_added"}
    assert (passkey.name, passkey.backup_eligible, passkey.backed_up) == ("Google Password Manager", True, True)
    assert passkey.transports == ("internal", "hybrid")
    told = (await mails_to(mailing.op, user.email))[0]
    assert told.subject == "A passkey was added to your Hibana account"
    assert "Google Password Manager" in told.text_body
    (entry,) = await entries(mailing, "user:passkey:added")
    assert (entry.user_id, entry.resource_id) == (user.id, passkey.id)
    page = await browser.get(response.json()["next"])
    assert "The passkey was added." in page.text


async def test_the_page_shows_what_there_is_and_tells_the_browser_of_it(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = await signed_in(deployment, user)
    assert "You have no passkey yet." in (await browser.get("/account/security")).text
    one, other = SoftPasskey(aaguid=GOOGLE), SoftPasskey(flags=ON_ONE_DEVICE)
    await add(browser, one)
    assert "This is your only passkey." in (await browser.get("/account/security")).text
    await add(browser, other, transports=["usb", "nfc", "telepathy", 7])

    page = (await browser.get("/account/security")).text

    assert "Google Password Manager" in page
    assert "Synced across your devices" in page
    assert "Security key" in page
    assert "Not used yet" in page
    assert "This is your only passkey." not in page
    told = re.search(r'data-passkey-signal="([^"]*)"', page)
    assert told is not None
    signal = html.unescape(html.unescape(told[1]))
    for credential in (one, other):
        assert base64url.encode(credential.credential_id) in signal
    assert base64url.encode(user.id.encode()) in signal


async def test_a_passkey_is_renamed_and_removed(mailing: Deployment) -> None:
    user = await make_user(mailing.op, locale="en")
    browser = await signed_in(mailing, user)
    await add(browser, SoftPasskey())
    passkey = await only(mailing.op, user)
    assert passkey.name == "Passkey"

    renamed = await change(browser, passkey.id, decision="rename", name="  My phone ")
    assert renamed.headers["location"] == "/account/security?done=passkey_renamed"
    assert (await only(mailing.op, user)).name == "My phone"
    removed = await change(browser, passkey.id, decision="remove")

    assert removed.headers["location"] == "/account/security?done=passkey_removed"
    assert await kept(mailing, user) == 0
    assert "My phone" in (await mails_to(mailing.op, user.email))[0].text_body
    for action in ("user:passkey:renamed", "user:passkey:removed"):
        (entry,) = await entries(mailing, action)
        assert (entry.user_id, entry.metadata["name"]) == (user.id, "My phone")
    assert (await change(browser, passkey.id, decision="remove")).status_code == 404


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\u202eb", "a\tb"])
async def test_a_name_that_is_none_is_refused(deployment: Deployment, name: str) -> None:
    user = await make_user(deployment.op)
    browser = await signed_in(deployment, user)
    await add(browser, SoftPasskey())

    response = await change(browser, (await only(deployment.op, user)).id, decision="rename", name=name)

    assert response.status_code == 400
    assert "Enter a name of up to 60 characters." in response.text
    assert (await only(deployment.op, user)).name == "Passkey"


async def test_the_last_way_in_is_never_removed(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = await signed_in(deployment, user)
    await add(browser, SoftPasskey())
    passkey = await only(deployment.op, user)
    await deployment.op.db.run("DELETE FROM passwords WHERE user_id = :id", id=user.id)

    response = await change(browser, passkey.id, decision="remove")

    assert response.status_code == 400
    assert "This is the only way you can sign in" in response.text
    assert await kept(deployment, user) == 1
    assert await credentials.find_password_hash(deployment.op.db, user.id) is None


async def test_of_the_last_two_removed_at_once_one_stays(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = await signed_in(deployment, user)
    await add(browser, SoftPasskey())
    await add(browser, SoftPasskey())
    own = await passkeys.of_user(deployment.op.db, user.id)
    await deployment.op.db.run("DELETE FROM passwords WHERE user_id = :id", id=user.id)

    answers = await asyncio.gather(*(change(browser, each.id, decision="remove") for each in own))

    assert sorted(each.status_code for each in answers) == [303, 400]
    assert await kept(deployment, user) == 1


async def test_somebody_elses_passkey_is_not_there(deployment: Deployment) -> None:
    alice, mallory = await make_user(deployment.op), await make_user(deployment.op)
    await give(deployment, alice)
    hers = await only(deployment.op, alice)
    browser = await signed_in(deployment, mallory)

    assert (await browser.http.get(f"/account/passkeys/{hers.id}")).status_code == 404
    for decision in ("rename", "remove"):
        assert (await change(browser, hers.id, decision=decision, name="Mine")).status_code == 404
    assert await only(deployment.op, alice) == hers


async def test_F07_an_old_sign_in_is_not_enough(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = await signed_in(deployment, user)
    await add(browser, SoftPasskey())
    passkey = await only(deployment.op, user)
    options, csrf = await begin_adding(browser)
    deployment.clock.advance(601)
    again = "/login?return=/account/security&again=1"

    for path, document in ((ADD_OPTIONS, {}), (ADD, SoftPasskey().create(options))):
        response = await call(browser, path, document, csrf)
        assert (response.status_code, response.json()) == (403, {"error": "proof_too_old", "next": again})
    assert (await change(browser, passkey.id, decision="remove")).status_code == 403
    shown = await browser.http.get(f"/account/passkeys/{passkey.id}")
    assert shown.headers["location"] == f"/login?return=/account/passkeys/{passkey.id}&again=1"
    assert await kept(deployment, user) == 1


async def test_nobody_signed_in_is_sent_to_sign_in(deployment_on_sqlite: Deployment) -> None:
    browser = deployment_on_sqlite.browser()
    csrf = await csrf_of(browser, "/login")

    response = await call(browser, ADD_OPTIONS, {}, csrf)

    assert (response.status_code, response.json()["error"]) == (401, "signed_out")


@pytest.mark.parametrize("path", [ADD_OPTIONS, ADD])
async def test_G01_the_script_has_to_be_ours(deployment_on_sqlite: Deployment, path: str) -> None:
    user = await make_user(deployment_on_sqlite.op)
    browser = await signed_in(deployment_on_sqlite, user)
    options, csrf = await begin_adding(browser)
    document = SoftPasskey().create(options)
    for token, headers in (("", {}), ("x", {}), (csrf, {"Sec-Fetch-Site": "same-site"})):
        response = await browser.http.post(path, json=document, headers={"X-CSRF-Token": token, **headers})
        assert (response.status_code, response.json()["error"]) == (403, "csrf")
    assert await kept(deployment_on_sqlite, user) == 0


async def test_J01_a_challenge_adds_one_passkey_to_one_account_in_one_browser(deployment: Deployment) -> None:
    user, other = await make_user(deployment.op), await make_user(deployment.op)
    browser, elsewhere, foreign = [await signed_in(deployment, each) for each in (user, user, other)]
    options, csrf = await begin_adding(browser)
    for somewhere in (elsewhere, foreign):
        _, theirs = await begin_adding(somewhere)
        response = await call(somewhere, ADD, SoftPasskey().create(options), theirs)
        assert response.json()["error"] == "passkey_expired"

    assert (await call(browser, ADD, SoftPasskey().create(options), csrf)).status_code == 200
    assert (await call(browser, ADD, SoftPasskey().create(options), csrf)).json()["error"] == "passkey_expired"
    late, csrf = await begin_adding(browser)
    deployment.clock.advance(300)
    assert (await call(browser, ADD, SoftPasskey().create(late), csrf)).json()["error"] == "passkey_expired"
    assert (await kept(deployment, user), await kept(deployment, other)) == (1, 0)


async def test_J01_after_somebody_else_signed_in_in_the_same_browser_a_challenge_is_void(
    deployment: Deployment,
) -> None:
    user, other = await make_user(deployment.op), await make_user(deployment.op)
    browser = await signed_in(deployment, user)
    options, _ = await begin_adding(browser)
    await browser.sign_in(await browser.get("/login"), other)
    _, csrf = await begin_adding(browser)

    response = await call(browser, ADD, SoftPasskey().create(options), csrf)

    assert response.json()["error"] == "passkey_expired"


FORGED: dict[str, dict[str, Any]] = {
    "another ceremony": {"type": "webauthn.get"},
    "an origin that ends alike": {"origin": "https://badid.example"},
    "an origin without TLS": {"origin": "http://id.example"},
    "an origin with a port": {"origin": "https://id.example:8443"},
    "an origin below": {"origin": "https://login.id.example"},
    "a frame elsewhere": {"client_data": {"crossOrigin": True}},
    "a page around ours": {"client_data": {"topOrigin": "https://evil.example"}},
    "another host's passkey": {"rp_id": "example"},
    "nobody present": {"flags": SYNCED & ~PRESENT},
    "backed up without being eligible": {"flags": SYNCED & ~ELIGIBLE},
    "an algorithm that was not offered": {"algorithm": -36},
    "an algorithm that is none": {"algorithm": 0},
    "a point off the curve": {"y": bytes(31) + b"\x01"},
    "an endless key": {"padding": bytes(1100)},
    "no credential": {"attested": b""},
    "half a credential": {"attested": bytes(20)},
    "an id of 1024 bytes": {"credential_id": bytes(1024)},
    "no id": {"credential_id": b""},
    "an id like no other inside": {"id": base64url.encode(b"another"), "raw_id": base64url.encode(b"another")},
    "another raw id": {"raw_id": base64url.encode(b"another")},
    "another kind of credential": {"credential_type": "password"},
    "an attestation where none was asked": {"statement": {"sig": b"x"}},
    "an attestation that does not verify": {"fmt": "packed", "statement": {"alg": -7, "sig": b"x"}},
    "an unknown attestation": {"fmt": "homemade"},
    "no attestation object": {"response": {"attestationObject": ""}},
    "an attestation object that is no string": {"response": {"attestationObject": 7}},
    "client data that is no JSON": {"client_data_json": b"{"},
}


@pytest.mark.parametrize("lies", FORGED.values(), ids=FORGED.keys())
async def test_J02_a_passkey_with_one_thing_wrong_is_not_kept(
    deployment_on_sqlite: Deployment, lies: dict[str, Any]
) -> None:
    user = await make_user(deployment_on_sqlite.op)
    browser = await signed_in(deployment_on_sqlite, user)

    response = await add(browser, SoftPasskey(), **lies)

    assert (response.status_code, response.json()["error"]) == (400, "passkey_refused")
    assert await kept(deployment_on_sqlite, user) == 0
    assert (await add(browser, SoftPasskey())).status_code == 200


async def test_a_passkey_made_without_recognising_anybody_is_kept_too(deployment: Deployment) -> None:
    user = await make_user(deployment.op)

    await give(deployment, user, flags=PRESENT & ~VERIFIED)

    assert not (await only(deployment.op, user)).backup_eligible


async def test_J03_a_credential_that_somebody_has_is_nobody_elses(deployment: Deployment) -> None:
    alice, mallory = await make_user(deployment.op), await make_user(deployment.op)
    hers = await give(deployment, alice)
    browser = await signed_in(deployment, mallory)

    for browser_of in (browser, await signed_in(deployment, alice)):
        response = await add(browser_of, SoftPasskey(credential_id=hers.credential_id))
        assert (response.status_code, response.json()["error"]) == (400, "passkey_taken")
    assert await kept(deployment, mallory) == 0
    hers.user_handle = alice.id.encode()
    assert (await answer(deployment.browser(), hers)).status_code == 200


async def test_J06_names_are_text_wherever_they_are_shown(mailing: Deployment) -> None:
    nasty = '<img src=x onerror="alert(1)">'
    user = await make_user(mailing.op, name=nasty, locale="en")
    browser = await signed_in(mailing, user)
    options, _ = await begin_adding(browser)
    assert options["user"]["displayName"] == nasty
    await add(browser, SoftPasskey())
    passkey = await only(mailing.op, user)
    await change(browser, passkey.id, decision="rename", name=nasty)

    for path in ("/account/security", f"/account/passkeys/{passkey.id}"):
        page = await browser.get(path)
        assert "<img src=x" not in page.text
        assert "&lt;img src=x" in page.text
    await change(browser, passkey.id, decision="remove")
    told = (await mails_to(mailing.op, user.email))[0]
    assert nasty in told.text_body
    assert told.html_body is not None
    assert "<img" not in told.html_body


async def test_G01_a_form_without_the_token_changes_no_passkey(deployment_on_sqlite: Deployment) -> None:
    user = await make_user(deployment_on_sqlite.op)
    browser = await signed_in(deployment_on_sqlite, user)
    await add(browser, SoftPasskey())
    passkey = await only(deployment_on_sqlite.op, user)

    for decision in ("rename", "remove"):
        for csrf in ("", "x"):
            sent = {"csrf": csrf, "decision": decision, "name": "Mine"}
            assert (await browser.http.post(f"/account/passkeys/{passkey.id}", data=sent)).status_code == 403
        await browser.http.get(f"/account/passkeys/{passkey.id}?decision={decision}&name=Mine")
    assert await only(deployment_on_sqlite.op, user) == passkey
