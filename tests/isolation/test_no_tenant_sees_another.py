"""Two tenants, seeded alike, never see each other's over any route: rows O01 and O03, made from the table of routes."""

import difflib
from dataclasses import dataclass

import httpx2
import pytest

from hibana_op.foundation.secrets import digest, token
from hibana_op.web import known_accounts
from hibana_op.web.cookies import cookie_name
from tests.isolation import kept
from tests.isolation.asking import Answer, Ask, Made, Own, all_of, by_name, never, plain, play
from tests.isolation.scene import House, Scene
from tests.isolation.specimens import ROWS, specimens

pytestmark = pytest.mark.asyncio(loop_scope="module")

# A sign-in at an app begins where anybody asks for it, and nothing is the app's until it ends.
BEGUN = {"interactions"}
MAILED = {"outgoing_messages", "verification_tokens"}


@pytest.mark.parametrize(("method", "path"), ROWS, ids=[" ".join(row) for row in ROWS])
async def test_O01_what_is_another_tenants_is_what_never_was(house: House, method: str, path: str) -> None:
    for number, ask in enumerate(specimens()[method, path].asks):
        for place in ask.places():
            told = f"{method} {path}, request {number + 1}, {place.name}"
            await check(Trial(house, method, path, ask, place, told))


@dataclass(frozen=True, slots=True)
class Trial:
    """One place of one request."""

    house: House
    method: str
    path: str
    ask: Ask
    place: Own
    told: str

    @property
    def scene(self) -> Scene:
        """Who asks: the first tenant's owner, or somebody on the way to be signed in."""
        return self.house.owner.signed_out() if self.ask.signed_out else self.house.owner


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a request."""

    response: httpx2.Response
    answer: Answer
    changed: kept.Rows


async def send(trial: Trial, scene: Scene, made: Made) -> Sent:
    """Send the request, and see what it changed."""
    file = trial.house.file
    before = kept.rows(file)
    response = await play(scene, trial.method, trial.path, trial.ask, made)
    return Sent(response, plain(response, made), kept.changes(before, kept.rows(file)))


async def check(trial: Trial) -> None:
    """Another's thing in a place is answered like one that never was, and stays as it is; one's own is not."""
    house, place, told = trial.house, trial.place, trial.told
    elsewhere = house.theirs.signed_out() if trial.ask.signed_out else house.theirs
    foreign = await trial.ask.made(elsewhere)
    thing = foreign[place.name]
    scenes = [trial.scene for _ in range(3)]
    mine = [await trial.ask.made(scene) for scene in scenes]
    other = await send(trial, scenes[0], {**mine[0], place.name: thing})
    nowhere = await send(trial, scenes[1], {**mine[1], place.name: never(thing)})
    own = await send(trial, scenes[2], mine[2])

    seen = by_name(all_of(other.response), {place.name: thing, **{name: foreign[name] for name in place.shows}})
    assert house.other.canary.lower() not in seen.lower(), f"{told}: {seen}"
    location = other.response.headers.get("location", "")
    assert "code=" not in location or not location.startswith(foreign.get("redirect_uri", "/")), told
    marks = {house.other.canary.lower(), house.other.tenant_id, *(each.lower() for each in foreign.values() if each)}
    touched = kept.about(other.changed, marks).keys() - BEGUN - (MAILED if place.mails else set())
    assert not touched, f"{told}: something of another tenant changed: {touched}"
    if not place.told:
        assert not unlike(other.answer, nowhere.answer), f"{told} of another tenant is told from one that never was"
    check_own(house, own.response, told)
    if place.silent:
        assert not unlike(own.answer, nowhere.answer), f"{told}: one's own is told from one that never was"
    else:
        assert unlike(own.answer, nowhere.answer), f"{told}: one's own is answered like none: {own.answer}"


def check_own(house: House, response: httpx2.Response, told: str) -> None:
    """What one is shown of one's own holds nothing of the other tenant."""
    assert response.status_code < 500, f"{told}: {response.text}"
    assert house.other.canary.lower() not in all_of(response).lower(), told


def unlike(one: Answer, other: Answer) -> list[str]:
    """Where two answers differ."""
    parts = [
        f"{name}: {getattr(one, name)} and {getattr(other, name)}"
        for name in ("status", "location", "cookies")
        if getattr(one, name) != getattr(other, name)
    ]
    lines = difflib.unified_diff(one.text.splitlines(), other.text.splitlines(), lineterm="", n=0)
    return [*parts, *(line for line in lines if not line.startswith(("---", "+++", "@@")))]


@pytest.mark.parametrize(("method", "path"), ROWS, ids=[" ".join(row) for row in ROWS])
async def test_O03_nothing_that_is_shown_is_of_another_tenant(house: House, method: str, path: str) -> None:
    for ask in specimens()[method, path].asks:
        if not list(ask.places()):  # the others are sent above, with one's own things as well
            scene = house.owner.signed_out() if ask.signed_out else house.owner
            response = await play(scene, method, path, ask, await ask.made(scene))
            check_own(house, response, f"{method} {path}")


PAGES = [path for method, path in ROWS if method == "GET" and "{" not in path]


@pytest.mark.parametrize("cookie", ["session", "browser", "accounts", "state"])
async def test_O01_a_cookie_of_another_tenants_people_is_one_that_never_was(house: House, cookie: str) -> None:
    elsewhere = house.theirs
    sealed = known_accounts.write(elsewhere.op.vault, [house.other.owner.id], digest(elsewhere.cookie("browser")))
    foreign = sealed if cookie == "accounts" else elsewhere.cookie(cookie)
    for path in PAGES:
        answers = []
        for value in (foreign, token()):
            scene = house.owner
            kept_cookies = {**scene.jar, cookie_name(cookie, secure=True): value}
            async with scene.deployment.http(headers={"Accept-Language": "en"}, cookies=kept_cookies) as http:
                answers.append(await http.get(path))
        theirs, nowhere = (plain(each, {"value": foreign}) for each in answers)
        assert not unlike(theirs, nowhere), f"{path}: the cookie {cookie} of another is told from one that never was"
        assert house.other.canary.lower() not in answers[0].text.lower(), path
