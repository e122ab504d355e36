"""What is asked of a sign-in: the strictest of what the deployment, tenants, roles and the app's tenant choose.

A tenant that leaves something open takes the deployment's choice, and without one the defaults below. What people might
be unable to meet, a tenant asks only of those who enter it: it never keeps them from their account or another tenant.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from hibana_op.foundation.acr import TWO_FACTORS
from hibana_op.login import password_policy
from hibana_op.records import policies
from hibana_op.records.interactions import Interaction
from hibana_op.records.policies import OWN_ACCOUNT, Chosen, Destination
from hibana_op.records.tenant_settings import TenantSettings
from hibana_op.records.users import User
from hibana_op.storage.database import Session

T = TypeVar("T")

PASSKEY, PASSWORD, EMAIL, PROVIDER = "passkey", "password", "email", "provider"
IDLE_LIFETIME = 24 * 3600
ABSOLUTE_LIFETIME = 7 * 24 * 3600
_CONSOLE_OF = re.compile(r"/admin/([a-z0-9-]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All that is asked. `methods`: what a sign-in may begin with; `classes`: what each must be reached (acr).

    `history`: how many passwords before may not come again; `aaguids`: the only models of authenticators that may be
    added, None for all.
    """

    methods: frozenset[str] = frozenset({PASSKEY, PASSWORD, PROVIDER})
    is_second_factor_required: bool = False
    classes: tuple[str, ...] = ()
    idle_lifetime: int = IDLE_LIFETIME
    absolute_lifetime: int = ABSOLUTE_LIFETIME
    shortest_password: int = password_policy.SHORTEST
    history: int = 0
    is_attestation_required: bool = False
    aaguids: frozenset[str] | None = None


DEFAULT = Policy()


async def of_person(db: Session, user: User, *, to: Destination = OWN_ACCOUNT, now: int) -> Policy:
    """What is asked of a person, on the way to an app and a tenant or to their own account."""
    return strictest(await policies.of_person(db, user.id, to=to, now=now))


async def of_sign_in(db: Session, user: User, progress: Interaction, *, now: int) -> Policy:
    """What is asked of a person in a sign-in, as far as it says where it leads."""
    asked = progress.request or {}
    named = next((values[0] for name in ("tenant", "organization") if (values := asked.get(name))), None)
    console = _CONSOLE_OF.match(progress.return_path or "")
    tenant = console[1] if named is None and console is not None else named
    to = Destination(client_id=progress.client_id, tenant=tenant, membership_id=progress.membership_id)
    return await of_person(db, user, to=to, now=now)


async def of_app(db: Session, client_id: str | None) -> Policy:
    """What is asked of everybody on the way to an app, or to none, whoever they turn out to be."""
    return strictest(await policies.of_app(db, client_id))


async def of_newcomer(db: Session, tenant_id: str) -> Policy:
    """What is asked of somebody who is about to become a member of a tenant."""
    return strictest(await policies.of_tenant(db, tenant_id))


def strictest(chosen: Chosen) -> Policy:
    """One policy that is as strict as each of these."""
    seconds = _each(chosen, lambda choices: choices.sign_in.second_factor, "optional")
    asked = _classes(chosen)
    needs_more = "required" in seconds or bool(asked)
    models = _aaguids(chosen)
    return Policy(
        methods=_methods(chosen),
        is_second_factor_required="required" in seconds,
        classes=asked,
        idle_lifetime=min(_each(chosen, lambda choices: choices.sessions.idle_seconds, IDLE_LIFETIME)),
        absolute_lifetime=min(_each(chosen, lambda choices: choices.sessions.absolute_seconds, ABSOLUTE_LIFETIME)),
        shortest_password=_shortest(chosen, is_alone=not needs_more),
        history=max(_each(chosen, lambda choices: choices.passwords.history, 0)),
        is_attestation_required=models is not None
        or "direct" in _each(chosen, lambda choices: choices.passkeys.attestation, "none"),
        aaguids=models,
    )


def _each(chosen: Chosen, of: Callable[[TenantSettings], T | None], otherwise: T) -> list[T]:
    """What each of those who may choose asks for; the deployment by itself counts where it has chosen."""
    general = of(chosen.deployment)
    fallback = otherwise if general is None else general
    found = [fallback if (own := of(each)) is None else own for each in (*chosen.entered, *chosen.others)]
    return found if found and general is None else [*found, fallback]


def _of_entered(chosen: Chosen) -> Chosen:
    """The same without the tenants that the sign-in does not lead into."""
    return replace(chosen, others=(), elsewhere=())


def _classes(chosen: Chosen) -> tuple[str, ...]:
    """The classes to be reached; of those asked for elsewhere only two factors, which everybody can set up."""
    everywhere = [*_each(chosen, lambda choices: choices.sign_in.acr, ""), *chosen.elsewhere]
    here = [*_each(_of_entered(chosen), lambda choices: choices.sign_in.acr, ""), *chosen.classes]
    return tuple(sorted({each for each in here if each} | ({TWO_FACTORS} & set(everywhere))))


def _methods(chosen: Chosen) -> frozenset[str]:
    choices = _each(_of_entered(chosen), _methods_of, tuple(sorted(DEFAULT.methods)))
    allowed = [frozenset[str](each) for each in choices]
    # Where choices leave nothing in common, the strongest way is never weaker than any of them.
    return frozenset.intersection(*allowed) or frozenset({PASSKEY})


def _methods_of(choices: TenantSettings) -> tuple[str, ...] | None:
    return choices.sign_in.methods


def _shortest(chosen: Chosen, *, is_alone: bool) -> int:
    """A password may be shorter than one that stands alone only where something else is always proven with it."""
    asked = max(_each(chosen, lambda choices: choices.passwords.min_length, password_policy.SHORTEST))
    return max(asked, password_policy.SHORTEST) if is_alone else asked


def _aaguids(chosen: Chosen) -> frozenset[str] | None:
    listed = [frozenset[str](each) for each in _each(chosen, _models_of, tuple[str, ...]()) if each]
    return frozenset.intersection(*listed) if listed else None


def _models_of(choices: TenantSettings) -> tuple[str, ...] | None:
    return choices.passkeys.aaguids
