"""Who lives in the database: tenants with their units and roles, people with a password, and who belongs where."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hibana_op.foundation.ids import uuid7
from hibana_op.records.memberships import Membership
from hibana_op.records.roles import DEPLOYMENT, UNIT, Assignment, Role
from hibana_op.records.row import as_columns
from hibana_op.records.tenants import SYSTEM, Tenant
from hibana_op.records.units import Unit
from hibana_op.records.users import User, login_key

ADMINISTRATOR = "administrator@example.com"
SUPER_ADMIN = "role-super-admin"
MANY = 20  # tenants, for every hundredth person
_EVERY = 100
_TIMED = 4
_DEPARTMENTS = ("Sales", "Delivery", "Warehouse", "Office")
# Every tenth tenant chooses something for itself; nothing that would change the pages of a sign-in.
_CHOICES: Sequence[dict[str, Any]] = (
    {"passwords": {"min_length": 15}},
    {"sessions": {"idle_seconds": 43_200}},
    {"retention": {"audit_days": 365}},
)

Columns = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything."""

    tenants: int
    people: int
    audit: int


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person as they sign in: their address, and the tenant that they enter."""

    email: str
    slug: str


def homes(sizes: Sizes, number: int) -> list[int]:
    """The tenants that a person belongs to, their own first."""
    count = MANY if number % _EVERY == 0 else 1
    return list(dict.fromkeys((number + step) % sizes.tenants for step in range(count)))


def visitor(sizes: Sizes, number: int) -> Visitor:
    """A person on the way into their own tenant."""
    return Visitor(f"person{number}@example.com", f"tenant-{homes(sizes, number)[0]}")


def in_one_tenant(sizes: Sizes) -> list[int]:
    """The people whose sign-ins show what one costs: these belong to one tenant."""
    return [number for number in range(1, 1 + _TIMED) if number < sizes.people]


def in_many_tenants(sizes: Sizes) -> list[int]:
    """The same, who belong to twenty tenants, or to all where there are fewer."""
    return [number for number in range(0, _TIMED * _EVERY, _EVERY) if number < sizes.people]


@dataclass(frozen=True, slots=True)
class Population:
    """Everybody and everything, with the ids that bind them."""

    sizes: Sizes
    now: int
    template: Sequence[Role]  # the roles that every tenant begins with
    password_hash: str
    cheap_hash: str  # of those whose sign-ins show what one costs beside the hashing
    tenant_ids: Sequence[str]
    user_ids: Sequence[str]

    def tables(self) -> Iterator[tuple[str, Iterator[Columns]]]:
        """The rows of each table, in an order that every reference allows."""
        yield "tenants", map(as_columns, self._tenants())
        yield "users", self._users()
        yield "passwords", self._passwords()
        units = [list(self._units(tenant_id)) for tenant_id in self.tenant_ids]
        yield "organization_units", (as_columns(unit) for each in units for unit in each)
        own = [self._roles(tenant_id) for tenant_id in self.tenant_ids]
        yield "roles", (as_columns(role) for each in own for role in each)
        yield "tenant_memberships", map(as_columns, self._memberships(units))
        yield "user_roles", map(as_columns, self._assignments(units, own))

    def _tenants(self) -> Iterator[Tenant]:
        for number, tenant_id in enumerate(self.tenant_ids):
            yield Tenant(
                id=tenant_id,
                slug=f"tenant-{number}",
                name=f"{('Maple', 'Harbour', 'Cedar', 'Summit')[number % 4]} Logistics {number}",
                tenant_type="logistics",
                plan="standard",
                license_type="paid",
                max_users=None,
                settings=_CHOICES[number // 10 % len(_CHOICES)] if number % 10 == 0 else {},
                created_at=self.now,
                updated_at=self.now,
            )

    def _users(self) -> Iterator[Columns]:
        for number, user_id in enumerate(self.user_ids):
            user = User(
                id=user_id,
                email=f"person{number}@example.com",
                email_verified=True,
                name=f"Bench Person {number}",
                given_name="Bench",
                family_name=f"Person {number}",
                locale="en",
                zoneinfo="Asia/Tokyo",
                status="suspended" if number % _EVERY == _EVERY - 1 else "active",
                created_at=self.now,
                updated_at=self.now,
            )
            yield _with_keys(user)
        yield _with_keys(replace(user, id=self.administrator_id, email=ADMINISTRATOR, status="active"))

    @property
    def administrator_id(self) -> str:
        """The id of who may do everything; it sorts after all others."""
        return "z-administrator"

    def _passwords(self) -> Iterator[Columns]:
        timed = {*in_one_tenant(self.sizes), *in_many_tenants(self.sizes)}
        for number, user_id in enumerate(self.user_ids):
            kept = self.cheap_hash if number in timed else self.password_hash
            yield {"user_id": user_id, "password_hash": kept, "changed_at": self.now}

    def _units(self, tenant_id: str) -> Iterator[Unit]:
        root_id = uuid7()
        root = Unit(
            id=root_id,
            tenant_id=tenant_id,
            path=f"{root_id}/",
            name="Head office",
            type="headquarters",
            created_at=self.now,
            updated_at=self.now,
        )
        yield root
        for name in _DEPARTMENTS:
            unit_id = uuid7()
            yield replace(
                root, id=unit_id, parent_id=root_id, path=f"{root.path}{unit_id}/", name=name, type="department"
            )

    def _roles(self, tenant_id: str) -> list[Role]:
        return [
            replace(role, id=uuid7(), tenant_id=tenant_id, created_at=self.now, updated_at=self.now)
            for role in self.template
        ]

    def _memberships(self, units: Sequence[Sequence[Unit]]) -> Iterator[Membership]:
        for number, user_id in enumerate(self.user_ids):
            for tenant in homes(self.sizes, number):
                place = number // self.sizes.tenants
                yield Membership(
                    id=uuid7(),
                    tenant_id=self.tenant_ids[tenant],
                    user_id=user_id,
                    role="owner" if place == 0 else "admin" if place == 1 else "member",
                    unit_id=units[tenant][place % len(units[tenant])].id,
                    joined_at=self.now,
                    created_at=self.now,
                    updated_at=self.now,
                )

    def _assignments(self, units: Sequence[Sequence[Unit]], own: Sequence[Sequence[Role]]) -> Iterator[Assignment]:
        everywhere = Assignment(
            id=uuid7(),
            user_id=self.administrator_id,
            role_id=SUPER_ADMIN,
            scope_type=DEPLOYMENT,
            scope_id=SYSTEM,
            tenant_id=None,
            assigned_by=None,
            created_at=self.now,
        )
        yield everywhere
        for number, user_id in enumerate(self.user_ids):
            place, tenant = divmod(number, self.sizes.tenants)
            if place % 10 == 2:
                managing = next(role for role in own[tenant] if role.name == "department_manager")
                yield replace(
                    everywhere,
                    id=uuid7(),
                    user_id=user_id,
                    role_id=managing.id,
                    scope_type=UNIT,
                    scope_id=units[tenant][place % len(units[tenant])].id,
                    tenant_id=self.tenant_ids[tenant],
                )


def _with_keys(user: User) -> Columns:
    return as_columns(user) | {"email_key": login_key(user.email), "username_key": None}
