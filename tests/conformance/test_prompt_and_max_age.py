"""Sessions: prompt, max_age and id_token_hint."""

import secrets
import time

import pytest

from tests.conformance.checks import LOGIN_ERRORS
from tests.conformance.conftest import plans
from tests.conformance.rp import Module

everywhere = pytest.mark.parametrize("module", plans(), indirect=True)


@everywhere
def test_oidcc_prompt_login(module: Module) -> None:
    client = module.register()
    first = module.sign_in(client)
    assert module.browser.saw_sign_in()
    wait_for_the_next_second(first.id_claims["auth_time"])
    second = module.sign_in(client, prompt="login")
    assert module.browser.saw_sign_in()
    assert second.id_claims["auth_time"] > first.id_claims["auth_time"]


@everywhere
def test_oidcc_max_age_1(module: Module) -> None:
    client = module.register()
    first = module.sign_in(client)
    assert module.browser.saw_sign_in()
    wait_for_the_next_second(first.id_claims["auth_time"] + 1)
    second = module.sign_in(client, max_age="1")
    assert module.browser.saw_sign_in()
    assert second.id_claims["auth_time"] > first.id_claims["auth_time"]


@everywhere
def test_oidcc_max_age_10000(module: Module) -> None:
    client = module.register()
    first = module.sign_in(client, max_age="15000")
    assert module.browser.saw_sign_in()
    second = module.sign_in(client, max_age="10000")
    assert not module.browser.saw_sign_in()
    assert second.id_claims["auth_time"] == first.id_claims["auth_time"]
    assert second.id_claims["sub"] == first.id_claims["sub"]


@everywhere
def test_oidcc_prompt_none_logged_in(module: Module) -> None:
    client = module.register()
    first = module.sign_in(client)
    module.browser.visited.clear()
    second = module.sign_in(client, prompt="none")
    assert second.id_claims["sub"] == first.id_claims["sub"]
    assert second.id_claims["auth_time"] == first.id_claims["auth_time"]
    assert all(path.endswith("/authorize") for path in module.browser.visited)  # form_post's page, and no other


@everywhere
def test_oidcc_id_token_hint(module: Module) -> None:
    client = module.register()
    first = module.sign_in(client)
    second = module.sign_in(client, prompt="none", id_token_hint=first.id_token)
    assert second.id_claims["sub"] == first.id_claims["sub"]


@everywhere
def test_oidcc_prompt_none_not_logged_in(module: Module) -> None:
    request = module.request(module.register(), prompt="none", state=secrets.token_urlsafe(96)[:128])
    module.refused(request, *LOGIN_ERRORS)


def wait_for_the_next_second(moment: float) -> None:
    """Return when the clock, in whole seconds, has passed a moment."""
    while int(time.time()) <= moment:
        time.sleep(0.02)
