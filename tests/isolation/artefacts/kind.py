"""A kind of artefact: how one is made, and how a text is played where such a one is taken."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx2

from hibana_op.web.cookies import cookie_name
from tests.deployment import Deployment
from tests.isolation.asking import Made
from tests.isolation.scene import Scene


@dataclass(frozen=True, slots=True)
class Artefact:
    """A text that counts at its target."""

    text: str
    target: Made = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kind:
    """`takes`: whether a text counts at a target; None where we take no such thing.

    `tries`: how many wrong ones a target stands before nothing counts there any more; 0 for any number.
    `anywhere`: why one of another tenant counts at the place as well, for what it is itself.
    """

    name: str
    make: Callable[[Scene], Awaitable[Artefact]]
    takes: Callable[[Deployment, Made, str], Awaitable[bool]] | None
    tries: int = 0
    anywhere: str = ""


async def jar(scene: Scene) -> Made:
    """The cookies of a scene's browser and the token of its forms, to be kept in a target."""
    csrf = await scene.csrf()
    return {"jar": json.dumps(dict(scene.browser.http.cookies)), "csrf": csrf}


def browser(deployment: Deployment, target: Made) -> httpx2.AsyncClient:
    """The browser that was kept."""
    return deployment.http(headers={"Accept-Language": "en"}, cookies=json.loads(target["jar"]))


def with_cookies(deployment: Deployment, **cookies: str) -> httpx2.AsyncClient:
    """A browser with these cookies of ours."""
    sent = "; ".join(f"{cookie_name(name, secure=True)}={value}" for name, value in cookies.items())
    return deployment.http(headers={"Accept-Language": "en", "Cookie": sent.encode("ascii", "replace").decode()})


async def submit(deployment: Deployment, target: Made, path: str, **form: str) -> httpx2.Response:
    """Send one of our forms from a browser that was kept."""
    async with browser(deployment, target) as http:
        return await http.post(path, data={**form, "csrf": target["csrf"]})


def begins(response: httpx2.Response) -> bool:
    """Whether somebody is signed in with an answer."""
    name = cookie_name("session", secure=True)
    return any(each.startswith(f"{name}=") for each in response.headers.get_list("set-cookie"))


def bearer(text: str) -> dict[str, str]:
    """The header that carries a token, whatever it is made of."""
    return {"Authorization": f"Bearer {text}".encode("ascii", "replace").decode()}
