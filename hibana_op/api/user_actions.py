"""What is done to one of `/users`: suspend, resume, unlock, reset what was lost, sign out, export."""

from datetime import datetime
from typing import Any, Literal

from hibana_op.api.operation import Asked, Operation
from hibana_op.api.shapes import Given, Taken, at, moment
from hibana_op.api.users import UserShown, shown
from hibana_op.login import lost_factors, throttle
from hibana_op.provider import Provider
from hibana_op.records import credentials, lockouts, user_identities, users
from hibana_op.records.two_factor import Method
from hibana_op.tenancy import people

Kind = Literal["totp", "sms", "email", "backup-codes", "trusted-browsers", "passkeys"]


class PasskeyShown(Given, frozen=True, kw_only=True):
    """A passkey, as its person calls it."""

    id: str
    name: str
    backed_up: bool
    created_at: datetime
    last_used_at: datetime | None


class FactorShown(Given, frozen=True, kw_only=True):
    """A second factor; of a telephone number the last digits."""

    method: str
    is_primary: bool
    ends_in: str | None
    confirmed_at: datetime


class IdentityShown(Given, frozen=True, kw_only=True):
    """An account at another provider."""

    provider_id: str
    email: str | None
    created_at: datetime
    last_used_at: datetime | None


class Credentials(Given, frozen=True, kw_only=True):
    """The ways in of a person, without anything that could be used."""

    has_password: bool
    passkeys: list[PasskeyShown]
    second_factors: list[FactorShown]
    backup_codes_left: int
    trusted_browsers: int
    identities: list[IdentityShown]
    locked_until: datetime | None


class FactorsLost(Taken, frozen=True, kw_only=True):
    """What was lost; without a list, everything that was set up besides the password."""

    kinds: tuple[Kind, ...] | None = None


class FactorsRemoved(Given, frozen=True, kw_only=True):
    """What was taken away."""

    removed: list[str]


class PersonalData(Given, frozen=True, kw_only=True):
    """Everything that is kept about a person."""

    issuer: str
    exported_at: datetime
    data: dict[str, Any]


async def show_credentials(op: Provider, asked: Asked) -> Credentials:
    """The ways in of a person."""
    user, now = await users.get(op.db, asked.id), op.now()
    has = await lost_factors.set_up(op.db, user.id, now=now)
    return Credentials(
        has_password=await credentials.find_password_hash(op.db, user.id) is not None,
        passkeys=[
            PasskeyShown(
                id=each.id,
                name=each.name,
                backed_up=each.backed_up,
                created_at=at(each.created_at),
                last_used_at=moment(each.last_used_at),
            )
            for each in has.passkeys
        ],
        second_factors=[_factor(each) for each in has.methods],
        backup_codes_left=has.backup_codes,
        trusted_browsers=has.browsers,
        identities=[
            IdentityShown(
                provider_id=each.provider_id,
                email=each.email,
                created_at=at(each.created_at),
                last_used_at=moment(each.last_used_at),
            )
            for each in await user_identities.of_user(op.db, user.id)
        ],
        locked_until=moment(await lockouts.locked_until(op.db, throttle.subject_of_user(user.id), now=now)),
    )


def _factor(method: Method) -> FactorShown:
    return FactorShown(
        method=method.method,
        is_primary=method.is_primary,
        ends_in=method.destination[-3:] if method.destination else None,
        confirmed_at=at(method.confirmed_at),
    )


async def suspend(op: Provider, asked: Asked) -> UserShown:
    """Suspend a person."""
    await people.suspend(op, asked.actor, asked.id, origin=asked.origin)
    return shown(await users.get(op.db, asked.id), asked.actor)


async def resume(op: Provider, asked: Asked) -> UserShown:
    """Let a suspended person sign in again."""
    await people.resume(op, asked.actor, asked.id, origin=asked.origin)
    return shown(await users.get(op.db, asked.id), asked.actor)


async def unlock(op: Provider, asked: Asked) -> None:
    """Lift the lock that failed attempts brought."""
    await people.unlock(op, asked.actor, asked.id, origin=asked.origin)


async def reset_factors(op: Provider, asked: Asked) -> FactorsRemoved:
    """Take away what a person lost."""
    body: FactorsLost = asked.body
    removed = await people.reset_factors(op, asked.actor, asked.id, kinds=body.kinds, origin=asked.origin)
    return FactorsRemoved(removed=list(removed))


async def end_sessions(op: Provider, asked: Asked) -> None:
    """Sign a person out everywhere."""
    await people.end_sessions(op, asked.actor, asked.id, origin=asked.origin)


async def export(op: Provider, asked: Asked) -> PersonalData:
    """Everything that is kept about a person."""
    data = await people.export(op, asked.actor, asked.id, origin=asked.origin)
    return PersonalData(issuer=op.issuer, exported_at=at(op.now()), data=data)


def _action(name: str, permission: str, summary: str, handler: Any, **more: Any) -> Operation:
    path = f"/users/{{id}}/{name}"
    return Operation(method="POST", path=path, permission=permission, summary=summary, handler=handler, **more)


OPERATIONS = (
    Operation(
        method="GET",
        path="/users/{id}/credentials",
        permission="users:read",
        summary="Show the ways in of a person, without anything that could be used",
        handler=show_credentials,
        gives=Credentials,
    ),
    _action("suspend", "users:suspend", "Suspend a person: sessions and tokens end at once", suspend, gives=UserShown),
    _action("resume", "users:suspend", "Let a suspended person sign in again", resume, gives=UserShown),
    _action("unlock", "users:unlock", "Lift the lock that failed attempts brought", unlock, status=204),
    _action(
        "reset-factors",
        "users:reset",
        "Take away what a person lost; all sessions end",
        reset_factors,
        takes=FactorsLost,
        gives=FactorsRemoved,
    ),
    _action("end-sessions", "sessions:delete", "Sign a person out everywhere, apps included", end_sessions, status=204),
    _action("export", "users:export", "Everything that is kept about a person", export, gives=PersonalData),
)
