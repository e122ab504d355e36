"""What administrators do with clients, where the deployment and the sector have a say; row L09."""

from pathlib import Path
from typing import Any

import pytest

from hibana_op.foundation.errors import InvalidClientMetadata, InvalidRedirectUri
from hibana_op.oauth import client_registry
from tests.app_server import AppServer
from tests.deployment import Deployment, deploy
from tests.flows.registering import COMMAND, how_many
from tests.make import CALLBACK

WEB: dict[str, Any] = {"redirect_uris": [CALLBACK]}


async def test_a_strict_deployment_gives_and_takes_nothing_unsigned(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hibana.db'}"
    async with deploy(url, tmp_path, HIBANA_PROFILE="oauth21") as deployment:
        for member in ("id_token_signed_response_alg", "request_object_signing_alg"):
            with pytest.raises(InvalidClientMetadata, match=f"{member} none is not offered here"):
                await client_registry.create(deployment.op, {**WEB, "profile": "oidc", member: "none"}, COMMAND)
        assert await how_many(deployment) == 0


async def test_A08_an_administrator_too_sends_no_tokens_of_web_clients_to_localhost(
    deployment_on_sqlite: Deployment,
) -> None:
    values = {"redirect_uris": ["https://localhost/cb"], "response_types": ["id_token"]}
    with pytest.raises(InvalidRedirectUri, match="localhost"):
        await client_registry.create(deployment_on_sqlite.op, values, COMMAND)
    assert await client_registry.create(deployment_on_sqlite.op, {**values, "application_type": "native"}, COMMAND)


async def test_L09_the_sector_is_asked_when_something_of_it_changes(
    reaching_apps: Deployment, app_site: AppServer
) -> None:
    op, other = reaching_apps.op, "https://app.example/other"
    sector = {"subject_type": "pairwise", "sector_identifier_uri": app_site.show("/sector", [CALLBACK])}
    with pytest.raises(InvalidClientMetadata, match="sector_identifier_uri"):
        await client_registry.create(op, {**sector, "redirect_uris": [CALLBACK, other]}, COMMAND)
    client, _ = await client_registry.create(op, {**WEB, **sector}, COMMAND)
    app_site.asked.clear()

    await client_registry.update(op, client.client_id, {"client_name": "Shop"}, COMMAND)
    assert app_site.asked == []
    with pytest.raises(InvalidClientMetadata, match="sector_identifier_uri"):
        await client_registry.update(op, client.client_id, {"redirect_uris": [other]}, COMMAND)
    assert app_site.asked == ["/sector"]
    changed = await client_registry.update(op, client.client_id, dict.fromkeys(sector), COMMAND)
    assert (changed.subject_type, changed.sector_identifier_uri) == ("public", None)


async def test_a_key_is_made_for_the_first_client_that_asks_for_its_algorithm(deployment: Deployment) -> None:
    async def algorithms() -> set[str]:
        return set((await deployment.op.remembered.keyring()).algorithms())

    assert "ES384" not in await algorithms()
    for _ in range(2):
        await client_registry.create(deployment.op, {**WEB, "id_token_signed_response_alg": "ES384"}, COMMAND)
    assert "ES384" in await algorithms()
    rows = await deployment.op.db.all("SELECT kid FROM signing_keys WHERE algorithm = 'ES384'")
    assert len(rows) == 1
