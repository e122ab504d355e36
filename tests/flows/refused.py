"""Requests that are refused, and what is written down about them."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx2

from hibana_op.foundation.redaction import Received
from hibana_op.records import refusal_traces
from hibana_op.records.refusal_traces import RefusalTrace
from tests.deployment import Deployment, request

WAIT = 10.0
FAR = "https://api.example/unregistered"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def trace_id(response: httpx2.Response) -> str:
    """The id under which an answer is explained."""
    return str(response.headers["x-request-id"])


async def trace_of(deployment: Deployment, response: httpx2.Response) -> RefusalTrace:
    """The explanation of an answer, which has to come soon."""
    async with asyncio.timeout(WAIT):
        while True:
            found = await refusal_traces.of_trace(deployment.op.db, trace_id(response), now=deployment.op.now())
            if found:
                return found[0]
            await asyncio.sleep(0.02)


async def rules_of(deployment: Deployment, responses: Mapping[str, httpx2.Response]) -> dict[str, str]:
    """By which rule each of these was refused."""
    accepted = [name for name, response in responses.items() if response.status_code < 300]
    assert not accepted, f"not refused: {accepted}"
    return {name: (await trace_of(deployment, response)).account.rule for name, response in responses.items()}


def received(trace: RefusalTrace, name: str) -> Received:
    """One of the parameters that came in."""
    return next(each for each in trace.account.received if each.name == name)


async def ask(deployment: Deployment, client: Any, **changes: Any) -> httpx2.Response:
    """Send one authorization request and follow nowhere."""
    async with deployment.http() as http:
        return await http.get("/authorize", params=request(client, **changes))


async def send(deployment: Deployment, path: str, body: str, **options: Any) -> httpx2.Response:
    """POST a form as it is written."""
    async with deployment.http() as http:
        return await http.post(path, content=body, headers={**FORM, **options.pop("headers", {})}, **options)
