"""Apps that take their answers in certain modes only: row A07."""

from typing import Any

import pytest

from hibana_op.oauth.response_modes import MODES
from tests.deployment import Deployment, answer
from tests.flows.journeys import EVERY_TYPE, arrive, landed
from tests.flows.refused import ask, rules_of, trace_of
from tests.flows.registering import manage, register
from tests.make import make_client, make_user


@pytest.mark.parametrize("taken", MODES)
async def test_A07_an_app_is_answered_in_no_mode_but_its_own(deployment: Deployment, taken: str) -> None:
    op = deployment.op
    client, user = await make_client(op, response_modes=(taken,)), await make_user(op)
    browser = deployment.browser()

    right = await arrive(browser, client, user, response_mode=taken)
    assert (right.mode, "code" in right.fields) == (taken, True)
    for mode in (None, *MODES):
        wanted = "query" if mode is None else mode
        found = landed(await browser.authorize(client, response_mode=mode))
        assert found.mode == taken
        assert found.fields.get("error") == (None if wanted == taken else "unauthorized_client"), mode
        assert ("code" in found.fields) is (wanted == taken), mode
    # Whatever else is wrong is told in its own mode too.
    faulty = landed(await browser.authorize(client, response_mode="query.jwt"))
    assert (faulty.mode, faulty.fields["error"]) == (taken, "invalid_request")


async def test_A07_an_app_that_names_no_modes_takes_all(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment_on_sqlite.browser()

    assert [(await arrive(browser, client, user, response_mode=mode)).mode for mode in MODES] == list(MODES)


async def test_A07_the_mode_of_tokens_is_held_against_the_same_list(deployment_on_sqlite: Deployment) -> None:
    op, user = deployment_on_sqlite.op, await make_user(deployment_on_sqlite.op)
    client = await make_client(op, **EVERY_TYPE, response_modes=("query", "form_post"))
    browser = deployment_on_sqlite.browser()
    asked: dict[str, Any] = {"response_type": "code id_token"}

    assert (await arrive(browser, client, user, **asked, response_mode="form_post")).mode == "form_post"
    for mode, error in (
        (None, "unauthorized_client"),
        ("fragment", "unauthorized_client"),
        ("query", "invalid_request"),
    ):
        refused = landed(await browser.authorize(client, **asked, response_mode=mode)).fields
        assert refused["error"] == error, mode
        assert not {"code", "id_token"} & refused.keys()


async def test_A07_a_developer_registers_the_modes_and_takes_them_back(open_deployment: Deployment) -> None:
    registered = await register(open_deployment, response_modes=["form_post"])
    assert registered.told["response_modes"] == ["form_post"]

    everything = await manage(
        open_deployment, "PUT", registered.path, registered.token, json=registered.metadata(response_modes=None)
    )

    assert everything.status_code == 200
    assert "response_modes" not in everything.json()


async def test_A07_the_refusal_is_explained_by_its_rule(deployment_on_sqlite: Deployment) -> None:
    client = await make_client(deployment_on_sqlite.op, response_modes=("query",))

    response = await ask(deployment_on_sqlite, client, response_mode="fragment")

    refused = answer(response)
    assert refused["error_description"] == "this client is not registered for the response_mode fragment"
    rule = "response_mode_unregistered"
    assert await rules_of(deployment_on_sqlite, {rule: response}) == {rule: rule}
    account = (await trace_of(deployment_on_sqlite, response)).account
    assert (account.expected, account.sent, account.parameter) == (("query",), "fragment", "response_mode")
