"""Who may call what: role × operation, made from the table of operations."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hibana_op.api.operation import SIGNED_IN, Operation
from hibana_op.api.table import OPERATIONS
from hibana_op.provider import Provider
from tests.api.credentials import ask, key_of, person_token, with_role
from tests.api.specimens import Side, Specimen, seed_side, specimens
from tests.deployment import Deployment, deploy
from tests.make import make_user

COLLECTIONS = sorted({operation.collection for operation in OPERATIONS})
DEPLOYMENT_ROLES = (
    *("super_admin", "admin", "operation_admin", "viewer", "support", "auditor", "finance_admin"),
    *("customer_success", "server_manager"),
)
# What only asks comes first, and what removes a thing last.
ORDER = ("GET", "POST", "PATCH", "PUT", "DELETE")


@dataclass(frozen=True, slots=True)
class Role:
    """Somebody, and what their role gives them where, read from the database and not by the program."""

    name: str
    token: str | None
    permissions: tuple[str, ...] = ()
    level: str = "none"

    def may_elsewhere(self, permission: str, catalogue: set[tuple[str, str]]) -> bool:
        """Whether the role gives a permission in its own tenant."""
        return self.level == "tenant" and self.may(permission, Specimen(of_tenant=True), catalogue)

    def may(self, permission: str, specimen: Specimen, catalogue: set[tuple[str, str]]) -> bool:
        """Whether the role gives a permission on the first of the two sides."""
        if permission == SIGNED_IN:
            return True
        if self.level == "none" or (self.level == "tenant" and not specimen.of_tenant):
            return False
        noun = permission.partition(":")[0]
        named = any(each in ("*", permission, f"{noun}:*") for each in self.permissions)
        return named and (self.level, permission) in catalogue


def test_P01_every_operation_names_a_permission_of_the_catalogue_and_has_a_specimen() -> None:
    folder = Path(__file__).parents[2] / "migrations"
    migration = "\n".join(each.read_text(encoding="utf-8") for each in folder.glob("*.up.sql"))
    known = specimens()
    for operation in OPERATIONS:
        assert (operation.method, operation.path) in known, f"{operation.method} {operation.path} has no specimen"
        assert operation.permission == SIGNED_IN or f"'{operation.permission}'" in migration, operation
    assert known.keys() == {(each.method, each.path) for each in OPERATIONS}, "specimens of what there is not"


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_P01_nobody_may_call_what_their_roles_do_not_give_them(collection: str, tmp_path: Path) -> None:
    # Where no mail could be sent, nobody could have a link sent either.
    async with deploy(
        f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path, HIBANA_SMTP__URL="smtp://127.0.0.1:9"
    ) as deployment:
        op = deployment.op
        side, other = await seed_side(op, "CANARYA"), await seed_side(op, "CANARYB")
        catalogue = {
            (row["scope_type"], row["permission"]) for row in await op.db.all("SELECT * FROM permission_scopes")
        }
        roles = await everybody(op, side)
        strangers = [
            await person_token(op, other.owner),
            await person_token(op, other.owner, tenant_id=other.tenant_id),
        ]
        for operation in in_order(collection):
            specimen = specimens()[operation.method, operation.path]
            assert (await call(deployment, operation, specimen, side, None)) == 401
            for role in roles:
                status = await call(deployment, operation, specimen, side, role.token)
                told = f"{operation.method} {operation.path} by {role.name}: {status}"
                if role.name == "super_admin":
                    assert 200 <= status < 300, told
                elif role.may(operation.permission, specimen, catalogue):
                    assert status < 500, told
                    assert status not in (401, 403), told
                else:
                    # Whoever may do it to other things is told that there is no such thing.
                    hidden = bool(specimen.path) and role.may_elsewhere(operation.permission, catalogue)
                    assert status == (404 if hidden else 403), told
            for token in strangers:
                status = await call(deployment, operation, specimen, side, token)
                if operation.permission != SIGNED_IN:
                    assert status in (403, 404), f"{operation.method} {operation.path} by another tenant: {status}"


async def everybody(op: Provider, side: Side) -> list[Role]:
    """One of each role, the one who may do everything first."""
    held = {
        (row["tenant_id"], row["name"]): tuple(json.loads(row["permissions_json"]))
        for row in await op.db.all("SELECT * FROM roles")
    }
    found = []
    for name in DEPLOYMENT_ROLES:
        token = await person_token(op, await with_role(op, name))
        found.append(Role(name, token, held["system", name], "deployment"))
    nobody = await make_user(op, password=None)
    found.append(Role("nobody", await person_token(op, nobody)))
    for user, name in ((side.owner, "tenant_owner"), (side.admin, "tenant_admin"), (side.member, "user")):
        permissions = held[side.tenant_id, name]
        found.append(Role(name, await person_token(op, user), permissions, "tenant"))
        confined = await person_token(op, user, tenant_id=side.tenant_id)
        found.append(Role(f"{name} in the tenant", confined, permissions, "tenant"))
    weak = await key_of(op, side.owner, "tenants:read", tenant_id=side.tenant_id)
    found.append(Role("a key for one thing", weak, ("tenants:read",), "tenant"))
    return found


def in_order(collection: str) -> list[Operation]:
    """The operations of a collection."""
    found = [each for each in OPERATIONS if each.collection == collection]
    return sorted(found, key=lambda each: ORDER.index(each.method))


async def call(deployment: Deployment, operation: Operation, specimen: Specimen, side: Side, token: str | None) -> int:
    """The status of a valid call."""
    options: dict[str, Any] = {}
    if specimen.body:
        options["json"] = specimen.body(side)
    if specimen.query:
        options["params"] = specimen.query(side)
    path = specimen.fill(operation.path, side)
    return (await ask(deployment, operation.method, path, token, **options)).status_code
