"""What pages say about the app that a person is on the way to."""

from dataclasses import dataclass

from hibana_op.pages import logos
from hibana_op.records.clients import Client
from hibana_op.records.interactions import Interaction
from hibana_op.web.visit import Visit


@dataclass(frozen=True, slots=True)
class App:
    """An app as its developer describes it."""

    name: str
    logo_uri: str | None
    logo_path: str | None
    client_uri: str | None
    policy_uri: str | None
    tos_uri: str | None
    verified: bool


async def of_interaction(visit: Visit, interaction: Interaction | None) -> App | None:
    """The app behind an interaction."""
    if interaction is None or interaction.client_id is None:
        return None
    client = await visit.site.op.remembered.client(interaction.client_id)
    return shown(client, visit.language) if client else None


def shown(client: Client, language: str) -> App:
    """A client in a person's language, where the developer gave one (RFC 7591 §2.2)."""

    def localized(name: str, default: str | None) -> str | None:
        found = client.localized.get(f"{name}#{language}", default)
        return str(found) if found is not None else None

    logo_uri = localized("logo_uri", client.logo_uri)
    return App(
        name=localized("client_name", client.client_name) or client.client_name,
        logo_uri=logo_uri,
        logo_path=logos.path_of(client, logo_uri),
        client_uri=localized("client_uri", client.client_uri),
        policy_uri=localized("policy_uri", client.policy_uri),
        tos_uri=localized("tos_uri", client.tos_uri),
        verified=client.verified,
    )
