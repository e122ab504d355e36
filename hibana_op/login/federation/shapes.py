"""The shapes of federation: a provider as we call it, somebody's account there, and what a type of provider can do."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hibana_op.foundation.secrets import Secret
from hibana_op.provider import Provider
from hibana_op.records.oauth_states import OAuthState

LONGEST_SUBJECT = 255
Config = Mapping[str, Any]
Answer = Mapping[str, str]  # what a browser brings back from a provider, by name
Reader = Callable[[str, Any], Any]  # (name of a member, value) -> the value as it is kept; InvalidRecord when wrong


class UpstreamFailed(Exception):
    """A provider that cannot be used now; the reason is in our own words and holds nothing of its answer."""


class UpstreamDeclined(Exception):
    """The person chose not to sign in at the provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """A provider as we call it.

    `create_people`: whoever it knows may have an account here even where nobody can sign up. `trust_email`: its word
    that an address is confirmed is enough for a new account; it never links one that is there.
    """

    id: str
    slug: str
    name: str
    type: str
    client_id: str  # empty where the type has none
    client_secret: Secret | None
    issuer: str
    create_people: bool
    trust_email: bool
    config: Config  # what only one of the types has
    tenant_id: str | None = None  # whose it is, and then it vouches for nobody anywhere else


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody at a provider.

    `email_verified`: the provider said so, in JSON with the value true and nothing else; or it has no word for it, and
    an administrator said that its addresses are confirmed.
    """

    issuer: str
    subject: str
    email: str | None
    email_verified: bool
    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Who leaves for a provider: a browser, within a sign-in or to link an account to a person.

    `anew`: the provider is to ask for a proof even of somebody who is signed in there.
    """

    browser_hash: str
    interaction_id: str | None = None
    user_id: str | None = None
    login_hint: str | None = None
    anew: bool = False


Depart = Callable[[Provider, Upstream, Departure], Awaitable[str]]
Arrive = Callable[[Provider, Upstream, OAuthState, Answer], Awaitable[Account]]
Complete = Callable[[Provider, dict[str, Any]], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderType:
    """One way to ask another system who somebody is.

    `members` and `needed` are its configuration, and `complete` asks the provider for what else is known when it is
    added. `issuer` names who vouches for an account. `leads_to` is where people are sent, for the page's
    Content-Security-Policy. `depart` gives the address to go to and `arrive` says who came back; where people never
    leave us, all three are without use.
    """

    name: str
    members: Mapping[str, Reader]
    needed: tuple[str, ...]
    issuer: Callable[[Config], str]
    leads_to: Callable[[Config], str | None]
    complete: Complete | None = None
    depart: Depart | None = None
    arrive: Arrive | None = None
    needs_secret: bool = False
