"""Google comes from the settings: there with them, gone without them."""

from pathlib import Path

import pytest

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.login.federation import choice, providers
from hibana_op.records import identity_providers, user_identities, users
from tests.deployment import Deployment, answer, deploy
from tests.flows.federation.upstream import CLIENT_ID, CLIENT_SECRET, Upstream, an_app, come_back, leave
from tests.flows.registering import COMMAND
from tests.foundation.certificates import Authority


def settings_of(acme: Upstream, authority: Authority) -> dict[str, str]:
    """Settings with the provider in Google's place."""
    return {
        "HIBANA_OUTBOUND_ALLOW": "localhost",
        "HIBANA_OUTBOUND_CA_FILE": str(authority.file),
        "HIBANA_SIGNUP": "open",
        "HIBANA_SMTP__URL": "smtp://mail.example",
        "HIBANA_GOOGLE__CLIENT_ID": CLIENT_ID,
        "HIBANA_GOOGLE__CLIENT_SECRET": CLIENT_SECRET,
        "HIBANA_GOOGLE__ISSUER": acme.issuer,
    }


async def shown(deployment: Deployment) -> bool:
    """Whether the sign-in page has Google's button."""
    page = await deployment.browser().authorize(await an_app(deployment))
    return 'name="provider" value="google"' in page.text


async def test_people_sign_in_with_google_once_the_settings_say_who_we_are_there(
    database_url: str, tmp_path: Path, acme: Upstream, authority: Authority
) -> None:
    async with deploy(database_url, tmp_path, **settings_of(acme, authority)) as deployment:
        assert await shown(deployment)
        browser = deployment.browser()
        page = await browser.get("/login")
        assert f"form-action 'self' {acme.issuer}" in page.headers["content-security-policy"]
        state = await leave(browser, acme, await an_app(deployment), slug="google")
        answer(await come_back(browser, state, slug="google"))
        (user,) = await users.page(deployment.op.db)
        assert (user.email, user.email_verified) == ("somebody@acme.example", True)
        kept = await identity_providers.get_by_slug(deployment.op.db, "google")
        assert (kept.config, kept.secret_sealed) == ({"from_settings": True}, None), "the settings are not copied"
        with pytest.raises(InvalidRecord, match="comes from the settings"):
            await providers.delete(deployment.op, "google", COMMAND)

    async with deploy(database_url, tmp_path) as without:
        assert not await shown(without)
        assert await choice.offered(without.op, None) == []
        assert len(await user_identities.of_user(without.op.db, user.id)) == 1, "the link waits for the settings"

    async with deploy(database_url, tmp_path, **settings_of(acme, authority)) as again:
        assert await shown(again)
        await providers.set_enabled(again.op, "google", enabled=False, origin=COMMAND)
        assert not await shown(again)
    async with deploy(database_url, tmp_path, **settings_of(acme, authority)) as restarted:
        assert not await shown(restarted), "what an administrator closed stays closed"
