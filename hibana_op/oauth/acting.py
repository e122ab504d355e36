"""What apps get while an administrator acts as a person: it says so (RFC 8693 §4.1), and ends with the session."""

from dataclasses import replace
from typing import Any

from hibana_op.foundation.origin import Origin
from hibana_op.oauth import subjects
from hibana_op.provider import Provider
from hibana_op.records.clients import Client
from hibana_op.records.sessions import Session
from hibana_op.records.token_families import TokenFamily

OFFLINE = "offline_access"


def claims(op: Provider, client: Client, family: TokenFamily) -> dict[str, Any]:
    """Who acts, as the client knows people; nothing for a person who acts themselves."""
    if family.impersonator_id is None:
        return {}
    return {"act": {"sub": subjects.subject(op, client, family.impersonator_id)}}


def named(origin: Origin, family: TokenFamily | None) -> Origin:
    """Where a request of an app came from, with whoever acts as the person whom it is about."""
    if family is None or family.impersonator_id is None:
        return origin
    return replace(origin, impersonator_id=family.impersonator_id)


def narrowed(family: TokenFamily, session: Session) -> TokenFamily:
    """An approval with no more than may be given in a session: of one that somebody acts in, nothing outlives it."""
    if session.impersonator_id is None:
        return family
    return replace(
        family,
        impersonator_id=session.impersonator_id,
        scopes=tuple(scope for scope in family.scopes if scope != OFFLINE),
        offline=False,
        expires_at=min(family.expires_at, session.expires_at),
    )
