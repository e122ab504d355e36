"""Providers that speak SAML 2.0. Its libraries are large, and loaded when the first response comes."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from hibana_op.foundation import secrets
from hibana_op.foundation.errors import InvalidRecord
from hibana_op.login.federation import departure, readers
from hibana_op.login.federation.saml import names, request
from hibana_op.login.federation.shapes import (
    Account,
    Answer,
    Departure,
    ProviderType,
    Reader,
    Upstream,
    UpstreamDeclined,
    UpstreamFailed,
)
from hibana_op.provider import Provider
from hibana_op.records import oauth_states, saml_assertions
from hibana_op.records.oauth_states import OAuthState
from hibana_op.storage.database import Session

TICKET = "ticket"  # what the browser that brought a response comes back with
_LONGEST_ENTITY_ID = 1024  # Core §8.3.6
_REPLAYED = "its assertion was used before"


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a provider's response came to, kept until the browser that left takes it.

    `ticket_hash`: of what was handed to the browser that brought the response.
    """

    ticket_hash: str
    account: dict[str, Any] | None = None
    is_declined: bool = False
    fault: str = ""


async def _depart(op: Provider, upstream: Upstream, leaving: Departure) -> str:
    left = await departure.begin(op, upstream, leaving)
    return request.url(op, upstream, state=left.state, nonce=left.nonce, anew=leaving.anew)


async def take_response(op: Provider, upstream: Upstream, *, state: str, response: str) -> str | None:
    """Keep what a response proves for the departure that it answers, once; None when there is none that waits.

    The browser sends it from the provider's site, so without the cookie that says which browser it is. Nobody is
    signed in by this: it takes the cookie of the browser that left, and the ticket that is answered here. Whoever
    had somebody else go to the provider with a request of their own has the one without the other.
    """
    state_hash, now, ticket = secrets.digest(state), op.now(), secrets.token()
    left = await oauth_states.find_waiting(op.db, state_hash, provider_id=upstream.id, now=now)
    if left is None:
        return None
    ticket_hash = secrets.digest(ticket)
    outcome, assertion_hash, ends_at = await _outcome(op, upstream, left, response, ticket_hash)
    replayed = Outcome(ticket_hash=ticket_hash, fault=_REPLAYED)
    sealed, sealed_replayed = (_sealed(op, state_hash, each) for each in (outcome, replayed))

    async def keep(tx: Session) -> bool:
        is_first = assertion_hash is None or await saml_assertions.spend(tx, assertion_hash, expires_at=ends_at)
        return await oauth_states.keep_answer(tx, state_hash, sealed=sealed if is_first else sealed_replayed, now=now)

    return ticket if await op.db.transact(keep) else None


async def _outcome(
    op: Provider, upstream: Upstream, left: OAuthState, response: str, ticket_hash: str
) -> tuple[Outcome, str | None, int]:
    from hibana_op.login.federation.saml import response as responses  # noqa: PLC0415 -- loaded at the first use

    expected = responses.Expected(
        issuer=upstream.issuer,
        request_id=request.request_id(left.nonce),
        entity_id=names.entity_id(op, upstream.slug),
        acs_url=names.acs_url(op, upstream.slug),
        now=op.now(),
        config=upstream.config,
    )
    try:
        proof = await asyncio.to_thread(responses.read, response, expected)
    except UpstreamDeclined:
        return Outcome(ticket_hash=ticket_hash, is_declined=True), None, 0
    except UpstreamFailed as failed:
        return Outcome(ticket_hash=ticket_hash, fault=str(failed)), None, 0
    once = secrets.digest(f"{upstream.id} {proof.assertion_id}")
    return Outcome(ticket_hash=ticket_hash, account=msgspec.to_builtins(proof.account)), once, proof.ends_at


def _sealed(op: Provider, state_hash: str, outcome: Outcome) -> str:
    return op.vault.seal(msgspec.json.encode(outcome), oauth_states.answer_name(state_hash))


async def _arrive(op: Provider, upstream: Upstream, left: OAuthState, answer: Answer) -> Account:
    if left.answer_sealed is None:
        raise UpstreamFailed("its response did not come")
    opened = op.vault.open(left.answer_sealed, oauth_states.answer_name(left.state_hash))
    outcome = msgspec.json.decode(opened, type=Outcome)
    if not secrets.same(secrets.digest(answer.get(TICKET, "")), outcome.ticket_hash):
        raise UpstreamFailed("its response came to another browser")
    if outcome.is_declined:
        raise UpstreamDeclined
    if outcome.account is None:
        raise UpstreamFailed(outcome.fault)
    return msgspec.convert(outcome.account, Account)


async def _complete(op: Provider, config: dict[str, Any]) -> dict[str, Any]:
    if config.get("name_id_format") == "transient" and "sub" not in config.get("attributes", {}):
        raise InvalidRecord(
            "a transient NameID names nobody the next time; say which attribute does: --attribute sub=…"
        )
    return config


def _entity_id(name: str, value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_ENTITY_ID or not value.isprintable():
        raise InvalidRecord(f"{name} is text of 1 to {_LONGEST_ENTITY_ID} characters")
    return value


def _certificates(name: str, value: Any) -> list[str]:
    from hibana_op.login.federation.saml import certificates  # noqa: PLC0415 -- loaded at the first use

    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise InvalidRecord(f"{name} is a list of certificates in PEM form")
    found = [certificate for each in value for certificate in certificates.read(each)]
    if not 0 < len(found) <= certificates.MOST:
        raise InvalidRecord(f"{name} holds 1 to {certificates.MOST} certificates in PEM form")
    return list(dict.fromkeys(found))


def _name_id_format(name: str, value: Any) -> str:
    if not isinstance(value, str) or value not in names.NAME_ID_FORMATS:
        raise InvalidRecord(f"{name} is one of: {', '.join(names.NAME_ID_FORMATS)}")
    return value


def _attributes(name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not value.keys() <= set(names.MEMBERS):
        raise InvalidRecord(f"{name} says what the provider calls: {', '.join(names.MEMBERS)}")
    return {ours: readers.text(name, theirs) for ours, theirs in value.items()}


_MEMBERS: Mapping[str, Reader] = {
    "entity_id": _entity_id,
    "sso_url": readers.url,
    "certificates": _certificates,
    "name_id_format": _name_id_format,
    "attributes": _attributes,
    "create_people": readers.flag,
    "trust_email": readers.flag,
}

TYPE = ProviderType(
    name="saml",
    members=_MEMBERS,
    needed=("entity_id", "sso_url", "certificates"),
    issuer=lambda config: str(config["entity_id"]),
    leads_to=lambda config: str(config["sso_url"]),
    complete=_complete,
    depart=_depart,
    arrive=_arrive,
)
