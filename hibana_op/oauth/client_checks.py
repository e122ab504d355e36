"""What a client may be in this deployment, beyond what its members say of each other."""

from urllib.parse import urlsplit

from hibana_op.foundation.errors import InvalidClientMetadata, InvalidRedirectUri
from hibana_op.oauth import sectors, signing_keys
from hibana_op.oauth.metadata import IMPLICIT, NONE
from hibana_op.provider import Provider
from hibana_op.records.clients import Client


async def check_here(op: Provider, client: Client, *, before: Client | None = None) -> None:
    """Refuse what this deployment does not offer, or what the client's sector does not confirm.

    `before`: the client as it was; its sector's document is read anew only when that could matter.
    """
    if client.id_token_signed_response_alg == NONE and op.settings.profile != "oidc":
        raise InvalidClientMetadata("id_token_signed_response_alg none is not offered here")
    if client.request_object_signing_alg == NONE and op.settings.profile != "oidc":
        raise InvalidClientMetadata("request_object_signing_alg none is not offered here")
    _check_hosts(op, client)
    if before is None or _sector(before) != _sector(client):
        await sectors.check_sector(op, client)


async def provide_keys(op: Provider, client: Client) -> None:
    """Make the keys that sign for this client, if it is the first to ask for their algorithms."""
    for algorithm in (client.id_token_signed_response_alg, client.userinfo_signed_response_alg):
        if algorithm is not None and algorithm != NONE:
            await signing_keys.provide(op, algorithm)


def _check_hosts(op: Provider, client: Client) -> None:
    """OpenID Connect Registration §2: the tokens of a web client do not go to whatever listens at localhost.

    An administrator who lets Hibana fetch from localhost runs the apps there.
    """
    if client.application_type != "web" or IMPLICIT not in client.grant_types:
        return
    hosts = {urlsplit(uri).hostname for uri in client.redirect_uris}
    if "localhost" in hosts and "localhost" not in op.settings.outbound.allow:
        raise InvalidRedirectUri("redirect_uris must not lead to localhost for the implicit grant of a web client")


def _sector(client: Client) -> tuple[object, ...]:
    return client.subject_type, client.sector_identifier_uri, client.redirect_uris
