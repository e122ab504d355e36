"""Whatever is sent with a refused request, no secret of it rests anywhere, and no flood of them fills the disk."""

import asyncio
import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2

from hibana_op.cli.trace import as_members
from hibana_op.foundation.redaction import KNOWN, MASKED, SHOWN
from hibana_op.jobs.refusal_traces import MOST_PER_ADDRESS
from hibana_op.records import refusal_traces
from hibana_op.records.refusal_traces import RefusalTrace
from tests.deployment import Deployment
from tests.flows.refused import ask, send, trace_of
from tests.flows.registering import manage, open_to_all, post
from tests.make import CALLBACK, SECRET, make_client

SECRET_NAMES = [*sorted(KNOWN - SHOWN - MASKED), "user_code", "otp", "subject_token", "api_key", "anything"]


class Canaries:
    """A text of its own for each place, so that one that is found says where it came from."""

    def __init__(self) -> None:
        self.sung: dict[str, str] = {}

    def __call__(self, place: str) -> str:
        """The canary of a place."""
        text = f"Canary{len(self.sung):03}xQ9vK2mZp7wTtLs0YbEa8RdHuN4"
        self.sung[place] = text
        return text

    def found_in(self, held: bytes) -> list[str]:
        """The places whose canary is there, in any form that somebody would search for."""
        found = []
        for place, text in self.sung.items():
            raw = text.encode()
            forms = (raw, raw.hex().encode(), base64.b64encode(raw).rstrip(b"="), raw[::-1])
            if any(form in held for form in forms):
                found.append(place)
        return found


async def refuse_everything(deployment: Deployment, canary: Canaries) -> list[httpx2.Response]:
    """Requests that are all refused, with a secret in each place that could hold one."""
    client = await make_client(deployment.op)
    other = await make_client(deployment.op, token_endpoint_auth_method="client_secret_post")
    hidden = {name: canary(f"query {name}") for name in SECRET_NAMES if name not in ("request", "request_uri")}
    in_body = {name: canary(f"body {name}") for name in SECRET_NAMES if name != "client_secret"}
    swapped = base64.b64encode(f"{canary('Basic user name')}:{client.client_id}".encode()).decode()
    basic = base64.b64encode(f"{client.client_id}:{canary('Basic password')}".encode()).decode()
    private = {"keys": [{"kty": "oct", "k": canary("private key")}]}
    async with deployment.http() as http:
        return [
            await ask(deployment, client, **{**hidden, "prompt": "nope"}),
            await ask(deployment, client, request=f"{canary('request')}.b.c"),
            await ask(deployment, client, redirect_uri=f"{CALLBACK}?code={canary('code in redirect_uri')}"),
            await ask(deployment, client, redirect_uri=f"{CALLBACK}#access_token={canary('fragment')}"),
            await ask(deployment, client, redirect_uri=f"https://me:{canary('user info')}@app.example/"),
            await ask(deployment, client, prompt="nope", login_hint=canary("login_hint")),
            await deployment.call("/token", client, **{"grant_type": "authorization_code", **in_body}),
            await send(deployment, "/token", canary("a bare body")),
            await send(deployment, "/token", f"{(name := canary('a doubled name'))}=1&{name}=2"),
            await send(deployment, "/token", f"{quote(canary('a long value of a long name'))}={'x' * 5000}"),
            await send(deployment, "/token", f"client_id={canary('client_id')}&client_secret={other.client_id}"),
            await http.post("/token", headers={"Authorization": f"Basic {swapped}"}),
            await http.post("/token", headers={"Authorization": f"Basic {basic}"}),
            await http.post("/token", headers={"Authorization": f"{canary('scheme')} x"}),
            await http.post("/token", json={"client_secret": canary("json")}),
            await http.post("/token", content=b"x", headers={"Content-Type": f"token={canary('content type')}"}),
            await http.get("/userinfo", headers={"Authorization": f"Bearer {canary('access token')}"}),
            await http.get("/userinfo", headers={"Authorization": "DPoP x", "DPoP": canary("proof")}),
            await http.post("/revoke", data={"token": canary("revoked token"), "client_id": client.client_id}),
            await http.post("/introspect", data={"token": canary("token")}, auth=(client.client_id, "wrong")),
            await http.get("/logout", params={"id_token_hint": canary("hint"), "logout_hint": canary("logout_hint")}),
            await http.post("/login", data={"username": canary("username"), "password": canary("password")}),
            await http.get("/login", params={"interaction": "x"}, headers={"Cookie": f"hibana_x={canary('cookie')}"}),
            await http.post(f"/token?client_secret={canary('secret in the address')}"),
            await post(deployment, {"redirect_uris": [CALLBACK], "jwks": private, "contacts": [canary("contact")]}),
            await post(deployment, {"client_secret": canary("own secret"), canary("member"): 1, "logo_uri": 5}),
            await post(deployment, {"software_statement": canary("statement")}),
            await post(deployment, json.dumps({"redirect_uris": 1, "jwks": canary("broken json")}).encode()[:-1]),
            await post(deployment, {}, token=canary("initial access token")),
            await manage(deployment, "GET", f"/register/{client.client_id}", canary("registration token")),
            await manage(deployment, "GET", f"/register/{canary('path')}", "x"),
        ]


