"""`/registration-tokens` and `/software-publishers`: who may register apps, and whose word about them counts."""

from hibana_op.records import initial_access_tokens
from tests.api.credentials import ask, person_token, with_role
from tests.deployment import Deployment

JWKS = {"keys": [{"kty": "EC", "crv": "P-256", "kid": "1", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"}]}
JWKS["keys"][0]["y"] = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"


async def token_of(deployment: Deployment, role: str = "admin") -> str:
    """A token of somebody who holds a role of the deployment."""
    return await person_token(deployment.op, await with_role(deployment.op, role))


async def register(deployment: Deployment, token: str) -> int:
    """The status of a registration of an app."""
    body = {"redirect_uris": ["https://app.example/callback"]}
    async with deployment.http() as http:
        return (await http.post("/register", json=body, headers={"Authorization": f"Bearer {token}"})).status_code


async def test_a_token_is_shown_once_registers_so_many_apps_and_is_revoked(deployment: Deployment) -> None:
    caller = await token_of(deployment)
    body = {"note": "The shop team", "max_uses": 2, "expires_at": "2027-01-16T08:00:00Z"}
    made = await ask(deployment, "POST", "/registration-tokens", caller, json=body)
    told, path = made.json(), f"/registration-tokens/{made.json()['id']}"
    registered = await register(deployment, told["token"])
    shown = await ask(deployment, "GET", path, caller)
    listed = await ask(deployment, "GET", "/registration-tokens", caller)

    assert made.status_code == 201
    assert (told["expires_at"], told["state"]) == (body["expires_at"], "live")
    assert told["registration_endpoint"].endswith("/register")
    assert registered == 201
    assert (shown.json()["used_count"], shown.json()["max_uses"]) == (1, 2)
    (kept,) = await initial_access_tokens.every(deployment.op.db)
    for answer in (shown, listed):
        assert told["token"] not in answer.text
        assert kept.token_hash not in answer.text
    assert (await ask(deployment, "DELETE", path, caller)).status_code == 204
    assert (await ask(deployment, "GET", path, caller)).json()["state"] == "revoked"
    assert await register(deployment, told["token"]) == 401
    assert (await ask(deployment, "DELETE", path, caller)).status_code == 404


async def test_a_token_for_too_long_or_in_the_past_is_refused(deployment_on_sqlite: Deployment) -> None:
    caller = await token_of(deployment_on_sqlite)
    for body in ({"expires_at": "2099-01-01T00:00:00Z"}, {"expires_at": "2020-01-01T00:00:00Z"}, {"max_uses": 0}):
        answer = await ask(deployment_on_sqlite, "POST", "/registration-tokens", caller, json=body)
        assert answer.status_code == 422, answer.text


async def test_a_publisher_is_trusted_given_other_keys_and_removed(deployment: Deployment) -> None:
    caller, body = await token_of(deployment), {"issuer": "https://apps.example", "jwks": JWKS}
    made = await ask(deployment, "POST", "/software-publishers", caller, json=body)
    path = f"/software-publishers/{made.json()['id']}"
    again = await ask(deployment, "POST", "/software-publishers", caller, json=body)
    moved = {"jwks": None, "jwks_uri": "https://apps.example/jwks.json"}
    changed = await ask(deployment, "PATCH", path, caller, json=moved)
    both = await ask(deployment, "PATCH", path, caller, json={"jwks": JWKS})
    listed = await ask(deployment, "GET", "/software-publishers", caller)

    assert (made.status_code, made.headers["location"].endswith(path)) == (201, True)
    assert again.status_code == 409
    assert (changed.json()["jwks"], changed.json()["jwks_uri"]) == (None, moved["jwks_uri"])
    assert both.status_code == 422
    assert [each["issuer"] for each in listed.json()["items"]] == ["https://apps.example"]
    assert (await ask(deployment, "DELETE", path, caller)).status_code == 204
    for method in ("GET", "DELETE"):
        assert (await ask(deployment, method, path, caller)).status_code == 404


async def test_P03_a_secret_among_the_keys_of_a_publisher_is_refused(deployment_on_sqlite: Deployment) -> None:
    secret = {"keys": [{**JWKS["keys"][0], "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}]}
    body = {"issuer": "https://apps.example", "jwks": secret}

    answer = await ask(
        deployment_on_sqlite, "POST", "/software-publishers", await token_of(deployment_on_sqlite), json=body
    )

    assert answer.status_code in (400, 422), answer.text
    assert secret["keys"][0]["d"] not in answer.text


async def test_P01_who_only_looks_makes_no_tokens(deployment: Deployment) -> None:
    caller = await token_of(deployment, "viewer")

    assert (await ask(deployment, "GET", "/registration-tokens", caller)).status_code == 200
    assert (await ask(deployment, "POST", "/registration-tokens", caller, json={})).status_code == 403
    body = {"issuer": "https://apps.example", "jwks": JWKS}
    assert (await ask(deployment, "POST", "/software-publishers", caller, json=body)).status_code == 403
