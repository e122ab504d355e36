"""Who may open what: rank × route × method over real requests, made from the table of routes. Rows P01 and G01."""

import pytest

from hibana_op.routes import ROUTES, PageRoute, ProtocolRoute, ScriptRoute
from tests.isolation import kept
from tests.isolation.asking import outcome, play
from tests.isolation.scene import House, Rank
from tests.isolation.specimens import ROWS, specimens

pytestmark = pytest.mark.asyncio(loop_scope="module")

Row = ProtocolRoute | PageRoute | ScriptRoute
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@pytest.mark.parametrize(("method", "path"), ROWS, ids=[" ".join(row) for row in ROWS])
async def test_P01_a_route_opens_to_those_it_is_for_and_to_nobody_else(house: House, method: str, path: str) -> None:
    specimen = specimens()[method, path]
    found = {}
    for rank in Rank:
        scene = house.scenes[rank].again()
        response = await play(scene, method, path, specimen.asks[0], await specimen.asks[0].made(scene))
        assert response.status_code < 500, f"{rank.value}: {response.text}"
        found[rank] = outcome(response, house.deployment.op.issuer)

    told = {rank.value: came for rank, came in found.items() if came != specimen.ranks[rank]}
    assert not told, f"{method} {path}: {told}"


@pytest.mark.parametrize("route", ROUTES, ids=[route.path for route in ROUTES])
async def test_P01_a_route_answers_its_own_methods_alone(house: House, route: Row) -> None:
    path, own = route.path, route.methods
    async with house.deployment.http() as http:
        for method in METHODS:
            if method in own:
                continue
            response = await http.request(method, path.replace("{", "").replace("}", ""))
            allowed = set(response.headers.get("allow", "").split(", ")) - {"OPTIONS"}
            assert (response.status_code, allowed) == (405, set(own)), f"{method} {path}"


POSTS = [row for row in ROWS if row[0] == "POST"]


@pytest.mark.parametrize("path", [path for _, path in POSTS])
async def test_G01_a_form_counts_with_the_token_of_its_browser_alone(house: House, path: str) -> None:
    specimen = specimens()["POST", path]
    if specimen.foreign_form:
        return
    ask = specimen.asks[0]
    scene = house.owner.signed_out() if ask.signed_out else house.owner
    made = await ask.made(scene)
    for name, csrf, headers in (
        ("no token", None, {}),
        ("a made up one", "A" * 43, {}),
        ("that of another browser", await house.theirs.csrf(), {}),
        ("another site's form", "", {"Sec-Fetch-Site": "cross-site"}),
        ("a form of a site next door", "", {"Sec-Fetch-Site": "same-site"}),
    ):
        response = await play(scene, "POST", path, ask, made, csrf=csrf, **headers)
        assert response.status_code == 403, f"{path} with {name}: {response.status_code} {response.text[:300]}"


@pytest.mark.parametrize("path", [path for _, path in POSTS])
async def test_G01_a_body_of_another_kind_is_not_read(house: House, path: str) -> None:
    ask = specimens()["POST", path].asks[0]
    scene = house.owner
    response = await play(
        scene, "POST", path, ask, await ask.made(scene), **{"Content-Type": "text/plain", "X-CSRF-Token": "none"}
    )
    assert response.status_code in (403, 415), f"{path}: {response.status_code}"


# What the steps of protocols leave behind that are taken by GET: a code, and who used which app in which tenant.
ISSUED = {"authorization_codes", "token_families", "session_clients", "sessions", "oauth_clients", "registry_version"}
LEFT_BEHIND = {
    "/authorize": {"interactions", *ISSUED},
    "/federation/{provider}/start": {"oauth_states"},
    "/federation/{provider}/callback": {"oauth_states"},
}


@pytest.mark.parametrize("path", [path for method, path in ROWS if method == "GET"])
async def test_G01_to_look_changes_nothing(house: House, path: str) -> None:
    asks = specimens()["GET", path].asks
    for method, ask in (("HEAD", asks[0]), *(("GET", ask) for ask in asks)):
        scene = house.owner.signed_out() if ask.signed_out else house.owner
        made = await ask.made(scene)
        before = kept.rows(house.file)
        await play(scene, method, path, ask, made)
        changed = kept.changes(before, kept.rows(house.file)).keys()
        assert not changed - LEFT_BEHIND.get(path, set()), f"{method} {path}: {changed}"
