"""Refresh tokens: rows E01 to E07 (E02, the race, and E03, the crash, are run on processes elsewhere)."""

from typing import Any

from hibana_op.oauth.grants.refresh_token import MOST_SIBLINGS
from hibana_op.records import audit_log, clients
from tests.deployment import Deployment, Page
from tests.flows.journeys import error_of, is_active, obtain_tokens, refresh, tokens_of, userinfo
from tests.make import make_client, make_user

DAY = 86400


async def test_E01_a_spent_token_that_comes_back_ends_its_family(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    for method in ("none", "client_secret_basic"):
        client = await make_client(op, token_endpoint_auth_method=method, refresh_token_rotation=method != "none")
        watcher = client if method != "none" else None
        first = await obtain_tokens(deployment, client, user)
        second = await tokens_of(await refresh(deployment, client, first["refresh_token"]))
        third = await tokens_of(await refresh(deployment, client, second["refresh_token"]))
        assert len({each["refresh_token"] for each in (first, second, third)}) == 3

        assert error_of(await refresh(deployment, client, first["refresh_token"])) == "invalid_grant"

        assert error_of(await refresh(deployment, client, third["refresh_token"])) == "invalid_grant"
        for each in (first, second, third):
            assert (await userinfo(deployment, each["access_token"])).status_code == 401
            if watcher:
                assert not await is_active(deployment, watcher, each["access_token"])
                assert not await is_active(deployment, watcher, each["refresh_token"])
    reused = [entry for entry in await audit_log.page(op.db, limit=100) if "reused" in entry.action]
    assert len(reused) == 2


async def test_E02_the_leeway_gives_a_few_siblings_that_fall_together(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op, refresh_token_leeway=10), await make_user(op)
    first = await obtain_tokens(deployment, client, user)

    siblings = []
    for _ in range(MOST_SIBLINGS):
        siblings.append(await tokens_of(await refresh(deployment, client, first["refresh_token"])))
        deployment.clock.advance(3)
    assert len({each["refresh_token"] for each in siblings}) == MOST_SIBLINGS
    successor = await tokens_of(await refresh(deployment, client, siblings[0]["refresh_token"]))

    assert error_of(await refresh(deployment, client, first["refresh_token"])) == "invalid_grant"

    for each in (*siblings, successor):
        assert (await userinfo(deployment, each["access_token"])).status_code == 401
        assert error_of(await refresh(deployment, client, each["refresh_token"])) == "invalid_grant"


async def test_E02_after_the_leeway_a_spent_token_is_reuse(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op, refresh_token_leeway=10), await make_user(op)
    first = await obtain_tokens(deployment, client, user)
    second = await tokens_of(await refresh(deployment, client, first["refresh_token"]))

    deployment.clock.advance(10)
    assert error_of(await refresh(deployment, client, first["refresh_token"])) == "invalid_grant"

    assert error_of(await refresh(deployment, client, second["refresh_token"])) == "invalid_grant"


async def test_E04_a_token_is_of_no_use_to_another_client(deployment: Deployment) -> None:
    op = deployment.op
    client, thief, user = await make_client(op), await make_client(op), await make_user(op)
    tokens = await obtain_tokens(deployment, client, user)

    assert error_of(await refresh(deployment, thief, tokens["refresh_token"])) == "invalid_grant"

    # The thief did no harm, neither with a live token nor with a spent one.
    again = await tokens_of(await refresh(deployment, client, tokens["refresh_token"]))
    assert error_of(await refresh(deployment, thief, tokens["refresh_token"])) == "invalid_grant"
    assert (await refresh(deployment, client, again["refresh_token"])).status_code == 200


async def test_E04_scope_may_only_shrink(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    tokens = await obtain_tokens(deployment, client, user, scope="openid email profile")

    for scope in ("openid phone", "openid email profile address", "read", "x" * 100, "openid\nemail"):
        assert error_of(await refresh(deployment, client, tokens["refresh_token"], scope=scope)) == "invalid_scope"
    narrow = await tokens_of(await refresh(deployment, client, tokens["refresh_token"], scope="openid"))
    assert narrow["scope"] == "openid"
    assert (await userinfo(deployment, narrow["access_token"])).json() == {"sub": user.id}
    # What was left out once may come back: the approval has not shrunk (RFC 6749 §6).
    whole = await tokens_of(await refresh(deployment, client, narrow["refresh_token"]))
    assert whole["scope"] == "openid email profile"
    without_openid = await tokens_of(await refresh(deployment, client, whole["refresh_token"], scope="email"))
    assert "id_token" not in without_openid


async def test_E05_idle_and_absolute_limits_end_a_token(deployment: Deployment) -> None:
    op = deployment.op
    limits: dict[str, Any] = {"refresh_token_idle_lifetime": DAY, "refresh_token_lifetime": 3 * DAY}
    client, user = await make_client(op, **limits), await make_user(op)
    scope = "openid offline_access"

    idle = await obtain_tokens(deployment, client, user, scope=scope)
    deployment.clock.advance(DAY)
    assert error_of(await refresh(deployment, client, idle["refresh_token"])) == "invalid_grant"
    assert not await is_active(deployment, client, idle["refresh_token"])

    busy = await obtain_tokens(deployment, client, user, scope=scope)
    for _ in range(3):
        deployment.clock.advance(DAY - 1)
        busy = await tokens_of(await refresh(deployment, client, busy["refresh_token"]))
    assert (await deployment.call("/introspect", client, token=busy["refresh_token"])).json()["exp"] == op.now() + 3
    deployment.clock.advance(3)
    assert error_of(await refresh(deployment, client, busy["refresh_token"])) == "invalid_grant"


async def test_E05_an_expired_token_is_refused_without_ending_its_siblings(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op, refresh_token_idle_lifetime=100, refresh_token_leeway=10), await make_user(op)
    first = await obtain_tokens(deployment_on_sqlite, client, user)
    early = await tokens_of(await refresh(deployment_on_sqlite, client, first["refresh_token"]))
    deployment_on_sqlite.clock.advance(5)
    late = await tokens_of(await refresh(deployment_on_sqlite, client, first["refresh_token"]))
    deployment_on_sqlite.clock.advance(95)

    assert error_of(await refresh(deployment_on_sqlite, client, early["refresh_token"])) == "invalid_grant"

    assert (await refresh(deployment_on_sqlite, client, late["refresh_token"])).status_code == 200


async def test_confidential_client_may_keep_one_token(deployment: Deployment) -> None:
    op = deployment.op
    limits: dict[str, Any] = {"refresh_token_idle_lifetime": DAY, "refresh_token_lifetime": 2 * DAY}
    client, user = await make_client(op, refresh_token_rotation=False, **limits), await make_user(op)
    tokens = await obtain_tokens(deployment, client, user, scope="openid offline_access")

    for _ in range(2):
        deployment.clock.advance(DAY - 1)
        again = await tokens_of(await refresh(deployment, client, tokens["refresh_token"]))
        assert again["refresh_token"] == tokens["refresh_token"]
    deployment.clock.advance(2)
    assert error_of(await refresh(deployment, client, tokens["refresh_token"])) == "invalid_grant"


async def test_token_that_never_rotated_ends_by_being_idle(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client = await make_client(op, refresh_token_rotation=False, refresh_token_idle_lifetime=100)
    tokens = await obtain_tokens(deployment_on_sqlite, client, await make_user(op))
    deployment_on_sqlite.clock.advance(100)

    assert error_of(await refresh(deployment_on_sqlite, client, tokens["refresh_token"])) == "invalid_grant"


async def test_E06_logout_ends_what_is_not_offline(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment.browser()
    online = await obtain_tokens(deployment, client, user, browser=browser)
    offline = await obtain_tokens(deployment, client, user, browser=browser, scope="openid offline_access")
    elsewhere = await obtain_tokens(deployment, client, user)

    await browser.submit(Page.read(await browser.get("/logout")), decision="logout")

    assert error_of(await refresh(deployment, client, online["refresh_token"])) == "invalid_grant"
    assert not await is_active(deployment, client, online["refresh_token"])
    assert (await userinfo(deployment, online["access_token"])).status_code == 401
    for kept in (offline, elsewhere):
        assert (await refresh(deployment, client, kept["refresh_token"])).status_code == 200


async def test_E06_a_session_that_ran_out_ends_what_is_not_offline(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment.browser()
    online = await obtain_tokens(deployment, client, user, browser=browser)
    offline = await obtain_tokens(deployment, client, user, browser=browser, scope="openid offline_access")
    deployment.clock.advance(7 * DAY)

    assert error_of(await refresh(deployment, client, online["refresh_token"])) == "invalid_grant"
    assert not await is_active(deployment, client, online["refresh_token"])
    assert await is_active(deployment, client, offline["refresh_token"])
    assert (await refresh(deployment, client, offline["refresh_token"])).status_code == 200


async def test_E07_each_refresh_looks_at_the_person_and_the_client_anew(
    deployment: Deployment, changes_are_seen_at_once: None
) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    tokens = await obtain_tokens(deployment, client, user, scope="openid email profile")

    async def now_answers() -> str:
        response = await refresh(deployment, client, tokens["refresh_token"])
        return "tokens" if response.status_code == 200 else error_of(response)

    async def change(**changes: Any) -> None:
        found = await clients.get(op.db, client.client_id)
        changed = {**{name: getattr(found, name) for name in found.__slots__}, **changes}
        await op.db.transact(lambda tx: clients.update(tx, clients.Client(**changed)))

    await op.db.run("UPDATE users SET status = 'suspended' WHERE id = :id", id=user.id)
    assert await now_answers() == "invalid_grant"
    await op.db.run("UPDATE users SET status = 'active' WHERE id = :id", id=user.id)
    await change(grant_types=("authorization_code",))
    assert await now_answers() == "unauthorized_client"
    await change(grant_types=("authorization_code", "refresh_token"), scope="openid email")
    narrowed = await tokens_of(await refresh(deployment, client, tokens["refresh_token"]))
    assert narrowed["scope"] == "openid email"
    await op.db.run("UPDATE users SET email = 'new@example.com' WHERE id = :id", id=user.id)
    assert (await userinfo(deployment, narrowed["access_token"])).json()["email"] == "new@example.com"
    tokens = narrowed
    await op.db.run("DELETE FROM users WHERE id = :id", id=user.id)
    assert await now_answers() == "invalid_grant"
    await op.db.transact(lambda tx: clients.delete(tx, client.client_id))
    assert await now_answers() == "invalid_client"


async def test_only_refresh_tokens_refresh(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    code = await deployment_on_sqlite.browser().obtain_code(client, user)
    tokens = await obtain_tokens(deployment_on_sqlite, client, user)

    for wrong in ("random", code, tokens["access_token"], tokens["id_token"], tokens["refresh_token"] + "x"):
        assert error_of(await refresh(deployment_on_sqlite, client, wrong)) == "invalid_grant"
    assert error_of(await refresh(deployment_on_sqlite, client, "")) == "invalid_request"
