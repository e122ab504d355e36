"""The parts of a journey that many tests go through."""

import html
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2

from hibana_op.foundation.base64url import decode
from hibana_op.oauth.response_types import RESPONSE_TYPES
from hibana_op.records.clients import Client
from hibana_op.records.users import User
from tests.deployment import VERIFIER, Browser, Deployment, Page, answer

# What a client is registered with that may use every response type.
EVERY_TYPE: dict[str, Any] = {
    "response_types": tuple(RESPONSE_TYPES),
    "grant_types": ("authorization_code", "implicit", "refresh_token"),
}


@dataclass(frozen=True, slots=True)
class Landing:
    """What arrived at an app, and how."""

    mode: str
    fields: dict[str, str]


def landed(response: httpx2.Response) -> Landing:
    """Take apart what leads back to the app, in whichever mode it does."""
    if response.status_code == 200:
        return Landing("form_post", posted(response)[1])
    assert response.is_redirect, f"no way back but {response.status_code}: {response.text[:2000]}"
    parts = urlsplit(response.headers["location"])
    assert not (parts.query and parts.fragment), response.headers["location"]
    mode = "fragment" if parts.fragment else "query"
    return Landing(mode, dict(parse_qsl(parts.fragment or parts.query, strict_parsing=True)))


async def arrive(browser: Browser, client: Client, user: User, **parameters: Any) -> Landing:
    """Sign in and allow everything, as far as that is asked, and see what arrives at the app."""
    response = await browser.authorize(client, **parameters)
    if response.url.path.endswith("/login"):
        response = await browser.sign_in(response, user)
    if response.url.path.endswith("/consent"):
        response = await browser.submit(Page.read(response), decision="allow")
    return landed(response)


async def redeem(deployment: Deployment, client: Client, code: str, **changes: Any) -> httpx2.Response:
    """Redeem a code as its client would; None takes a parameter out."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uris[0],
        "code_verifier": VERIFIER,
        **changes,
    }
    return await deployment.token(client, **{name: value for name, value in form.items() if value is not None})


async def refresh(deployment: Deployment, client: Client, token: str, **more: Any) -> httpx2.Response:
    """Use a refresh token."""
    return await deployment.token(client, grant_type="refresh_token", refresh_token=token, **more)


async def tokens_of(response: httpx2.Response) -> dict[str, Any]:
    """The tokens of an answer that must hold some."""
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def obtain_tokens(
    deployment: Deployment, client: Client, user: User, *, browser: Browser | None = None, **parameters: Any
) -> dict[str, Any]:
    """Sign in, allow everything, redeem the code."""
    browser = browser or deployment.browser()
    code = await browser.obtain_code(client, user, **parameters)
    return await tokens_of(await redeem(deployment, client, code))


async def userinfo(deployment: Deployment, access_token: str) -> httpx2.Response:
    """Ask for the claims of an access token."""
    async with deployment.http() as http:
        return await http.get("/userinfo", headers={"Authorization": f"Bearer {access_token}"})


async def is_active(deployment: Deployment, client: Client, token: str) -> bool:
    """Whether introspection says that a token counts."""
    response = await deployment.call("/introspect", client, token=token)
    assert response.status_code == 200, response.text
    return bool(response.json()["active"])


def claims_of(token: str) -> dict[str, Any]:
    """What a JWT says, without looking at its signature."""
    found: dict[str, Any] = json.loads(decode(token.split(".")[1]))
    return found


def header_of(token: str) -> dict[str, Any]:
    """The header of a JWT."""
    found: dict[str, Any] = json.loads(decode(token.partition(".")[0]))
    return found


def error_of(response: httpx2.Response) -> str:
    """The error code of a JSON answer that must be a refusal in the form of RFC 6749 §5.2."""
    assert 400 <= response.status_code < 500, f"{response.status_code}: {response.text}"
    body = response.json()
    assert body["error_description"].isascii()
    return str(body["error"])


def refusal_of(response: httpx2.Response) -> str:
    """The error code that a redirect carries back to the app, which must be complete."""
    found = answer(response)
    assert "code" not in found
    assert re.fullmatch(r"[\x20\x21\x23-\x5b\x5d-\x7e]+", found["error_description"])
    return found["error"]


def is_page(response: httpx2.Response, status: int = 400) -> bool:
    """Whether an answer is a page of ours that sends the browser nowhere."""
    return (
        response.status_code == status
        and "location" not in response.headers
        and "refresh" not in response.headers
        and response.headers["content-type"].startswith("text/html")
        and not re.search(r'<form[^>]*action="https?:|<meta[^>]*http-equiv="refresh|\.submit\(', response.text)
    )


def posted(response: httpx2.Response) -> tuple[str, dict[str, str]]:
    """Where the form of response_mode=form_post leads, and what it carries."""
    assert response.status_code == 200, response.text
    page = Page.read(response)
    return html.unescape(page.action), page.fields
