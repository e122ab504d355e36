"""The sector of a client: those whose pairwise subjects are the same (OpenID Connect Core §8.1, Registration §5)."""

from urllib.parse import urlsplit

import msgspec

from hibana_op.foundation.errors import InvalidClientMetadata
from hibana_op.foundation.explanation import Explanation
from hibana_op.foundation.outbound import OutboundRefused
from hibana_op.provider import Provider
from hibana_op.records.clients import Client

LARGEST_DOCUMENT = 64 * 1024
_document = msgspec.json.Decoder(list[str])


def sector(client: Client) -> str:
    """The host that stands for the sector; InvalidClientMetadata when several hosts or none could."""
    uris = (client.sector_identifier_uri,) if client.sector_identifier_uri else client.redirect_uris
    hosts = {urlsplit(uri).hostname for uri in uris}
    host = hosts.pop() if len(hosts) == 1 else None
    if host is None:
        raise InvalidClientMetadata(
            "subject_type pairwise needs redirect_uris on one host, or else a sector_identifier_uri"
        )
    return host


async def check_sector(op: Provider, client: Client) -> None:
    """InvalidClientMetadata unless the client has the sector it needs, and its sector's document names it."""
    if client.subject_type == "pairwise":
        sector(client)
        if not client.redirect_uris:  # nothing would show that the client belongs to the sector it names
            raise InvalidClientMetadata("subject_type pairwise needs redirect_uris")
    if client.sector_identifier_uri is not None:
        listed = await _listed(op, client.sector_identifier_uri)
        for uri in client.redirect_uris:
            if uri not in listed:
                because = Explanation("sector_without_redirect_uri", sent=uri, parameter="redirect_uris")
                raise InvalidClientMetadata(
                    "the document at sector_identifier_uri does not list every redirect_uri", because=because
                )


async def _listed(op: Provider, uri: str) -> frozenset[str]:
    try:
        fetched = await op.outbound.get(uri, accept="application/json", limit=LARGEST_DOCUMENT)
    except OutboundRefused as refused:
        raise _unusable(str(refused)) from None
    if fetched.status != 200:
        raise _unusable(f"the server answered {fetched.status}")
    try:
        return frozenset(_document.decode(fetched.body))
    except msgspec.DecodeError as fault:
        raise _unusable(str(fault)) from None


def _unusable(detail: str) -> InvalidClientMetadata:
    """What became of the request is for the log: to whoever registers it would be a look into the network."""
    return InvalidClientMetadata("sector_identifier_uri does not lead to a JSON array of redirect URIs", detail=detail)
