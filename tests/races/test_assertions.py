"""An assertion has one winner, however many workers are asked at once and however often they are started (C02)."""

import time
from collections import Counter

import pytest

from tests.app_keys import AppKey, asserted, assertion_claims, key_set
from tests.races.connections import Crowd
from tests.server import HibanaProcess
from tests.visitor import App, register_app

ROUNDS = 20
AT_ONCE = 20


def assertion_form(server: HibanaProcess, app: App, key: AppKey) -> dict[str, str]:
    """A fresh assertion, as it is sent."""
    claims = assertion_claims(app.client_id, now=int(time.time()), issuer=server.issuer)
    return asserted(key.sign(claims), grant_type="client_credentials")


@pytest.mark.parametrize("hibana_server", [("sqlite", 2), ("postgres", 2)], ids=["sqlite", "postgres"], indirect=True)
async def test_C02_one_of_twenty_uses_of_an_assertion_wins_and_none_after_a_restart(
    hibana_server: HibanaProcess,
) -> None:
    key = AppKey()
    app = register_app(
        hibana_server,
        grants=("client_credentials",),
        token_endpoint_auth_method="private_key_jwt",
        jwks=key_set(key),
    )
    assert not app.secret
    crowd = await Crowd.gather(hibana_server, size=AT_ONCE)
    for _ in range(ROUNDS):
        form = assertion_form(hibana_server, app, key)
        answers = await crowd.post("/token", form)
        found = Counter((answer.status, answer.body.get("error")) for answer in answers)
        assert found == {(200, None): 1, (401, "invalid_client"): AT_ONCE - 1}
    await crowd.close()

    hibana_server.kill9()
    hibana_server.start()
    after = await Crowd.gather(hibana_server, size=2)
    assert {answer.status for answer in await after.post("/token", form)} == {401}
    fresh = await after.post("/token", assertion_form(hibana_server, app, key))
    assert sorted(answer.status for answer in fresh) == [200, 401]
    await after.close()