async def test_Q02_T01_no_secret_of_a_refused_request_rests_anywhere(database_url: str, tmp_path: Path) -> None:
    canary = Canaries()
    async with open_to_all(database_url, tmp_path) as deployment:
        responses = await refuse_everything(deployment, canary)
        assert [response.status_code for response in responses if response.status_code < 300] == []
        for response in responses:
            await trace_of(deployment, response)
        traces = await refusal_traces.page(deployment.op.db, now=deployment.op.now(), limit=1000)
        assert len(traces) == len(responses) <= MOST_PER_ADDRESS
        held = repr(traces).encode() + repr(await everything(deployment)).encode()
        held += files(tmp_path)
        told = as_commands_tell(traces)
    assert len(canary.sung) > 70
    assert canary.found_in(held) == []
    assert canary.found_in(told) == []
    assert SECRET.encode() not in held
    assert b"bad_redirect_uri" in held, "or nothing was looked through"


async def everything(deployment: Deployment) -> list[Any]:
    """Every row that a refused request could have left."""
    tables = ("refusal_traces", "audit_log", "interactions", "rate_counts", "oauth_clients")
    return [row for table in tables for row in await deployment.op.db.all(f"SELECT * FROM {table}")]


def files(folder: Path) -> bytes:
    """SQLite's own files, with what it has not cleared away yet."""
    return b"".join(path.read_bytes() for path in folder.glob("hibana.db*"))


def as_commands_tell(traces: Sequence[RefusalTrace]) -> bytes:
    """The same as the command line shows it."""
    return json.dumps([as_members(trace) for trace in traces]).encode()


async def test_S08_a_flood_of_refusals_leaves_few_traces_and_every_one_is_answered(deployment: Deployment) -> None:
    client = await make_client(deployment.op)
    async with deployment.http() as http:

        async def fail(number: int) -> int:
            response = await http.post("/token", data={"grant_type": "x", "code": str(number)}, auth=("nobody", "x"))
            return response.status_code

        statuses = [status for _ in range(40) for status in await asyncio.gather(*map(fail, range(50)))]
        good = await http.get("/.well-known/openid-configuration")
    assert statuses == [401] * 2000
    assert good.status_code == 200
    late = await ask(deployment, client, prompt="nope")
    assert late.status_code == 303, "an answer never depends on its trace"
    elsewhere = httpx2.ASGITransport(app=deployment.app, client=("192.0.2.9", 1))
    async with httpx2.AsyncClient(transport=elsewhere, base_url=deployment.op.issuer) as http:
        await trace_of(deployment, await http.get("/token"))  # whatever came before it is written by then
    assert await count(deployment) == MOST_PER_ADDRESS + 1


async def count(deployment: Deployment) -> int:
    """How many traces there are."""
    row = await deployment.op.db.one("SELECT COUNT(*) AS traces FROM refusal_traces")
    return int(row["traces"]) if row else 0
