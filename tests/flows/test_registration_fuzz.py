"""Every value ever thought of, sent to /register: an answer in the form of RFC 7591, never a failure; row L06."""

import random
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hibana_op.foundation import strict_json
from tests.deployment import Deployment
from tests.flows.journeys import error_of
from tests.flows.registering import Registered, manage, post
from tests.make import CALLBACK
from tests.oauth.metadata.test_members import CASES

ROUNDS = 250
ERRORS = {"invalid_client_metadata", "invalid_redirect_uri"}


async def told(deployment: Deployment, members: dict[str, Any]) -> dict[str, Any] | None:
    """What a registration is told, None when it is refused; nothing else may happen."""
    response = await post(deployment, {"redirect_uris": [CALLBACK], **members})
    if response.status_code == 201:
        found: dict[str, Any] = response.json()
        return found
    assert response.status_code == 400, (members, response.status_code, response.text)
    assert error_of(response) in ERRORS
    return None


async def test_L06_what_was_taken_is_kept_and_shown_as_it_was_told(open_deployment: Deployment) -> None:
    for name, value in [case[:2] for case in (*CASES["taken"], *CASES["taken otherwise"])]:
        found = await told(open_deployment, {name: value})
        if found is None:
            continue
        shown = await manage(open_deployment, "GET", Registered(found).path, found["registration_access_token"])
        assert shown.status_code == 200
        assert shown.json() == {key: each for key, each in found.items() if not key.startswith("client_secret")}


async def test_L06_what_is_wrong_is_refused_in_one_form(open_on_sqlite: Deployment) -> None:
    for name, value, _ in CASES["refused"]:
        assert await told(open_on_sqlite, {name: value}) is None, (name, value)


async def test_L06_members_thrown_together_never_fail(open_deployment: Deployment) -> None:
    chance = random.Random(7)  # noqa: S311 - so that it is the same each time
    cases = [(case[0], case[1]) for kind in CASES.values() for case in kind]
    taken = [(case[0], case[1]) for case in CASES["taken"]]
    registered = 0
    for _ in range(ROUNDS):
        members = dict(chance.sample(taken, chance.randint(1, 4)))
        if chance.random() < 0.5:
            members |= dict(chance.sample(cases, chance.randint(0, 3)))
        registered += await told(open_deployment, members) is not None
    assert registered > ROUNDS // 20, "some of them must have passed"


@settings(max_examples=300)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_S02_no_bytes_are_a_failure(body: bytes) -> None:
    with suppress(ValueError):
        assert isinstance(strict_json.read_object(body), dict)
