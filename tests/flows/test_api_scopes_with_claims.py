"""A scope of an API stays the API's own when a mapping lets it give claims."""

from hibana_op.records import resources, scope_mappings
from tests.deployment import Deployment
from tests.flows.journeys import claims_of, obtain_tokens, refusal_of
from tests.make import make_client, make_resource, make_user
from tests.oauth.claims.people import a_mapping


async def test_mapping_does_not_lift_a_scope_over_the_ceiling_of_a_client(
    deployment_on_sqlite: Deployment, changes_are_seen_at_once: None
) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    one = await make_resource(op, identifier="https://one.example/")
    reading = frozenset({"read"})
    await op.db.transact(lambda tx: resources.grant(tx, client.client_id, one.id, scopes=reading, now=op.now()))
    await op.db.transact(lambda tx: scope_mappings.put(tx, a_mapping(scope="write", source_column="email")))
    browser = deployment_on_sqlite.browser()

    refused = await browser.authorize(client, scope="openid read write", resource=one.identifier)

    assert refusal_of(refused) == "invalid_scope"
    tokens = await obtain_tokens(deployment_on_sqlite, client, user, scope="openid read", resource=one.identifier)
    assert claims_of(tokens["access_token"])["scope"] == "openid read"


async def test_scope_of_an_api_cannot_be_had_without_the_api(
    deployment_on_sqlite: Deployment, changes_are_seen_at_once: None
) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    one = await make_resource(op, identifier="https://one.example/", scopes=(("orders", "Read orders"),))
    other = await make_resource(op, identifier="https://other.example/")
    await op.db.transact(lambda tx: scope_mappings.put(tx, a_mapping(scope="orders", source_column="email")))
    browser = deployment_on_sqlite.browser()

    for resource in (None, other.identifier):
        assert refusal_of(await browser.authorize(client, scope="openid orders", resource=resource)) == "invalid_scope"

    tokens = await obtain_tokens(
        deployment_on_sqlite, client, user, scope="openid orders", resource=one.identifier, browser=browser
    )
    assert claims_of(tokens["access_token"])["team"] == user.email
