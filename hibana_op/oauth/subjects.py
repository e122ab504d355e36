"""What a client knows people and sessions by: OpenID Connect Core §8, pairwise for those that asked for it."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from hibana_op.foundation import base64url
from hibana_op.oauth import sectors
from hibana_op.provider import Provider
from hibana_op.records.clients import Client
from hibana_op.records.sessions import Session

PAIRWISE = "pairwise"
TYPES = ("public", PAIRWISE)


def subject(op: Provider, client: Client, user_id: str) -> str:
    """The `sub` of a person: one for everybody, or one that only clients of the same sector share (§8.1)."""
    if client.subject_type != PAIRWISE:
        return user_id
    return _derived(op, "sub", sectors.sector(client), user_id)


def sid(op: Provider, client: Client, session_id: str) -> str:
    """The `sid` of a session; a pairwise client has its own, or sessions would tell what subjects do not."""
    if client.subject_type != PAIRWISE:
        return session_id
    return _derived(op, "sid", client.client_id, session_id)


def is_about_person(op: Provider, client: Client, claims: Mapping[str, Any], user_id: str) -> bool:
    """Whether an ID token that this client was given is about a person."""
    return claims.get("aud") == client.client_id and claims.get("sub") == subject(op, client, user_id)


def is_about_session(op: Provider, client: Client, claims: Mapping[str, Any], session: Session) -> bool:
    """Whether an ID token that this client was given is about a session's person, and no other session."""
    about_session = "sid" not in claims or claims["sid"] == sid(op, client, session.id)
    return about_session and is_about_person(op, client, claims, session.user_id)


def _derived(op: Provider, kind: str, *parts: str) -> str:
    """A name that says nothing to anybody without the deployment's key; the parts can hold no NUL."""
    message = "\0".join((kind, *parts)).encode()
    return base64url.encode(hmac.digest(op.pairwise_key, message, hashlib.sha256))
