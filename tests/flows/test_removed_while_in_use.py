"""A client that is removed while a worker still remembers it is refused in the right form, never with a failure."""

from hibana_op.records import clients
from tests.deployment import Deployment
from tests.flows.journeys import obtain_tokens, refresh
from tests.make import make_client, make_resource, make_user


async def _remove(deployment: Deployment, client_id: str) -> None:
    """Behind the back of the application, as another process would."""
    assert await deployment.op.db.transact(lambda tx: clients.delete(tx, client_id))


async def test_at_the_token_endpoint(deployment: Deployment) -> None:
    await make_resource(deployment.op, identifier="https://opaque.example/", token_format="opaque")
    client = await make_client(
        deployment.op, grant_types=("client_credentials",), response_types=(), redirect_uris=(), scope="read"
    )
    form = {"grant_type": "client_credentials", "resource": "https://opaque.example/"}
    assert (await deployment.token(client, **form)).status_code == 200
    await _remove(deployment, client.client_id)

    refused = await deployment.token(client, **form)

    assert refused.status_code == 401
    assert refused.json()["error"] == "invalid_client"


async def test_at_the_authorization_endpoint(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    client = await make_client(deployment.op, first_party=True)
    browser = deployment.browser()
    await browser.obtain_code(client, user)
    await _remove(deployment, client.client_id)

    page = await browser.authorize(client)

    assert page.status_code == 400
    assert "location" not in page.headers


async def test_at_a_refresh(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op)
    tokens = await obtain_tokens(deployment, client, user)
    await _remove(deployment, client.client_id)

    refused = await refresh(deployment, client, tokens["refresh_token"])

    assert refused.json()["error"] in ("invalid_client", "invalid_grant")
