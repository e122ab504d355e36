"""Groups of people in a tenant, for apps that ask for them."""

from collections.abc import Sequence
from dataclasses import dataclass

from hibana_op.foundation.errors import Conflict, NotFound
from hibana_op.records.memberships import Membership
from hibana_op.records.ordering import Order, by, orders
from hibana_op.records.row import as_columns, as_record, as_record_or_none, insert_into
from hibana_op.records.tenants import containing
from hibana_op.storage.database import ConstraintBroken, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of one tenant."""

    id: str
    tenant_id: str
    name: str
    description: str = ""
    created_at: int
    updated_at: int


_INSERT = insert_into("groups", Group)


async def insert(db: Session, group: Group) -> None:
    """Add a group; Conflict when its tenant has one of that name."""
    try:
        await db.run(_INSERT, **as_columns(group))
    except ConstraintBroken as broken:
        raise Conflict(f"there is a group of the name {group.name} already") from broken


async def find(db: Session, tenant_id: str, group_id: str) -> Group | None:
    """A group of this tenant."""
    row = await db.one(
        "SELECT * FROM groups WHERE tenant_id = :tenant_id AND id = :id", tenant_id=tenant_id, id=group_id
    )
    return as_record_or_none(Group, row)


async def locate(db: Session, group_id: str) -> Group:
    """The same in whichever tenant it is, or NotFound."""
    row = await db.one("SELECT * FROM groups WHERE id = :id", id=group_id)
    if row is None:
        raise NotFound(f"no group has the id {group_id}")
    return as_record(Group, row)


ORDERS = orders("groups.id", created_at=None, name=by("groups.name", is_folded=True))


async def page(
    db: Session,
    tenant_id: str,
    *,
    q: str = "",
    order: Order = ORDERS["created_at"],
    after: str = "",
    limit: int = 50,
) -> list[Group]:
    """The groups of a tenant."""
    beyond, end = order.beyond(after)
    rows = await db.all(
        f"""
        SELECT * FROM groups
        WHERE tenant_id = :tenant_id AND {beyond} AND (:q = '' OR LOWER(name) LIKE :pattern ESCAPE '\\')
        ORDER BY {order.clause} LIMIT :limit""",  # noqa: S608 - the text stands in the code
        tenant_id=tenant_id,
        **end,
        q=q,
        pattern=containing(q),
        limit=limit,
    )
    return [as_record(Group, row) for row in rows]


async def update(db: Session, group: Group) -> bool:
    """Write what may change of a group; False when it is gone, Conflict when the name is taken."""
    try:
        changed = await db.run(
            """
            UPDATE groups SET name = :name, description = :description, updated_at = :updated_at
            WHERE tenant_id = :tenant_id AND id = :id""",
            **{name: value for name, value in as_columns(group).items() if name != "created_at"},
        )
    except ConstraintBroken as broken:
        raise Conflict(f"there is a group of the name {group.name} already") from broken
    return changed > 0


async def delete(db: Session, tenant_id: str, group_id: str) -> bool:
    """Remove a group; False when it is gone."""
    return (
        await db.run("DELETE FROM groups WHERE tenant_id = :tenant_id AND id = :id", tenant_id=tenant_id, id=group_id)
        > 0
    )


async def add_member(db: Session, group_id: str, membership_id: str, *, now: int) -> bool:
    """Put somebody in a group; False when they are in it."""
    return (
        await db.run(
            """
            INSERT INTO group_members (group_id, membership_id, created_at) VALUES (:group_id, :membership_id, :now)
            ON CONFLICT (group_id, membership_id) DO NOTHING""",
            group_id=group_id,
            membership_id=membership_id,
            now=now,
        )
        > 0
    )


async def remove_member(db: Session, group_id: str, membership_id: str) -> bool:
    """Take somebody out of a group; False when they are not in it."""
    return (
        await db.run(
            "DELETE FROM group_members WHERE group_id = :group_id AND membership_id = :membership_id",
            group_id=group_id,
            membership_id=membership_id,
        )
        > 0
    )


async def leave_all(db: Session, membership_id: str) -> None:
    """Take somebody out of every group."""
    await db.run("DELETE FROM group_members WHERE membership_id = :id", id=membership_id)


async def members(db: Session, group_id: str, *, after: str = "", limit: int = 50) -> list[str]:
    """The memberships in a group, a page at a time."""
    rows = await db.all(
        """
        SELECT membership_id FROM group_members WHERE group_id = :id AND membership_id > :after
        ORDER BY membership_id LIMIT :limit""",
        id=group_id,
        after=after,
        limit=limit,
    )
    return [str(row["membership_id"]) for row in rows]


async def people(
    db: Session,
    tenant_id: str,
    group_id: str,
    *,
    unit_paths: Sequence[str] = ("",),
    after: str = "",
    limit: int = 50,
) -> list[Membership]:
    """The same with all that is known of them; of people in units those in one of these and below."""
    beneath = {f"beneath_{at}": f"{path}%" for at, path in enumerate(unit_paths)}
    among = " OR ".join(f"COALESCE(organization_units.path, '') LIKE :{name}" for name in beneath)
    rows = await db.all(
        f"""
        SELECT tenant_memberships.* FROM group_members
        JOIN tenant_memberships ON tenant_memberships.id = group_members.membership_id
        LEFT JOIN organization_units ON organization_units.tenant_id = tenant_memberships.tenant_id
          AND organization_units.id = tenant_memberships.unit_id
        WHERE group_members.group_id = :id AND tenant_memberships.tenant_id = :tenant_id
          AND group_members.membership_id > :after AND ({among})
        ORDER BY group_members.membership_id LIMIT :limit""",  # noqa: S608 - the text stands in the code
        id=group_id,
        tenant_id=tenant_id,
        after=after,
        limit=limit,
        **beneath,
    )
    return [as_record(Membership, row) for row in rows]


async def find_member(db: Session, tenant_id: str, group_id: str, membership_id: str) -> Membership | None:
    """Somebody who is in a group of this tenant."""
    row = await db.one(
        """
        SELECT tenant_memberships.* FROM group_members
        JOIN tenant_memberships ON tenant_memberships.id = group_members.membership_id
        WHERE group_members.group_id = :id AND tenant_memberships.tenant_id = :tenant_id
          AND group_members.membership_id = :membership_id""",
        id=group_id,
        tenant_id=tenant_id,
        membership_id=membership_id,
    )
    return as_record_or_none(Membership, row)


async def names_of(db: Session, membership_id: str) -> list[str]:
    """The names of the groups that a member is in."""
    rows = await db.all(
        """
        SELECT groups.name FROM group_members JOIN groups ON groups.id = group_members.group_id
        WHERE group_members.membership_id = :id ORDER BY groups.name""",
        id=membership_id,
    )
    return [str(row["name"]) for row in rows]


async def is_in(db: Session, group_id: str, user_id: str) -> bool:
    """Whether somebody is in a group, as an active member of its tenant."""
    row = await db.one(
        """
        SELECT tenant_memberships.id FROM group_members
        JOIN tenant_memberships ON tenant_memberships.id = group_members.membership_id
        WHERE group_members.group_id = :id AND tenant_memberships.user_id = :user_id
          AND tenant_memberships.status = 'active'""",
        id=group_id,
        user_id=user_id,
    )
    return row is not None
