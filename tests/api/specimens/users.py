"""`/users`: people who belong to the side's tenant; what is done to them needs the deployment's permission."""

from typing import Any

from hibana_op.foundation.ids import uuid7
from hibana_op.provider import Provider
from hibana_op.records import two_factor
from tests.api.specimens import Side, Specimen, join, of_tenant


async def seed(op: Provider, side: Side) -> None:
    """One person who is left alone, one to do things to, one to erase."""
    for name in ("user", "user-acted-on", "user-erased"):
        user = await join(op, side.tenant_id, "member", side.canary)
        side.ids[name] = user.id
        await op.db.transact(
            lambda tx, user_id=user.id: two_factor.put_method(tx, user_id, "email", destination=None, now=op.now())  # type: ignore[misc]
        )


def new(side: Side) -> dict[str, Any]:
    """Somebody new."""
    return {"email": f"{uuid7()}@new.example", "name": "Carol", "kind": "human", "localized": {"name#ja": "キャロル"}}


def changed(side: Side) -> dict[str, Any]:
    """Another nickname."""
    return {"nickname": "Al", "website": None}


def nothing(side: Side) -> dict[str, Any]:
    """No choice."""
    return {}


def lost(side: Side) -> dict[str, Any]:
    """A set of second factors that may be empty by now."""
    return {"kinds": []}


ONE, ACTED_ON, ERASED = {"id": "user"}, {"id": "user-acted-on"}, {"id": "user-erased"}


def _action(body: Any = None) -> Specimen:
    return Specimen(of_tenant=False, path=ACTED_ON, body=body)


SPECIMENS = {
    ("GET", "/users"): Specimen(of_tenant=True, query=of_tenant),
    ("POST", "/users"): Specimen(of_tenant=False, body=new),
    ("GET", "/users/{id}"): Specimen(of_tenant=True, path=ONE),
    ("PATCH", "/users/{id}"): Specimen(of_tenant=False, path=ONE, body=changed),
    ("DELETE", "/users/{id}"): Specimen(of_tenant=False, path=ERASED),
    ("GET", "/users/{id}/credentials"): Specimen(of_tenant=False, path=ONE),
    ("POST", "/users/{id}/suspend"): _action(),
    ("POST", "/users/{id}/resume"): _action(),
    ("POST", "/users/{id}/unlock"): _action(),
    ("POST", "/users/{id}/reset-factors"): _action(lost),
    ("POST", "/users/{id}/end-sessions"): _action(),
    ("POST", "/users/{id}/export"): _action(nothing),
}
