"""`/lockouts`: people who failed so often to sign in that they have to wait."""

from datetime import datetime

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page
from hibana_op.api.shapes import Given, Listing, moment, told_of
from hibana_op.provider import Provider
from hibana_op.records import lockouts
from hibana_op.records.lockouts import LockedPerson
from hibana_op.tenancy import people


class LockedPersonShown(Given, frozen=True, kw_only=True):
    """Somebody who has to wait; with `codes_only`, for the second step of a sign-in alone."""

    user_id: str
    email: str
    locked_until: datetime
    codes_only: bool


async def list_locked(op: Provider, asked: Asked) -> Page:
    """Who is locked at this moment."""

    async def read(after: str, limit: int) -> list[LockedPerson]:
        return await lockouts.locked_people(op.db, now=op.now(), after=after, limit=limit)

    return await paging.page(op, asked.query, read, of="lockouts", key=lambda each: each.user_id, told=_shown)


async def lift(op: Provider, asked: Asked) -> None:
    """Lift the lock of a person."""
    await people.unlock(op, asked.actor, asked.path["user_id"], origin=asked.origin, permission="lockouts:delete")


def _shown(each: LockedPerson) -> LockedPersonShown:
    shown: LockedPersonShown = told_of(each, LockedPersonShown, locked_until=moment(each.locked_until))
    return shown


OPERATIONS = (
    Operation(
        method="GET",
        path="/lockouts",
        permission="lockouts:read",
        summary="List who has to wait because of failed attempts",
        handler=list_locked,
        query=Listing,
        gives=LockedPersonShown,
        is_list=True,
    ),
    Operation(
        method="DELETE",
        path="/lockouts/{user_id}",
        permission="lockouts:delete",
        summary="Lift the lock that failed attempts brought",
        handler=lift,
        status=204,
    ),
)
