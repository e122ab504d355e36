"""Rotation of refresh tokens outlives the process that did it."""

from tests.server import HibanaProcess
from tests.visitor import Visitor, register_app, register_person, rotation


async def test_E03_a_rotated_token_stays_spent_after_a_restart_and_after_a_kill(hibana_server: HibanaProcess) -> None:
    register_person(hibana_server)
    app = register_app(hibana_server)
    async with Visitor(hibana_server) as visitor:
        await visitor.sign_in()
        for end in (hibana_server.terminate, hibana_server.kill9):
            first = (await visitor.tokens(app))["refresh_token"]
            second = (await visitor.token(app, **rotation(first))).json()
            end()
            hibana_server.start()
            replayed = await visitor.token(app, **rotation(first))
            assert (replayed.status_code, replayed.json()["error"]) == (400, "invalid_grant")
            # The replay ended the whole family.
            assert not await visitor.is_active(app, second["access_token"])
            successor = await visitor.token(app, **rotation(second["refresh_token"]))
            assert (successor.status_code, successor.json()["error"]) == (400, "invalid_grant")
