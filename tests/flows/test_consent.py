"""What a person allows, and whose decision it is: rows A11 and A12."""

import json
from dataclasses import replace

import httpx2
import pytest

from hibana_op.records import clients, consents
from tests.deployment import Browser, Deployment, Page, answer
from tests.flows.journeys import claims_of, is_page, obtain_tokens, redeem, refusal_of, tokens_of, userinfo
from tests.make import make_client, make_resource, make_user


def asks_for_consent(response: httpx2.Response) -> bool:
    """Whether the browser stands at the consent page."""
    return response.status_code == 200 and response.url.path.endswith("/consent")


async def test_A11_only_what_is_new_is_asked_again(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment.browser()
    await browser.obtain_code(client, user, scope="openid email")

    for known in ("openid email", "openid", "email openid", "email"):
        assert "code" in answer(await browser.authorize(client, scope=known)), known
    wider = await browser.authorize(client, scope="openid email phone")
    assert asks_for_consent(wider)
    assert "code" in answer(await browser.submit(Page.read(wider), decision="allow"))
    assert "code" in answer(await browser.authorize(client, scope="openid phone"))
    # Another client, another person and prompt=consent begin anew.
    assert asks_for_consent(await browser.authorize(await make_client(op), scope="openid"))
    assert asks_for_consent(await browser.authorize(client, scope="openid", prompt="consent"))
    other = deployment.browser()
    assert asks_for_consent(await other.sign_in(await other.authorize(client, scope="openid"), await make_user(op)))


async def test_A11_consent_is_for_each_resource(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    one = await make_resource(op, identifier="https://one.example/")
    two = await make_resource(op, identifier="https://two.example/")
    browser = deployment.browser()
    await browser.obtain_code(client, user, scope="openid read", resource=one.identifier)

    assert "code" in answer(await browser.authorize(client, scope="openid read", resource=one.identifier))
    assert asks_for_consent(await browser.authorize(client, scope="openid read", resource=two.identifier))
    assert asks_for_consent(await browser.authorize(client, scope="openid read write", resource=one.identifier))
    both = await browser.authorize(client, scope="openid read", resource=[one.identifier, two.identifier])
    assert asks_for_consent(both)
    await browser.submit(Page.read(both), decision="allow")
    assert await consents.of(op.db, user.id, client.client_id) == {
        "": {"openid"},
        one.identifier: {"read"},
        two.identifier: {"read"},
    }


async def test_A11_single_claims_are_asked_for_like_their_scope(deployment: Deployment) -> None:
    op = deployment.op
    client = await make_client(op)
    user = await make_user(op, phone_number="+81 3 1234 5678", name="Alice", localized={"name#ja": "アリス"})
    browser = deployment.browser()
    await browser.obtain_code(client, user, scope="openid")
    asked_for = {
        "userinfo": {"phone_number": {"essential": True}},
        "id_token": {"name#ja": None, "name#fr": None, "nickname#ja": None, "#": None, "roles#ja": None},
    }
    phone = json.dumps(asked_for)

    silent = await browser.authorize(client, scope="openid", claims=phone, prompt="none")
    assert refusal_of(silent) == "consent_required"
    asked = await browser.authorize(client, scope="openid", claims=phone)
    assert asks_for_consent(asked)
    assert "+81 3 1234 5678" in asked.text
    back = answer(await browser.submit(Page.read(asked), decision="allow"))
    tokens = await tokens_of(await redeem(deployment, client, back["code"]))
    found = (await userinfo(deployment, tokens["access_token"])).json()
    assert found == {"sub": user.id, "phone_number": "+81 3 1234 5678"}
    named = {claim: value for claim, value in claims_of(tokens["id_token"]).items() if "name" in claim}
    assert named == {"name#ja": "アリス"}
    assert "code" in answer(await browser.authorize(client, scope="openid", claims=phone, prompt="none"))


async def test_client_cannot_ask_for_single_claims_beyond_its_scopes(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client = await make_client(op, scope="openid profile")
    user = await make_user(op, phone_number="+81 3 1234 5678", name="Alice")
    wanted = json.dumps({"userinfo": {"phone_number": None, "name": None, "roles": None, "unheard_of": None}})

    tokens = await obtain_tokens(deployment_on_sqlite, client, user, scope="openid", claims=wanted)

    assert (await userinfo(deployment_on_sqlite, tokens["access_token"])).json() == {"sub": user.id, "name": "Alice"}


async def test_A11_first_party_client_is_trusted_but_not_with_a_resource_that_asks(
    deployment_on_sqlite: Deployment,
) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op, first_party=True), await make_user(op)
    own = await make_resource(op, identifier="https://own.example/")
    asking = await make_resource(op, identifier="https://asking.example/", skip_consent=False)
    browser = deployment_on_sqlite.browser()
    assert "code" in answer(await browser.sign_in(await browser.authorize(client), user))

    assert "code" in answer(await browser.authorize(client, scope="openid read", resource=own.identifier))
    assert asks_for_consent(await browser.authorize(client, scope="openid read", resource=asking.identifier))
    assert asks_for_consent(await browser.authorize(client, prompt="consent"))


async def test_A11_a_first_meeting_is_shown_even_without_any_scope(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment_on_sqlite.browser()

    first = await browser.sign_in(await browser.authorize(client, scope=None), user)

    assert asks_for_consent(first)
    tokens = await tokens_of(
        await redeem(
            deployment_on_sqlite, client, answer(await browser.submit(Page.read(first), decision="allow"))["code"]
        )
    )
    assert "id_token" not in tokens
    assert "code" in answer(await browser.authorize(client, scope=None))


async def test_person_who_says_no_is_believed(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment.browser()
    page = Page.read(await browser.sign_in(await browser.authorize(client), user))

    assert refusal_of(await browser.submit(page, decision="deny")) == "access_denied"
    assert await consents.of(op.db, user.id, client.client_id) == {}
    assert is_page(await browser.submit(page, decision="deny"))
    assert is_page(await browser.submit(page, decision="allow"))
    assert await consents.of(op.db, user.id, client.client_id) == {}


@pytest.mark.usefixtures("changes_are_seen_at_once")
async def test_A11_an_app_that_nobody_verified_asks_at_every_request(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op, registration="dcr", verified=False), await make_user(op)
    browser = deployment.browser()
    await browser.obtain_code(client, user, scope="openid email")

    again = await browser.authorize(client, scope="openid email")
    assert asks_for_consent(again)
    assert "code" in answer(await browser.submit(Page.read(again), decision="allow"))
    assert asks_for_consent(await browser.authorize(client, scope="openid"))
    # Without a page what is remembered does.
    assert "code" in answer(await browser.authorize(client, scope="openid email", prompt="none"))
    await op.db.transact(lambda tx: clients.update(tx, replace(client, verified=True)))
    assert "code" in answer(await browser.authorize(client, scope="openid email"))


async def test_A11_an_app_without_a_secret_asks_at_every_request_unless_it_answers_over_https(
    deployment: Deployment,
) -> None:
    op, user = deployment.op, await make_user(deployment.op)
    private, loopback, https = "com.example.app:/cb", "http://127.0.0.1/cb", "https://app.example/callback"
    uris = {"redirect_uris": (https, private, loopback), "application_type": "native"}
    client = await make_client(op, token_endpoint_auth_method="none", **uris)
    browser = deployment.browser()
    await browser.obtain_code(client, user)

    assert "code" in answer(await browser.authorize(client, redirect_uri=https))
    for uri in (private, loopback, "http://127.0.0.1:49152/cb"):
        again = await browser.authorize(client, redirect_uri=uri)
        assert asks_for_consent(again), uri
        assert "code" in answer(await browser.submit(Page.read(again), decision="allow"))
        assert refusal_of(await browser.authorize(client, redirect_uri=uri, prompt="none")) == "consent_required"


async def test_A11_consent_needs_the_form_of_this_browser(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment.browser()
    consent = await browser.sign_in(await browser.authorize(client), user)
    page = Page.read(consent)
    # Neither a GET nor a form without the token, with another's token or from another site decides anything.
    stranger = Page.read(await deployment.browser().authorize(client))
    by_get = await browser.get(f"{consent.url}&decision=allow&csrf={page.fields['csrf']}")
    assert asks_for_consent(by_get)
    for token in ("", "x" * 43, stranger.fields["csrf"]):
        assert is_page(await browser.submit(page, decision="allow", csrf=token), 403), token
    for site in ("cross-site", "same-site"):
        data = {**page.fields, "decision": "allow"}
        crossed = await browser.http.post("/consent", data=data, headers={"Sec-Fetch-Site": site})
        assert is_page(crossed, 403)
    assert is_page(await browser.submit(page, decision="perhaps"))
    assert await consents.of(op.db, user.id, client.client_id) == {}

    assert "code" in answer(await browser.submit(page, decision="allow"))


async def test_every_form_of_the_sign_in_carries_a_token_of_this_browser(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment_on_sqlite.browser()

    login = Page.read(await browser.authorize(client))
    assert is_page(await browser.submit(login, username=user.email, csrf="x"), 403)
    asked = Page.read(await browser.submit(login, username=user.email))
    assert is_page(await browser.submit(asked, password="correct horse battery", csrf=""), 403)
    await browser.submit(asked, password="correct horse battery")
    chooser = Page.read(await browser.authorize(client, prompt="select_account"))
    assert is_page(await browser.submit(chooser, account="any", csrf="x"), 403)
    # The sign-in changed the session, so the token of the page before it allows nothing: the question is asked again.
    consent = Page.read(await browser.authorize(client))
    again = await browser.submit(consent, decision="allow", csrf=login.fields["csrf"])
    assert (again.status_code, again.url.path) == (200, "/consent")
    assert await op.db.one("SELECT client_id FROM consents") is None


async def test_A12_an_interaction_stays_in_the_browser_that_began_it(deployment: Deployment) -> None:
    op = deployment.op
    client = await make_client(op)
    victim_user, attacker_user = await make_user(op), await make_user(op)
    attacker, victim = deployment.browser(), deployment.browser()
    await victim.obtain_code(client, victim_user)
    login = await attacker.authorize(client)
    interaction = Page.read(login).fields["interaction"]

    async def refused_everywhere(browser: Browser) -> None:
        for path in ("/login", "/login/password", "/login/accounts", "/consent"):
            assert is_page(await browser.get(f"{path}?interaction={interaction}"), 403), path
            own = Page.read(await browser.get("/login")).fields["csrf"]
            form = {"interaction": interaction, "csrf": own, "decision": "allow", "username": "x", "password": "y"}
            assert is_page(await browser.http.post(path, data=form), 403), path

    await refused_everywhere(victim)
    await attacker.submit(Page.read(login), username=attacker_user.email)
    await refused_everywhere(victim)
    await refused_everywhere(deployment.browser())


async def test_an_interaction_ends_with_its_hour(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment_on_sqlite.browser()
    login = Page.read(await browser.authorize(client))
    deployment_on_sqlite.clock.advance(3600)

    assert is_page(await browser.submit(login, username=user.email))


async def test_code_is_not_minted_for_a_session_that_ended_meanwhile(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment_on_sqlite.browser()
    consent = await browser.sign_in(await browser.authorize(client), user)
    await op.db.run("UPDATE sessions SET revoked_at = :now", now=op.now())

    response = await browser.submit(Page.read(consent), decision="allow")

    # Without its session the form is not this browser's any more.
    assert response.status_code in {200, 403}
    assert "code=" not in response.text
    assert (await op.db.all("SELECT * FROM authorization_codes")) == []
