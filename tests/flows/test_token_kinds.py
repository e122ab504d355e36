"""Every kind of token at every place that reads one: row D05, whatever is not on the diagonal is refused."""

from dataclasses import dataclass

import httpx2

from hibana_op.oauth import logout_tokens
from hibana_op.records.clients import Client
from hibana_op.records.users import User
from tests.app_keys import AppKey, assertion_claims, key_set, request_claims
from tests.deployment import Browser, Deployment, answer
from tests.flows.asking import ask, is_sign_in
from tests.flows.asserting import by_key, send
from tests.flows.journeys import EVERY_TYPE, arrive, claims_of, obtain_tokens, redeem, refresh, userinfo
from tests.flows.registering import Registered, initial_token, manage, post, register
from tests.make import CALLBACK, make_client, make_resource, make_user

API = "https://api.example/"
GOODBYE = "https://app.example/bye"
KEY = AppKey()


async def leads_away(browser: Browser, hint: str) -> bool:
    """Whether an end-session request is believed, in a browser in which nobody is signed in."""
    parameters = {"id_token_hint": hint, "post_logout_redirect_uri": GOODBYE}
    response = await browser.http.get("/logout", params=parameters)
    return response.headers.get("location") == GOODBYE


async def is_hint(browser: Browser, client: Client, token: str) -> bool:
    """Whether a silent request with a token for a hint is answered with a code."""
    response = await browser.authorize(client, prompt="none", id_token_hint=token)
    return "code" in answer(response)


def is_fine(response: httpx2.Response, status: int = 200) -> bool:
    """Whether a request was good; none may fail on our side."""
    assert response.status_code < 500, response.text
    return response.status_code == status


# The places where each kind of token counts.
DIAGONAL = {
    "access token": ["userinfo", "introspection"],
    "access token through the browser": ["userinfo", "introspection"],
    "opaque access token": ["introspection"],
    "client's token": ["introspection"],
    "ID token": ["hint", "logout"],
    "ID token through the browser": ["hint", "logout"],
    "logout token": [],
    "signed userinfo": [],
    "refresh token": ["introspection", "refresh"],
    "code": ["redemption"],
    "request object": ["request"],
    "request object without a type": ["request"],
    "assertion": ["client authentication"],
    "initial access token": ["registration"],
    "registration access token": ["management"],
    "session cookie": [],
    "state cookie": [],
    "client secret": [],
}


@dataclass(frozen=True, slots=True)
class Apps:
    """Who holds the tokens."""

    deployment: Deployment
    browser: Browser
    client: Client
    signing: Client
    user: User
    registered: Registered
    initial: str


async def somebody(deployment: Deployment) -> Apps:
    """A client that may do everything, one that signs, one that a developer registered, and a person."""
    grants = ("authorization_code", "implicit", "refresh_token", "client_credentials")
    several = {**EVERY_TYPE, "grant_types": grants, "jwks": key_set(KEY), "userinfo_signed_response_alg": "RS256"}
    initial = await initial_token(deployment, max_uses=9)
    await make_resource(deployment.op, token_format="opaque")
    return Apps(
        deployment=deployment,
        browser=deployment.browser(),
        client=await make_client(deployment.op, **several),
        signing=await by_key(deployment, KEY),
        user=await make_user(deployment.op),
        registered=await register(deployment, token=initial),
        initial=initial,
    )


async def every_kind(apps: Apps) -> dict[str, str]:
    """One token of each kind, all of them good."""
    deployment, client, user, browser = apps.deployment, apps.client, apps.user, apps.browser
    tokens = await obtain_tokens(deployment, client, user, browser=browser)
    opaque = await obtain_tokens(deployment, client, user, scope="openid read", resource=API)
    machine = await deployment.token(client, grant_type="client_credentials")
    front = (await arrive(browser, client, user, response_type="id_token token")).fields
    sid, now = claims_of(tokens["id_token"])["sid"], deployment.op.now()
    cookies = dict(browser.http.cookies.items())
    return {
        "access token": tokens["access_token"],
        "access token through the browser": front["access_token"],
        "opaque access token": opaque["access_token"],
        "client's token": machine.json()["access_token"],
        "ID token": tokens["id_token"],
        "ID token through the browser": front["id_token"],
        "logout token": await logout_tokens.make(deployment.op, client, user_id=user.id, session_id=sid),
        "signed userinfo": (await userinfo(deployment, tokens["access_token"])).text,
        "refresh token": tokens["refresh_token"],
        "code": await browser.obtain_code(client, user),
        "request object": KEY.sign(request_claims(client), typ="oauth-authz-req+jwt"),
        "request object without a type": KEY.sign(request_claims(client), typ=None),
        "assertion": KEY.sign(assertion_claims(apps.signing.client_id, now=now)),
        "initial access token": apps.initial,
        "registration access token": apps.registered.token,
        "session cookie": next(value for name, value in cookies.items() if "session" in name),
        "state cookie": next(value for name, value in cookies.items() if "state" in name),
        "client secret": "the-secret-of-the-test-client",
    }


async def places(apps: Apps, token: str) -> list[str]:
    """Where a token counts."""
    deployment, client = apps.deployment, apps.client
    seen = await deployment.call("/introspect", client, token=token)
    found = {
        "userinfo": is_fine(await userinfo(deployment, token)),
        "introspection": seen.json()["active"],
        "hint": await is_hint(apps.browser, client, token),
        "logout": await leads_away(deployment.browser(), token),
        "redemption": is_fine(await redeem(deployment, client, token)),
        "refresh": is_fine(await refresh(deployment, client, token)),
        "request": is_sign_in(await ask(deployment, client, token, redirect_uri=CALLBACK)),
        "client authentication": is_fine(await send(deployment, token)),
        "registration": is_fine(await post(deployment, {"redirect_uris": [CALLBACK]}, token=token), 201),
        "management": is_fine(await manage(deployment, "GET", apps.registered.path, token)),
        "statement": is_fine(await post(deployment, {"software_statement": token}, token=apps.initial), 201),
    }
    return [place for place, works in found.items() if works]


async def test_D05_each_kind_of_token_works_in_its_own_place_alone(deployment: Deployment) -> None:
    apps = await somebody(deployment)
    kinds = await every_kind(apps)

    assert {kind: await places(apps, token) for kind, token in kinds.items()} == DIAGONAL
